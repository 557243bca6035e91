// The pixels around a window that Step by step takes: the same sum comes out of them, by a definition of its own.
import assert from "node:assert/strict";
import { test } from "node:test";

import { exact, patch, pixel as over } from "../../convdemo/ui/feature_map/pieces.js";

const SIZE = [23, 31];
const image = Float32Array.from({ length: SIZE[0] * SIZE[1] }, (_, index) => ((index * 7919) % 256) / 255);

// The pixel at a place that may lie outside, by the words of the padding.
function pixel(at, [rows, columns], y, x, mode) {
	const mirrored = (place, last) => (place < 0 ? -place : place > last ? 2 * last - place : place);
	const nearest = (place, last) => Math.min(Math.max(place, 0), last);
	if (mode === "zeros" && (y < 0 || x < 0 || y >= rows || x >= columns)) return 0;
	const inside = mode === "reflect" ? mirrored : nearest;
	return at(inside(y, rows - 1), inside(x, columns - 1));
}

function output(at, size, { weights, stride, dilation, mode, before }, row, column) {
	let sum = 0;
	weights.forEach((line, a) => line.forEach((weight, b) => {
		sum += weight * pixel(at, size, row * stride - before[0] + a * dilation, column * stride - before[1] + b * dilation, mode);
	}));
	return sum;
}

// A layer as the server describes it. Padding keeps the size: the span less one, the smaller half before.
function layerOf(shape, { stride = 1, dilation = 1, mode = "none", size = SIZE } = {}) {
	const weights = Array.from({ length: shape[0] }, (_, a) => Array.from({ length: shape[1] }, (_, b) => 3 * a - 2 * b + 1));
	const padding = shape.map((cells) => {
		const all = mode === "none" ? 0 : dilation * (cells - 1);
		return [Math.floor(all / 2), all - Math.floor(all / 2)];
	});
	return { shape, size, weights, stride, dilation, padding, mode: mode === "none" ? "zeros" : mode, flip: false };
}

const rowsOf = (text) => text.split(";").map((row) => row.split(",").map(Number));

test("what is taken gives the value that was held, wherever it is", () => {
	const layers = [
		layerOf([3, 3]), layerOf([2, 5], { stride: 3 }), layerOf([1, 1], { stride: 4 }), layerOf([3, 2], { dilation: 4 }),
		...["zeros", "reflect", "replicate"].flatMap((mode) => [
			layerOf([3, 3], { mode }), layerOf([5, 2], { mode, stride: 2 }), layerOf([4, 3], { mode, dilation: 2, stride: 3 }),
		]),
	];
	for (const layer of layers) {
		const before = layer.padding.map(([first]) => first);
		const counts = SIZE.map((side, axis) => {
			const span = layer.dilation * (layer.shape[axis] - 1) + 1;
			return Math.floor((side - span + layer.padding[axis][0] + layer.padding[axis][1]) / layer.stride) + 1;
		});
		for (let row = 0; row < counts[0]; row += 1) {
			for (let column = 0; column < counts[1]; column += 1) {
				const asked = new URLSearchParams(patch({ row, column }, layer, image));
				const pixels = rowsOf(asked.get("step_image"));
				const size = [pixels.length, pixels[0].length];
				for (const side of size) assert.ok(side >= 7 && side <= 12, `${size} at ${row}, ${column}`);
				const mode = asked.get("step_padding");
				const taken = {
					weights: rowsOf(asked.get("step_kernel")), stride: Number(asked.get("step_stride")),
					dilation: Number(asked.get("step_dilation")), mode, before: mode === "none" ? [0, 0] : before,
				};
				const cell = asked.get("step_cell").split(",").map((at) => Number(at) - 1);
				const value = output((y, x) => pixels[y][x], size, taken, ...cell);
				const wanted = output((y, x) => image[y * SIZE[1] + x], SIZE, { ...layer, before }, row, column);
				assert.ok(Math.abs(value - wanted) < 1e-6, `${row}, ${column} of ${JSON.stringify(layer)}: ${value}, ${wanted}`);
			}
		}
	}
});

test("a window inside is taken without padding, and stands in the middle", () => {
	const asked = new URLSearchParams(patch({ row: 10, column: 15 }, layerOf([3, 3], { mode: "zeros" }), image));
	assert.equal(asked.get("step_padding"), "none");
	// By hand: rows 9 to 11 are the window, two on each side make 7 to 13; so it is output 3 of 5.
	assert.equal(asked.get("step_cell"), "3,3");
	assert.equal(asked.get("step_image").split(";")[0], Array.from(image.slice(7 * 31 + 12, 7 * 31 + 19), exact).join(","));
});

test("a picture smaller than the patch is taken whole", () => {
	const small = layerOf([3, 3], { size: [4, 5] });
	const asked = new URLSearchParams(patch({ row: 1, column: 0 }, small, image.slice(0, 20)));
	assert.deepEqual(rowsOf(asked.get("step_image")).map((row) => row.length), [5, 5, 5, 5]);
	assert.equal(asked.get("step_cell"), "2,1");
});

test("what Step by step has no room for is not taken", () => {
	assert.equal(patch({ row: 0, column: 0 }, layerOf([6, 1]), image), null);
	assert.equal(patch({ row: 0, column: 0 }, layerOf([2, 2], { stride: 5 }), image), null);
	assert.equal(patch({ row: 0, column: 0 }, layerOf([4, 4], { dilation: 4 }), image), null); // spans 13 of 12
});

test("the pixel in the middle of a window is taken, counted from 1, and the nearest one of the photo", () => {
	// By hand: a 3x5 window at output (4, 6) with stride 2 begins at row 8, column 12; its middle is (9, 14).
	assert.equal(over({ row: 4, column: 6 }, layerOf([3, 5], { stride: 2 })), "tab=receptive&receptive_pixel=10,15");
	// 13 wide with dilation 4 and 6 of padding before: from -6 to 6, so the middle is 0.
	assert.equal(over({ row: 0, column: 0 }, layerOf([4, 4], { dilation: 4, mode: "zeros" })), "tab=receptive&receptive_pixel=1,1");
	assert.equal(over({ row: 22, column: 30 }, layerOf([2, 2], { mode: "zeros" })), "tab=receptive&receptive_pixel=23,31");
});

test("a number is written as the shortest text that is the same float32", () => {
	for (const value of [0, 1, 0.5, -2, Math.fround(0.1), Math.fround(1 / 255), Math.fround(1e-7), Math.fround(0.3446), Math.fround(1 / 3)]) {
		assert.equal(Math.fround(Number(exact(value))), value);
	}
	assert.equal(exact(Math.fround(0.1)), "0.1");
	assert.equal(exact(Math.fround(1 / 3)), "0.33333334");
});
