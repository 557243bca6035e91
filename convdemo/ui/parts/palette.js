// Colours of signed values, from Python's stops: blue negative, white zero, red positive.
import { parseNumber } from "./cells.js";
import { paper } from "./dom.js";

const ENTRIES = 255; // as in rendering.py
const EVEN = 1.5 * 2 ** 52; // added and taken off again, it rounds as NumPy does, what lies halfway to an even number

// Straight lines between evenly spaced "#rrggbb" stops: so many colours [red, green, blue].
export function between(stops, count) {
	const colours = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
	return Array.from({ length: count }, (_, entry) => {
		const place = (entry * (stops.length - 1)) / (count - 1);
		const at = Math.min(stops.length - 2, Math.floor(place));
		return colours[at].map((low, channel) => low + (colours[at + 1][channel] - low) * (place - at) + EVEN - EVEN);
	});
}

const known = {};
const hex = (colour) => `#${colour.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;

// On a scale from -limit to limit.
export function signedColour(stops, value, limit) {
	const colours = (known[stops] ??= between(stops, ENTRIES).map(hex));
	const middle = (colours.length - 1) / 2;
	if (!Number.isFinite(value)) return "transparent";
	const position = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
	return colours[Math.round(middle + middle * position)];
}

// Black or white, whichever can be read on an "#rrggbb" background.
export function readableOn(colour) {
	if (!colour.startsWith("#")) return "inherit";
	const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
	return 299 * red + 587 * green + 114 * blue > 117000 ? "#000" : "#fff";
}

// A canvas of height x width pixels; every step-th has the next of the "#rrggbb" colours, columns a row.
export function mosaic(colours, height, width, columns = width, step = 1) {
	const context = paper(width, height);
	const image = context.createImageData(width, height);
	const pixels = new DataView(image.data.buffer);
	colours.forEach((colour, index) => {
		const at = Math.floor(index / columns) * width + (index % columns);
		pixels.setUint32(4 * step * at, parseInt(`${colour.slice(1)}ff`, 16));
	});
	context.putImageData(image, 0, 0);
	return context.canvas;
}

// A picture of a kernel, a pixel a weight, as an address.
export function swatch(cells, colours) {
	const weights = cells.flat().map(parseNumber);
	const limit = Math.max(...weights.map(Math.abs));
	return mosaic(weights.map((weight) => signedColour(colours, weight, limit)), cells.length, cells[0].length).toDataURL();
}
