// What the buttons of the table do, and rows that another control made while something was typed.
import assert from "node:assert/strict";
import { test } from "node:test";

import { actions, rebase } from "../../convdemo/ui/receptive/table.js";

const BEFORE = [["3", "1", "a"], ["5", "1", "b"], ["7", "1", "c"]];
const TYPED = [["3", "1", "a"], ["5", "x", "b"], ["7", "1", "c"]];

test("layers are added, duplicated, removed and moved", () => {
	const after = (name, at) => actions[name]([0, 1, 2], at);
	assert.deepEqual(after("add", 1), [[0, 1, -1, 2], 2]);
	assert.deepEqual(after("duplicate", 1), [[0, 1, 1, 2], 2]);
	assert.deepEqual(after("remove", 1), [[0, 2], 1]);
	assert.deepEqual(after("up", 1), [[1, 0, 2], 0]);
	assert.deepEqual(after("down", 1), [[0, 2, 1], 2]);
});

test("at the ends, moving changes nothing", () => {
	assert.deepEqual(actions.up([0, 1, 2], 0)[0], [0, 1, 2]);
	assert.deepEqual(actions.down([0, 1, 2], 2)[0], [0, 1, 2]);
	assert.deepEqual(actions.remove([0], 0)[0], []);
});

test("without anything typed, what was made is taken", () => {
	const made = [["1", "1", "new"]];
	assert.deepEqual(rebase(made, BEFORE, BEFORE), made);
});

test("in another stack, what was typed stands in the same cell, if there is one", () => {
	assert.deepEqual(rebase([["9", "9", "n"], ["8", "8", "m"]], BEFORE, TYPED), [["9", "9", "n"], ["8", "x", "m"]]);
	assert.deepEqual(rebase([["9", "9", "n"]], BEFORE, TYPED), [["9", "9", "n"]]);
	assert.deepEqual(rebase([...BEFORE, ["9", "9", "n"]], BEFORE, TYPED), [...TYPED, ["9", "9", "n"]]);
	assert.deepEqual(rebase([], BEFORE, TYPED), []);
});
