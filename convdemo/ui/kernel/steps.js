// A weight that the hand moves up and down, step by step. Texts in, a text out.
import { parseNumber } from "../parts/cells.js";
import { clamp } from "../parts/dom.js";

const MAX_WEIGHT = 1e6; // of convdemo.kernel_text

// By this the steps go: the largest distance from 0 among the weights of the kernel.
export const largestOf = (texts) => Math.max(0, ...texts.map((text) => Math.abs(parseNumber(text)) || 0));

// A step is a tenth of the largest weight's power of ten: 0.1 for 2, 0.01 for 1/9; a fine one a tenth of that. The new
// weight is a whole number of steps. What is not a number yet counts as 0.
export function moved(text, tenths, largest, isFine) {
	if (tenths === 0) return text;
	const order = (largest > 0 ? Number(largest.toExponential().split("e")[1]) : 0) - (isFine ? 2 : 1);
	const steps = (parseNumber(text) || 0) / 10 ** order + tenths / (isFine ? 1 : 10);
	return String(clamp(Number(`${Math.round(steps)}e${order}`), -MAX_WEIGHT, MAX_WEIGHT)); // a decimal that is read: no dust
}
