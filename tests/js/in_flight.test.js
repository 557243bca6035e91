// The tests' own ledger of what the page has asked: on a page without a browser, with the messages that Gradio's server sends.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const SCRIPT = readFileSync(new URL("../ui/in_flight.js", import.meta.url), "utf8");

// A window whose requests are answered when the test says so.
function open() {
  const asked = [];
  const window = {
    setTimeout,
    requestAnimationFrame: setImmediate,
    addEventListener() {},
    fetch: (resource, options) => new Promise((answer) => asked.push({ resource, options, answer })),
  };
  const document = { baseURI: "http://lab/", isBusy: false, querySelector: () => document.isBusy || null };
  class XMLHttpRequest extends EventTarget {
    send() {}
  }
  class Answer extends Response {}
  const given = [window, document, XMLHttpRequest, Answer, { debug() {} }];
  new Function("window", "document", "XMLHttpRequest", "Response", "console", SCRIPT)(...given);
  const join = (name) => window.fetch("gradio_api/queue/join?", { body: JSON.stringify({ fn_index: name }) });
  const answer = (index, body) => asked[index].answer(new Answer(body));
  return { window, document, asked, join, answer, XMLHttpRequest };
}

const message = (msg, event_id) => `data: ${JSON.stringify({ msg, event_id })}\n\n`;

async function isSettled(window) {
  let settled = false;
  window.inFlight.settled(60_000).then(() => (settled = true));
  for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setTimeout(resolve));
  return settled;
}

test("a page that asks for nothing is settled", async () => {
  const { window } = open();
  assert.equal(await isSettled(window), true);
  assert.equal(window.inFlight.hasAsked(), false);
});

test("a kernel that is about to be sent is under way", async () => {
  const { window, document } = open();
  document.isBusy = true; // aria-busy of its panel
  assert.equal(await isSettled(window), false);
  document.isBusy = false;
  assert.equal(await isSettled(window), true);
});

test("an event is under way until its completion was streamed, whatever else the stream says", async () => {
  const { window, join, answer } = open();
  join(7);
  assert.equal(await isSettled(window), false);
  answer(0, JSON.stringify({ event_id: "a" }));
  assert.equal(await isSettled(window), false);
  window.fetch("http://lab/gradio_api/queue/data?session_hash=x");
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  answer(1, readable);
  writer.write(new TextEncoder().encode(message("process_starts", "a") + message("process_completed", "b")));
  assert.equal(await isSettled(window), false);
  const text = message("process_completed", "a");
  writer.write(new TextEncoder().encode(text.slice(0, 25))); // a message may come in pieces
  assert.equal(await isSettled(window), false);
  writer.write(new TextEncoder().encode(text.slice(25)));
  assert.equal(await isSettled(window), true); // though the stream is still open
  const { joined, streamed } = window.inFlight.take();
  assert.deepEqual(joined, [7]);
  assert.ok(streamed > text.length);
  assert.deepEqual(window.inFlight.take(), { joined: [], streamed: 0 });
});

test("an event may be completed before the answer to its join has come", async () => {
  const { window, join, answer } = open();
  window.fetch("http://lab/gradio_api/queue/data?session_hash=x");
  join(1);
  answer(0, message("process_completed", "a"));
  assert.equal(await isSettled(window), false);
  answer(1, JSON.stringify({ event_id: "a" }));
  assert.equal(await isSettled(window), true);
});

test("other requests and uploads are under way until they are answered, the heartbeat never", async () => {
  const { window, answer, XMLHttpRequest } = open();
  window.fetch("http://lab/gradio_api/heartbeat/x");
  assert.equal(await isSettled(window), true);
  window.fetch("gradio_api/run/predict", { body: JSON.stringify({ fn_index: 4 }) });
  assert.equal(await isSettled(window), false);
  answer(1, '{"data":[]}');
  assert.equal(await isSettled(window), true);
  assert.deepEqual(window.inFlight.take(), { joined: [4], streamed: 11 });
  const upload = new XMLHttpRequest();
  upload.send();
  assert.equal(await isSettled(window), false);
  upload.dispatchEvent(new Event("loadend"));
  assert.equal(await isSettled(window), true);
});

test("an answer is under way until it has been read", async () => {
  const { window, answer } = open();
  const { readable, writable } = new TransformStream();
  const read = window.fetch("examples/coffee.json").then((response) => response.blob());
  answer(0, readable);
  assert.equal(await isSettled(window), false);
  const writer = writable.getWriter();
  writer.write(new Uint8Array(3));
  writer.close();
  assert.equal((await read).size, 3);
  assert.equal(await isSettled(window), true);
});

test("what hangs is named", async () => {
  const { window, join, answer } = open();
  join(3);
  answer(0, JSON.stringify({ event_id: "a" }));
  await assert.rejects(window.inFlight.settled(20), /still under way: event of function 3/);
});
