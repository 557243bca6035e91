import assert from "node:assert/strict";
import { test } from "node:test";
import { SPEEDS, ahead } from "../../convdemo/ui/feature_map/play.js";

test("what is ahead is the rest of a row and all rows below", () => {
	// 6 of 4 × 4 values: one row and half of the second. From the middle, along the row, down, and back below it.
	assert.equal(ahead(6, [4, 4]), "polygon(50% 25%, 100% 25%, 100% 100%, 0 100%, 0 50%, 50% 50%)");
	assert.equal(ahead(0, [4, 4]), "polygon(0% 0%, 100% 0%, 100% 100%, 0 100%, 0 25%, 0% 25%)"); // all of it
});

test("slow takes two seconds a row, fast ten for all, and a pause does not move", () => {
	assert.deepEqual(Object.values(SPEEDS).map((speed) => speed([30, 20])), [10, 60, 0]);
});
