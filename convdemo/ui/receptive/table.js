// The table of the layers. value = its rows, lists of texts as they were typed: it belongs to the browser, and so does which of
// them is chosen, the one that the buttons are for. Where another control makes other rows, the server sends them as a value;
// "shown" says of which rows ("asked") they were made, and which cells are wrong: [row, column, text].
import { clamp, create, fill, isSame, parts } from "../parts/dom.js";

const NEW = ["3", "1", "1", "SAME", "conv", ""];

// Where each row of a table stood before a button was pressed, -1 for a new one, and which is the chosen one then, from 0.
export const actions = {
	add: (rows, at) => [[...rows.slice(0, at + 1), -1, ...rows.slice(at + 1)], at + 1],
	duplicate: (rows, at) => [rows.flatMap((row) => (row === at ? [row, row] : [row])), at + 1],
	remove: (rows, at) => [rows.filter((row) => row !== at), at],
	up: (rows, at) => [rows.with(at, rows[Math.max(at - 1, 0)]).with(Math.max(at - 1, 0), at), at - 1],
	down: (rows, at) => [rows.with(at, rows[Math.min(at + 1, rows.length - 1)]).with(Math.min(at + 1, rows.length - 1), at), at + 1],
};

// Rows that another control made of those before, with what has been typed into those before since then.
export function rebase(made, before, now) {
	return made.map((texts, row) => texts.map((text, column) => {
		const [old, typed] = [before, now].map((rows) => rows[row]?.[column]);
		return old === undefined || typed === old ? text : typed;
	}));
}

export function mount({ element, trigger, props, watch }) {
	const part = parts(element);
	const { frame, body } = part;
	const words = props.text;
	let rows = []; // as they stand in the table, but for the cell that is being edited
	let earlier = []; // what they were before each change here, since another control made them
	let isRearranged = false; // whether layers came, went or moved here since then
	let chosen = 1; // counted from 1

	const at = (row, column) => body.rows[row]?.cells[column + 1].firstChild;
	const placeOf = ({ parentElement: cell }) => [cell.parentElement.sectionRowIndex, cell.cellIndex - 1];
	const isHeld = () => body.contains(document.activeElement);

	const line = () => create("tr", {}, create("th", { scope: "row" }), ...words.headers.map(() => create("td", {}, create("input", {
		type: "text", maxlength: 60, autocomplete: "off", spellcheck: "false",
	}))));

	function show(next, origins) {
		const used = new Set();
		const lines = next.map((_, row) => {
			const old = body.rows[origins?.[row] ?? row];
			return old && !used.has(old) && used.add(old) ? old : line();
		});
		const held = lines.findIndex((each) => each.contains(document.activeElement));
		// A line that is moved loses the focus, and with it what is being typed: the others move around it.
		if (held < 0) body.replaceChildren(...lines);
		else {
			for (const old of [...body.rows]) if (old !== lines[held]) old.remove();
			lines[held].before(...lines.slice(0, held));
			lines[held].after(...lines.slice(held + 1));
		}
		rows = next;
		rows.forEach((texts, row) => {
			body.rows[row].firstChild.textContent = row + 1;
			texts.forEach((text, column) => {
				const input = at(row, column);
				const isEdited = input === document.activeElement && input.value !== input.defaultValue;
				input.defaultValue = text;
				if (!isEdited) input.value = text;
				input.ariaLabel = fill(words.cell_label, { row: row + 1, column: words.headers[column].toLowerCase() });
			});
		});
	}

	// A mark is for what the cell said: an answer may be to an earlier text.
	function mark() {
		for (const input of body.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
		for (const [row, column, text] of props.shown.wrong) {
			if (rows[row]?.[column] === text) at(row, column).ariaInvalid = true;
		}
	}

	// Setting the value asks for nothing: the next event sends it. Gradio may tell of "shown" before it tells of a new value,
	// which would be lost if this set the one before.
	function choose(number) {
		chosen = clamp(number, 1, Math.max(rows.length, 1));
		for (const each of body.rows) each.ariaCurrent = each.sectionRowIndex === chosen - 1;
		if (!isSame(props.value, rows)) props.value = rows;
	}

	// What has changed here; origins: where the rows stood before, if any came, went or moved.
	function change(next, number, origins) {
		earlier.push(rows);
		if (origins) {
			isRearranged = true;
			show(next, origins);
		} else rows = next;
		mark();
		choose(number);
		trigger("input");
	}

	function scroll() {
		const { offsetTop: top = 0, offsetHeight: height = 0 } = body.rows[chosen - 1] ?? {};
		frame.scrollTop = clamp(frame.scrollTop, top + height - frame.clientHeight, top - body.offsetTop);
	}

	body.onchange = ({ target }) => {
		const [row, column] = placeOf(target);
		const text = target.value = target.defaultValue = target.value.trim();
		if (text === rows[row][column]) return;
		const next = rows.with(row, rows[row].with(column, text));
		const kept = [...next.keys()].filter((index) => next[index].some(Boolean)); // a row in which nothing stands is no layer
		if (kept.length < next.length) change(kept.map((index) => next[index]), chosen, kept);
		else change(next, chosen);
	};
	for (const [name, act] of Object.entries(actions)) {
		part[name].onclick = () => {
			const [origins, at] = rows.length ? act([...rows.keys()], chosen - 1) : [name === "add" ? [-1] : [], 0];
			change(origins.map((row) => rows[row] ?? NEW), at + 1, origins);
			scroll();
		};
	}
	body.addEventListener("focusin", ({ target }) => {
		target.select();
		choose(placeOf(target)[0] + 1);
	});
	body.onkeydown = (event) => {
		const { key, target, isComposing } = event;
		if (key === "Escape") target.value = target.defaultValue;
		const [row, column] = placeOf(target);
		const next = at(row + ({ ArrowUp: -1, ArrowDown: 1, Enter: 1 }[key] ?? NaN), column);
		if (!next || isComposing) return; // Enter in the last row ends the typing there
		event.preventDefault();
		next.focus();
	};

	function answer() {
		const { value, shown: { asked } } = props;
		const isAhead = Boolean(asked) && !isSame(asked, rows);
		let isNews = false;
		let isOther = false;
		if (isSame(value, rows)) {
			// It was the answer to a cell typed before another control made these rows: the page shows those.
			isNews = isAhead && !earlier.length;
		} else {
			// Where layers moved meanwhile, nobody can say which is which: then it is the visitor's table that stays.
			const isTyped = isAhead && earlier.some((before) => isSame(before, asked));
			const next = !isTyped ? value : isRearranged ? rows : rebase(value, asked, rows);
			isOther = next !== rows;
			if (isOther) {
				show(next);
				[earlier, isRearranged] = [[], false];
			}
			isNews = !isSame(next, value);
		}
		mark();
		if (isHeld()) choose(placeOf(document.activeElement)[0] + 1); // where one types is what is chosen
		else {
			choose(isOther ? 1 : chosen);
			if (isOther) scroll();
		}
		if (isNews) trigger("input");
	}
	watch(["value", "shown"], answer);
	show(props.value);
	mark();
	choose(chosen);
}
