// Answers arrive in the order in which they were asked for, whatever each takes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { inOrder } from "../../convdemo/ui/header/order.js";

// A server whose answers are given by hand, and the order in which they arrive.
function open() {
	const [given, arrived] = [[], []];
	const fetch = inOrder(() => new Promise((...ways) => given.push(ways)), (event) => (event < 10 ? "filters" : "why"));
	const ask = async (event, path = "run/predict") => {
		const answer = await fetch(`http://lab/gradio_api/${path}`, { method: "POST", body: JSON.stringify({ fn_index: event }) })
			.then((response) => response.text(), (error) => error.message);
		arrived.push(answer);
	};
	const give = async (index, text) => {
		given[index][0](new Response(text, { status: 200 }));
		for (let ticks = 0; ticks < 20; ticks += 1) await new Promise(setImmediate);
	};
	return { ask, give, given, arrived };
}

test("one that is asked for later waits for the one before, and not for those of other lessons", async () => {
	const { ask, give, arrived } = open();
	const all = [ask(1), ask(2), ask(11), ask(3)];
	await give(3, "third");
	await give(1, "second");
	assert.deepEqual(arrived, []);
	await give(2, "of another lesson");
	assert.deepEqual(arrived, ["of another lesson"]);
	await give(0, "first");
	await Promise.all(all);
	assert.deepEqual(arrived, ["of another lesson", "first", "second", "third"]);
});

test("one that fails does not keep the others, and is told of it", async () => {
	const { ask, give, given, arrived } = open();
	const all = [ask(1), ask(2)];
	await give(1, "second");
	given[0][1](new Error("the network is gone"));
	await Promise.all(all);
	assert.deepEqual(arrived, ["the network is gone", "second"]);
});

test("what is no answer of a function passes as it is", async () => {
	const { ask, give, arrived } = open();
	const all = [ask(1), ask(2, "queue/join")];
	await give(1, "joined");
	assert.deepEqual(arrived, ["joined"]);
	await give(0, "first");
	await Promise.all(all);
});
