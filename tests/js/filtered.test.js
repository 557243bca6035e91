// Which part of two pictures is sent where they have more pixels than may be.
import assert from "node:assert/strict";
import { test } from "node:test";

import { partOf } from "../../convdemo/ui/learn/filtered.js";

test("the part has the shape of the picture, lies in its middle and begins at a block of a JPEG", () => {
  // 3024 x 4032 pixels are 12,192,768: a side of sqrt(3e6 / 12192768) = 0.49603 of it has 3 million.
  assert.deepEqual(partOf([3024, 4032], 3_000_000), { row: 760, column: 1016, height: 1500, width: 2000 });
});

test("a picture with fewer pixels is its own part", () => {
  assert.deepEqual(partOf([300, 400], 3_000_000), { row: 0, column: 0, height: 300, width: 400 });
});
