// The photo, and on it the field of one unit: click, drag, or move with the arrow keys. value = [row, column] of the unit, which
// belongs to the browser; the server says in "shown" where it is for the request that had "asked" as its value.
import { address, clamp, create, isSame, parts } from "../parts/dom.js";
import { mark } from "../parts/window_view.js";
import { centreOf, nearest } from "./units.js";

export function mount({ element, trigger, props, watch, root }) {
	const { stage, image, boxes } = parts(element);
	const dot = create("div", { class: "dot" });
	let unit = null;
	let source = null;

	function draw() {
		const { fields, size } = props.shown;
		const middle = centreOf(fields[0], unit);
		fields.forEach((field, index) => {
			const [row, column] = index ? nearest(field, middle) : unit;
			const [top, left] = [field.start[0] + field.jump[0] * row, field.start[1] + field.jump[1] * column];
			mark(boxes.children[index], { left, top, width: field.size[1], height: field.size[0] }, size);
		});
		mark(dot, { left: middle[1], top: middle[0], width: 1, height: 1 }, size);
		element.dataset.unit = unit;
	}

	function show() {
		const { shown, value } = props;
		if (!shown.fields) return;
		const isAhead = value && shown.asked && !isSame(shown.asked, value); // someone has moved on since then
		unit = isAhead ? value.map((at, axis) => clamp(at, 0, shown.fields[0].output[axis] - 1)) : shown.unit;
		if (!isSame(props.value, unit)) props.value = unit;
		const next = address(shown.file, root);
		if (next !== source) image.src = source = next;
		image.alt = props.text.alt;
		stage.style.setProperty("--ratio", shown.size[1] / shown.size[0]);
		boxes.replaceChildren(...shown.fields.map((_, index) => create("div", { class: index ? "field-box" : "field-box own" })), dot);
		draw();
	}

	function choose(next) {
		if (isSame(next, unit)) return;
		unit = props.value = next;
		draw();
		trigger("input");
	}
	function follow(event) {
		const { fields, size } = props.shown;
		const box = stage.getBoundingClientRect();
		const shares = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
		if (fields) choose(nearest(fields[0], shares.map((share, axis) => share * size[axis] - 0.5)));
	}
	stage.onpointerdown = (event) => event.button || follow(event);
	stage.onpointermove = (event) => event.buttons & 1 && follow(event);
	stage.onkeydown = (event) => {
		const step = event.shiftKey ? 10 : 1;
		const move = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] }[event.key];
		if (!move || !unit) return;
		event.preventDefault();
		choose(unit.map((at, axis) => clamp(at + move[axis], 0, props.shown.fields[0].output[axis] - 1)));
	};
	watch("shown", show);
	show();
}
