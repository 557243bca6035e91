// The small network on a photo, value by value: each is worked out when it is asked for, from the pixels and the weights.
const BEFORE = { conv1: "photo", pool1: "conv1", conv2: "pool1", conv3: "conv2", face: "conv3" };
const CHANNELS = { conv1: 3, conv2: 10, conv3: 16, face: 32 };
const SIDES = { conv1: 3, conv2: 3, conv3: 3, face: 1 };
const OUT = { conv1: 10, conv2: 16, conv3: 32, face: 2 };

// From the bytes that the server publishes: kernel, bias and slopes of each layer, one after the other.
export function unpack(bytes) {
	const numbers = new Float32Array(bytes);
	let start = 0;
	const take = (count) => numbers.subarray(start, (start += count));
	return Object.fromEntries(Object.keys(OUT).map((name) => [name, {
		side: SIDES[name],
		kernel: take(SIDES[name] ** 2 * CHANNELS[name] * OUT[name]),
		bias: take(OUT[name]),
		slope: name === "face" ? null : take(OUT[name]),
	}]));
}

// Of a stage's values, rows and columns.
export function sizeOf(stage, size) {
	if (stage === "photo") return size;
	const before = sizeOf(BEFORE[stage], size);
	return before.map((length) => (stage === "pool1" ? Math.ceil(length / 2) : length - SIDES[stage] + 1));
}

// rgba: the bytes of a photo of size [height, width].
export function network(layers, rgba, size) {
	const known = new Map();
	const conv1 = sizeOf("conv1", size);

	function photo(row, column) {
		const at = 4 * (row * size[1] + column);
		return [0, 1, 2].map((channel) => Math.fround((rgba[at + channel] - 127.5) / 128));
	}

	function before(stage, row, column) {
		return BEFORE[stage] === "photo" ? photo(row, column) : at(BEFORE[stage], row, column);
	}

	// What is in the window of a convolution: an array of channels for each cell, row by row.
	function windowOf(stage, row, column) {
		const { side } = layers[stage];
		return Array.from({ length: side * side }, (_, cell) => before(stage, row + Math.floor(cell / side), column + (cell % side)));
	}

	// The weights of a channel, for each cell and each channel before: [cell][before].
	const weight = (stage, cell, channel, out) => layers[stage].kernel[(cell * CHANNELS[stage] + channel) * OUT[stage] + out];

	function sum(stage, cells, out) {
		let total = layers[stage].bias[out];
		cells.forEach((values, cell) => values.forEach((value, channel) => (total += value * weight(stage, cell, channel, out))));
		return total;
	}

	function pooled(row, column) {
		const places = [0, 1, 2, 3].map((cell) => [2 * row + (cell >> 1), 2 * column + (cell & 1)]);
		return places.filter(([y, x]) => y < conv1[0] && x < conv1[1]).map((place) => at("conv1", ...place));
	}

	// All channels of a stage at a place; of the face map its one probability.
	function at(stage, row, column) {
		const key = `${stage},${row},${column}`;
		if (known.has(key)) return known.get(key);
		let values;
		if (stage === "pool1") {
			const four = pooled(row, column);
			values = four[0].map((_, channel) => Math.max(...four.map((one) => one[channel])));
		} else {
			const cells = windowOf(stage, row, column);
			const sums = Array.from({ length: OUT[stage] }, (_, out) => sum(stage, cells, out));
			if (stage === "face") values = [1 / (1 + Math.exp(sums[0] - sums[1]))];
			else values = sums.map((total, out) => Math.fround(total > 0 ? total : layers[stage].slope[out] * total));
		}
		known.set(key, values);
		return values;
	}

	// How a value comes about: of each channel before it the window, the slice of the kernel and the sum of the products; then the bias and
	// the slope. Of the face map the sum is that for "face", and other the one for "no face".
	function apart(stage, channel, row, column) {
		if (stage === "pool1") {
			const window = pooled(row, column).map((values) => values[channel]);
			return { window, value: Math.max(...window) };
		}
		const out = stage === "face" ? 1 : channel;
		const cells = windowOf(stage, row, column);
		const channels = cells[0].map((_, index) => {
			const window = cells.map((values) => values[index]);
			const slice = cells.map((__, cell) => weight(stage, cell, index, out));
			return { window, slice, sum: window.reduce((total, value, cell) => total + value * slice[cell], 0) };
		});
		const { bias, slope } = layers[stage];
		const parts = { side: layers[stage].side, channels, bias: bias[out], total: sum(stage, cells, out), value: at(stage, row, column)[stage === "face" ? 0 : channel] };
		return stage === "face" ? { ...parts, other: sum(stage, cells, 0) } : { ...parts, slope: slope[channel] };
	}

	return { at, apart };
}
