// A kernel slides over planes of numbers, in the browser: the map that is shown while the hand moves. The core has the last
// word (convdemo/correlation.py). tests/live_cases.json holds both to the same maps. It knows nothing of the page.
//
// A layer is one of parts/geometry.js, with weights, bias and relu; a plane is a Float32Array of size[0] rows and size[1]
// columns. Sums are of 64 bits, so that a weight that changes adds no error to those that stay.
import { outputSize } from "../parts/geometry.js";

const AT_ONCE = 4; // shifted rows that are added in one pass: the quickest of 1, 2, 4 and 8 here
const ROUNDING = 2e-7; // what may be left of a kernel that is taken apart, as a part of its weights: float32 leaves as much

// The plane with its border, and its number of columns.
function padded(plane, [height, width], { padding: [[top, bottom], [left, right]], mode }) {
	const [rows, columns] = [height + top + bottom, width + left + right];
	const source = (place, last) => {
		const nearest = Math.max(0, Math.min(last, place));
		return mode === "reflect" ? Math.abs(place > last ? 2 * last - place : place) : mode === "replicate" || place === nearest ? nearest : -1;
	};
	if (rows === height && columns === width) return { values: plane, columns };
	const values = new Float32Array(rows * columns);
	for (let row = 0; row < rows; row += 1) {
		const from = source(row - top, height - 1);
		if (from < 0) continue;
		const start = row * columns;
		values.set(plane.subarray(from * width, (from + 1) * width), start + left);
		if (mode === "zeros") continue;
		for (let at = 0; at < left; at += 1) values[start + at] = plane[from * width + source(at - left, width - 1)];
		for (let at = 0; at < right; at += 1) values[start + left + width + at] = plane[from * width + source(width + at, width - 1)];
	}
	return { values, columns };
}

// To sums, rows of them from first to end: the weight of each term times the values that begin at its offset. Rows and columns
// of the values are so many steps apart.
function add(sums, columns, first, end, values, [rowStep, step], terms) {
	const all = terms.filter(({ weight }) => weight !== 0);
	const none = { offset: 0, weight: 0 };
	for (let row = first; row < end; row += 1) {
		const [start, stop, base] = [row * columns, (row + 1) * columns, row * rowStep];
		for (let group = 0; group < all.length; group += AT_ONCE) {
			const [a, b = none, c = none, d = none] = all.slice(group, group + AT_ONCE);
			const [u, v, w, x] = [a.weight, b.weight, c.weight, d.weight];
			let [i, j, k, l] = [base + a.offset, base + b.offset, base + c.offset, base + d.offset];
			if (b === none) {
				for (let at = start; at < stop; at += 1, i += step) sums[at] += u * values[i];
				continue;
			}
			for (let at = start; at < stop; at += 1, i += step, j += step, k += step, l += step) {
				sums[at] += u * values[i] + v * values[j] + w * values[k] + x * values[l];
			}
		}
	}
}

// The kernel as a sum of columns times rows: as few as its rank. By the largest that is left, as Gauss eliminates; null if
// there would be more than most.
export function apart(weights, most) {
	const left = weights.map((row) => [...row]);
	const strength = () => left.flat().reduce((sum, weight) => sum + Math.abs(weight), 0);
	const enough = ROUNDING * strength();
	const pairs = [];
	while (strength() > enough) {
		if (pairs.length === most) return null;
		let [pivot, row, column] = [0, 0, 0];
		left.forEach((line, y) => line.forEach((value, x) => {
			if (Math.abs(value) > Math.abs(pivot)) [pivot, row, column] = [value, y, x];
		}));
		const pair = { column: left.map((line) => line[column] / pivot), row: [...left[row]] };
		pairs.push(pair);
		left.forEach((line, y) => line.forEach((_, x) => (line[x] -= pair.column[y] * pair.row[x])));
	}
	return pairs;
}

// The weights that lie on the pixels, rows of them.
export const laid = ({ weights, flip }) => (flip ? weights.map((row) => [...row].reverse()).reverse() : weights);

const termsOf = (weights, rowOffset, offset) =>
	weights.flatMap((line, row) => line.map((weight, column) => ({ weight, offset: row * rowOffset + column * offset })));

// How the sums of a layer are made: "passes" over the picture, and whether the kernel is taken apart for it.
export function plan(layer) {
	const weights = laid(layer);
	const [height, width] = layer.shape;
	const cells = weights.flat().filter((weight) => weight !== 0).length;
	const pairs = apart(weights, Math.floor(cells / (height + width) / 1.2));
	return pairs ? { weights, pairs, passes: pairs.length * (height + width) } : { weights, pairs, passes: cells };
}

// The sums of a layer over a plane before the bias, Float64Array. rest() is awaited between pieces of the work, and stops it
// with true; the answer is null then. way: of plan().
export async function sumsOf(plane, size, layer, way = plan(layer), rest = () => false) {
	const [rows, columns] = outputSize(size, layer);
	const sums = new Float64Array(rows * columns);
	const { values, columns: row } = padded(plane, size, layer);
	const { stride, dilation } = layer;
	const piece = Math.max(1, Math.ceil(4e6 / (columns * way.passes))); // rows, in some milliseconds
	const height = dilation * (layer.shape[0] - 1) + 1;
	for (let first = 0; first < rows; first += piece) {
		const end = Math.min(rows, first + piece);
		if (!way.pairs) add(sums, columns, first, end, values, [stride * row, stride], termsOf(way.weights, dilation * row, dilation));
		const [top, lines] = [first * stride, (end - 1 - first) * stride + height];
		for (const pair of way.pairs ?? []) {
			const half = new Float64Array(lines * columns); // along the rows, for these windows
			add(half, columns, 0, lines, values.subarray(top * row), [row, stride], termsOf([pair.row], 0, dilation));
			const down = pair.column.map((weight) => [weight]);
			add(sums.subarray(first * columns), columns, 0, end - first, half, [stride * columns, 1], termsOf(down, dilation * columns, 0));
		}
		if (end < rows && (await rest())) return null;
	}
	return sums;
}

// The same sums for weights that changed: what they changed by, times the pixels under them.
export function change(sums, plane, size, layer, before) {
	const [rows, columns] = outputSize(size, layer);
	const { values, columns: row } = padded(plane, size, layer);
	const weights = laid(layer).map((line, y) => line.map((weight, x) => weight - before[y][x]));
	add(sums, columns, 0, rows, values, [layer.stride * row, layer.stride], termsOf(weights, layer.dilation * row, layer.dilation));
	return sums;
}

// What the sums of a kernel, or of it and its transpose, become: float32, with bias and ReLU, or their length.
export function finish([first, second], { bias, relu }) {
	if (second) return Float32Array.from(first, (sum, at) => Math.hypot(sum, second[at]));
	const map = new Float32Array(first.length);
	for (let at = 0; at < map.length; at += 1) {
		const value = Math.fround(Math.fround(first[at]) + bias);
		map[at] = relu && value < 0 ? 0 : value;
	}
	return map;
}
