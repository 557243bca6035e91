import assert from "node:assert/strict";
import { test } from "node:test";
import { colourOn, squareAround, stepsOf, tapAt } from "../../convdemo/ui/feature_map/closeup.js";

const SIGNED = { display: "signed", ends: [-2, 2], colours: ["#0000ff", "#ffffff", "#ff0000"] };
const words = { sum: "sum", biased: "{bias} bias", rectified: "ReLU", first: "a", second: "b", root: "√" };

test("a value has the colour that it has on the map", () => {
	assert.equal(colourOn(SIGNED, 0), "#ffffff");
	assert.equal(colourOn(SIGNED, 1), "#ff8080"); // half way: 255 / 2 is rounded up
	assert.equal(colourOn(SIGNED, -9), "#0000ff"); // the end of the scale
	assert.equal(colourOn({ ...SIGNED, ends: [0, 0] }, 0), "#ffffff"); // a blank map
	const strengths = { display: "absolute", ends: [0, 4], colours: ["#ffffff", "#000000"] };
	assert.equal(colourOn(strengths, -4), "#000000");
	const marked = { display: "marked", ends: [0, 1], colours: ["#000000", "#ffffff"], outside: ["#2166ac", "#b2182b"] };
	assert.deepEqual([-0.1, 0, 1.000004, 1.1].map((value) => colourOn(marked, value)), ["#2166ac", "#000000", "#ffffff", "#b2182b"]);
});

test("the steps to a value are the sum, the bias and the ReLU, where there are such", () => {
	assert.deepEqual(stepsOf(words, { bias: 0 }, [-1], -1, -1), [["sum", -1]]);
	assert.deepEqual(stepsOf(words, { bias: -0.5, relu: true }, [-1], -1.5, 0), [["sum", -1], ["− 0.5 bias", -1.5], ["ReLU", 0]]);
	assert.deepEqual(stepsOf(words, { edges: true, bias: 0 }, [3, -4], 3, 5), [["a", 3, true], ["b", -4, true], ["√", 5]]);
});

test("a place of the drawing is a pixel, a weight or a product", () => {
	// 2 × 2 weights, cells of 10: the window, dilated by 2, 30 wide; the weights 60 to 80, the products 110 to 130, 5 down.
	const drawing = { cell: 10, boxes: [[0, 0, 2], [60, 5, 1], [110, 5, 1]] };
	const at = (x, y) => tapAt(x, y, drawing, [2, 2]);
	assert.deepEqual([at(5, 5), at(25, 5), at(25, 25)], [0, 1, 3]);
	assert.equal(at(15, 5), -1); // a pixel that dilation skips
	assert.deepEqual([at(62, 7), at(75, 20), at(111, 16)], [0, 3, 2]);
	assert.deepEqual([at(45, 10), at(135, 10), at(62, 2)], [-1, -1, -1]);
});

test("the pixels around a window are 15 by 15, or more around a large one, with the window in the middle", () => {
	assert.deepEqual(squareAround({ top: 20, left: 40, height: 3, width: 3 }), { side: 15, top: 14, left: 34 });
	assert.deepEqual(squareAround({ top: 0, left: 0, height: 31, width: 9 }), { side: 35, top: -2, left: -13 });
});
