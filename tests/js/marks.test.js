// What is drawn on the pad. Expected places are worked out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pathOf, seen, shape, WIPED } from "../../convdemo/ui/picture/marks.js";

const rounded = (lines) => lines.map((points) => points.map((point) => point.map((pixels) => Math.round(10 * pixels) / 10 + 0)));

test("an angle of a line is counted as everywhere on the page: 0 points right, 90 down", () => {
  assert.deepEqual(rounded(shape("line", [100, 80], 0)), [[[40, 80], [160, 80]]]);
  assert.deepEqual(rounded(shape("line", [100, 80], 90)), [[[100, 20], [100, 140]]]);
  // 60 / sqrt(2) = 42.4 to each side, down to the right; a slider's value is a text
  assert.deepEqual(rounded(shape("line", [100, 100], "45")), [[[57.6, 57.6], [142.4, 142.4]]]);
  assert.deepEqual(rounded(shape("line", [100, 100], 180)), [[[160, 100], [40, 100]]]);
});

test("stripes are five lines of this angle, 24 pixels apart, around the place", () => {
  assert.deepEqual(rounded(shape("stripes", [100, 80], 0)), [32, 56, 80, 104, 128].map((down) => [[40, down], [160, down]]));
  assert.deepEqual(rounded(shape("stripes", [100, 80], 90)), [148, 124, 100, 76, 52].map((right) => [[right, 20], [right, 140]]));
});

test("a circle is closed, round, and the same at every angle", () => {
  const [points] = shape("circle", [160, 120], 30);
  assert.deepEqual(rounded([[points[0], points.at(-1)]]), [[[205, 120], [205, 120]]]);
  for (const [right, down] of points) assert.ok(Math.abs(Math.hypot(right - 160, down - 120) - 45) < 1e-9);
  assert.deepEqual(shape("circle", [160, 120], 150), [points]);
});

test("lines are a path, and a single point is a dot", () => {
  assert.equal(pathOf([[[1, 2], [3.14159, 4]], [[5, 6]]]), "M1,2L3.14,4M5,6h.01");
  assert.equal(pathOf([]), "");
});

test("what was wiped off is not seen, and comes back when that is undone", () => {
  const [first, second, third] = [1, 2, 3].map((right) => ({ lines: [[[right, 0]]] }));
  const marks = [first, second, WIPED, third];
  assert.deepEqual(seen(marks), [third]);
  assert.deepEqual(seen(marks.slice(0, 3)), []);
  assert.deepEqual(seen(marks.slice(0, 2)), [first, second]);
  assert.deepEqual(seen([]), []);
});
