// Point at the picture or the feature map: the window, the products and the sum, without the server.
import { address, clamp, create, fill, isSame } from "../parts/dom.js";
import { outputOver, outputSize, spanAt } from "../parts/geometry.js";
import { planes, read, show } from "../parts/values.js";
import { describe, drawWindow, mark, takeApart } from "../parts/window_view.js";

const SPOKEN_AFTER = 500; // milliseconds of rest before the sentence is read out

export function inspector({ element, part, props, root }) {
	const outline = create("div", { class: "window-box" }); // on the picture
	let layer = null;
	let values = []; // a plane a channel
	let bytes = { address: null, rgba: null };
	let place = { row: 0, column: 0, channel: 0 };
	let pinned = false;
	let held = ""; // its part of the link
	let frame = 0;
	let spoken = 0;

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
			const worked = takeApart(row, column, layer, (y, x) => plane[y * layer.size[1] + x]);
			const before = Math.fround(worked.sum + layer.bias);
			return { worked, before, value: layer.relu ? Math.max(0, before) : before };
		};
		const { worked, before, value } = work(values[channel]);
		drawWindow(part.window, worked, { palette: props.palette, zoom: pinned });
		mark(outline, spanAt(row, column, layer), layer.size);
		for (const figure of figures()) {
			mark(figure.querySelector(".window-box"), { left: column, top: row, width: 1, height: 1 }, output());
		}
		const colour = layer.colour ? `${props.text.colours[channel]}: ` : "";
		const others = figures().length < values.length ? [0, 1, 2].filter((other) => other !== channel) : []; // in one picture
		const told = (other) => fill(props.text.inspector.other, { colour: props.text.colours[other], value: show(work(values[other]).value) });
		part.sentence.textContent = [colour + describe(props.text.inspector, worked, before, value), ...others.map(told)].join(" ");
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
	return async function update(next, cell) {
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
		if (picture() && !outline.isConnected) {
			listen(picture());
			picture().append(outline);
		}
		pinned ||= Boolean(cell);
		part.too_large.hidden = true;
		showPosition(...(cell ?? (samePicture || pinned ? [place.row, place.column] : next.strongest)));
	};
}
