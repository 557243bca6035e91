// A lab that is full: the same request is sent again, and the page says when.
import assert from "node:assert/strict";
import { test } from "node:test";

import { withRetries } from "../../convdemo/ui/header/retries.js";

// A server with these statuses, one after the other; what it was asked, and what the page said.
function open(...statuses) {
	const [asked, told] = [[], []];
	const fetch = withRetries(
		async (...request) => {
			asked.push(request);
			return new Response(null, { status: statuses.shift() ?? 200 });
		},
		(seconds) => told.push(seconds),
		async () => {},
		() => 0,
	);
	return { fetch, asked, told };
}

for (const path of ["queue/join?", "run/predict"]) {
	test(`${path} is asked again until it is let in, and the last word is that nothing waits`, async () => {
		const { fetch, asked, told } = open(503, 502, 504);
		const options = { method: "POST", body: "all that was typed" };
		const response = await fetch(`http://lab/gradio_api/${path}`, options);
		assert.equal(response.status, 200);
		assert.equal(asked.length, 4);
		assert.ok(asked.every(([, sent]) => sent === options));
		assert.deepEqual(told, [3, 2, 1, 6, 5, 4, 3, 2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
	});
}

test("what is let in, or refused for another reason, is answered at once", async () => {
	for (const status of [200, 422, 500]) {
		const { fetch, asked, told } = open(status);
		assert.equal((await fetch("http://lab/gradio_api/queue/join?")).status, status);
		assert.deepEqual([asked.length, told], [1, []]);
	}
});

test("what is no event is asked once", async () => {
	const { fetch, asked } = open(503);
	assert.equal((await fetch("http://lab/gradio_api/heartbeat/a")).status, 503);
	assert.equal(asked.length, 1);
});
