// What does a value of a map see of the maps before it? layers are those of parts/geometry.js, one after the other; map 0 is the
// photo, and map n is made by layer n - 1.
import { outputSize, spanAt, windowAt } from "../parts/geometry.js";

// Along one axis, for a set of places on the layer's map: the places on the map before that are used, padding left out or in its
// place what it repeats.
function used(places, axis, { size, shape, padding, ...layer }) {
	const only = (pair, other) => (axis ? [other, pair[1]] : [pair[0], other]);
	const line = { ...layer, flip: false, shape: only(shape, 1), padding: only(padding, [0, 0]) };
	const found = new Set();
	for (const place of places) {
		const taps = windowAt(...(axis ? [0, place] : [place, 0]), only(size, 1), { ...line, stride: layer.stride });
		for (const { source } of taps) if (source) found.add(source[axis]);
	}
	return [...found].sort((a, b) => a - b);
}

// For the value of map depth in a row and a column: an entry for each map from the photo up to it. The box is all that it sees, padding
// and holes included; rows and columns are what it uses.
export function seenBy(layers, depth, row, column) {
	let box = { top: row, left: column, height: 1, width: 1 };
	let [rows, columns] = [[row], [column]];
	const seen = [{ ...box, rows, columns }];
	for (const layer of layers.slice(0, depth).reverse()) {
		const first = spanAt(box.top, box.left, layer);
		const last = spanAt(box.top + box.height - 1, box.left + box.width - 1, layer);
		box = { top: first.top, left: first.left, height: last.top + last.height - first.top, width: last.left + last.width - first.left };
		[rows, columns] = [rows, columns].map((places, axis) => used(places, axis, layer));
		seen.unshift({ ...box, rows, columns });
	}
	return seen;
}

// Whether pixels within the box, and on the map, are left out.
export function hasHoles({ top, left, height, width, rows, columns }, [tall, wide]) {
	const real = (from, length, most) => Math.min(from + length, most) - Math.max(from, 0);
	return rows.length < real(top, height, tall) || columns.length < real(left, width, wide);
}

// The value of map depth whose middle lies nearest to a place on the photo.
export function nearestTo(layers, depth, place) {
	const [first] = seenBy(layers, depth, 0, 0);
	const jump = layers.slice(0, depth).reduce((product, { stride }) => product * stride, 1);
	const last = layers[depth - 1];
	const middle = [first.top + (first.height - 1) / 2, first.left + (first.width - 1) / 2];
	return outputSize(last.size, last).map((count, axis) => Math.max(0, Math.min(count - 1, Math.round((place[axis] - middle[axis]) / jump))));
}

// The values of all maps, each worked out when it is asked for, from the photo: plane holds its pixels row by row.
export function valuesOf(layers, kinds, plane) {
	const maps = layers.map((layer) => {
		const [rows, columns] = outputSize(layer.size, layer);
		return { columns, values: new Float32Array(rows * columns).fill(NaN) };
	});

	function at(depth, row, column) {
		if (depth === 0) return plane[row * layers[0].size[1] + column];
		const { columns, values } = maps[depth - 1];
		const index = row * columns + column;
		if (Number.isNaN(values[index])) values[index] = apart(depth, row, column).value;
		return values[index];
	}

	// How a value comes about: what is in the window, the weights, the products, their sum, then with the bias and after ReLU. The largest
	// of a window has weight 1, and all others 0.
	function apart(depth, row, column) {
		const layer = layers[depth - 1];
		const taps = windowAt(row, column, layer.size, layer);
		const window = taps.map(({ source }) => (source ? at(depth - 1, ...source) : 0));
		let weights = taps.map(({ cell: [a, b] }) => Math.fround(layer.weights[a][b]));
		if (kinds[depth - 1] === "max") {
			const largest = window.indexOf(Math.max(...window));
			weights = window.map((_, index) => Number(index === largest));
		}
		const products = window.map((value, index) => Math.fround(value * weights[index]) + 0); // never -0
		const sum = products.reduce((total, product) => Math.fround(total + product), 0);
		const biased = Math.fround(sum + layer.bias);
		return { taps, window, weights, products, sum, biased, value: layer.relu ? Math.max(0, biased) : biased };
	}

	return { at, apart };
}
