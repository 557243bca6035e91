import assert from "node:assert/strict";
import { test } from "node:test";
import { largestOf, moved } from "../../convdemo/ui/kernel/steps.js";

test("a step is a tenth of the largest weight's decimal order, and a fine one a tenth of that", () => {
	const up = (largest) => [moved("0", 10, largest), moved("0", 1, largest, true)];
	assert.deepEqual(up(1), ["0.1", "0.01"]);
	assert.deepEqual(up(9.99), ["0.1", "0.01"]);
	assert.deepEqual(up(10), ["1", "0.1"]);
	assert.deepEqual(up(1 / 9), ["0.01", "0.001"]);
	assert.deepEqual(up(0), ["0.1", "0.01"]); // all zeros
	assert.deepEqual(up(1000), ["100", "10"]);
});

test("a weight is a whole number of steps, without float dust", () => {
	assert.equal(moved("0.1", 20, 1), "0.3"); // 0.1 + 0.2 is 0.30000000000000004
	assert.equal(moved("-1", 10, 2), "-0.9");
	assert.equal(moved("-1", 100, 2), "0"); // never -0
	assert.equal(moved("0.1", -10, 2), "0");
	assert.equal(moved("1/9", 10, 1 / 9), "0.12"); // 0.1111 + 0.01 to hundredths
	assert.equal(moved("1/9", -1, 1 / 9, true), "0.11"); // 0.1101 to thousandths
	assert.equal(moved("1/9", 11, 1 / 9, true), "0.122"); // a step and a fine one
	assert.equal(moved("1/9", 0, 1 / 9), "1/9"); // and back: as it was typed
	for (let count = -300; count <= 300; count += 1) assert.match(moved("0", 10 * count, 7), /^-?\d+(\.\d)?$/);
});

test("a weight stays within its limits, and what is no number counts as 0", () => {
	assert.equal(moved("999999", 200, 1e6), "1000000"); // a step is 100,000
	assert.equal(moved("-1e6", -10, 1e6), "-1000000");
	assert.equal(moved("abc", 10, 2), "0.1");
	assert.equal(moved("1e-7", 10, 1e-7), "1.1e-7");
});

test("the largest weight counts without its sign, and what is no number does not count", () => {
	assert.equal(largestOf(["1", "-2", "1/4", "1/", ""]), 2);
	assert.equal(largestOf(["x"]), 0);
});
