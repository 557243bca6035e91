// What Gradio counts in frames gets none; all else does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SCRIPT = readFileSync(new URL("../../convdemo/ui/early/frames.js", import.meta.url), "utf8");

test("a callback that looks at the clock gets no frame, any other does", () => {
	const given = [];
	const window = { requestAnimationFrame: (callback) => given.push(callback) };
	const own = window.requestAnimationFrame;
	vm.runInNewContext(SCRIPT, { window });
	const counts = () => performance.now();
	const draws = () => {};
	assert.equal(window.requestAnimationFrame(counts), 0);
	assert.equal(window.requestAnimationFrame(draws), 1);
	assert.deepEqual(given, [draws]);
	assert.equal(window.requestAnimationFrame.own, own);
});
