// Which unit is nearest to a place? Worked out by hand; scene.py finds the same.
import assert from "node:assert/strict";
import test from "node:test";
import { nearest } from "../../convdemo/ui/receptive/units.js";

const pool5 = { start: [-90, -90], size: [212, 212], jump: [32, 32], output: [12, 18] }; // of VGG-16 on 400 x 600; Distill

test("the unit whose centre is nearest, the outermost one beyond the map", () => {
	assert.deepEqual(nearest(pool5, [111.5, 175.5]), [3, 5]); // -90 + 211 / 2 + 32 u
	assert.deepEqual(nearest(pool5, [111.5 + 15, 175.5 - 15]), [3, 5]);
	assert.deepEqual(nearest(pool5, [-500, 9999]), [0, 17]);
	const strided = { start: [0, 0], size: [3, 3], jump: [2, 2], output: [4, 4] }; // centres 1, 3, 5, 7
	assert.deepEqual(nearest(strided, [4.4, 99]), [2, 3]);
});
