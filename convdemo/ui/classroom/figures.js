// What is on screen, as figures for a card or a page of paper: photo, kernel and map, or what another lesson draws.
import { create, paper } from "../parts/dom.js";

const LEAST = 9000; // square pixels on screen of a figure that counts
const MOST_WIDTH = 2000; // pixels of a figure that is drawn
const BOXES = ".window-box, .field-box, .own, .dot";
const DRAWN = ".stage, .grid, figure svg, section > svg, figure img";
const NUMBERS = ".caption, .result, .equation, .sentence, .line, [role=status] p";

const isSeen = (node) => node.checkVisibility() && node.getBoundingClientRect().width > 0;
const own = (node) => [...node.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data).join(" ").trim() || node.textContent.trim();
const area = (node) => { const { width, height } = node.getBoundingClientRect(); return width * height; };

// The lesson on screen: its element, name and sentence.
export function lessonOnScreen() {
	const sentence = [...document.querySelectorAll(".lab-sentence")].find(isSeen);
	return { tab: sentence?.closest(".lab-tab"), name: sentence?.querySelector("h2")?.textContent ?? "", sentence: sentence?.querySelector("p")?.textContent ?? "" };
}

// What is asked: by a lesson plan, else by the lesson's own sentence.
export const questionOnScreen = () => document.querySelector("[data-question]")?.textContent.trim() ?? "";

// Colours as they are in the light: nothing is painted before they are read.
function inLight(read) {
	const { classList } = document.body;
	const isDark = classList.contains("dark");
	classList.remove("dark");
	try {
		return read();
	} finally {
		classList.toggle("dark", isDark);
	}
}

// The title, the figures and the numbers of what is on screen. A figure is {title, note, ratio, canvas or svg}.
export function onScreen() {
	return inLight(() => {
		const lesson = lessonOnScreen();
		const map = document.querySelector(".figure-panel");
		const shown = map && isSeen(map) ? mapAndCauses(map) : others(lesson.tab);
		return { lesson: lesson.name, sentence: lesson.sentence, question: questionOnScreen(), title: lesson.name, ...shown };
	});
}

const text = (place, selector) => place?.querySelector(selector)?.textContent.trim() ?? "";

function mapAndCauses(map) {
	const photo = document.querySelector(".picture-panel"), kernel = document.querySelector(".kernel-panel");
	const name = text(kernel, "[data-part=name]") || text(map, ".caption").split(":")[0];
	const [subject] = text(photo, ".caption").split(":");
	const pictures = [["photo", photo], ["map", map]].map(([kind, panel]) => ({ kind, ...ofStage(panel.querySelector(".stage")) }));
	const grid = kernel?.querySelector(".grid");
	const large = kernel?.querySelector("[data-part=large_image]");
	const weights = grid?.childElementCount ? ofGrid(grid) : large?.naturalWidth ? ofPicture(large) : null;
	const facts = [...map.querySelectorAll(".facts dt")].map((term) => [term.textContent, term.nextElementSibling.textContent]);
	return {
		title: name && subject ? { kernel: name, picture: subject } : lessonOnScreen().name,
		figures: [
			{ ...pictures[0], title: text(photo, ".caption") },
			...(weights ? [{ kind: "kernel", ...weights, title: [name, text(kernel, "[data-part=sum]")].filter(Boolean).join(", ") }] : []),
			{ ...pictures[1], title: text(map, ".caption"), note: text(map, "[data-part=meaning]"), legend: legendOf(map) },
		],
		numbers: [...settings(), ...facts],
	};
}

// The layer, as its controls have it: "Stride 2 · Padding zeros".
function settings() {
	const layer = document.querySelector(".lab-layer");
	const set = [...(layer?.querySelectorAll(".block") ?? [])].map((block) => {
		const name = text(block, "[data-testid=block-info]");
		const tick = block.querySelector("[type=checkbox]");
		if (tick) return tick.checked && tick.parentElement.textContent.trim();
		const value = block.querySelector("[type=number]")?.value ?? block.querySelector("[type=radio]:checked")?.parentElement.textContent.trim();
		return value !== undefined && `${name} ${value}`;
	}).filter(Boolean);
	return set.length ? [[text(layer, ".label-wrap span"), set.join(" · ")]] : [];
}

