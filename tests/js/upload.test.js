// The size of a reduced photo.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fittedSize } from "../../convdemo/ui/picture/upload.js";

test("a 12-megapixel photo comes down to a long side of 1024, in either orientation", () => {
  assert.deepEqual(fittedSize(4000, 3000, 1024), [1024, 768]);
  assert.deepEqual(fittedSize(3000, 4000, 1024), [768, 1024]);
});

test("a picture within the limit keeps every pixel", () => {
  assert.deepEqual(fittedSize(1024, 600, 1024), [1024, 600]);
  assert.deepEqual(fittedSize(1, 1, 1024), [1, 1]);
});

test("a thin strip never shrinks to nothing", () => {
  assert.deepEqual(fittedSize(20000, 3, 1024), [1024, 1]);
});
