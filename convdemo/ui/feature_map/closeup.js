// What the inspector shows beside the products, and what the first view can wait for: the pixels around the window, the sums in
// the colours of the map, and one product at a time with its pixel and its weight.
import { clamp, create, fill, paper } from "../parts/dom.js";
import { spanAt } from "../parts/geometry.js";
import { readableOn, signedColour } from "../parts/palette.js";
import { show } from "../parts/values.js";
import { mark } from "../parts/window_view.js";

const SIDE = 15; // pixels around the window, or as many as a larger one needs
const MARGIN = 2;
const ROUNDING = 1e-5; // as in rendering.py

const bytesOf = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const box = () => create("div", { class: "window-box" });

// The colour of a value on a map with this legend.
export function colourOn({ display, ends: [low, high], colours, outside }, value) {
	const shown = display === "absolute" ? Math.abs(value) : value;
	if (outside && shown < low - ROUNDING) return outside[0];
	if (outside && shown > high + ROUNDING) return outside[1];
	const share = high > low ? clamp((shown - low) / (high - low), 0, 1) : display === "signed" ? 0.5 : 0;
	const at = share * (colours.length - 1);
	const [before, after] = [colours[Math.floor(at)], colours[Math.ceil(at)]].map(bytesOf);
	return `#${before.map((byte, index) => Math.round(byte + (at % 1) * (after[index] - byte)).toString(16).padStart(2, "0")).join("")}`;
}

// What leads to the value, step by step: [what it is, the number, and whether it belongs to another map, a signed one].
export function stepsOf(words, { edges, bias, relu }, sums, biased, value) {
	if (edges) return [[words.first, sums[0], true], [words.second, sums[1], true], [words.root, value]];
	const steps = [[words.sum, sums[0]]];
	if (bias) steps.push([fill(words.biased, { bias: `${bias < 0 ? "−" : "+"} ${show(Math.abs(bias))}` }), biased]);
	return relu ? [...steps, [words.rectified, value]] : steps;
}

// Which of the three matrices' cells lies at a place of the drawing; -1 if none does.
export function tapAt(x, y, { cell, boxes }, [h, w]) {
	for (const [left, top, step] of boxes) {
		const [row, column] = [(y - top) / (cell * step), (x - left) / (cell * step)].map(Math.floor);
		const isOn = [(y - top) - row * cell * step, (x - left) - column * cell * step].every((rest) => rest < cell);
		if (isOn && row >= 0 && row < h && column >= 0 && column < w) return row * w + column;
	}
	return -1;
}

// The upper left corner and the side of the square of pixels around a window.
export function squareAround({ top, left, height, width }) {
	const side = Math.max(SIDE, Math.max(height, width) + 2 * MARGIN);
	return { side, top: top - Math.floor((side - height) / 2), left: left - Math.floor((side - width) / 2) };
}

