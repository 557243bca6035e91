// Numbers become colours and a legend, as in convdemo/rendering.py, which says why; tests/live_cases.json holds both to it.
import { between } from "../parts/palette.js";
import { show } from "../parts/values.js";

const ROUNDING = Math.fround(1e-5);
const ABOVE = Math.fround(1 + 1e-5);
const EVEN = 1.5 * 2 ** 52; // added and taken off again, it rounds as NumPy does, what lies halfway to an even number
const GREYS = 253; // steps from black to white beside the two marks

const bytes = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const packed = ([red, green, blue]) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0; // as RGBA lies in memory

export const entries = (stops, count) => Uint32Array.from(between(stops, count), packed);

// The number below which 99 % of the strengths lie that are more than rounding; null without any. Positive floats are in the
// order of their bits: those of the upper half are counted, then those of the lower.
export function vividLimit(maps, largest) {
	const counts = new Uint32Array(65536);
	const least = Math.fround(ROUNDING * largest);
	const bits = maps.map((map) => new Uint32Array(map.buffer, map.byteOffset, map.length));
	let total = 0;
	maps.forEach((map, which) => {
		for (let at = 0; at < map.length; at += 1) {
			if (!(Math.abs(map[at]) > least)) continue;
			counts[(bits[which][at] & 0x7fffffff) >>> 16] += 1;
			total += 1;
		}
	});
	if (!total) return null;
	let wanted = Math.floor(0.99 * (total - 1));
	let upper = 0;
	for (; wanted >= counts[upper]; upper += 1) wanted -= counts[upper];
	counts.fill(0);
	maps.forEach((map, which) => {
		for (let at = 0; at < map.length; at += 1) {
			const word = bits[which][at] & 0x7fffffff;
			if (word >>> 16 === upper && Math.abs(map[at]) > least) counts[word & 0xffff] += 1;
		}
	});
	let lower = 0;
	for (; wanted >= counts[lower]; lower += 1) wanted -= counts[lower];
	return new Float32Array(Uint32Array.of((upper << 16) | lower).buffer)[0];
}

function range(maps) {
	let [minimum, maximum] = [Infinity, -Infinity];
	for (const map of maps) {
		for (let at = 0; at < map.length; at += 1) {
			if (map[at] < minimum) minimum = map[at];
			if (map[at] > maximum) maximum = map[at];
		}
	}
	return [minimum, maximum];
}

// One number of a symmetric or a positive scale as an entry of its palette.
function scaled(map, limit, half, start, palette) {
	const pixels = new Uint32Array(map.length);
	const [scale, magnitude] = [Math.fround(limit), start === 0];
	for (let at = 0; at < map.length; at += 1) {
		const value = magnitude ? Math.abs(map[at]) : map[at];
		const share = scale === 0 ? 0 : Math.fround((value > scale ? scale : value < -scale ? -scale : value) / scale);
		pixels[at] = palette[Math.fround(half * share) + EVEN - EVEN + start];
	}
	return pixels;
}

const clipped = (value, most) => Math.fround(most * (value < 0 ? 0 : value > 1 ? 1 : value)) + EVEN - EVEN;

// A picture from 0 to 1; marks: what lies below and above has these colours.
function photo(maps, marks) {
	const [red, green = red, blue = red] = maps;
	const pixels = new Uint32Array(red.length);
	const isGrey = maps.length === 1;
	const most = isGrey && marks ? GREYS : 255;
	const palette = entries(["#000000", "#ffffff"], most + 1);
	for (let at = 0; at < pixels.length; at += 1) {
		if (isGrey) pixels[at] = palette[clipped(red[at], most)];
		else pixels[at] = (0xff000000 | (clipped(blue[at], 255) << 16) | (clipped(green[at], 255) << 8) | clipped(red[at], 255)) >>> 0;
	}
	if (!marks) return pixels;
	const [below, above] = marks.map((colour) => packed(bytes(colour)));
	for (let at = 0; at < pixels.length; at += 1) {
		if (red[at] > ABOVE || green[at] > ABOVE || blue[at] > ABOVE) pixels[at] = above;
		else if (red[at] < -ROUNDING || green[at] < -ROUNDING || blue[at] < -ROUNDING) pixels[at] = below;
	}
	return pixels;
}

function outside(maps) {
	let [below, above] = [0, 0];
	for (const map of maps) {
		for (let at = 0; at < map.length; at += 1) {
			if (map[at] < -ROUNDING) below += 1;
			else if (map[at] > ABOVE) above += 1;
		}
	}
	return { below, above };
}

const placed = (texts) => texts.map((text, at) => [text, at / (texts.length - 1)]);

// Maps, one or three, in a display: pixels of each picture as RGBA in words of 32 bits, the ends and ticks of the scale, and
// what the numbers run from and to. scales: the colours, "signed", "absolute", "outside".
export function tones(maps, { display, vivid }, scales) {
	const [minimum, maximum] = range(maps);
	const largest = Math.max(-minimum, maximum);
	if (display === "signed" || display === "absolute") {
		const limit = (vivid && vividLimit(maps, largest)) || largest;
		const [low, high] = [`${minimum < -limit ? "≤ " : ""}${show(-limit)}`, `${largest > limit && (maximum > limit || display === "absolute") ? "≥ " : ""}${show(limit)}`];
		const isSigned = display === "signed";
		const [half, start, count] = isSigned ? [127, 127, 255] : [255, 0, 256];
		const palette = entries(scales[display], count);
		return {
			minimum, maximum, ends: [isSigned ? -limit : 0, limit],
			ticks: limit === 0 ? [["0", isSigned ? 0.5 : 0]] : placed(isSigned ? [low, "0", high] : ["0", high]),
			pictures: maps.map((map) => scaled(map, limit, half, start, palette)),
		};
	}
	const isMarked = display === "marked";
	const { below, above } = outside(maps);
	const marks = isMarked && below + above > 0 ? scales.outside : null;
	const [low, high] = isMarked ? ["0", "1"] : [minimum < 0 ? "≤ 0" : "0", maximum > 1 ? "≥ 1" : "1"];
	return { minimum, maximum, ends: [0, 1], ticks: placed([low, high]), below, above, pictures: [photo(maps, marks)] };
}
