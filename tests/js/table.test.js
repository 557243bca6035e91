// Rows that another control made, and what was typed while they were on their way.
import assert from "node:assert/strict";
import { test } from "node:test";

import { rebase } from "../../convdemo/ui/receptive/table.js";

const BEFORE = [["3", "1", "a"], ["5", "1", "b"], ["7", "1", "c"]];
const TYPED = [["3", "1", "a"], ["5", "x", "b"], ["7", "1", "c"]];

test("without anything typed, what was made is taken", () => {
	const made = [["1", "1", "new"]];
	assert.deepEqual(rebase(made, undefined, BEFORE, BEFORE), made);
});

test("what was typed follows its layer", () => {
	const [a, b, c] = BEFORE;
	const fresh = ["3", "1", ""];
	assert.deepEqual(rebase([fresh, a, b, c], [-1, 0, 1, 2], BEFORE, TYPED), [fresh, a, TYPED[1], c]); // added
	assert.deepEqual(rebase([b, a, c], [1, 0, 2], BEFORE, TYPED), [TYPED[1], a, c]); // moved
	assert.deepEqual(rebase([a, b, b, c], [0, 1, -1, 2], BEFORE, TYPED), [a, TYPED[1], b, c]); // duplicated before
	assert.deepEqual(rebase([a, c], [0, 2], BEFORE, TYPED), [a, c]); // the layer itself was removed
});

test("in another stack it stands in the same cell, if there is one", () => {
	assert.deepEqual(rebase([["9", "9", "n"], ["8", "8", "m"]], undefined, BEFORE, TYPED), [["9", "9", "n"], ["8", "x", "m"]]);
	assert.deepEqual(rebase([["9", "9", "n"]], undefined, BEFORE, TYPED), [["9", "9", "n"]]);
	assert.deepEqual(rebase([...BEFORE, ["9", "9", "n"]], undefined, BEFORE, TYPED), [...TYPED, ["9", "9", "n"]]);
	assert.deepEqual(rebase([], undefined, BEFORE, TYPED), []);
});

test("where a layer was emptied meanwhile, the visitor's table stays", () => {
	const now = [BEFORE[0], BEFORE[2]];
	assert.equal(rebase([...BEFORE, ["9", "9", "n"]], [0, 1, 2, -1], BEFORE, now), now);
});
