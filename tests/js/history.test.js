import assert from "node:assert/strict";
import { test } from "node:test";
import { history } from "../../convdemo/ui/kernel/history.js";

test("each change is a step back, and a step forth again", () => {
	const steps = history();
	steps.note("a");
	steps.note("b"); // c is on screen
	assert.equal(steps.undo("c"), "b");
	assert.equal(steps.undo("b"), "a");
	assert.equal(steps.undo("a"), null);
	assert.equal(steps.redo("a"), "b");
	assert.equal(steps.redo("b"), "c");
	assert.equal(steps.redo("c"), null);
	assert.deepEqual(steps.sizes(), [2, 0]);
});

test("changes of one thing are one step until it is closed, or another thing changes", () => {
	const steps = history();
	const [cell, slider] = [{}, {}];
	steps.note("a", cell);
	steps.note("a1", cell);
	steps.note("b", slider);
	steps.note("c", cell);
	steps.close();
	steps.note("d", cell);
	const undone = [];
	for (let now = "e"; now; now = steps.undo(now)) undone.push(now);
	assert.deepEqual(undone, ["e", "d", "c", "b", "a"]);
});

test("a change after an undo takes the place of what was undone, in the same thing too", () => {
	const steps = history();
	const cell = {};
	steps.note("a", cell);
	assert.equal(steps.undo("b"), "a");
	steps.note("a", cell); // typed on
	assert.equal(steps.redo("c"), null);
	assert.equal(steps.undo("c"), "a");
});

test("what is the same as on screen is no step: a weight that was dragged and put back", () => {
	const steps = history();
	steps.note({ cells: ["1"] });
	steps.note({ cells: ["2"] });
	assert.deepEqual(steps.undo({ cells: ["2"] }), { cells: ["1"] });
	assert.deepEqual(steps.redo({ cells: ["1"] }), { cells: ["2"] });
});

test("a hundred steps are kept", () => {
	const steps = history();
	for (let at = 0; at < 150; at += 1) steps.note(at);
	assert.deepEqual(steps.sizes(), [100, 0]);
	let last = 150;
	for (let now = 150; now !== null; now = steps.undo(now)) last = now;
	assert.equal(last, 50);
});
