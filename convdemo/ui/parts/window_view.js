// One output, taken apart on a canvas: window × kernel = products.
import { clamp, create, fill, paper } from "./dom.js";
import { multiply, spanAt, windowAt } from "./geometry.js";
import { mosaic, readableOn, signedColour } from "./palette.js";
import { short, show } from "./values.js";

const LEGIBLE = 26; // the smallest cell with a number, in CSS pixels
const LARGEST = 46;
const GAP = 30;
const TALLEST = 300; // of what is seen at once

const grey = (value) => `#${Math.round(255 * clamp(value, 0, 1)).toString(16).padStart(2, "0").repeat(3)}`;

// A colour that fills with a tile of side pixels.
function tiled(side, draw) {
	const tile = paper(side, side);
	draw(tile);
	return tile.createPattern(tile.canvas, "repeat");
}

const hatched = () => tiled(6, (tile) => {
	tile.strokeStyle = "#94a3b8";
	for (const at of [0, 6, 12]) tile.stroke(new Path2D(`M${at + 1} -1L${at - 7} 7`));
});
let hatch = null; // made when it is needed: tests of what imports this have no canvas

// layer: of geometry.js, with the image's size, the largest weight, and brightest, the value drawn white.
export function takeApart(row, column, layer, valueAt) {
	const taps = windowAt(row, column, layer.size, layer);
	return { row, column, layer, taps, ...multiply(valueAt, layer.weights, taps) };
}

// The parent is as large as the drawing and scrolls in its parent; the canvas has what is seen.
// zoom: cells large enough for numbers; largest: their side, if it may be more than usual; secret: no products. Pixels that dilation skips are dots. Returns where the three matrices
// are, each as [left, top, cells from one number to the next], and the side of a cell.
export function drawWindow(canvas, worked, options) {
	const { row, column, layer, taps, values, weights, products } = worked;
	const { palette, zoom, secret, largest: most = LARGEST } = options;
	const { shape: [h, w], dilation, largest, brightest = 1 } = layer;
	const room = canvas.parentElement;
	const frame = room.parentElement;
	const span = spanAt(row, column, layer);
	const columns = span.width + 2 * w;
	const fitting = Math.floor((frame.clientWidth - 2 * GAP) / columns);
	const cell = Math.max(1, Math.min(Math.max(LARGEST, Math.floor(most)), Math.max(fitting, zoom ? LEGIBLE + 4 : 2)));
	const whole = { width: columns * cell + 2 * GAP + 1, height: span.height * cell + 1 }; // and the last line
	const seen = { width: Math.min(whole.width, frame.clientWidth), height: Math.min(whole.height, TALLEST) };
	const ratio = window.devicePixelRatio || 1;
	for (const [side, length] of Object.entries(seen)) {
		const pixels = Math.ceil(length * ratio);
		if (canvas[side] !== pixels) canvas[side] = pixels;
		room.style[side] = `${whole[side]}px`;
		canvas.style[side] = `${length}px`;
	}
	const [left, top] = [Math.min(frame.scrollLeft, whole.width - seen.width), Math.min(frame.scrollTop, whole.height - seen.height)];
	frame.onscroll = () => drawWindow(canvas, worked, options);

	const context = canvas.getContext("2d");
	context.setTransform(ratio, 0, 0, ratio, -left * ratio, -top * ratio);
	context.clearRect(left, top, seen.width, seen.height);
	Object.assign(context, { textAlign: "center", textBaseline: "middle", imageSmoothingEnabled: false, strokeStyle: "#cbd5e1", fillStyle: "#94a3b8" });
	const text = (content, x, y) => context.fillText(content, x, y);
	const kernelLeft = span.width * cell + GAP;
	const productsLeft = kernelLeft + w * cell + GAP;
	context.font = "18px system-ui, sans-serif";
	text("×", kernelLeft - GAP / 2, whole.height / 2);
	text("=", productsLeft - GAP / 2, whole.height / 2);
	context.font = `${Math.min(24, Math.floor(cell * 0.3))}px system-ui, sans-serif`;

	// Cells step apart; their colours are one drawing: much quicker.
	function matrix(x, y, step, numbers, colourOf) {
		const colours = numbers.map(colourOf);
		const side = (cells) => step * (cells - 1) + 1;
		context.drawImage(mosaic(colours, side(h), side(w), w, step), x, y, side(w) * cell, side(h) * cell);
		numbers.forEach((value, index) => {
			const [at, down] = [x + (index % w) * step * cell, y + Math.floor(index / w) * step * cell];
			if (at + cell < left || at > left + seen.width || down + cell < top || down > top + seen.height) return;
			const isPadded = x === 0 && !taps[index].inside;
			if (isPadded) {
				context.fillStyle = hatch ??= hatched();
				context.fillRect(at, down, cell, cell);
			}
			if (cell > 8) context.strokeRect(at + 0.5, down + 0.5, cell, cell);
			if (cell < LEGIBLE) return;
			context.fillStyle = isPadded ? "#0f172a" : readableOn(colours[index]);
			text(short(value), at + cell / 2, down + cell / 2);
		});
	}

	if (dilation > 1 && cell > 5) {
		context.fillStyle = tiled(cell, (tile) => {
			tile.fillStyle = "#94a3b8";
			tile.fillRect(cell / 2 - 1, cell / 2 - 1, 2, 2);
		});
		context.fillRect(0, 0, span.width * cell, whole.height);
	}
	const inset = (span.height - h) * cell / 2; // in the middle of a dilated window
	matrix(0, 0, dilation, values, (value, index) => (taps[index].inside ? grey(value / brightest) : "#e2e8f0"));
	matrix(kernelLeft, inset, 1, weights, (weight) => signedColour(palette, weight, largest));
	if (!secret) matrix(productsLeft, inset, 1, products, (product) => signedColour(palette, product, largest * Math.max(1, brightest)));
	return { cell, boxes: [[0, 0, dilation], [kernelLeft, inset, 1], [productsLeft, inset, 1]] };
}

// Places a box over cells of a rows × columns grid that fills the parent, never too small to be seen.
export function mark({ style }, { left, top, width, height }, [rows, columns]) {
	const share = (number, whole) => `${(100 * number) / whole}%`;
	Object.assign(style, { left: share(left + width / 2, columns), top: share(top + height / 2, rows) });
	Object.assign(style, { width: `max(9px, ${share(width, columns)})`, height: `max(9px, ${share(height, rows)})` });
}

// The same in words. biased: with the bias, value: after ReLU too.
export function describe(words, { row, column, layer: { bias = 0, relu, mode }, taps, sum }, biased = sum, value = biased) {
	const isPadded = taps.some(({ inside }) => !inside);
	const sentences = [words.plain, bias && words.bias, relu && words.relu, isPadded && words[mode]].filter(Boolean).join(" ");
	return fill(sentences, { row: row + 1, column: column + 1, count: taps.length, sum: show(sum), bias: show(bias), biased: show(biased), value: show(value) });
}
