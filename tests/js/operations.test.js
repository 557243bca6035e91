// What is done to a whole kernel. The table is computed by the Python core (tests/test_operation_cases.py); the texts of
// cells are worked out here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { operate } from "../../convdemo/ui/kernel/operations.js";
import { parseNumber } from "../../convdemo/ui/parts/cells.js";

const TABLE = JSON.parse(readFileSync(new URL("../operation_cases.json", import.meta.url), "utf8"));
const OPERATIONS = ["transpose", "rotate", "flip_columns", "flip_rows", "negate", "normalise", "centre"];

const cellsAfter = (operation, cells) => operate(operation, cells, TABLE.words).cells;
const weightsOf = (cells) => cells.map((row) => row.map((text) => Math.fround(parseNumber(text)) + 0)); // -0 is 0

test("the table is there, with every operation", () => {
  assert.ok(TABLE.cases.length >= 100);
  assert.deepEqual(new Set(TABLE.cases.map(({ operation }) => operation)), new Set(OPERATIONS));
});

test("the weights are the core's, to the last bit, and so is what it says where it refuses", () => {
  for (const { operation, cells, weights, problem } of TABLE.cases) {
    const name = `${operation} of ${JSON.stringify(cells)}`;
    const result = operate(operation, cells, TABLE.words);
    assert.equal(result.problem, problem, name);
    if (weights) assert.deepEqual(weightsOf(result.cells), weights, name);
  }
});

test("what moves or changes its sign stays as it was typed", () => {
  const typed = [["1/3", " 0.50", "-2e-1"], ["−7", "+4", "-0"]];
  assert.deepEqual(cellsAfter("transpose", typed), [["1/3", "−7"], [" 0.50", "+4"], ["-2e-1", "-0"]]);
  assert.deepEqual(cellsAfter("rotate", typed), [["−7", "1/3"], ["+4", " 0.50"], ["-0", "-2e-1"]]);
  assert.deepEqual(cellsAfter("flip_columns", typed), [["-2e-1", " 0.50", "1/3"], ["-0", "+4", "−7"]]);
  assert.deepEqual(cellsAfter("flip_rows", typed), [["−7", "+4", "-0"], ["1/3", " 0.50", "-2e-1"]]);
  assert.deepEqual(cellsAfter("negate", typed), [["-1/3", "-0.50", "2e-1"], ["7", "-4", "-0"]]);
  assert.deepEqual(typed, [["1/3", " 0.50", "-2e-1"], ["−7", "+4", "-0"]]); // it is not changed itself
});

test("new weights are written as the shortest decimals or fractions", () => {
  assert.deepEqual(cellsAfter("normalise", [["-1", "0", "1"], ["-2", "0", "2"], ["-1", "0", "5"]]), [
    ["-1/4", "0", "1/4"], ["-0.5", "0", "0.5"], ["-1/4", "0", "5/4"],
  ]);
  assert.deepEqual(cellsAfter("normalise", [["1", "1", "1"]]), [["1/3", "1/3", "1/3"]]);
  assert.deepEqual(cellsAfter("normalise", [["1", "9"]]), [["0.1", "0.9"]]); // as float32 has them
  assert.deepEqual(cellsAfter("centre", [["1", "2", "6"]]), [["-2", "-1", "3"]]);
});

test("while a cell is no weight only moves change anything", () => {
  for (const wrong of ["abc", "", "1/", "1/0", "2000000"]) {
    const typed = [["1", wrong]];
    assert.deepEqual(cellsAfter("rotate", typed), [["1"], [wrong]]);
    for (const operation of ["negate", "normalise", "centre"]) {
      assert.deepEqual(operate(operation, typed, TABLE.words), { cells: typed }, operation);
    }
  }
});
