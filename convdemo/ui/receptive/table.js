// The table of the layers. value = its "rows", lists of texts as they were typed, and the number of the one that is "chosen",
// which the buttons below are for: it belongs to the browser. Where another control makes other rows, the server sends them as
// a value, with the number if it chose one; "shown" says of which rows ("asked") they were made and where each stood there
// ("origins", -1 for a new one; without it, where it stands), and which cells are wrong: [row, column, text].
import { clamp, create, fill, isSame, parts } from "../parts/dom.js";

// Rows that another control made of those before, with what has been typed into those before since then. Where layers went
// away meanwhile, nobody can say which is which: then it is the visitor's table that stays.
export function rebase(made, origins, before, now) {
	if (now.length !== before.length) return now;
	return made.map((texts, row) => {
		const [old, typed] = [before, now].map((each) => each[origins?.[row] ?? row]);
		return texts.map((text, column) => (old && typed[column] !== old[column] ? typed[column] : text));
	});
}

export function mount({ element, trigger, props, watch }) {
	const { frame, body } = parts(element);
	const words = props.text;
	let rows = []; // as they stand in the table, but for the cell that is being edited
	let earlier = []; // what they were before each cell that was typed, since another control made them
	let chosen = props.value.chosen; // counted from 1

	const at = (row, column) => body.rows[row]?.cells[column + 1].firstChild;
	const placeOf = ({ parentElement: cell }) => [cell.parentElement.sectionRowIndex, cell.cellIndex - 1];
	const isHeld = () => body.contains(document.activeElement);

	const line = () => create("tr", {}, create("th", { scope: "row" }), ...words.headers.map(() => create("td", {}, create("input", {
		type: "text", maxlength: 60, autocomplete: "off", spellcheck: "false",
	}))));

	function show(next, origins) {
		const lines = next.map((_, row) => body.rows[origins?.[row] ?? row] ?? line());
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
		if (!isSame(props.value, { rows, chosen })) props.value = { rows, chosen };
	}

	function scroll() {
		const { offsetTop: top = 0, offsetHeight: height = 0 } = body.rows[chosen - 1] ?? {};
		frame.scrollTop = clamp(frame.scrollTop, top + height - frame.clientHeight, top - body.offsetTop);
	}

	body.onchange = ({ target }) => {
		const [row, column] = placeOf(target);
		const text = target.value = target.defaultValue = target.value.trim();
		if (text === rows[row][column]) return;
		earlier.push(rows);
		rows = rows.with(row, rows[row].with(column, text));
		const kept = [...rows.keys()].filter((index) => rows[index].some(Boolean)); // a row in which nothing stands is no layer
		if (kept.length < rows.length) show(kept.map((index) => rows[index]), kept);
		mark();
		choose(chosen);
		trigger("input");
	};
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
		const { value: { rows: value, chosen: made }, shown: { asked, origins } } = props;
		const isAhead = Boolean(asked) && !isSame(asked, rows);
		let isNews = false;
		if (isSame(value, rows)) {
			// It was the answer to a cell typed before another control made these rows: the page shows those.
			isNews = isAhead && !earlier.length;
		} else {
			const isTyped = isAhead && earlier.some((before) => isSame(before, asked));
			const next = isTyped ? rebase(value, origins, asked, rows) : value;
			earlier = [];
			if (next !== rows) show(next, isAhead && !isTyped ? null : origins);
			isNews = !isSame(next, value);
		}
		mark();
		if (isHeld()) choose(placeOf(document.activeElement)[0] + 1); // where one types is what is chosen
		else {
			choose(made ?? chosen);
			if (made) scroll();
		}
		if (isNews) trigger("input");
	}
	watch(["value", "shown"], answer);
	show(props.value.rows);
	mark();
	choose(chosen);
}
