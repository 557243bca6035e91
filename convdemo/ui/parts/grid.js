// A matrix of cells to type or paste into: it shows short numbers and keeps the texts.
import { parseNumber, resize, shortNumber } from "./cells.js";
import { clamp, create, fill, isSame } from "./dom.js";
import { readableOn, signedColour } from "./palette.js";

// Buttons data-resize="rows,columns" in frame add so many, up to most = [rows, columns]. onEdit(cells, begun, detail) after every
// keystroke, begun: half a number; detail: of the event. onPaste(text) when a matrix comes. With a side above largestSide none is shown.
export function grid(element, { frame, most, label, palette, largestSide, onEdit, onPaste }) {
	let cells = [];
	const at = (row, column) => element.querySelector(`[data-row="${row}"][data-column="${column}"]`);
	const shape = () => [cells.length, cells[0].length];
	const buttons = frame.querySelectorAll("[data-resize]");
	const resized = ({ dataset }) => dataset.resize.split(",").map((more, axis) =>
		clamp(shape()[axis] + Number(more), 1, Math.max(shape()[axis], most[axis])));
	for (const button of buttons) button.onclick = () => onEdit(resize(cells, ...resized(button)));

	function colour() {
		const limit = Math.max(0, ...cells.flat().map((text) => Math.abs(parseNumber(text)) || 0));
		for (const input of element.children) {
			const value = parseNumber(input.dataset.exact);
			const background = palette ? signedColour(palette, value, limit) : "transparent";
			Object.assign(input.style, { backgroundColor: background, color: readableOn(background) });
			input.ariaInvalid = Number.isNaN(value);
		}
	}

	// limits = [rows, columns] disable the buttons that would pass them.
	function show(next, limits) {
		cells = next;
		const [rows, columns] = shape();
		if (limits) {
			most = limits;
			for (const button of buttons) button.disabled = isSame(resized(button), shape());
		}
		element.hidden = Math.max(rows, columns) > largestSide;
		if (element.hidden) return;
		const lengths = String(cells.map((texts) => texts.length)); // a matrix that was pasted may be ragged
		if (element.dataset.lengths !== lengths) {
			element.dataset.lengths = lengths;
			element.style.setProperty("--columns", columns);
			element.classList.toggle("small", columns > 5);
			element.classList.toggle("dense", columns > 9); // a number only in the focus
			element.replaceChildren(...cells.flatMap((texts, row) => texts.map((_, column) => create("input", {
				type: "text", autocomplete: "off", spellcheck: "false", "data-row": row, "data-column": column,
				"aria-label": fill(label, { row: row + 1, column: column + 1 }),
			}))));
		}
		for (const input of element.children) {
			input.dataset.exact = input.title = cells[input.dataset.row][input.dataset.column];
			if (document.activeElement !== input) input.value = shortNumber(input.title);
		}
		colour();
	}

	element.oninput = ({ target, detail }) => {
		const { row, column } = target.dataset;
		cells = cells.map((texts) => [...texts]);
		cells[row][column] = target.dataset.exact = target.value;
		colour();
		onEdit(cells, /^[-+−]?\d*\.?\d*(e[-+]?)?\/?$/i.test(target.value) && Number.isNaN(parseNumber(target.value)), detail);
	};
	element.addEventListener("focusin", ({ target }) => {
		target.value = target.dataset.exact;
		target.select();
	});
	element.addEventListener("focusout", ({ target }) => (target.value = shortNumber(target.dataset.exact)));
	element.onkeydown = (event) => {
		const { selectionStart: start, selectionEnd: end, value, dataset: { row, column } } = event.target;
		const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
		if (down === undefined) return;
		const isAllSelected = start === 0 && end === value.length; // if not, arrows first move through the text
		if (!isAllSelected && ((right < 0 && start > 0) || (right > 0 && end < value.length))) return;
		event.preventDefault();
		at(Number(row) + down, Number(column) + right)?.focus();
	};
	element.onpaste = (event) => {
		const text = event.clipboardData.getData("text").trim();
		if (!/[\s,;]/.test(text) || /^[-+−]?\d+,\d+$/.test(text)) return; // one number
		event.preventDefault();
		event.target.blur();
		onPaste(text);
	};

	// Marks a wrong cell, counted from 1, or none.
	function mark(row, column) {
		for (const input of element.children) input.classList.remove("wrong");
		at(row - 1, column - 1)?.classList.add("wrong");
	}

	return { show, mark };
}
