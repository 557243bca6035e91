// Numbers: those behind a picture, float32 as on the server; and as text.
import { paper } from "./dom.js";

// From RGBA bytes: a plane of luminance (Rec. 601), or one a colour. Every step is rounded to float32.
// packed: 24 bits of grey in red, green and blue.
export function planes(rgba, { packed, colour }) {
	const scale = (value) => Math.fround(value / (packed ? 0xffffff : 255));
	const plane = (valueAt) => Float32Array.from({ length: rgba.length / 4 }, (_, index) => valueAt(4 * index));
	if (packed) return [plane((at) => scale(rgba[at] * 65536 + rgba[at + 1] * 256 + rgba[at + 2]))];
	if (colour) return [0, 1, 2].map((channel) => plane((at) => scale(rgba[at + channel])));
	const weights = [0.299, 0.587, 0.114].map(Math.fround);
	const part = (at, channel) => Math.fround(scale(rgba[at + channel]) * weights[channel]);
	const isGrey = (at) => rgba[at] === rgba[at + 1] && rgba[at] === rgba[at + 2];
	const mixed = (at) => Math.fround(Math.fround(part(at, 0) + part(at, 1)) + part(at, 2));
	return [plane((at) => (isGrey(at) ? scale(rgba[at]) : mixed(at)))];
}

export async function read(address) {
	const image = new Image();
	image.src = address;
	await image.decode();
	const { naturalWidth: width, naturalHeight: height } = image;
	const context = paper(width, height, { willReadFrequently: true });
	context.drawImage(image, 0, 0);
	return context.getImageData(0, 0, width, height).data;
}

const withTrueMinus = (text) => text.replace(/^-/, "−");

// Three significant digits, all of the whole part, and a true minus sign.
export function show(value) {
	const size = Math.abs(value);
	if (size >= 1e6 || (size > 0 && size < 1e-4)) return withTrueMinus(value.toExponential(1));
	return withTrueMinus(String(Number(size >= 100 ? value.toFixed(0) : value.toPrecision(3))));
}

// The same for a small cell: up to two decimals.
export function short(value) {
	const size = Math.abs(value);
	if (size >= 1e5) return withTrueMinus(value.toExponential(0));
	if (size > 0 && size < 0.005) return "≈0";
	return withTrueMinus(String(Number(value.toFixed(size >= 99.5 ? 0 : size >= 9.95 ? 1 : 2))));
}
