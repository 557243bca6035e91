// Whether an answer to a plan's question is right, what is kept, and the table of the summary.
import assert from "node:assert/strict";
import { test } from "node:test";

import { countRight, forget, keepAnswer, keepPlace, answerTo, placeOf } from "../../convdemo/ui/plans/answers.js";
import { isSameKernel, judge, numberOf, trim } from "../../convdemo/ui/plans/check.js";
import { put } from "../../convdemo/ui/plans/stage.js";
import { rowsOf } from "../../convdemo/ui/plans/summary.js";

const ask = (kind, answer, more = {}) => ({ ask: "?", kind, answer, right: "Yes.", wrong: [], tolerance: 0, factor: "one", choices: [], ...more });

test("a number is right within its tolerance, and a likely wrong one is spoken of", () => {
	const question = ask("number", 0.36, { tolerance: 0.005, wrong: [{ answer: 0.64, say: "What is missing." }] });
	assert.deepEqual(judge(question, 0.364), { isRight: true, say: "Yes." });
	assert.deepEqual(judge(question, 0.6449), { isRight: false, say: "What is missing." });
	assert.deepEqual(judge(question, 0.366), { isRight: false, say: "" });
	assert.equal(judge(ask("number", 0.3), 0.1 + 0.2).isRight, true); // not a rounding error apart
	assert.equal(judge(ask("number", 7), 7.001).isRight, false);
});

test("numbers are read as people write them", () => {
	const read = { "14": 14, " −3 ": -3, "0.36": 0.36, "0,36": 0.36, "1/4": 0.25, "3,000,000": 3e6, "3 000 000": 3e6, "3\u202f000": 3000, "0,360": 0.36, "1e3": 1000 };
	for (const [text, value] of Object.entries(read)) assert.equal(numberOf(text), value, text);
	for (const text of ["", "four", "1 2", "1/0", "NaN", "1,2,3", "<b>"]) assert.equal(numberOf(text), null, text);
});

test("kernels are the same if their maps are, but for a shift: zeros around one do not count", () => {
	assert.deepEqual(trim([[0, 0, 0], [0, 1, -1], [0, 0, 0]]), [[1, -1]]);
	assert.deepEqual(trim([[0, 0]]), []);
	assert.ok(isSameKernel([[0, 0, 0], [1, 0, -1], [0, 0, 0]], [[1, 0, -1]]));
	assert.ok(!isSameKernel([[2, -2]], [[1, -1]]));
	assert.ok(isSameKernel([[2, -2]], [[1, -1]], "positive"));
	assert.ok(!isSameKernel([[-1, 1]], [[1, -1]], "positive"));
	assert.ok(isSameKernel([[-1, 1]], [[1, -1]], "any"));
	assert.ok(!isSameKernel([[1], [-1]], [[1, -1]], "any"));
	assert.ok(!isSameKernel([[0, 0]], [[1, -1]], "any"));
	assert.ok(!isSameKernel([[0, 1]], [[1, -1]], "any"));
	assert.ok(isSameKernel([[0.1111, 0.1111]], [[1 / 9, 1 / 9]].map((row) => row.map(Math.fround)), "any"));
});

test("one of several kernels will do, and a wrong one may be near another", () => {
	const question = ask("kernel", [[[1], [-1]], [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]], { factor: "any", wrong: [{ answer: [[[1, -1]]], say: "Turn it." }] });
	assert.equal(judge(question, [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]).isRight, true);
	assert.deepEqual(judge(question, [[0, 3, -3]]), { isRight: false, say: "Turn it." });
});

test("a state is reached when all that is named stands in the link, or nothing where it is at its default", () => {
	const question = ask("state", { stride: "2", padding: null });
	const judged = (query) => judge(question, new URLSearchParams(query)).isRight;
	assert.ok(judged("stride=2&kernel=emboss"));
	assert.ok(!judged("stride=2&padding=zeros"));
	assert.ok(!judged("padding=zeros"));
});

test("a step goes on screen: all else at its default, the visitor's photo kept, the frame's own settings left alone", () => {
	const told = [];
	const page = { link: () => "http://lab/?tab=learn&picture=brick&kernel=emboss&embed=1&lesson=chapter&__theme=dark", take: (asked) => told.push(asked) };
	put(page, { tab: "step", stride: null, step: "edge" });
	assert.equal(told[0].query, "tab=1&kernel=1&stride=1&step=1&lesson=1");
	assert.equal(told[0].link, "picture=brick&tab=step&step=edge");
	put(page, { picture: "coffee" });
	assert.equal(told[1].link, "picture=coffee");
	assert.match(told[1].query, /picture=1/);
});

test("answers are kept by plan and question, and nothing breaks where nothing may be kept", () => {
	const kept = new Map();
	globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
	keepPlace("a", 3);
	keepAnswer("a", "1 Why?", { given: "4", isRight: true });
	keepAnswer("a", "2 Why?", { given: "5", isRight: false });
	assert.deepEqual([placeOf("a"), countRight("a"), answerTo("a", "1 Why?").given, answerTo("b", "1 Why?")], [3, 1, "4", null]);
	forget("a");
	assert.deepEqual([placeOf("a"), answerTo("a", "1 Why?")], [0, null]);
	for (const text of ["{", "null", "3", '"x"']) {
		kept.set("plan a", text);
		assert.equal(placeOf("a"), 0);
	}
	Object.defineProperty(globalThis, "localStorage", { configurable: true, get() { throw new Error("blocked"); } });
	keepAnswer("a", "1 Why?", { given: "4" });
	assert.equal(answerTo("a", "1 Why?"), null);
	delete globalThis.localStorage;
});

test("the summary has a line for each question, with how it went", () => {
	const words = { open: "open", right: "right", wrong: "wrong", tries: "at try {tries}", shown: "shown" };
	const steps = [{ question: ask("number", 1) }, { question: null }, { question: ask("number", 2) }, { question: ask("number", 3) }, { question: ask("number", 4) }];
	const kept = { 0: { given: "1", isRight: true, tries: 1 }, 2: { given: "2", isRight: true, tries: 3 }, 3: { given: "9", isRight: false, isShown: true } };
	const told = rowsOf({ steps }, (question, index) => kept[index], words);
	assert.equal(told.right, 2);
	assert.deepEqual(told.rows.map(({ step, given, result }) => [step, given, result]), [
		[1, "1", "right"], [3, "2", "at try 3"], [4, "9", "wrong, shown"], [5, "", "open"],
	]);
});
