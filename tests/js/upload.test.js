// What travels of a picture, and its size.
import assert from "node:assert/strict";
import { test } from "node:test";

import { areaMeans, fittedSize, kindOf } from "../../convdemo/ui/picture/reducing.js";

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

const file = (...parts) => new Blob(parts.map((part) => (typeof part === "string" ? part : new Uint8Array(part))));
const segment = (kind, ...rest) => [0xff, kind, 0, rest.length + 2, ...rest];
const frame = (colours) => segment(0xc0, 8, 0, 9, 0, 7, colours, 0, 0, 0);

test("a file is known by its first bytes, and a JPEG by its colours", async () => {
  const jpeg = (...parts) => file([0xff, 0xd8], ...parts);
  assert.equal(await kindOf(jpeg(segment(0xe0, 1, 2, 3), segment(0xc4, 9), frame(3))), "photo");
  assert.equal(await kindOf(jpeg(segment(0xe1, 0xff, 0xc0), [0xff], frame(1))), "photo");
  assert.equal(await kindOf(jpeg(segment(0xee, 0), segment(0xc2, 8, 0, 9, 0, 7, 4))), "exact"); // CMYK
  assert.equal(await kindOf(jpeg([0xff])), "photo"); // cut short: the server says so
  for (const head of ["\x89PNG\r\n", "RIFFabcdWEBPVP8L", "\0\0\0 ftypavif", "GIF89a", "BM", "II*\0", "MM\0*", "P5 3 2"]) {
    assert.equal(await kindOf(file(Array.from(head, (letter) => letter.charCodeAt(0)))), "exact", head);
  }
  for (const head of ["\0\0\0 ftypheic", "<svg", "RIFFabcdWAVE", ""]) assert.equal(await kindOf(file(head)), "other", head);
});

const strip = (bytes, width) => (first, last) => bytes.subarray(4 * width * first, 4 * width * last);

test("each new pixel is the mean of the area that it covers", async () => {
  // 3 x 2 to 2 x 1: the left one covers the first column and half of the second, by hand.
  const greys = [0, 100, 200, 60, 40, 20];
  const bytes = Uint8ClampedArray.from(greys.flatMap((grey) => [grey, 255 - grey, 7, 255]));
  const left = (0 + 50 + 60 + 20) / 3; // 43.3
  const right = (50 + 200 + 20 + 20) / 3; // 96.7
  assert.deepEqual([...(await areaMeans(strip(bytes, 3), [3, 2], [2, 1]))], [
    Math.round(left), Math.round(255 - left), 7, 255, Math.round(right), Math.round(255 - right), 7, 255,
  ]);
});

test("many strips are one picture, and the same size is the same picture", async () => {
  const [width, height] = [5, 300];
  const bytes = Uint8ClampedArray.from({ length: 4 * width * height }, (_, n) => (n % 4 === 3 ? 255 : (n * 37) % 256));
  assert.deepEqual(await areaMeans(strip(bytes, width), [width, height], [width, height]), bytes);
  const small = await areaMeans(strip(bytes, width), [width, height], [1, 150]);
  for (const row of [0, 63, 64, 149]) {
    const covered = Array.from(bytes.subarray(4 * width * 2 * row, 4 * width * 2 * (row + 1)).filter((_, n) => n % 4 === 1));
    const mean = covered.reduce((sum, value) => sum + value) / covered.length;
    assert.ok(Math.abs(small[4 * row + 1] - mean) <= 0.5);
  }
});
