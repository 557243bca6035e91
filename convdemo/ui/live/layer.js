// The layer that the controls ask for, as convdemo/ui/layer/settings.py makes it of them.
import { transpose } from "../parts/cells.js";

// Filled up with zeros to a square, more of them after.
function squared(weights) {
	const [rows, columns] = [weights.length, weights[0].length];
	const side = Math.max(rows, columns);
	const [above, before] = [rows, columns].map((cells) => Math.floor((side - cells) / 2));
	return Array.from({ length: side }, (_, row) =>
		Array.from({ length: side }, (__, column) => weights[row - above]?.[column - before] ?? 0),
	);
}

const both = (total) => [Math.floor(total / 2), total - Math.floor(total / 2)]; // more of it after

// Of a picture of size [height, width], colour or not, and the kernel's weights. The names are those of the controls.
export function layerOf({ size, colour }, weights, { directions, stride, padding, dilation, bias, relu, flip, channels }) {
	const isEdges = directions === "all";
	const sliding = isEdges ? squared(weights) : directions === "other" ? transpose(weights) : weights;
	const shape = [sliding.length, sliding[0].length];
	return {
		size,
		shape,
		weights: sliding,
		largest: Math.max(...sliding.flat().map(Math.abs)),
		stride,
		padding: shape.map((cells) => (padding === "none" ? [0, 0] : both(dilation * (cells - 1)))),
		mode: padding === "none" ? "zeros" : padding,
		dilation,
		flip: flip === "yes",
		bias: isEdges ? 0 : Math.fround(bias),
		relu: !isEdges && relu,
		colour: colour && channels === "colour",
		...(isEdges && { edges: true }),
	};
}

// Whether there is a window at all, and enough of the picture to mirror.
export function fits({ size, shape, dilation, padding, mode }) {
	return size.every((pixels, axis) => {
		const [before, after] = padding[axis];
		const isMirrored = mode === "reflect" && Math.max(before, after) >= pixels;
		return !isMirrored && dilation * (shape[axis] - 1) + 1 <= pixels + before + after;
	});
}

// The kernels that slide: that of the layer, and for all directions its transpose.
export const kernelsOf = (layer) => (layer.edges ? [layer, { ...layer, weights: transpose(layer.weights) }] : [layer]);

// An exact sum but for its last digits: each weight is a float32.
export const sumOf = (weights) => weights.flat().reduce((sum, weight) => sum + weight, 0);

// How the map is drawn, where the controls leave it open.
export function displayOf(weights, { directions, display }) {
	if (display !== "auto") return display;
	if (directions === "all") return "absolute";
	return Math.abs(sumOf(weights) - 1) <= 0.01 + 1e-6 ? "marked" : "signed";
}
