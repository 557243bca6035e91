// The map on screen follows the hand: it is made in the browser (engine.js) until the answer of the core replaces it. One for
// the page: the figure, the kernel, the controls and the camera import it when they need it.
import { parseNumber } from "../parts/cells.js";
import { address, create, fill, isSame } from "../parts/dom.js";
import { grouped, read, show } from "../parts/values.js";
import { design } from "./designs.js";
import { engine } from "./engine.js";
import { displayOf, fits, kernelsOf, layerOf, sumOf } from "./layer.js";

export { design };

const PATIENCE = 2000; // milliseconds that a map of something else waits for that of the state on screen
const ROUNDING = 1e-5; // of an end of the scale, between two ways of adding up in float32
const MAX_WEIGHT = 1e6;
const MAX_BIAS = 4; // of layer/state.py

const figure = document.querySelector(".figure-panel").figure;
const { kernel } = document.querySelector(".kernel-panel");
const kernelSum = document.querySelector(".kernel-panel [data-part=sum]");
const { element, part, props, root } = figure;

let changed = {}; // controls that were moved since the last answer
let hovered = null; // a kernel that is only looked at
let frames = null; // of the camera or of a drawing: the last one
let sent = null; // which photo the engine has
let number = 0;
let state = null; // what the hand asked for last; null: the answer of the core is on screen
const asked = new Map(); // by their numbers, what was asked for and is not yet drawn: a hand that never rests sees them too
let held = 0; // a timer: an answer waits
let waiting = []; // who waits for the next map to be on screen
let last = null; // the answer that was drawn last

const told = () => waiting.splice(0).forEach((resolve) => resolve());

// Resolves when what it begins is on screen, or there is nothing to be shown.
const shown = (begin) => new Promise((resolve) => {
	waiting.push(resolve);
	begin();
});

// The engine in a worker, or here where there is none.
function start() {
	const here = () => {
		const { take } = engine(props.scales, hear);
		return { postMessage: (request) => take(request) };
	};
	try {
		const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
		worker.onmessage = ({ data }) => hear(data);
		worker.onerror = () => {
			maker = here();
			sent = null;
			if (state) make();
		};
		worker.postMessage({ scales: props.scales });
		return worker;
	} catch {
		return here();
	}
}
let maker = start();

// The weights on screen as float32, rows of them; null while one is not finished, or only the server knows them.
function weightsNow() {
	const { value, cells } = kernel();
	const rows = hovered ?? value.cells ?? (value.text === null ? design(value.name, value.parameters) ?? cells : cells);
	const weights = rows?.map((row) => row.map((cell) => Math.fround(typeof cell === "string" ? parseNumber(cell) : cell)));
	return weights?.flat().every((weight) => Math.abs(weight) <= MAX_WEIGHT) ? weights : null;
}

function stateNow() {
	const weights = weightsNow();
	if (!weights) return null;
	const { layer: { size, isColour }, settings: answered } = props.value;
	const settings = { ...answered, ...changed };
	const source = frames ? { size: frames.size, colour: !frames.isGrey } : { size, colour: isColour };
	const { stride, dilation, bias } = settings;
	if (![stride, dilation].every((step) => Number.isInteger(step) && step >= 1) || !(Math.abs(bias) <= MAX_BIAS)) return null; // half a number
	const layer = layerOf(source, weights, settings);
	if (!fits(layer)) return null;
	const display = displayOf(weights, settings);
	return { layer, display, vivid: settings.scale === "vivid", settings, weights, picture: frames ? null : address(props.value.layer.picture, root) };
}

const isNear = (a, b) => Math.abs(a - b) <= ROUNDING * Math.abs(b);
const rest = ({ weights, largest, picture, packed, strongest, isColour, ...others }) => others;

