// The lines for a course page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, frameOf } from "../../convdemo/ui/embed/offer.js";

test("a link to the lab, and one to a lesson's page, become the address of the lesson inside another page", () => {
	const expected = "https://lab.example/learn?embed=1&controls=kernel&picture=brick&learn_rate=1.2";
	const options = { controls: "kernel" };
	assert.equal(addressOf("https://lab.example/?tab=learn&picture=brick&learn_rate=1.2&__theme=dark", "learn", options), expected);
	assert.equal(addressOf("https://lab.example/learn?picture=brick&learn_rate=1.2", "learn", options), expected);
	assert.equal(addressOf("https://lab.example/learn?embed=1&controls=none&theme=dark&picture=brick&learn_rate=1.2", "learn", options), expected);
});

test("a lab that is not at the root of its host keeps its path", () => {
	assert.equal(addressOf("https://host.example/lab/?stride=2", "why", {}), "https://host.example/lab/why?embed=1&stride=2");
	assert.equal(addressOf("https://host.example/lab/why", "why", {}), "https://host.example/lab/why?embed=1");
});

test("what a visitor typed cannot end the attribute", () => {
	const line = frameOf('https://lab.example/step?embed=1&step_input="><script>alert(1)</script>', 'A "title" & more', 640);
	assert.equal(line.match(/[<>]/g).length, 4); // of the frame's own two tags
	assert.ok(line.includes("title=\"A &#34;title&#34; &#38; more\""));
});
