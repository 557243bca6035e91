// The arithmetic of typed kernels. Expected values are worked out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as cells from "../../convdemo/ui/parts/cells.js";

const TALL = [["1", "2"], ["3", "4"], ["5", "6"]]; // 3 rows, 2 columns: a swapped height and width would show

test("a cell may be an integer, a decimal, a fraction, with either minus sign", () => {
  assert.equal(cells.parseNumber(" -1 "), -1);
  assert.equal(cells.parseNumber("−.5"), -0.5);
  assert.equal(cells.parseNumber("1/8"), 0.125);
  assert.equal(cells.parseNumber("2e-3"), 0.002);
});

test("what is no number is NaN, never 0", () => {
  for (const text of ["", "abc", "1/0", "1/2/3", "1 2", "0x10", "Infinity", "1e999", "--1"]) {
    assert.ok(Number.isNaN(cells.parseNumber(text)), text);
  }
});

test("growing fills with zeros at the bottom and right, shrinking cuts there", () => {
  assert.deepEqual(cells.resize(TALL, 4, 3), [["1", "2", "0"], ["3", "4", "0"], ["5", "6", "0"], ["0", "0", "0"]]);
  assert.deepEqual(cells.resize(TALL, 1, 2), [["1", "2"]]);
});

test("a short number keeps what was typed when it fits, and is never longer than a cell", () => {
  assert.equal(cells.shortNumber("1/9"), "1/9");
  assert.equal(cells.shortNumber("-0.12345678"), "−0.12");
  assert.equal(cells.shortNumber("0.00012345"), "≈0");
  assert.equal(cells.shortNumber("12.345678"), "12.3");
  assert.equal(cells.shortNumber("abcdef"), "abcdef");
});
