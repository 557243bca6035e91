// The maps of the browser, by each way of making them, against the core's two loops and its colours: live_cases.json.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { design } from "../../convdemo/ui/live/designs.js";
import { differing, engine } from "../../convdemo/ui/live/engine.js";
import { displayOf, fits, kernelsOf, layerOf } from "../../convdemo/ui/live/layer.js";
import { apart, change, finish, laid, plan, sumsOf } from "../../convdemo/ui/live/slide.js";
import { entries, tones } from "../../convdemo/ui/live/tones.js";
import { planes } from "../../convdemo/ui/parts/values.js";

const { scales, palettes, designs, cases } = JSON.parse(readFileSync(new URL("../live_cases.json", import.meta.url), "utf8"));
const floats = (text) => {
	const { buffer, byteOffset, length } = Buffer.from(text, "base64");
	return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
};
const rgba = (hex) => Uint8ClampedArray.from(hex.match(/.{6}/g).flatMap((pixel) => [...Buffer.from(pixel, "hex"), 255]));
const words = (hex) => new Uint32Array(rgba(hex).buffer);

// Of one case: its planes, its layer, and how far a float32 sum may be from another order of adding it up.
function opened({ size, rgb, weights, settings }) {
	const layer = layerOf({ size, colour: true }, weights, settings);
	const strengths = weights.flat().reduce((sum, weight) => sum + Math.abs(weight), 0);
	return { layer, planes: planes(rgba(rgb), { packed: false, colour: layer.colour }), rounding: 4e-7 * (strengths + Math.abs(layer.bias)) };
}

async function mapsBy(way, { layer, planes: all }) {
	const maps = [];
	for (const plane of all) maps.push(finish(await Promise.all(kernelsOf(layer).map((kernel) => way(plane, layer.size, kernel))), layer));
	return maps;
}

const WAYS = {
	"all weights": (plane, size, kernel) => sumsOf(plane, size, kernel, { weights: laid(kernel), pairs: null, passes: 1e6 }), // a row at a time
	"columns times rows": (plane, size, kernel) => sumsOf(plane, size, kernel, { ...plan(kernel), pairs: apart(laid(kernel), 99), passes: 1e6 }),
	"as planned": (plane, size, kernel) => sumsOf(plane, size, kernel),
	async "weights that changed"(plane, size, kernel) {
		const other = { ...kernel, weights: kernel.weights.map((row, y) => row.map((weight, x) => ((y + x) % 2 ? weight : 1e5 * kernel.largest))) };
		return change(await sumsOf(plane, size, other), plane, size, kernel, laid(other));
	},
};

for (const [name, way] of Object.entries(WAYS)) {
	test(`maps by ${name} are those of the two loops, but for the rounding of float32`, async () => {
		for (const [number, one] of cases.entries()) {
			const ready = opened(one);
			const maps = await mapsBy(way, ready);
			const expected = floats(one.map);
			const found = maps.flatMap((map) => [...map]);
			assert.equal(found.length, expected.length, `case ${number}`);
			found.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) <= ready.rounding, `case ${number}: ${value} for ${expected[at]}`));
		}
	});
}

test("colours, scale and ticks are those of the core", async () => {
	for (const [number, one] of cases.entries()) {
		const ready = opened(one);
		const maps = await mapsBy(WAYS["as planned"], ready);
		const display = displayOf(one.weights, one.settings);
		assert.equal(display, one.display, `case ${number}`);
		const { pictures, ends, ticks, below = one.outside[0], above = one.outside[1] } = tones(maps, { display, vivid: one.settings.scale === "vivid" }, scales);
		ends.forEach((end, at) => assert.ok(Math.abs(end - one.ends[at]) <= ready.rounding, `case ${number}: ${ends}, ${one.ends}`));
		assert.deepEqual(ticks, one.ticks, `case ${number}`);
		assert.deepEqual([below, above], one.outside, `case ${number}`);
		assert.equal(pictures.length, one.pictures.length, `case ${number}`);
		pictures.forEach((pixels, at) => assert.equal(differing(pixels, words(one.pictures[at])), 0, `case ${number}, picture ${at}`));
	}
});

test("palettes are those of the core, to the last bit", () => {
	for (const [name, hex] of Object.entries(palettes)) assert.deepEqual(entries(scales[name], hex.length / 6), words(hex), name);
});

test("kernels that are computed from parameters are the core's", () => {
	for (const { name, parameters, weights } of designs) {
		const [found, expected] = [design(name, parameters).flat(), floats(weights)];
		assert.equal(found.length, expected.length, name);
		found.forEach((weight, at) => assert.ok(Math.abs(weight - expected[at]) <= 2e-7 * Math.max(...expected), `${name} ${JSON.stringify(parameters)}`));
	}
	assert.equal(design("random", { size: 3, seed: 1 }), null);
	assert.equal(design("gaussian", { sigma: null }), null);
	assert.equal(design("box_blur", { size: 1e9 }), null);
});

test("a kernel is as many columns times rows as its rank, and no more than asked for", () => {
	assert.equal(apart([[1, 2, 1], [2, 4, 2], [1, 2, 1]], 9).length, 1);
	assert.equal(apart([[0, 1, 0], [1, -4, 1], [0, 1, 0]], 9).length, 2);
	assert.equal(apart([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 2), null);
	assert.deepEqual(apart([[0, 0], [0, 0]], 1), []);
});

test("a kernel that has no place in the picture does not fit", () => {
	const settings = { ...cases[0].settings, directions: "one", stride: 1, dilation: 2, padding: "none" };
	const of = (size, change) => fits(layerOf({ size, colour: false }, [[1, 2, 3]], { ...settings, ...change }));
	assert.equal(of([4, 5], {}), true); // 2 · (3 − 1) + 1 = 5 pixels
	assert.equal(of([5, 4], {}), false);
	assert.equal(of([5, 4], { padding: "zeros" }), true);
	assert.equal(of([5, 2], { padding: "reflect" }), false); // 2 on a side, and 1 behind the border
	assert.equal(of([5, 3], { padding: "reflect" }), true);
});

test("the engine answers for the last request, and counts what is not the same as in another picture", async () => {
	const told = [];
	const { take, compare } = engine(scales, (answer) => told.push(answer));
	const one = cases.find(({ settings, output }) => settings.channels === "grey" && settings.directions === "one" && output[0] * output[1] > 20);
	const { layer } = opened(one);
	const request = { layer, display: one.display, vivid: one.settings.scale === "vivid" };
	const first = take({ ...request, number: 1, picture: { rgba: rgba(one.rgb), size: one.size, packed: false } });
	take({ ...request, number: 2 });
	take({ ...request, number: 3, layer: { ...layer, bias: layer.bias + 0.5 } });
	take({ ...request, number: 4 });
	await first;
	assert.deepEqual(told.map(({ number }) => number), [1, 4]);
	assert.deepEqual(told[1].size, one.output);
	const expected = rgba(one.pictures[0]);
	assert.equal(compare(0, expected, 4), 0);
	const wrong = expected.map((value, at) => (at % 4 === 3 ? value : value ^ 128));
	assert.equal(compare(0, wrong, 4), expected.length / 4);
	assert.equal(compare(0, expected.slice(4), 4), -1);
	assert.equal(compare(0, wrong, 3), 0); // another map was made since
});
