// Which input cells does an output see? The table is computed by the Python core (tests/test_geometry_cases.py);
// "by hand" marks what is worked out here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as geometry from "../../convdemo/ui/parts/geometry.js";

const TABLE = JSON.parse(readFileSync(new URL("../geometry_cases.json", import.meta.url), "utf8"));
const LAYER = { shape: [2, 3], stride: 1, padding: [[0, 0], [0, 0]], mode: "zeros", dilation: 1, flip: false };
const ONE_AROUND = [[1, 1], [1, 1]];

const sizeOf = (image) => [image.length, image[0].length];
const within = (row, column, [height, width]) => row >= 0 && row < height && column >= 0 && column < width;
const describe = ({ image, layer }) => `${sizeOf(image).join("x")} image, ${JSON.stringify(layer)}`;

// Every [row, column] of a grid.
function* places([rows, columns]) {
  for (let row = 0; row < rows; row += 1) for (let column = 0; column < columns; column += 1) yield [row, column];
}

// Calls check({image, layer, kernel, output, windows}, size, name) for every case of the table.
const eachCase = (check) => TABLE.cases.forEach((one) => check(one, sizeOf(one.image), describe(one)));

const reader = (image, read = []) => (row, column) => {
  assert.ok(within(row, column, sizeOf(image)), `there is no pixel ${row}, ${column}`);
  read.push([row, column]);
  return image[row][column];
};

test("the table is there, with every mode and both ways to slide", () => {
  assert.ok(TABLE.cases.length >= 40);
  assert.deepEqual([...new Set(TABLE.cases.map(({ layer }) => layer.mode))].sort(), ["reflect", "replicate", "zeros"]);
  assert.deepEqual(new Set(TABLE.cases.map(({ layer }) => layer.flip)), new Set([false, true]));
});

test("the feature map has the core's size", () => {
  eachCase(({ layer, output }, size, name) => {
    assert.deepEqual(geometry.outputSize(size, layer), sizeOf(output), name);
  });
});

test("where no window fits along an axis the feature map has 0 there", () => {
  assert.deepEqual(geometry.outputSize([1, 7], LAYER), [0, 5]);
  assert.deepEqual(geometry.outputSize([9, 1], { ...LAYER, stride: 3, dilation: 2 }), [3, 0]);
});

test("a window holds the values of the core's im2col, and names the pixels that they come from", () => {
  eachCase(({ image, layer, windows }, size, name) => {
    for (const { place, values, pixels } of windows) {
      const taps = geometry.windowAt(...place, size, layer);
      const valueOf = reader(image);
      assert.deepEqual(taps.map(({ source }) => (source ? valueOf(...source) : 0)), values, `${name} at ${place}`);
      const numbers = taps.map(({ source }) => (source ? source[0] * size[1] + source[1] + 1 : 0));
      assert.deepEqual(numbers, pixels, `${name} at ${place}`);
    }
  });
});

test("a tap is inside exactly when its place is a pixel, and then it is its own source", () => {
  eachCase(({ layer, output }, size, name) => {
    for (const place of places(sizeOf(output))) {
      for (const tap of geometry.windowAt(...place, size, layer)) {
        assert.equal(tap.inside, within(tap.row, tap.column, size), name);
        if (tap.inside) assert.deepEqual(tap.source, [tap.row, tap.column], name);
        else if (layer.mode === "zeros") assert.equal(tap.source, null, name);
        else assert.ok(within(...tap.source, size), name);
      }
    }
  });
});

test("the corner of a padded image, by hand", () => {
  const layer = { ...LAYER, padding: ONE_AROUND };
  const tap = (row, column, source, inside, cell) => ({ row, column, source, inside, cell });
  assert.deepEqual(geometry.windowAt(0, 0, [4, 5], layer), [
    tap(-1, -1, null, false, [0, 0]),
    tap(-1, 0, null, false, [0, 1]),
    tap(-1, 1, null, false, [0, 2]),
    tap(0, -1, null, false, [1, 0]),
    tap(0, 0, [0, 0], true, [1, 1]),
    tap(0, 1, [0, 1], true, [1, 2]),
  ]);
  const sources = (mode, ...place) =>
    geometry.windowAt(...place, [4, 5], { ...layer, mode }).map(({ source }) => source);
  assert.deepEqual(sources("reflect", 0, 0), [[1, 1], [1, 0], [1, 1], [0, 1], [0, 0], [0, 1]]);
  assert.deepEqual(sources("replicate", 0, 0), [[0, 0], [0, 0], [0, 1], [0, 0], [0, 0], [0, 1]]);
  assert.deepEqual(sources("reflect", 4, 4), [[3, 3], [3, 4], [3, 3], [2, 3], [2, 4], [2, 3]]);
  assert.deepEqual(sources("replicate", 4, 4), [[3, 3], [3, 4], [3, 4], [3, 3], [3, 4], [3, 4]]);
});

test("a flipped kernel meets the window with its opposite cells, and with the same pixels", () => {
  const flipped = geometry.windowAt(1, 2, [4, 6], { ...LAYER, flip: true });
  assert.deepEqual(flipped.map(({ cell }) => cell), [[1, 2], [1, 1], [1, 0], [0, 2], [0, 1], [0, 0]]);
  const sources = (taps) => taps.map(({ source }) => source);
  assert.deepEqual(sources(flipped), sources(geometry.windowAt(1, 2, [4, 6], LAYER)));
});

