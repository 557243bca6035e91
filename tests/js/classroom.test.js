// The lab in a lecture: the links, the QR code, the slide, the card and the hand-out, as far as they need no page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { foremost, linesOf, titleOf } from "../../convdemo/ui/classroom/card.js";
import { inRow, stopsOf } from "../../convdemo/ui/classroom/figures.js";
import { rowsOf } from "../../convdemo/ui/classroom/handout.js";
import { linkOf, presenting } from "../../convdemo/ui/classroom/link.js";
import { zoomOf } from "../../convdemo/ui/classroom/present.js";
import { EDGE, pathOf, runsOf, squaresOf } from "../../convdemo/ui/classroom/qr.js";

test("the link for others says nothing of this window", () => {
	assert.equal(linkOf("https://lab.example/lab/?present=1&__theme=dark&tab=learn&kernel=1,0;0,-1#x"), "https://lab.example/lab/?tab=learn&kernel=1,0;0,-1");
	assert.equal(linkOf("https://lab.example/why?embed=1&controls=none&theme=dark&panel=1"), "https://lab.example/why");
	assert.equal(linkOf("https://lab.example/?lesson=edges&presenter=1"), "https://lab.example/?lesson=edges&presenter=1");
});

test("an address presents, or it does not, and keeps all else as it is written", () => {
	const link = "https://lab.example/?tab=step&step_image=1,2;3,4";
	assert.equal(presenting(link, true), "https://lab.example/?present=1&tab=step&step_image=1,2;3,4");
	assert.equal(presenting(presenting(link, true), true), presenting(link, true));
	assert.equal(presenting(presenting(link, true), false), link);
	assert.equal(presenting("https://lab.example/?present=1", false), "https://lab.example/");
});

test("a QR code has its three finders, and four white squares around it", () => {
	const squares = squaresOf("https://lab.example/?kernel=sobel_y");
	const side = squares.length;
	assert.equal((side - 2 * EDGE - 17) % 4, 0); // ISO/IEC 18004: 17 + 4 × version
	for (const [row, column] of [[EDGE, EDGE], [EDGE, side - EDGE - 7], [side - EDGE - 7, EDGE]]) {
		for (let down = 0; down < 7; down += 1) for (let right = 0; right < 7; right += 1) {
			const ring = Math.max(Math.abs(down - 3), Math.abs(right - 3));
			assert.equal(squares[row + down][column + right], ring !== 2);
		}
	}
	const isEdge = (at) => at < EDGE || at >= side - EDGE;
	assert.ok(squares.every((row, at) => row.every((dark, across) => !dark || !(isEdge(at) || isEdge(across)))));
});

test("a link of more than 1,273 bytes is too long for a code that is read from a projector", () => {
	assert.equal(squaresOf("x".repeat(1273)).length, 117 + 2 * EDGE); // version 25 at level L: ISO/IEC 18004, table 7
	assert.equal(squaresOf("x".repeat(1274)), null);
});

test("runs of dark squares cover all of them, each once", () => {
	const squares = [[true, true, false, true], [false, false, false, false], [true, false, true, true]];
	assert.deepEqual(runsOf(squares), [[0, 0, 2], [0, 3, 1], [2, 0, 1], [2, 2, 2]]);
	assert.equal(pathOf([[false, true]]), "M1 0h1v1h-1z");
});

test("type on a projector is 24 pixels high at least, and grows with the screen", () => {
	for (const [width, height] of [[900, 600], [1024, 768], [1280, 720], [1280, 600], [1920, 1080], [3840, 2160]]) assert.ok(14 * zoomOf(width, height) >= 24);
	assert.ok(Math.abs(zoomOf(1920, 1080) / zoomOf(1280, 720) - 1.5) < 0.01);
	assert.equal(zoomOf(390, 844), 1);
});

test("figures side by side are of one height and as wide as there is room", () => {
	assert.deepEqual(inRow([{ ratio: 1.5 }, { ratio: 1 }, { ratio: 1.5 }], 440, 20, 500), [[150, 100], [100, 100], [150, 100]]);
	assert.deepEqual(inRow([{ ratio: 0.5 }], 440, 20, 100), [[50, 100]]);
	// Tables alone: a cell of 4 × 4 is as large as one of 2 × 2.
	assert.deepEqual(inRow([{ ratio: 1, rows: 4 }, { ratio: 1, rows: 2 }], 160, 10, 500), [[100, 100], [50, 50]]);
	assert.deepEqual(inRow([], 440, 20, 500), []);
});

test("the colours of a legend are those of its gradient, at their places", () => {
	assert.deepEqual(stopsOf("linear-gradient(to right, rgb(1, 2, 3), rgb(4, 5, 6), rgb(7, 8, 9))"), [[0, "rgb(1, 2, 3)"], [0.5, "rgb(4, 5, 6)"], [1, "rgb(7, 8, 9)"]]);
	assert.deepEqual(
		stopsOf("linear-gradient(to right, rgb(0, 0, 255) 0px, rgb(0, 0, 255) 5%, rgb(0, 0, 0) 5%, rgb(9, 9, 9), rgb(255, 255, 255) 95%)").map(([place]) => Math.round(1000 * place) / 1000),
		[0, 0.05, 0.05, 0.5, 0.95],
	);
	assert.deepEqual(stopsOf("none"), []);
});

test("lines are no wider than there is room, and no letter is lost", () => {
	const measure = (text) => text.length;
	assert.deepEqual(linesOf("one two three", 7, measure), ["one two", "three"]);
	assert.deepEqual(linesOf("lab.example/?kernel=1 x", 10, measure), ["lab.exampl", "e/?kernel=", "1 x"]);
	assert.deepEqual(linesOf("", 7, measure), []);
});

test("a card has the figures that count most, in their order; a page of paper has rows of them", () => {
	const figures = [1, 9, 3, 7].map((weight) => ({ weight }));
	assert.deepEqual(foremost(figures, 2).map(({ weight }) => weight), [9, 7]);
	assert.deepEqual(foremost([{}, {}], 4).length, 2);
	assert.deepEqual(rowsOf([1, 2, 3, 4]), [[1, 2], [3, 4]]);
	assert.deepEqual(rowsOf([1, 2, 3, 4, 5]), [[1, 2, 3], [4, 5]]);
	assert.deepEqual(rowsOf([]), []);
});

test("the title names kernel and picture, and what was typed stays text", () => {
	const words = { title: "{kernel} on “{picture}”" };
	assert.equal(titleOf({ kernel: "{picture}", picture: "<b>" }, words), "{picture} on “<b>”");
	assert.equal(titleOf("Learn a kernel", words), "Learn a kernel");
});
