// The numbers behind a picture, and numbers for people. Expected pixels are computed by NumPy in float32 where it says so.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { grouped, planes, short, show } from "../../convdemo/ui/parts/values.js";

const NUMBERS = JSON.parse(readFileSync(new URL("../number_cases.json", import.meta.url), "utf8"));
const PHOTO = { packed: false, colour: false };
const bytes = (...pixels) => new Uint8ClampedArray(pixels.flatMap((pixel) => (pixel.length === 3 ? [...pixel, 255] : pixel)));
const grey = (...levels) => bytes(...levels.map((level) => [level, level, level]));

test("8-bit grey is the byte divided by 255, in float32", () => {
  const [plane, ...others] = planes(grey(0, 1, 51, 128, 255), PHOTO);
  assert.deepEqual(others, []);
  assert.ok(plane instanceof Float32Array);
  // [float(np.float32(level) / np.float32(255)) for level in (0, 1, 51, 128, 255)]
  assert.deepEqual([...plane], [0, 0.003921568859368563, 0.20000000298023224, 0.501960813999176, 1]);
});

test("colours become luminance by Rec. 601, every step rounded to float32", () => {
  const [plane, ...others] = planes(bytes([200, 100, 50], [1, 2, 3], [10, 200, 30], [254, 255, 255]), PHOTO);
  assert.deepEqual(others, []);
  // red, green, blue = (np.float32(level) / np.float32(255) for level in pixel)
  // red * np.float32(0.299) + green * np.float32(0.587) + blue * np.float32(0.114)
  assert.deepEqual([...plane], [
    0.4870588183403015, 0.007117647677659988, 0.48552942276000977, 0.9988275170326233,
  ]);
});

test("red, green and blue count differently: 0.299, 0.587, 0.114", () => {
  const [plane] = planes(bytes([255, 0, 0], [0, 255, 0], [0, 0, 255]), PHOTO);
  assert.deepEqual([...plane], [0.299, 0.587, 0.114].map(Math.fround));
});

test("a pixel without a colour is its own luminance, exactly, white too", () => {
  const [plane] = planes(bytes([255, 255, 255], [7, 7, 7], [9, 8, 7]), PHOTO);
  assert.equal(plane[0], 1);
  assert.equal(plane[1], Math.fround(7 / 255));
});

test("each colour has a plane of its own", () => {
  const three = planes(bytes([0, 51, 255], [255, 0, 51]), { packed: false, colour: true });
  const fifth = Math.fround(0.2); // 51 / 255
  assert.deepEqual(three.map((plane) => [...plane]), [[0, 1], [fifth, 0], [1, fifth]]);
});

test("packed grey is one number of 24 bits, red first, whatever the colours asked for", () => {
  for (const colour of [false, true]) {
    const found = planes(bytes([0, 0, 0], [0, 0, 1], [1, 2, 3], [128, 0, 0], [255, 255, 255]), { packed: true, colour });
    assert.equal(found.length, 1);
    // [float(np.float32(number / 0xFFFFFF)) for number in (0, 1, 0x010203, 0x800000, 0xFFFFFF)]
    assert.deepEqual([...found[0]], [0, 5.960465188081798e-8, 0.0039369468577206135, 0.5000000596046448, 1]);
  }
});

test("packed grey gives 16-bit values back as near as float32 can tell next to 1", () => {
  const levels = Array.from({ length: 65536 }, (_, level) => level);
  const packed = levels.map((level) => Math.round(Math.fround(level / 65535) * 0xffffff));
  const [plane] = planes(bytes(...packed.map((number) => [number >> 16, (number >> 8) & 255, number & 255])), {
    packed: true, colour: false,
  });
  for (const level of levels) {
    assert.ok(Math.abs(plane[level] - Math.fround(level / 65535)) < 2 ** -24, `${level}`); // one step of float32 just below 1
  }
  assert.equal(new Set(plane).size, 65536); // no two become one
});

test("opacity is no part of a value, and no pixels give an empty plane", () => {
  assert.deepEqual(planes(bytes([10, 20, 30, 0]), PHOTO), planes(bytes([10, 20, 30, 255]), PHOTO));
  assert.deepEqual(planes(bytes(), PHOTO), [new Float32Array(0)]);
});

test("a number is shown as the server writes it", () => {
  for (const { reason, cases } of NUMBERS.groups) {
    for (const [number, text] of cases) assert.equal(show(Number(number)), text, `${number}: ${reason}`);
  }
});

test("in a small cell there are two decimals, fewer where digits stand before them, and no -0", () => {
  for (const [value, text] of [
    [0, "0"], [1, "1"], [0.5, "0.5"], [1 / 3, "0.33"], [-2 / 3, "−0.67"], [9.944, "9.94"], [9.96, "9.96"], [-12.34, "−12.3"],
    [99.4, "99.4"], [99.96, "100"], [-1234.4, "−1234"], [-0.001, "≈0"], [0.0049, "≈0"], [-0, "0"], [0.996, "1"],
  ]) {
    assert.equal(short(value), text, `${value}`);
  }
});

test("in a small cell a large number is a power of ten with one digit", () => {
  for (const [value, text] of [[99999.4, "99999"], [99999.5, "1×10⁵"], [123456, "1×10⁵"], [-2.5e7, "−3×10⁷"], [Infinity, "∞"]]) {
    assert.equal(short(value), text, `${value}`);
  }
});

test("a small cell says what is said in full, where that is as short", () => {
  for (const { cases } of NUMBERS.groups) {
    for (const [number, text] of cases) {
      const size = Math.abs(Number(number));
      const isShort = size === 0 || (size >= 0.005 && size < 99999.5 && !/\.\d{3}/.test(text));
      if (isShort) assert.equal(short(Number(number)), text, number);
    }
  }
});

test("whole numbers are grouped as the server groups them, four digits together", () => {
  // convdemo.numbers.grouped
  assert.deepEqual([0, 999, 1024, 62755, -1000000].map(grouped), ["0", "999", "1024", "62\u202f755", "-1\u202f000\u202f000"]);
});
