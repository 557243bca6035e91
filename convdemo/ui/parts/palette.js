// Colours of signed values, from Python's palette: blue negative, white zero, red positive.
import { parseNumber } from "./cells.js";
import { paper } from "./dom.js";

// On a scale from -limit to limit. colours are odd in number.
export function signedColour(colours, value, limit) {
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