function others(tab) {
	if (!tab) return { figures: [], numbers: [] };
	const nodes = [...tab.querySelectorAll(DRAWN)].filter((node) => isSeen(node) && !node.matches(".grid:empty") && !node.closest("button") && !node.parentElement.closest(DRAWN) && weight(node) > LEAST);
	const photo = document.querySelector(".picture-panel .stage");
	const hasPhoto = nodes.some((node) => node.matches(".stage"));
	const figures = nodes.map((node) => ({ ...figureOf(node), title: titleOf(node), weight: weight(node) }));
	if (photo && isSeen(photo) && !hasPhoto) figures.unshift({ ...ofStage(photo), title: text(document.querySelector(".picture-panel"), ".caption"), weight: Infinity });
	const told = [...tab.querySelectorAll(NUMBERS)].filter((node) => isSeen(node) && node.textContent.trim()).slice(0, 4).map((node) => ["", node.textContent.trim()]);
	return { figures, numbers: told };
}

const weight = (node) => area(node) * (node.matches(".grid") || node.querySelector("text") ? 2 : 1); // a kernel is small and counts

function titleOf(node) {
	const figure = node.closest("figure");
	const first = figure?.firstElementChild;
	return first && first !== node && !first.contains(node) ? own(first) : "";
}

function figureOf(node) {
	if (node.matches(".stage")) return ofStage(node);
	if (node.matches(".grid")) return ofGrid(node);
	return node.matches("img") ? ofPicture(node) : ofDrawing(node);
}

function ofPicture(image) {
	const { naturalWidth: width, naturalHeight: height } = image;
	const scale = Math.max(1, Math.ceil(400 / width)); // pixels stay squares
	const context = paper(width * scale, height * scale);
	context.imageSmoothingEnabled = false;
	context.drawImage(image, 0, 0, width * scale, height * scale);
	return { canvas: context.canvas, ratio: width / height };
}

// A picture, or several, with the boxes that are drawn on it.
function ofStage(stage) {
	const surfaces = [...stage.querySelectorAll("img, canvas, video")].filter((one) => (one.naturalWidth ?? one.videoWidth ?? one.width) > 0);
	const seen = surfaces.filter(isSeen);
	if (!seen.length) return ofPicture(surfaces[0]);
	const place = stage.getBoundingClientRect();
	const finest = Math.max(...seen.map((one) => (one.naturalWidth ?? one.videoWidth ?? one.width) / one.getBoundingClientRect().width));
	const scale = Math.min(Math.max(2, Math.ceil(finest)), MOST_WIDTH / place.width);
	const context = paper(Math.round(place.width * scale), Math.round(place.height * scale));
	context.imageSmoothingEnabled = false;
	const at = (node) => {
		const { left, top, width, height } = node.getBoundingClientRect();
		return [left - place.left, top - place.top, width, height].map((value) => value * scale);
	};
	for (const one of seen) context.drawImage(one, ...at(one));
	for (const box of stage.querySelectorAll(BOXES)) {
		if (!isSeen(box)) continue;
		const [left, top, width, height] = at(box);
		const style = getComputedStyle(box);
		for (const [line, colour, beyond] of [["outlineWidth", "outlineColor", 0.5], ["borderTopWidth", "borderTopColor", -0.5]]) {
			const thick = parseFloat(style[line]) * scale;
			if (!thick) continue;
			Object.assign(context, { lineWidth: thick, strokeStyle: style[colour] });
			const out = beyond * thick;
			context.beginPath();
			if (style.borderRadius === "50%") context.arc(left + width / 2, top + height / 2, Math.max(1, width / 2 + out), 0, 2 * Math.PI);
			else context.rect(left - out, top - out, width + 2 * out, height + 2 * out);
			context.stroke();
		}
	}
	return { canvas: context.canvas, ratio: place.width / place.height };
}

// A table of weights, as it is coloured.
function ofGrid(grid) {
	const place = grid.getBoundingClientRect();
	const cells = [...grid.children].map((cell) => [cell, cell.getBoundingClientRect()]);
	const right = Math.max(...cells.map(([, box]) => box.right)), bottom = Math.max(...cells.map(([, box]) => box.bottom));
	const scale = Math.min(4, MOST_WIDTH / (right - place.left));
	const context = paper(Math.ceil((right - place.left) * scale) + 2, Math.ceil((bottom - place.top) * scale) + 2);
	context.translate(1, 1);
	Object.assign(context, { textAlign: "center", textBaseline: "middle" });
	for (const [cell, box] of cells) {
		const style = getComputedStyle(cell);
		const [left, top, width, height] = [box.left - place.left, box.top - place.top, box.width, box.height].map((value) => value * scale);
		context.fillStyle = style.backgroundColor;
		context.fillRect(left, top, width, height);
		Object.assign(context, { lineWidth: scale, strokeStyle: "#d1d5db" });
		context.strokeRect(left, top, width, height);
		const zoom = box.width / cell.offsetWidth || 1;
		const size = parseFloat(style.fontSize) * scale * zoom;
		if (!size) continue;
		Object.assign(context, { fillStyle: style.color, font: `500 ${size}px ${style.fontFamily}` });
		context.fillText(cell.value || cell.textContent, left + width / 2, top + height / 2, width);
	}
	return { canvas: context.canvas, ratio: context.canvas.width / context.canvas.height, rows: Math.round((bottom - place.top) / cells[0][1].height) };
}

