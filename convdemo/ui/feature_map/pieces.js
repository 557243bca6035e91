// What other lessons take of one value of the feature map, as pieces of a link.
import { clamp } from "../parts/dom.js";
import { spanAt } from "../parts/geometry.js";

const MOST = { image: 12, kernel: 5, step: 4 }; // of Step by step
const AROUND = 4; // pixels beside the window, both sides together
const LEAST = 7;

// For Receptive field: the pixel in the middle of the window.
export function pixel({ row, column }, layer) {
	const { top, left, height, width } = spanAt(row, column, layer);
	const at = [top + (height - 1) / 2, left + (width - 1) / 2].map((middle, axis) => clamp(Math.round(middle), 0, layer.size[axis] - 1) + 1);
	return `tab=receptive&receptive_pixel=${at}`;
}

// Along one axis: the pixels to take, from start on, and which output of them is the one that is held. null if there are too many.
// The window begins at first and is so long; before: the padding that Step by step adds too, so that a window over the border
// finds it where it was.
function stretch(output, first, span, size, { stride, before }) {
	const side = Math.min(clamp(span + AROUND, LEAST, MOST.image), size);
	const tries = Array.from({ length: output + 1 }, (_, at) => {
		const start = first + before - at * stride;
		const end = first + span >= size ? size : Math.max(Math.min(start + side, size), first + span);
		return { at, start, length: end - start, short: Math.max(0, side - end + start), off: Math.abs(start + end - 2 * first - span) };
	});
	const fits = ({ start, length }) => start >= 0 && start <= Math.max(first, 0) && (first >= 0 || start === 0) && length <= MOST.image;
	return tries.filter(fits).sort((a, b) => a.short - b.short || a.off - b.off)[0] ?? null;
}

// The shortest text that reads back to the same float32.
export function exact(value) {
	const texts = Array.from({ length: 9 }, (_, digits) => String(Number(value.toPrecision(digits + 1))));
	return texts.find((text) => Math.fround(Number(text)) === value) ?? String(value);
}

const inLink = (rows) => rows.map((row) => row.map((value) => exact(Math.fround(value))).join(",")).join(";");

// For Step by step: the kernel, the layer, and the pixels around the window. null where that lesson has no room for it. plane: the pixels, row by row.
export function patch({ row, column }, layer, plane) {
	const { shape, size, stride, dilation, weights, flip, mode } = layer;
	if (Math.max(...shape) > MOST.kernel || Math.max(stride, dilation) > MOST.step) return null;
	const { top, left, height, width } = spanAt(row, column, layer);
	const isPadded = top < 0 || left < 0 || top + height > size[0] || left + width > size[1];
	const axes = [[row, top, height], [column, left, width]].map(([output, first, span], axis) =>
		stretch(output, first, span, size[axis], { stride, before: isPadded ? layer.padding[axis][0] : 0 }));
	if (axes.includes(null)) return null;
	const [down, across] = axes;
	const pixels = Array.from({ length: down.length }, (_, y) =>
		Array.from({ length: across.length }, (_, x) => plane[(down.start + y) * size[1] + across.start + x]));
	return String(new URLSearchParams({
		tab: "step",
		step: "own",
		step_image: inLink(pixels),
		step_kernel: inLink(weights),
		step_stride: stride,
		step_padding: isPadded ? mode : "none",
		step_dilation: dilation,
		step_flip: flip ? "yes" : "no",
		step_cell: `${down.at + 1},${across.at + 1}`,
	}));
}
