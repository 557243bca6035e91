// Which input cells does output (row, column) see? size is the image's [height, width], a layer {shape: [h, w],
// stride, padding: [[top, bottom], [left, right]], mode: "zeros" | "reflect" | "replicate", dilation, flip}.
// Places are in the unpadded image: a padded one is outside.

// A window's outline, with the pixels that dilation skips.
export function spanAt(row, column, { shape: [h, w], stride, padding: [[top], [left]], dilation }) {
	const span = (cells) => dilation * (cells - 1) + 1;
	return { top: row * stride - top, left: column * stride - left, height: span(h), width: span(w) };
}

export function outputSize(size, layer) {
	const { height, width } = spanAt(0, 0, layer);
	const room = [size[0] - height, size[1] - width];
	return layer.padding.map(([before, after], axis) =>
		Math.max(0, Math.floor((room[axis] + before + after) / layer.stride) + 1),
	);
}

// The pixel whose value stands at a place, or null. Mirrored once at most.
function sourceOf(place, last, mode) {
	const nearest = Math.max(0, Math.min(last, place));
	if (place === nearest || mode === "replicate") return nearest;
	return mode === "reflect" ? 2 * nearest - place : null;
}

// A window's taps, row by row. source: the pixel that gives the value, null for a padded zero; cell: the kernel's.
export function windowAt(row, column, size, layer) {
	const { top, left } = spanAt(row, column, layer);
	const [h, w] = layer.shape;
	return Array.from({ length: h * w }, (_, index) => {
		const [a, b] = [Math.floor(index / w), index % w];
		const place = [top + a * layer.dilation, left + b * layer.dilation];
		const source = place.map((at, axis) => sourceOf(at, size[axis] - 1, layer.mode));
		return {
			row: place[0],
			column: place[1],
			source: source.includes(null) ? null : source,
			inside: source.every((at, axis) => at === place[axis]),
			cell: layer.flip ? [h - 1 - a, w - 1 - b] : [a, b],
		};
	});
}

// The output whose window's centre is nearest to a pixel, or the later of two.
export function outputOver(row, column, size, layer) {
	const { top, left, height, width } = spanAt(0, 0, layer);
	const moves = [row - top - (height - 1) / 2, column - left - (width - 1) / 2];
	return outputSize(size, layer).map((count, axis) =>
		Math.max(0, Math.min(count - 1, Math.round(moves[axis] / layer.stride))),
	);
}

// In float32, in the server's order.
export function multiply(valueAt, kernel, taps) {
	const values = taps.map(({ source }) => Math.fround(source ? valueAt(...source) : 0));
	const weights = taps.map(({ cell: [a, b] }) => Math.fround(kernel[a][b]));
	const products = values.map((value, index) => Math.fround(value * weights[index]) + 0); // never -0
	return { values, weights, products, sum: products.reduce((sum, product) => Math.fround(sum + product), 0) };
}
