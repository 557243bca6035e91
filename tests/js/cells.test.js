// The arithmetic of typed kernels. Expected values are worked out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as cells from "../../convdemo/ui/assets/cells.js";

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

test("transpose swaps rows and columns", () => {
  assert.deepEqual(cells.transpose(TALL), [["1", "3", "5"], ["2", "4", "6"]]);
});

test("flips mirror, and both flips are the flip of true convolution", () => {
  assert.deepEqual(cells.flip_columns(TALL), [["2", "1"], ["4", "3"], ["6", "5"]]);
  assert.deepEqual(cells.flip_rows(TALL), [["5", "6"], ["3", "4"], ["1", "2"]]);
  assert.deepEqual(cells.flip_rows(cells.flip_columns(TALL)), [["6", "5"], ["4", "3"], ["2", "1"]]);
});

test("rotate is a quarter turn clockwise, and four of them are none", () => {
  assert.deepEqual(cells.rotate(TALL), [["5", "3", "1"], ["6", "4", "2"]]);
  let turned = TALL;
  for (let turn = 0; turn < 4; turn += 1) turned = cells.rotate(turned);
  assert.deepEqual(turned, TALL);
});

test("negate keeps fractions as they were typed and never writes -0", () => {
  assert.deepEqual(cells.negate([["1/9", "-2", "+3", "0", "−4"]]), [["-1/9", "2", "-3", "0", "4"]]);
});

test("normalise divides by the sum, as fractions where the weights are whole", () => {
  assert.deepEqual(cells.normalise([["1", "2"], ["1", "4"]]), [["1/8", "1/4"], ["1/8", "1/2"]]);
  assert.deepEqual(cells.normalise([["-1", "-1"]]), [["1/2", "1/2"]]);
  assert.ok(Math.abs(cells.sum(cells.normalise([["0.3", "0.4"], ["1/7", "2"]])) - 1) < 1e-6);
});

test("weights that sum to 0 cannot be normalised", () => {
  assert.throws(() => cells.normalise([["1", "-1"]]), { message: "sums_to_zero" });
  assert.throws(() => cells.normalise([["0.1", "0.2", "-0.3"]]), { message: "sums_to_zero" });
});

test("centre makes the mean zero", () => {
  assert.deepEqual(cells.centre([["1", "2", "3"]]), [["-1", "0", "1"]]);
  assert.deepEqual(cells.centre([["1", "0"], ["0", "0"]]), [["3/4", "-1/4"], ["-1/4", "-1/4"]]);
});

test("operations return new cells and leave the old ones alone", () => {
  const before = JSON.stringify(TALL);
  for (const name of ["transpose", "flip_columns", "flip_rows", "rotate", "negate", "normalise", "centre"]) {
    assert.notEqual(cells[name](TALL), TALL);
    assert.equal(JSON.stringify(TALL), before, name);
  }
});

test("growing fills with zeros at the bottom and right, shrinking cuts there", () => {
  assert.deepEqual(cells.resize(TALL, 4, 3), [["1", "2", "0"], ["3", "4", "0"], ["5", "6", "0"], ["0", "0", "0"]]);
  assert.deepEqual(cells.resize(TALL, 1, 2), [["1", "2"]]);
});

test("the first cell that is not a number is named, counted from 1", () => {
  assert.deepEqual(cells.firstProblem([["1", "2"], ["3", "x"]]), { row: 2, column: 2, text: "x" });
  assert.equal(cells.firstProblem(TALL), null);
});

test("a short number keeps what was typed when it fits, and is never longer than a cell", () => {
  assert.equal(cells.shortNumber("1/9"), "1/9");
  assert.equal(cells.shortNumber("-0.12345678"), "-0.12");
  assert.equal(cells.shortNumber("0.00012345"), "≈0");
  assert.equal(cells.shortNumber("12.345678"), "12.3");
  assert.equal(cells.shortNumber("abcdef"), "abcdef");
});

test("the sum of a float32 kernel that should be 0 is 0", () => {
  assert.equal(cells.sum([["0.1", "0.2", "-0.30000001"]]), 0);
  assert.equal(cells.sum([["1/3", "1/3", "1/3"]]), 1);
});