test("the worked sum is the core's output at every position", () => {
  eachCase(({ image, layer, kernel, output }, size, name) => {
    for (const [row, column] of places(sizeOf(output))) {
      const taps = geometry.windowAt(row, column, size, layer);
      const { sum } = geometry.multiply(reader(image), kernel, taps);
      assert.equal(sum, output[row][column], `${name} at ${row}, ${column}`);
    }
  });
});

test("the chapter's figure: 0·0 + 1·1 + 3·2 + 4·3 = 19", () => {
  const image = [[0, 1, 2], [3, 4, 5], [6, 7, 8]];
  const taps = geometry.windowAt(0, 0, [3, 3], { ...LAYER, shape: [2, 2] });
  const read = [];
  assert.deepEqual(geometry.multiply(reader(image, read), [[0, 1], [2, 3]], taps), {
    values: [0, 1, 3, 4],
    weights: [0, 1, 2, 3],
    products: [0, 1, 6, 12],
    sum: 19,
  });
  assert.deepEqual(read, [[0, 0], [0, 1], [1, 0], [1, 1]]);
});

test("zero padding counts as 0, is never read, and never makes a -0", () => {
  const taps = geometry.windowAt(0, 0, [1, 2], { ...LAYER, shape: [1, 2], padding: [[0, 0], [2, 0]] });
  const read = [];
  const worked = geometry.multiply(reader([[5, 6]], read), [[-1, -2]], taps);
  assert.deepEqual(worked, { values: [0, 0], weights: [-1, -2], products: [0, 0], sum: 0 });
  assert.deepEqual(read, []);
});

test("values, weights, products and sums are rounded to float32 at each step, as NumPy rounds them", () => {
  for (const { image, layer, kernel, place, ...expected } of TABLE.rounding) {
    const taps = geometry.windowAt(...place, sizeOf(image), layer);
    assert.deepEqual(geometry.multiply(reader(image), kernel, taps), expected, describe({ image, layer }));
  }
});

test("a value that is no float32 is rounded to one", () => {
  const taps = geometry.windowAt(0, 0, [1, 1], { ...LAYER, shape: [1, 1] });
  assert.deepEqual(geometry.multiply(() => 0.1, [[1]], taps).values, [Math.fround(0.1)]);
});

test("the outline, by hand: padding moves it out of the image, dilation widens it, stride moves it on", () => {
  const layer = { ...LAYER, stride: 3, padding: [[2, 0], [1, 0]], dilation: 2 };
  assert.deepEqual(geometry.spanAt(0, 0, layer), { top: -2, left: -1, height: 3, width: 5 });
  assert.deepEqual(geometry.spanAt(2, 1, layer), { top: 4, left: 2, height: 3, width: 5 });
  assert.deepEqual(geometry.spanAt(0, 0, LAYER), { top: 0, left: 0, height: 2, width: 3 });
});

test("the outline is the smallest that holds every tap, and lies on the padded image", () => {
  eachCase(({ layer, output }, size, name) => {
    for (const place of places(sizeOf(output))) {
      const taps = geometry.windowAt(...place, size, layer);
      const [rows, columns] = [taps.map(({ row }) => row), taps.map(({ column }) => column)];
      const [top, left] = [Math.min(...rows), Math.min(...columns)];
      const [height, width] = [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1];
      assert.deepEqual(geometry.spanAt(...place, layer), { top, left, height, width }, name);
      assert.ok(top >= -layer.padding[0][0] && top + height <= size[0] + layer.padding[0][1], name);
      assert.ok(left >= -layer.padding[1][0] && left + width <= size[1] + layer.padding[1][1], name);
    }
  });
});

test("over a pixel is the output whose window is centred nearest, and holds the pixel if any window does", () => {
  eachCase(({ layer, output }, size, name) => {
    const spans = [...places(sizeOf(output))].map((place) => geometry.spanAt(...place, layer));
    for (const [row, column] of places(size)) {
      const over = geometry.outputOver(row, column, size, layer);
      assert.ok(within(...over, sizeOf(output)), `${name} over ${row}, ${column}`);
      const chosen = spans[over[0] * output[0].length + over[1]];
      const distance = ({ top, left, height, width }) =>
        Math.hypot(top + (height - 1) / 2 - row, left + (width - 1) / 2 - column);
      const holds = ({ top, left, height, width }) => within(row - top, column - left, [height, width]);
      assert.equal(distance(chosen), Math.min(...spans.map(distance)), `${name} over ${row}, ${column}`);
      assert.equal(holds(chosen), spans.some(holds), `${name} over ${row}, ${column}`);
    }
  });
});

test("over a pixel, by hand: the centre of an odd kernel, the later of two, the nearest at a border", () => {
  const size = [6, 9];
  const odd = { ...LAYER, shape: [3, 3], padding: ONE_AROUND };
  for (const place of places(size)) assert.deepEqual(geometry.outputOver(...place, size, odd), place);
  assert.deepEqual(geometry.outputOver(2, 3, size, { ...LAYER, shape: [2, 4] }), [2, 2]);
  assert.deepEqual(geometry.outputOver(5, 8, size, { ...LAYER, shape: [2, 4] }), [4, 5]);
  assert.deepEqual(geometry.outputOver(0, 0, size, { ...odd, padding: LAYER.padding }), [0, 0]);
  assert.deepEqual(geometry.outputOver(4, 7, size, { ...odd, stride: 3 }), [1, 2]);
});
