// Colours of signed values. Expected values follow from the palette given here.
import assert from "node:assert/strict";
import { test } from "node:test";

import { readableOn, signedColour } from "../../convdemo/ui/parts/palette.js";

const FIVE = ["#0000ff", "#8888ff", "#ffffff", "#ff8888", "#ff0000"];

test("zero is the middle colour and the ends are the limit, either way", () => {
  assert.equal(signedColour(FIVE, 0, 2), "#ffffff");
  assert.equal(signedColour(FIVE, -2, 2), "#0000ff");
  assert.equal(signedColour(FIVE, 1, 2), "#ff8787"); // entry 191 of 255, 63.5 entries from stop to stop: 0xff - 0.51 × 119 * 2
});

test("beyond the limit the colour stays at the end", () => {
  assert.equal(signedColour(FIVE, 99, 2), "#ff0000");
});

test("an all-zero kernel is white, not a division by zero, and NaN has no colour", () => {
  assert.equal(signedColour(FIVE, 0, 0), "#ffffff");
  assert.equal(signedColour(FIVE, NaN, 1), "transparent");
});

test("text is black on light and white on dark", () => {
  assert.equal(readableOn("#ffffff"), "#000");
  assert.equal(readableOn("#053061"), "#fff"); // ColorBrewer RdBu, the dark blue end
  assert.equal(readableOn("transparent"), "inherit");
});
