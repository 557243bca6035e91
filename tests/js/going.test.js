// The way from lesson to lesson: a piece of a link, and whether what was taken is still there.
import assert from "node:assert/strict";
import { test } from "node:test";

import { go, said } from "../../convdemo/ui/header/going.js";

const link = "http://lab/?tab=learn&kernel=abc&__theme=dark&cell=3,4";

test("what is taken is told to the server, with the whole link around it", () => {
	const told = [];
	go("tab=step&step=own&step_cell=2,2", { link, root: "", take: (asked) => told.push(asked) });
	assert.equal(told[0].query, "tab=step&step=own&step_cell=2,2");
	assert.deepEqual(Object.fromEntries(new URLSearchParams(told[0].link)), {
		tab: "step", kernel: "abc", __theme: "dark", cell: "3,4", step: "own", step_cell: "2,2",
	});
});

test("without a tab it is taken to the first lesson", () => {
	const told = [];
	go("kernel=1,2", { link, root: "", take: (asked) => told.push(asked) });
	assert.equal(new URLSearchParams(told[0].link).get("tab"), null);
	assert.equal(new URLSearchParams(told[0].link).get("kernel"), "1,2");
});

test("a tab alone is opened, and the server is not asked", () => {
	const opened = [];
	go("tab=filters", { link, root: "", open: (tab) => opened.push(tab), take: () => assert.fail() });
	assert.deepEqual(opened, ["filters"]);
});

test("from the page of a single lesson a link opens the lab", () => {
	let address = "";
	globalThis.location = { assign: (to) => (address = to) };
	go("kernel=1,2", { link: "http://lab/x/learn?learn_rate=2", root: "/x", take: false });
	assert.equal(address, "/x/?learn_rate=2&kernel=1%2C2");
});

test("a lesson has what it took until another thing stands in its link; the cell that is looked at is no matter", () => {
	const names = ["tab", "step", "step_image", "step_cell"];
	const before = said(names, ["kernel=a", "step=own&step_image=1,2&step_cell=1,1"]);
	assert.equal(said(names, ["kernel=b", "step=own&step_image=1,2&step_cell=1,2"]), before);
	assert.notEqual(said(names, ["kernel=a", "step=own&step_image=1,3"]), before);
	assert.notEqual(said(names, ["kernel=a", ""]), before);
});
