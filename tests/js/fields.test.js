import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hasHoles, nearestTo, seenBy, valuesOf } from "../../convdemo/ui/layers/fields.js";

// Made from convdemo.receptive_field and convdemo.stacks: python -m tests.stacks.test_layer_cases
const cases = JSON.parse(readFileSync(new URL("../layer_cases.json", import.meta.url)));

for (const { name, layers, kinds, photo, units, last } of cases) {
	test(`${name}: what a value sees, on every map`, () => {
		for (const { depth, unit, windows, used } of units) {
			const seen = seenBy(layers, depth, ...unit);
			assert.equal(seen.length, depth + 1);
			windows.forEach(([top, left, height, width], map) => {
				assert.deepEqual([seen[map].top, seen[map].left, seen[map].height, seen[map].width], [top, left, height, width], `map ${map}`);
			});
			if (used) assert.deepEqual([seen[0].rows, seen[0].columns], used);
		}
	});

	test(`${name}: every value of the last map is that of the core`, () => {
		const values = valuesOf(layers, kinds, Float32Array.from(photo.flat()));
		last.forEach((row, y) => row.forEach((value, x) => {
			assert.ok(Math.abs(values.at(layers.length, y, x) - value) <= 1e-4 * Math.max(1, Math.abs(value)), `${y}, ${x}`);
		}));
	});
}

test("holes are what a dilation leaves out, not what the border cuts off", () => {
	const layer = { size: [9, 9], shape: [3, 3], weights: [], stride: 1, padding: [[2, 2], [2, 2]], mode: "zeros", dilation: 1, flip: false, bias: 0, relu: false };
	const photo = (one) => hasHoles(seenBy([one], 1, 0, 0)[0], [9, 9]);
	assert.equal(photo(layer), false); // one pixel of its nine is on the photo, and used
	assert.equal(photo({ ...layer, dilation: 2 }), true); // rows -2, 0, 2: 1 is left out
	assert.equal(photo({ ...layer, dilation: 2, padding: [[0, 0], [0, 0]] }), true);
});

test("a place on the photo leads to the value whose field lies around it", () => {
	const layer = { size: [11, 11], shape: [3, 3], stride: 2, padding: [[0, 0], [0, 0]], mode: "zeros", dilation: 1, flip: false };
	assert.deepEqual(nearestTo([layer], 1, [5, 7]), [2, 3]); // its middles are 1, 3, 5, 7, 9
	assert.deepEqual(nearestTo([layer], 1, [99, -4]), [4, 0]);
});
