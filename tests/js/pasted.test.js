import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "../../convdemo/ui/step/pasted.js";

test("lists of Python, links and spreadsheets become rows of cells", () => {
	for (const text of ["1 2\n3 4", "1,2;3,4", "[[1, 2],\n [3, 4]]", "1\t2\r\n3\t4\r\n", "1, 2\n\n3, 4\n", "[1 2]\n[3 4]"]) {
		assert.deepEqual(rowsOf(text), [["1", "2"], ["3", "4"]], text);
	}
});

test("a comma between digits is a decimal one where blanks part the numbers", () => {
	assert.deepEqual(rowsOf("0,25 0,5\n1 -0,5"), [["0.25", "0.5"], ["1", "-0.5"]]);
	assert.deepEqual(rowsOf("0,25\t0,5"), [["0.25", "0.5"]]);
	assert.deepEqual(rowsOf("0,25, 0,5"), [["0", "25", "0", "5"]]); // a list after all
	assert.deepEqual(rowsOf("1,2\n3,4"), [["1", "2"], ["3", "4"]]);
});

test("what is no number stays, and nothing is nothing", () => {
	assert.deepEqual(rowsOf("1 2 / 3"), [["1", "2", "/", "3"]]);
	assert.deepEqual(rowsOf(" \n[]"), []);
});