const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "font-weight", "text-anchor", "dominant-baseline", "image-rendering", "color", "visibility", "display", "paint-order"];

// A drawing with its looks in it, and with what it draws beyond its own edge.
function ofDrawing(svg) {
	const place = svg.getBoundingClientRect();
	const nodes = [svg, ...svg.querySelectorAll("*")];
	const copy = svg.cloneNode(true);
	[copy, ...copy.querySelectorAll("*")].forEach((node, index) => {
		const style = getComputedStyle(nodes[index]);
		node.setAttribute("style", KEPT.map((name) => `${name}: ${style.getPropertyValue(name)}`).join("; "));
		node.removeAttribute("class");
	});
	const boxes = nodes.filter(({ tagName }) => /^(svg|text|image)$/.test(tagName)).map((node) => node.getBoundingClientRect()).filter(({ width }) => width > 0);
	const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])) - place[side]);
	const width = Math.max(...boxes.map(({ right }) => right)) - place.left - left, height = Math.max(...boxes.map(({ bottom }) => bottom)) - place.top - top;
	const zoom = place.width / svg.clientWidth || 1;
	const [x, y, w, h] = [left, top, width, height].map((value) => value / zoom);
	Object.entries({ x: 0, y: 0, width: place.width / zoom, height: place.height / zoom, overflow: "visible" }).forEach(([name, value]) => copy.setAttribute(name, value));
	const whole = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	Object.entries({ viewBox: `${x} ${y} ${w} ${h}`, width: w, height: h }).forEach(([name, value]) => whole.setAttribute(name, value));
	whole.append(copy);
	return { svg: whole, ratio: w / h };
}

// Colours and places of a legend, and its numbers.
function legendOf(panel) {
	const bar = panel.querySelector(".bar");
	const ticks = [...panel.querySelectorAll(".ticks span")].map((tick) => [tick.textContent, parseFloat(tick.style.getPropertyValue("--at")) / 100]);
	return { stops: stopsOf(getComputedStyle(bar).backgroundImage), ticks };
}

// "linear-gradient(to right, rgb(1, 2, 3) 0% 5%, rgb(4, 5, 6))" as [place, colour] from 0 to 1; what has no place is spread evenly.
export function stopsOf(gradient) {
	const parts = [...gradient.matchAll(/(rgba?\([^)]*\))((?: [\d.]+%)*)/g)];
	const stops = parts.flatMap(([, colour, places]) => {
		const at = [...places.matchAll(/([\d.]+)%/g)].map(([, value]) => Number(value) / 100);
		return at.length ? at.map((place) => [place, colour]) : [[null, colour]];
	});
	if (stops.length && stops[0][0] === null) stops[0][0] = 0;
	if (stops.length && stops.at(-1)[0] === null) stops.at(-1)[0] = 1;
	return stops.map(([place, colour], index) => {
		if (place !== null) return [place, colour];
		const before = stops.findLastIndex(([known], at) => at < index && known !== null), after = stops.findIndex(([known], at) => at > index && known !== null);
		const [from, to] = [stops[before][0], stops[after][0]];
		return [from + ((to - from) * (index - before)) / (after - before), colour];
	});
}

// Width and height of figures side by side: as wide as there is room, no higher than "most", and all of one height; tables alone
// have cells of one height.
export function inRow(figures, width, gap, most) {
	const rows = figures.map((figure) => figure.rows ?? 0);
	const shares = figures.map((_, index) => (rows.every(Boolean) ? rows[index] / Math.max(...rows) : 1));
	const wide = figures.reduce((sum, { ratio }, index) => sum + ratio * shares[index], 0);
	const height = Math.min(most, (width - gap * (figures.length - 1)) / wide);
	return figures.map(({ ratio }, index) => [ratio * shares[index] * height, shares[index] * height]);
}

// A figure as an element of a page.
export function elementOf({ canvas, svg, title }) {
	if (svg) return svg;
	return create("img", { src: canvas.toDataURL("image/png"), alt: title ?? "" });
}

// A figure as something that a canvas draws.
export async function drawableOf({ canvas, svg, ratio }) {
	if (canvas) return canvas;
	const width = 900;
	svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
	Object.entries({ width, height: width / ratio }).forEach(([name, value]) => svg.setAttribute(name, value));
	const image = new Image();
	image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
	await image.decode();
	return image;
}
