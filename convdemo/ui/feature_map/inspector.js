// Point at the picture or the feature map: the window, the products and the sum, without the server.
import { transpose } from "../parts/cells.js";
import { address, clamp, create, fill, isSame } from "../parts/dom.js";
import { outputOver, outputSize, spanAt } from "../parts/geometry.js";
import { planes, read, show } from "../parts/values.js";
import { describe, drawWindow, mark, takeApart } from "../parts/window_view.js";

const SPOKEN_AFTER = 500; // milliseconds of rest before the sentence is read out

export function inspector({ element, part, props, root }) {
	const outline = create("div", { class: "window-box" }); // on the picture
	let layer = null;
	let legend = null;
	let kernels = []; // the layer, and for a map of all directions that with the transposed kernel
	let values = []; // a plane a channel
	let bytes = { address: null, rgba: null };
	let place = { row: 0, column: 0, channel: 0 };
	let pinned = false;
	let held = ""; // its part of the link
	let frame = 0;
	let spoken = 0;
	let closeup = null; // a promise: the first view does without it

	const picture = () => document.querySelector(".lab-picture [data-part=stage]");
	const figures = () => [...part.pictures.children];
	const isReady = () => layer && values.length > 0;
	const output = () => outputSize(layer.size, layer);

	// The one way to a place.
	function showPosition(row, column, channel = place.channel) {
		const [rows, columns] = output();
		place = { row: clamp(row, 0, rows - 1), column: clamp(column, 0, columns - 1), channel: Math.min(channel, values.length - 1) };
		frame ||= requestAnimationFrame(draw);
	}

	function draw() {
		frame = 0;
		if (!isReady()) return;
		const { row, column, channel } = place;
		const work = (plane) => {
			const worked = kernels.map((one) => takeApart(row, column, one, (y, x) => plane[y * layer.size[1] + x]));
			const sums = worked.map(({ sum }) => sum);
			const biased = Math.fround(sums[0] + layer.bias);
			const value = layer.edges ? Math.fround(Math.hypot(...sums)) : layer.relu ? Math.max(0, biased) : biased;
			return { worked, biased, value };
		};
		const { worked, biased, value } = work(values[channel]);
		part.second.hidden = !layer.edges;
		const canvases = [part.window, part.second_window];
		const drawings = worked.map((one, index) => drawWindow(canvases[index], one, { palette: props.scales.signed, zoom: pinned }));
		mark(outline, spanAt(row, column, layer), layer.size);
		for (const figure of figures()) {
			mark(figure.querySelector(".window-box"), { left: column, top: row, width: 1, height: 1 }, output());
		}
		const colour = layer.colour ? `${props.text.colours[channel]}: ` : "";
		const others = figures().length < values.length ? [0, 1, 2].filter((other) => other !== channel) : []; // in one picture
		const told = (other) => fill(props.text.inspector.other, { colour: props.text.colours[other], value: show(work(values[other]).value) });
		const words = props.text.inspector;
		const sentence = layer.edges ? { ...words, plain: fill(words.edges, { second: show(worked[1].sum) }) } : words;
		part.sentence.textContent = [colour + describe(sentence, worked[0], biased, value), ...others.map(told)].join(" ");
		const shown = { layer, legend, rgba: bytes.rgba, worked, drawings, biased, value, sentence: part.sentence.textContent };
		closeup ??= import("./closeup.js").then((module) => module.closeup({ part, props }), () => () => {});
		closeup.then((show) => show(shown));
		part.pinned.hidden = !pinned;
		hold(pinned ? `cell=${row + 1},${column + 1}` : "");
		clearTimeout(spoken);
		spoken = setTimeout(() => (part.spoken.textContent = part.sentence.textContent), SPOKEN_AFTER);
		Object.assign(element.dataset, { position: `${row},${column},${channel}`, value });
	}

	const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail })); // to header.js

	function hold(query) {
		if (query !== held) tell("told", { feature_map_query: query });
		held = query;
	}

	async function take(kind) {
		if (!isReady()) return;
		pin(true);
		const piece = (await import("./pieces.js"))[kind](place, layer, values[place.channel]);
		part.too_large.hidden = piece;
		if (piece) tell("go", piece);
	}
	part.through.onclick = () => take("patch");
	part.deeper.onclick = () => take("pixel");

	// The cell under the pointer.
	function under(event, target, [rows, columns]) {
		const box = target.getBoundingClientRect();
		return [Math.floor(((event.clientY - box.top) / box.height) * rows), Math.floor(((event.clientX - box.left) / box.width) * columns)];
	}

	function follow(event) {
		if (!isReady() || !part.frame.clientWidth) return; // not there yet, or not shown
		const figure = event.target.closest(".figure-panel figure");
		if (figure) {
			showPosition(...under(event, figure, output()), figures().indexOf(figure));
		} else if (picture().contains(event.target)) {
			showPosition(...outputOver(...under(event, picture(), layer.size), layer.size, layer));
		}
	}

	function pin(state) {
		pinned = state;
		if (isReady()) showPosition(place.row, place.column);
	}

	function listen(target) {
		target.onpointermove = (event) => (pinned && event.pointerType !== "touch") || follow(event);
		target.onclick = (event) => {
			const isTouch = event.pointerType === "touch";
			if (isTouch || pinned) follow(event); // a mouse is there already, and a click's place is rounded
			pin(isTouch || !pinned);
		};
	}

	part.stage.onkeydown = (event) => {
		const step = event.shiftKey ? 10 : 1;
		const move = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] }[event.key];
		if (!isReady()) return;
		if (move) showPosition(place.row + move[0], place.column + move[1]);
		else if (event.key === "Enter") pin(!pinned);
		else if (event.key === "Escape") pin(false);
		else return;
		event.preventDefault();
	};
	listen(part.stage);
	new ResizeObserver(() => {
		outline.hidden = !part.frame.clientWidth; // on another tab
		if (isReady()) showPosition(place.row, place.column);
	}).observe(part.frame);

	// A new feature map: the place that is kept, within the map, that of a link before; else where it answers most strongly.
	async function update(next, nextLegend, cell) {
		const source = address(next.picture, root);
		const samePicture = bytes.address === source;
		if (!samePicture) {
			values = [];
			const rgba = await read(source).catch(() => null); // gone again: another picture follows
			if (!rgba) return;
			if (!isSame(props.value.layer, next)) return;
			bytes = { address: source, rgba };
		}
		if (!samePicture || layer?.colour !== next.colour) values = planes(bytes.rgba, next);
		layer = next;
		legend = nextLegend;
		kernels = layer.edges ? [layer, { ...layer, weights: transpose(layer.weights) }] : [layer];
		if (picture() && !outline.isConnected) {
			listen(picture());
			picture().append(outline);
		}
		pinned ||= Boolean(cell);
		part.too_large.hidden = true;
		showPosition(...(cell ?? (samePicture || pinned ? [place.row, place.column] : next.strongest)));
	}
	return Object.assign(update, { showPosition, layer: () => layer });
}
