import assert from "node:assert/strict";
import { test } from "node:test";
import { photoOver } from "../../convdemo/ui/feature_map/wipe.js";

const layer = (options) => ({ size: [4, 6], shape: [3, 3], stride: 1, padding: [[0, 0], [0, 0]], dilation: 1, ...options });

test("the photo lies on its map so that each value is over the middle of its window", () => {
	// 2 × 4 values: the first is over the second pixel, so the photo begins a value before the map.
	assert.deepEqual(photoOver(layer()), [[-1 / 2, 4 / 2], [-1 / 4, 6 / 4]]);
	// Padding that keeps the size: pixel upon pixel.
	assert.deepEqual(photoOver(layer({ padding: [[1, 1], [1, 1]] })), [[0, 1], [0, 1]]);
	// An even kernel: its middle is between two pixels. 3 × 5 values, half a pixel further.
	assert.deepEqual(photoOver(layer({ shape: [2, 2] })), [[-0.5 / 3, 4 / 3], [-0.5 / 5, 6 / 5]]);
});

test("stride and dilation move the windows' middles", () => {
	// 3 wide, every second: values over columns 1, 3, of 2 pixels each; a value begins half a pixel left of its window's middle pixel.
	const [[top, height], [left, width]] = photoOver(layer({ stride: 2 })); // 1 × 2 values
	assert.deepEqual([top, height, left, width], [-0.5 / 2, 4 / 2, -0.5 / 4, 6 / 4]);
	// Dilated by 2 a window is 5 wide, its middle pixel the third: 2 values, over columns 2 and 3.
	assert.deepEqual(photoOver(layer({ shape: [1, 3], dilation: 2 }))[1], [-2 / 2, 6 / 2]);
});