export function closeup({ part, props }) {
	const words = props.text.inspector;
	const frames = [part.frame, part.second];
	const outline = box();
	const pixel = box();
	part.loupe.append(outline, pixel);
	const lights = frames.map((frame) => [box(), box(), box()].map((light) => (frame.firstElementChild.append(light), light)));
	let now = null; // what is shown
	let lit = null; // {frame: its number, index: of the tap}

	function enlarge({ rgba, layer, worked: [{ row, column }] }) {
		const span = spanAt(row, column, layer);
		const { side, top, left } = squareAround(span);
		const [height, width] = layer.size;
		const image = new ImageData(side, side);
		for (let index = 0; index < side * side; index += 1) {
			const [y, x] = [top + Math.floor(index / side), left + (index % side)];
			if (y < 0 || x < 0 || y >= height || x >= width) continue; // transparent: padding, if anything
			const at = 4 * (y * width + x);
			const [red, green, blue] = layer.packed ? Array(3).fill(rgba[at]) : rgba.subarray(at, at + 3);
			image.data.set([red, green, blue, 255], 4 * index);
		}
		Object.assign(part.pixels, { width: side, height: side });
		part.pixels.getContext("2d").putImageData(image, 0, 0);
		mark(outline, { ...span, top: span.top - top, left: span.left - left }, [side, side]);
		return { side, top, left };
	}

	function drawSums({ layer, legend, worked, biased, value }) {
		const steps = stepsOf(words, layer, worked.map(({ sum }) => sum), biased, value);
		part.sums.replaceChildren(...steps.map(([name, number, isOther]) => {
			const colour = isOther ? signedColour(props.scales.signed, number, legend.ends[1]) : colourOn(legend, number);
			const cell = create("b", { style: `background: ${colour}; color: ${readableOn(colour)}` }, show(number));
			return create("div", {}, create("span", { class: "hint" }, name), cell);
		}));
	}

	function drawLights() {
		const tap = lit && now.worked[lit.frame].taps[lit.index];
		lights.flat().concat(pixel).forEach((light) => (light.hidden = true));
		part.sentence.textContent = now.sentence;
		if (!tap) return;
		const { values, weights, products, layer: { shape: [, w] } } = now.worked[lit.frame];
		const { cell, boxes } = now.drawings[lit.frame];
		boxes.forEach(([left, top, step], index) => {
			const [x, y] = [left + (lit.index % w) * step * cell, top + Math.floor(lit.index / w) * step * cell];
			const size = `${Math.max(9, cell + 1)}px`;
			const light = Object.assign(lights[lit.frame][index], { hidden: false });
			Object.assign(light.style, { left: `${x + cell / 2}px`, top: `${y + cell / 2}px`, width: size, height: size });
		});
		const { side, top, left } = now.square;
		if (tap.source) {
			pixel.hidden = false;
			mark(pixel, { top: tap.source[0] - top, left: tap.source[1] - left, height: 1, width: 1 }, [side, side]);
		}
		const numbers = { pixel: show(values[lit.index]), weight: show(weights[lit.index]), product: show(products[lit.index]) };
		const place = { row: (tap.source?.[0] ?? 0) + 1, column: (tap.source?.[1] ?? 0) + 1 };
		part.sentence.textContent = fill(tap.source ? words.term : words.term_padded, { ...numbers, ...place });
	}

	function light(next) {
		if (next?.index === lit?.index && next?.frame === lit?.frame) return;
		lit = next;
		drawLights();
	}

	frames.forEach((frame, number) => {
		const room = frame.firstElementChild;
		frame.onpointermove = frame.onpointerdown = ({ clientX, clientY }) => {
			if (!now) return;
			const { left, top } = room.getBoundingClientRect();
			const index = tapAt(clientX - left, clientY - top, now.drawings[number], now.layer.shape);
			light(index < 0 ? null : { frame: number, index });
		};
		frame.onpointerleave = ({ pointerType }) => pointerType === "mouse" && light(null);
		frame.onfocus = () => now && frame.matches(":focus-visible") && light({ frame: number, index: 0 });
		frame.onblur = () => now && light(null);
		frame.onkeydown = (event) => {
			const [h, w] = now?.layer.shape ?? [0, 0];
			const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
			if (!move || !w) return;
			event.preventDefault();
			const index = lit?.frame === number ? lit.index : 0;
			const [row, column] = [clamp(Math.floor(index / w) + move[0], 0, h - 1), clamp((index % w) + move[1], 0, w - 1)];
			light({ frame: number, index: row * w + column });
			part.spoken.textContent = part.sentence.textContent;
		};
	});

	return function draw(next) {
		const isSameWindow = now && next.layer === now.layer && next.worked[0].row === now.worked[0].row && next.worked[0].column === now.worked[0].column;
		now = { ...next, square: enlarge(next) };
		if (!isSameWindow && !frames.includes(document.activeElement)) lit = null;
		if (lit && !(now.worked[lit.frame]?.taps[lit.index])) lit = null;
		drawSums(now);
		drawLights();
	};
}
