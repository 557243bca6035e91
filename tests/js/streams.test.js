// Streams of answers that end while something is asked for: with the messages that Gradio's server sends.
import assert from "node:assert/strict";
import { test } from "node:test";

import { withoutEnds } from "../../convdemo/ui/header/streams.js";

const encoder = new TextEncoder();
const message = (msg, event_id) => `data: ${JSON.stringify({ msg, event_id })}\n\n`;
const CLOSE = message("close_stream");

// A page whose server says what the test says.
function open() {
	const streams = [];
	const lost = [];
	const joins = [];
	const fetch = withoutEnds((address) => {
		if (address.includes("queue/join")) return new Promise((answer) => joins.push((id) => answer(Response.json({ event_id: id }))));
		if (!address.includes("queue/data")) return Promise.resolve(new Response(`plain ${address}`));
		let controller;
		const body = new ReadableStream({ start: (made) => { controller = made; } });
		streams.push({
			say: (text) => controller.enqueue(encoder.encode(text)),
			end: () => controller.close(),
			breakOff: () => controller.error(new TypeError("network error")),
		});
		return Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
	}, () => lost.push(true));
	return { fetch, streams, joins, lost, join: () => fetch("http://lab/gradio_api/queue/join?"), data: () => fetch("http://lab/gradio_api/queue/data?session_hash=a") };
}

const soon = () => new Promise((resolve) => setTimeout(resolve));

// What the page has heard so far.
async function listen(response) {
	const heard = { text: "", isOver: false };
	(async () => {
		for await (const part of response.body.pipeThrough(new TextDecoderStream())) heard.text += part;
		heard.isOver = true;
	})();
	await soon();
	return heard;
}

test("a stream ends when all is answered", async () => {
	const { streams, joins, join, data } = open();
	const joined = join();
	joins[0]("one");
	assert.deepEqual(await (await joined).json(), { event_id: "one" });
	const heard = await listen(await data());
	const said = message("process_starts", "one") + message("process_completed", "one") + CLOSE;
	for (const half of [said.slice(0, 50), said.slice(50)]) streams[0].say(half); // wherever it is cut
	streams[0].end();
	await soon();
	await soon();
	assert.equal(heard.text, said);
	assert.equal(heard.isOver, true);
	assert.equal(streams.length, 1);
});

for (const isAnswered of [true, false]) {
	test(`an event that is asked for meanwhile is heard of in the next stream, its request ${isAnswered ? "" : "not "}answered yet`, async () => {
		const { streams, joins, join, data } = open();
		const first = join();
		joins[0]("one");
		await first;
		const heard = await listen(await data());
		const second = join();
		if (isAnswered) {
			joins[1]("two");
			await second;
		}
		streams[0].say(message("process_completed", "one") + CLOSE);
		streams[0].end();
		await soon();
		await soon();
		assert.equal(heard.text, message("process_completed", "one")); // and of no end
		assert.equal(heard.isOver, false);
		assert.equal(streams.length, 2);
		streams[1].say(message("process_completed", "two") + (isAnswered ? "" : CLOSE));
		await soon();
		if (isAnswered) streams[1].say(CLOSE);
		else joins[1]("two"); // it was over before the answer to its request was read
		await second;
		streams[1].end();
		await soon();
		await soon();
		assert.ok(heard.text.includes(message("process_completed", "two")));
	});
}

test("all else is as ever", async () => {
	const { fetch } = open();
	assert.equal(await (await fetch("http://lab/config")).text(), "plain http://lab/config");
});

for (const how of ["breakOff", "end"]) {
	test(`what runs is lost when its stream ${how === "end" ? "ends" : "breaks off"} before its answer`, async () => {
		const { streams, joins, join, data, lost } = open();
		const joined = join();
		joins[0]("one");
		await joined;
		const response = await data();
		const text = response.text().catch((error) => error.message);
		streams[0].say(message("process_generating", "one"));
		await soon();
		assert.deepEqual(lost, []);
		streams[0][how]();
		assert.equal(await text, how === "end" ? message("process_generating", "one") : "network error");
		assert.deepEqual(lost, [true]);
	});
}