// Whether an answer is that of the state on screen.
function isOf({ layer, settings: { display, scale } }, { layer: mine, settings, picture }) {
	const weights = layer.weights.flat();
	return (
		address(layer.picture, root) === picture && display === settings.display && scale === settings.scale &&
		isSame(Object.entries(rest(layer)).sort(), Object.entries(rest(mine)).sort()) &&
		mine.weights.flat().every((weight, at) => isNear(weight, weights[at]) || Math.abs(weight - weights[at]) <= ROUNDING * layer.largest)
	);
}

async function make() {
	const next = stateNow();
	if (!next) return told();
	if (!frames && isOf(props.value, next)) return end(), told();
	state = { ...next, number: ++number, answer: null };
	const mine = number;
	asked.set(mine, state);
	let picture;
	if (frames) picture = { ...frames, packed: false };
	else if (sent !== next.picture) {
		const rgba = await read(next.picture).catch(() => null);
		if (!rgba || mine !== number) return told();
		picture = { rgba, size: next.layer.size, packed: props.value.layer.packed };
	}
	sent = next.picture;
	maker.postMessage({ number: mine, layer: next.layer, display: next.display, vivid: next.vivid, isFrame: Boolean(frames), picture });
}

// What the engine says: a map, or how many pixels of the last one the core's are not.
function hear(answer) {
	if ("differing" in answer) {
		if (answer.differing) console.error(`The map of the browser differs from that of the core in ${answer.differing} pixels (-1: in size)`);
		return;
	}
	const made = asked.get(answer.number);
	if (!state || !made) return told();
	for (const before of asked.keys()) if (before < answer.number) asked.delete(before);
	made.answer = answer;
	draw(made);
	if (answer.number === number) told();
}

const canvases = () => [...part.pictures.querySelectorAll("canvas")];

function draw(made) {
	const { layer, settings, answer } = made;
	const { size: [height, width], pictures } = answer;
	const figures = [...part.pictures.children];
	const ratio = ([rows, columns]) => columns / rows;
	if (figures.length !== pictures.length || figures.some((one) => !one.querySelector("canvas"))) {
		const names = pictures.length > 1 ? props.text.colours : [null];
		figure.place(names.map((name) => figure.frame(create("canvas", { class: "crisp" }), name?.toLowerCase())));
	}
	if (!answer.isCoarse) element.style.setProperty("--ratio", ratio(answer.size));
	canvases().forEach((canvas, at) => {
		if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
		const pixels = new Uint8ClampedArray(pictures[at].buffer, pictures[at].byteOffset, pictures[at].byteLength);
		canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
	});
	part.stage.classList.add("live");
	part.stage.classList.toggle("coarse", answer.isCoarse);
	const legend = legendOf(made);
	figure.legend(legend);
	if (!answer.isCoarse) tell(made);
	if (!frames && !answer.isCoarse) figure.inspect({ ...props.value.layer, ...layer }, legend);
	element.dataset.live = answer.number;
}

function legendOf(made) {
	const { display, answer: { ends, ticks, below, above, minimum } } = made;
	const words = props.told;
	const isMarked = display === "marked";
	const colours = { absolute: props.scales.absolute, signed: props.scales.signed }[display] ?? ["#000000", "#ffffff"];
	return {
		display, ends, colours,
		title: titleOf(made, minimum >= 0),
		ticks: isMarked ? [[fill(words.below, { count: grouped(below) }), 0], [fill(words.above, { count: grouped(above) }), 1]] : ticks,
		...(isMarked && { outside: props.scales.outside }),
	};
}

// What the colours mean, as feature_map/view.py says it.
function titleOf({ layer, settings, weights, display }, isPositive) {
	const { edges, ...words } = props.told;
	const sum = sumOf(weights);
	if (settings.directions === "all") {
		const strength = sumOf(weights.map((row) => row.map(Math.abs)));
		return [
			edges.meaning,
			edges[settings.display],
			Math.abs(sum) > 0.01 * strength && fill(edges.not_zero, { sum: show(sum) }),
			isSame(...kernelsOf(layer).map((one) => one.weights)) && edges.no_direction,
			(settings.bias || settings.relu) && edges.unsigned,
		].filter(Boolean).join(" ");
	}
	if (settings.display !== "auto") return words[display === "signed" && isPositive ? "positive" : settings.display];
	const text = show(sum);
	if (display === "signed") return fill(words.auto_signed, { sum: text });
	const isColour = layer.colour;
	return fill(words[isColour ? "auto_colour" : "auto_grey"], { sum: text === "1" ? text : fill(words.about, { sum: text }) });
}

