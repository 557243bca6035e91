// A run is ended before the next begins, and also when its number is not known yet.
import assert from "node:assert/strict";
import { test } from "node:test";

import { inTurn } from "../../convdemo/ui/header/endings.js";

// A server whose answers are given by hand, in the order of what it was asked: [path, body].
function open() {
	const [asked, ways] = [[], []];
	const fetch = inTurn((url, { body }) => {
		asked.push([new URL(url).pathname, JSON.parse(body)]);
		return new Promise((...way) => ways.push(way));
	});
	const ask = (path, body) => fetch(`http://lab/${path}`, { method: "POST", body: JSON.stringify(body) });
	const pass = async () => {
		for (let ticks = 0; ticks < 20; ticks += 1) await new Promise(setImmediate);
	};
	const give = async (index, answer) => {
		if (answer instanceof Error) ways[index][1](answer);
		else ways[index][0](Response.json(answer));
		await pass();
	};
	return { ask, pass, give, asked };
}

test("nothing is begun until all that was to end has ended", async () => {
	const { ask, pass, give, asked } = open();
	ask("cancel", { fn_index: 7, event_id: "first" });
	ask("cancel", { fn_index: 8, event_id: "second" });
	const begun = ask("queue/join", { fn_index: 7, data: [1] });
	ask("run/predict", { fn_index: 3 });
	ask("upload", {});
	await pass();
	assert.deepEqual(asked.map(([path]) => path), ["/cancel", "/cancel", "/upload"]);
	await give(1, { success: true });
	assert.equal(asked.length, 3);
	await give(0, { success: true });
	assert.deepEqual(asked.slice(3), [["/queue/join", { fn_index: 7, data: [1] }], ["/run/predict", { fn_index: 3 }]]);
	await give(3, { event_id: "third" });
	assert.deepEqual(await (await begun).json(), { event_id: "third" });
});

test("what could not be ended, as the network is gone, does not keep the next", async () => {
	const { ask, give, asked } = open();
	const end = ask("cancel", { fn_index: 7, event_id: "first" });
	ask("queue/join", { fn_index: 7 });
	const failed = assert.rejects(end, /gone/);
	await give(0, new Error("gone"));
	await failed;
	assert.equal(asked.length, 2);
});

test("a run without a number is ended when it has one, and only its function waits for that", async () => {
	const { ask, pass, give, asked } = open();
	ask("queue/join", { fn_index: 7 });
	await pass();
	const end = ask("cancel", { fn_index: 7, session_hash: "s" });
	assert.deepEqual(await (await end).json(), { success: true }); // Gradio's page waits for it
	ask("queue/join", { fn_index: 7 });
	ask("queue/join", { fn_index: 8 });
	ask("run/predict", { fn_index: 3 });
	await pass();
	assert.deepEqual(asked.map(([path, { fn_index: name }]) => [path, name]).slice(1), [["/queue/join", 8], ["/run/predict", 3]]);
	await give(0, { event_id: "first" });
	assert.deepEqual(asked[3], ["/cancel", { fn_index: 7, session_hash: "s", event_id: "first" }]);
	assert.equal(asked.length, 4);
	await give(3, { success: true });
	assert.deepEqual(asked[4], ["/queue/join", { fn_index: 7 }]);
});

test("a run that was refused needs no end", async () => {
	const { ask, pass, give, asked } = open();
	const begun = assert.rejects(ask("queue/join", { fn_index: 7 }), /gone/);
	await pass();
	const end = ask("cancel", { fn_index: 7 });
	await give(0, new Error("gone"));
	await begun;
	assert.deepEqual(await (await end).json(), { success: true });
	assert.equal(asked.length, 1);
});

test("what Gradio's server does nothing for is not sent", async () => {
	const { ask, asked } = open();
	assert.deepEqual(await (await ask("reset", {})).json(), { success: true });
	assert.equal(asked.length, 0);
});
