// Numbers: those behind a picture, float32 as on the server; and as text.
import { paper } from "./dom.js";

// From RGBA bytes: a plane of luminance (Rec. 601), or one a colour. Every step is rounded to float32.
// packed: 24 bits of grey in red, green and blue.
export function planes(rgba, { packed, colour }) {
	const shares = Float32Array.from({ length: 256 }, (_, value) => value / 255);
	const [red, green, blue] = [0.299, 0.587, 0.114].map((weight) => shares.map((share) => share * Math.fround(weight)));
	const plane = (valueAt) => {
		const values = new Float32Array(rgba.length / 4);
		for (let at = 0, index = 0; index < values.length; at += 4, index += 1) values[index] = valueAt(at);
		return values;
	};
	if (packed) return [plane((at) => (rgba[at] * 65536 + rgba[at + 1] * 256 + rgba[at + 2]) / 0xffffff)];
	if (colour) return [0, 1, 2].map((channel) => plane((at) => shares[rgba[at + channel]]));
	const isGrey = (at) => rgba[at] === rgba[at + 1] && rgba[at] === rgba[at + 2];
	const mixed = (at) => Math.fround(red[rgba[at]] + green[rgba[at + 1]]) + blue[rgba[at + 2]];
	return [plane((at) => (isGrey(at) ? shares[rgba[at]] : mixed(at)))];
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

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

function power(size, decimals) {
	const [mantissa, exponent] = size.toExponential(decimals).split("e").map(Number);
	return `${mantissa}×10${[...String(exponent)].map((sign) => SUPERSCRIPTS[sign]).join("")}`;
}

const signed = (value, text) => (value < 0 ? `−${text}` : text);

// Three significant digits, all of the whole part, and a true minus sign: as format_number in rendering.py writes it,
// which says more. tests/number_cases.json holds both to it.
export function show(value) {
	const size = Math.abs(value);
	if (Number.isNaN(value)) return "NaN";
	if (size === Infinity) return signed(value, "∞");
	if (size > 0 && (size < 1e-5 || size >= 999999.5)) return signed(value, power(size, 2));
	return signed(value, String(Number(size >= 100 ? size.toFixed(0) : size.toPrecision(3))));
}

// The same for a small cell: no third decimal, and one digit before a power of ten.
export function short(value) {
	const size = Math.abs(value);
	if (size > 0 && size < 0.005) return "≈0";
	if (size >= 99999.5 && size < Infinity) return signed(value, power(size, 0));
	return show(size < 1 ? Number(value.toFixed(2)) : value);
}

// A whole number with a narrow space before every three digits; four stay together.
export const grouped = (number) => (Math.abs(number) >= 10000 ? String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f") : String(number));
