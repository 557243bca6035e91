// A pad in the photo's place. The map follows the hand; when it rests, what is drawn becomes the shared picture.
import { create, paper } from "../parts/dom.js";
import { button, fit, hand, putInPlace, share } from "./in_place.js";
import { pathOf, seen, shape, WIPED } from "./marks.js";

const [WIDTH, HEIGHT] = [320, 240];
const MIDDLE = [WIDTH / 2, HEIGHT / 2];
const REST = 700; // milliseconds
const THICKNESS = { thin: 4, thick: 12 };
const INKS = { white: "#fff", grey: "#808080" };
const WAVE = [Array.from({ length: 25 }, (_, n) => [110 + 4 * n, 120 + 35 * Math.sin(n / 4)])]; // on the pen's button

let marks = []; // they stay for the next time

const MIDST = "display: block; margin: auto;";

function sign(lines) {
	const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
	svg.setAttribute("viewBox", "85 45 150 150");
	svg.setAttribute("style", `${MIDST} width: 20px; fill: none; stroke: currentColor; stroke-width: 9`);
	path.setAttribute("d", pathOf(lines));
	svg.append(path);
	return svg;
}

const dot = (size, colour) =>
	create("i", { style: `${MIDST} width: ${size}px; height: ${size}px; border-radius: 50%; outline: 1px solid var(--quiet); background: ${colour}` });

// The answer ends it.
export function open(panel) {
	const words = panel.words.pad;
	const context = paper(WIDTH, HEIGHT, { alpha: false, willReadFrequently: true });
	const { canvas } = context;
	const chosen = { tool: "pen", thickness: "thin", ink: "white" };
	let pointer = null; // the one that draws
	let changes = 0;
	let timer = 0;

	function paint() {
		Object.assign(context, { lineCap: "round", lineJoin: "round" }).fillRect(0, 0, WIDTH, HEIGHT);
		for (const { lines, thickness, ink } of seen(marks)) {
			Object.assign(context, { lineWidth: THICKNESS[thickness], strokeStyle: INKS[ink] }).stroke(new Path2D(pathOf(lines)));
		}
		undo.disabled = !marks.length;
		clear.disabled = !seen(marks).length;
	}

	function change(next) {
		marks = next;
		pointer = null; // whatever it was drawing is over, or drawn anew
		changes += 1;
		panel.cancel(); // an older drawing that is under way
		paint();
		hand({ rgba: context.getImageData(0, 0, WIDTH, HEIGHT).data, size: [HEIGHT, WIDTH], name: words.name, isGrey: true });
		clearTimeout(timer);
		timer = setTimeout(rest, REST);
	}

	async function rest() {
		clearTimeout(timer);
		timer = 0;
		const mine = changes;
		const blob = await new Promise((resolve) => canvas.toBlob(resolve));
		if (mine === changes) await share(panel, new File([blob], "drawing.png", { type: blob.type }), words.name);
		if (mine === changes) hand(null);
	}

	function end() {
		clearTimeout(timer);
		changes += 1;
		leave();
		hand(null);
	}

	const add = (mark) => change([...marks, { ...chosen, ...mark }]);
	const replaceLast = (part) => change([...marks.slice(0, -1), { ...marks.at(-1), ...part }]);
	const drop = (place) => chosen.tool !== "pen" && add({ place, lines: shape(chosen.tool, place, slider.value) });

	function placeOf({ clientX, clientY }) {
		const { left, top, width, height } = canvas.getBoundingClientRect();
		return [((clientX - left) / width) * WIDTH, ((clientY - top) / height) * HEIGHT];
	}

	// One of several, each with a sign.
	function choice(name, signs) {
		const group = create("div", { class: "stepper framed" }, ...Object.entries(signs).map(([key, sign]) => {
			const choose = ({ detail, currentTarget }) => {
				chosen[name] = key;
				for (const one of group.children) one.ariaPressed = one === currentTarget;
				slider.disabled = chosen.tool === "pen" || chosen.tool === "circle";
				if (name === "tool" && !detail) drop(MIDDLE); // chosen by a key
			};
			return create("button", { type: "button", title: words[key], "aria-pressed": chosen[name] === key, onclick: choose }, sign);
		}));
		return group;
	}

	const slider = create("input", { type: "range", class: "grow", style: "min-width: 0", max: 180, value: 45, disabled: "", "aria-label": words.angle });
	const told = create("span", {}, "45°");
	slider.oninput = () => {
		told.textContent = `${slider.value}°`;
		const { tool, place } = marks.at(-1) ?? {};
		if (place && tool === chosen.tool) replaceLast({ lines: shape(tool, place, slider.value) });
	};
	const undo = button(words.undo, () => change(marks.slice(0, -1)), "small");
	const clear = button(words.clear, () => change([...marks, WIPED]), "small");
	const done = button(words.done, () => {
		if (!timer) return leave();
		panel.part.image.addEventListener("load", leave, { once: true }); // that of the drawing
		rest();
	}, "small primary");
	const kinds = ["line", "circle", "stripes"].map((kind) => [kind, sign(shape(kind, MIDDLE, 45))]);
	const leave = putInPlace(
		panel, canvas, panel.part.draw, words.caption,
		choice("tool", { pen: sign(WAVE), ...Object.fromEntries(kinds) }),
		choice("thickness", { thin: dot(4, "currentColor"), thick: dot(12, "currentColor") }),
		choice("ink", { white: dot(14, INKS.white), grey: dot(14, INKS.grey) }),
		create("label", { class: "row", style: "flex: 1 0 120px" }, slider, told), undo, clear, done,
	);
	canvas.style.touchAction = "none"; // the finger draws
	Object.assign(canvas, { tabIndex: 0, role: "img", ariaLabel: words.label });
	canvas.onpointerdown = (event) => {
		if (pointer !== null || event.button) return;
		if (chosen.tool !== "pen") return drop(placeOf(event));
		add({ lines: [[placeOf(event)]] });
		pointer = event.pointerId;
		canvas.setPointerCapture(pointer);
	};
	canvas.onpointermove = (event) => {
		event.stopPropagation();
		if (event.pointerId !== pointer) return;
		const passed = event.getCoalescedEvents?.() ?? [];
		replaceLast({ lines: [[...marks.at(-1).lines[0], ...(passed.length ? passed : [event]).map(placeOf)]] });
		pointer = event.pointerId;
	};
	canvas.onlostpointercapture = () => (pointer = null);
	canvas.onkeydown = ({ key }) => key === "Enter" && drop(MIDDLE);
	fit(panel.element, WIDTH, HEIGHT);
	paint();
	if (marks.length) change(marks);
	canvas.focus();
	return end;
}
