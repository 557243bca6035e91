// Filling in sentences: values are data, never patterns.
import assert from "node:assert/strict";
import { test } from "node:test";

import { address, fill } from "../../convdemo/ui/parts/dom.js";

test("braces are filled in, and unknown ones stay", () => {
  assert.equal(fill("Row {row}: {text} {other}", { row: 2, text: "$& {row}" }), "Row 2: $& {row} {other}");
});

test("a file has Gradio's URL, or the one that its path gives", () => {
  assert.equal(address({ path: "/a/b.png", url: "http://host/x" }, "http://host"), "http://host/x");
  assert.equal(address({ path: "/a/b.png" }, "http://host"), "http://host/gradio_api/file=/a/b.png");
});

test("a file that came with the first view is not asked for again", () => {
	globalThis.firstPicture = { path: "/a/map.png", url: "blob:1" };
	assert.equal(address({ path: "/a/map.png", url: "http://lab/file=/a/map.png" }, "http://lab"), "blob:1");
	assert.equal(address({ path: "/a/other.png" }, "http://lab"), "http://lab/gradio_api/file=/a/other.png");
	delete globalThis.firstPicture;
});
