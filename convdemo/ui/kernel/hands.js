// What the first view can wait for: weights that are dragged, a menu that shows what a kernel would do, undo and redo.
import { fill, isSame } from "../parts/dom.js";
import { history } from "./history.js";
import { largestOf, moved } from "./steps.js";

const REST = 300; // milliseconds without a move: the hand rests, and the server is asked
const SLOP = 4; // CSS pixels that a click may move
const STEP = 4; // CSS pixels
const NOTCH = 50; // of a wheel, in CSS pixels
const LINE = 40; // the same, where a wheel counts lines

// send, restore and rest are kernel.js's; pressed: the last pointerdown before this script was there.
export function hands({ element, part, props, watch, library, send, restore, rest, pressed }) {
	const words = props.text;
	const steps = history();
	let known = props.value; // to tell what comes from elsewhere
	let isUndoing = false;
	let drag = null;
	let turned = 0;
	let previewed = null;

	const isCell = (target) => target.parentElement === part.grid;
	const texts = () => [...part.grid.children].map((cell) => cell.dataset.exact);

	const tell = () => ([part.undo.disabled, part.redo.disabled] = steps.sizes().map((size) => !size));
	// What "edges, all directions" chooses too belongs to that step.
	const directions = () => document.querySelector(".lab-directions :checked");
	function note(before, cause, event) {
		const state = event === "select" ? { ...before, directions: directions().value } : before;
		if (!isUndoing) steps.note(state, cause?.type === "input" ? cause.target : null);
		isUndoing = false;
		known = props.value;
		tell();
	}
	watch("value", () => note(known)); // a link, or another lesson
	watch("shown", () => (known = props.value)); // a text is numbers now

	function go(direction) {
		const isBoth = steps.next[direction]()?.directions;
		const { directions: chosen, ...value } = steps[direction](isBoth ? { ...props.value, directions: directions().value } : props.value) ?? {};
		tell();
		if (!value.name) return;
		const { activeElement: input } = document; // which is left alone below
		isUndoing = true;
		send(value);
		restore();
		if (chosen) document.querySelector(`.lab-directions [value="${chosen}"]`).click();
		if (input.disabled || !input.checkVisibility()) return (part.undo.disabled ? part.redo : part.undo).focus();
		input.value = input.dataset.exact ?? props.value.parameters[input.name] ?? input.value;
		if (isCell(input)) input.select();
	}
	for (const direction of ["undo", "redo"]) part[direction].onclick = () => go(direction);
	element.addEventListener("change", steps.close);
	element.addEventListener("focusout", steps.close);

	function set(cell, text) {
		if (text === cell.dataset.exact) return;
		cell.value = text;
		cell.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: REST }));
		if (cell === document.activeElement) cell.select();
	}
	const turn = (cell, up, isFine) => set(cell, moved(cell.dataset.exact, isFine ? up : 10 * up, largestOf(texts()), isFine));

	function press({ target: cell, pointerId: id, pointerType, isPrimary, clientY: y, button }) {
		if (drag && !isPrimary) drag.second = id;
		const isFree = pointerType !== "touch" || getComputedStyle(cell).touchAction === "none"; // else the page scrolls
		if (!isPrimary || button > 0 || !isCell(cell) || !isFree) return;
		steps.close();
		drag = { cell, id, y, text: cell.dataset.exact, largest: largestOf(texts()), tenths: 0 };
	}

	function move({ pointerId, pointerType, buttons, clientY, shiftKey }) {
		if (pointerId !== drag?.id) return;
		if (pointerType === "mouse" && !buttons) return release(); // it went up before this script was there
		if (!drag.isMoving && Math.abs(clientY - drag.y) <= SLOP) return;
		if (!drag.isMoving) drag.cell.setPointerCapture(pointerId);
		drag.isMoving = true;
		const isFine = shiftKey || drag.second !== undefined;
		const count = Math.trunc((drag.y - clientY) / STEP);
		if (!count) return;
		drag.y -= count * STEP;
		drag.tenths += isFine ? count : 10 * count;
		drag.isFine ||= isFine;
		set(drag.cell, moved(drag.text, drag.tenths, drag.largest, drag.isFine));
	}

	function release() {
		if (drag.isMoving) rest();
		steps.close();
		drag = null;
	}

	function lift({ pointerId, type }) {
		if (pointerId === drag?.second) delete drag.second;
		if (pointerId !== drag?.id) return;
		if (type === "pointercancel") set(drag.cell, drag.text);
		release();
	}
	window.addEventListener("pointerdown", press);
	window.addEventListener("pointermove", move);
	window.addEventListener("pointerup", lift);
	window.addEventListener("pointercancel", lift);
	part.grid.ondragstart = (event) => event.preventDefault(); // of the selected text
	part.grid.onpointerover = ({ target }) => isCell(target) && (target.title = fill(words.cell_hint, { weight: target.dataset.exact }));
	if (pressed) press(pressed);

	part.grid.addEventListener("wheel", (event) => {
		const { target, deltaY, deltaMode, shiftKey } = event;
		if (!isCell(target) || target !== document.activeElement) return;
		event.preventDefault();
		turned += deltaMode ? deltaY * LINE : deltaY;
		if (Math.abs(turned) < NOTCH) return;
		turn(target, -Math.sign(turned), shiftKey);
		turned = 0;
	}, { passive: false });

	element.addEventListener("keydown", (event) => {
		const { key, target, altKey, shiftKey } = event;
		const up = { PageUp: 1, PageDown: -1, ...(altKey && { ArrowUp: 1, ArrowDown: -1 }) }[key];
		const direction = { z: shiftKey ? "redo" : "undo", y: "redo" }[key.toLowerCase()];
		const isCommand = (event.ctrlKey || event.metaKey) && !altKey && target !== part.text;
		if (up && isCell(target)) turn(target, up, shiftKey);
		else if (direction && isCommand) go(direction);
		else return;
		event.preventDefault();
		event.stopPropagation(); // grid.js would go to another cell
	}, true);

	// The map of a kernel of the menu, without the server; null: that of the page again.
	async function preview(name) {
		const { title, value } = (name !== "edges" && library.get(name)) || {};
		const { cells = null, parameters } = value ?? {};
		const isHere = name === props.value.name && isSame(parameters, props.value.parameters);
		const next = isHere ? null : cells;
		if (next === previewed) return;
		previewed = next;
		(await import("../live/live.js")).turn(next, title);
	}
	const nameOf = (target) => target.closest("button")?.dataset.name;
	part.list.onpointerover = ({ target, pointerType }) => pointerType !== "touch" && preview(nameOf(target));
	part.list.onpointerleave = () => preview();
	part.list.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && preview(nameOf(target)));
	part.list.addEventListener("beforetoggle", ({ newState }) => newState === "closed" && preview());

	return { note };
}