function tell({ answer: { minimum, maximum, size: [height, width] }, settings: { directions }, weights }) {
	const name = frames?.name ?? props.value.name;
	const named = fill(props.told.kernels[directions], { kernel: hovered?.title ?? kernel().title });
	part.caption.textContent = fill(props.told.text, { name, kernel: named, width, height, minimum: show(minimum), maximum: show(maximum) });
	if (!hovered) kernelSum.textContent = fill(props.told.sum, { sum: show(sumOf(weights)) });
}

// Back to the answer of the core.
function end() {
	clearTimeout(held);
	if (!state) return;
	state = null;
	number += 1;
	asked.clear();
	figure.draw();
}

// Called by the figure: whether an answer is not drawn, since another state is on screen already.
function holds(value) {
	if (!state) return false;
	clearTimeout(held);
	if (hovered) make(); // of the photo and the settings that the answer is of
	else if (!frames) {
		if (isOf(value, state) || address(value.layer.picture, root) !== state.picture) return false;
		held = setTimeout(end, PATIENCE);
	}
	return true;
}

// Called by the figure: the answer is on screen.
async function replaced(value) {
	const { pictures, legend } = value;
	part.stage.classList.remove("live", "coarse");
	const answer = state && isOf(value, state) ? state.answer : null; // of another photo there is nothing to compare
	clearTimeout(held);
	state = null;
	asked.clear();
	if (!isSame(value, last)) changed = {};
	last = value;
	if (!answer || answer.isCoarse) return;
	const scale = Math.max(...legend.ends.map(Math.abs));
	if (legend.ends.some((end, at) => Math.abs(end - answer.ends[at]) > ROUNDING * scale)) {
		console.error(`The scale of the browser is ${answer.ends}, that of the core ${legend.ends}`);
	}
	if (!maker.terminate || !globalThis.OffscreenCanvas) return; // without a worker there is nobody who would have the time
	pictures.forEach(async ({ file }, index) => {
		const source = address(file, root);
		if (source.startsWith("blob:")) return; // of early/ask.js: the page's policy lets nobody fetch it
		const response = await fetch(source, { cache: "force-cache" }).catch(() => null);
		if (response?.ok) maker.postMessage({ index, blob: await response.blob(), number: answer.number });
	});
}
figure.live = { holds, replaced, end };

// The map of this kernel at once: rows of texts or numbers, which nobody has chosen yet; null: of the kernel on the page.
// Resolves when it has been painted, or cannot be.
export async function turn(cells, title) {
	hovered = cells && Object.assign([...cells], { title });
	await shown(make);
	await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

// Controls of the layer that were moved, by name.
export function set(controls) {
	changed = controls;
	make();
}

// The map of a picture that is not the shared one: {rgba, size: [height, width], name, isGrey}; null: of the shared one again. Resolves when
// it is on screen.
export async function frame(picture) {
	frames = picture;
	if (!picture) return end();
	await shown(make);
}

// Everything is loaded, and the photo is with the engine, before the first key.
export async function prepare() {
	if (state || frames || sent) return;
	const { picture, packed, size } = props.value.layer;
	const rgba = await read(address(picture, root)).catch(() => null);
	if (!rgba || state || sent) return;
	const now = stateNow();
	if (!now || now.picture !== address(picture, root)) return;
	sent = now.picture;
	maker.postMessage({ number, layer: now.layer, display: now.display, vivid: now.vivid, picture: { rgba, size, packed } });
}
