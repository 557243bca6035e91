// The kernel: a menu, cells, operations, a text. value = {name, parameters, cells, text} belongs to the browser; the server
// answers in "shown": the cells that it makes of it, or what is wrong and where; and what it was asked.
import { clamp, create, fill, isSame, keptName, parts, put, store, typed } from "../parts/dom.js";
import { grid } from "../parts/grid.js";
import { swatch } from "../parts/palette.js";

const UNFINISHED = 900; // milliseconds that a number may stay unfinished before it is an error
const SOON = 150; // milliseconds that the server is asked later, at most, so that the map of the browser comes first
const LATE = 4000; // milliseconds without an answer: the map on screen is old

export function mount({ element, trigger, props, watch }) {
	const part = parts(element);
	const words = props.text;
	const library = new Map(props.library.map((kernel) => [kernel.value.name, { ...kernel }]));
	library.set("edges", library.get(props.edges_of)); // no kernel: the map of one and of its transpose together
	const own = library.get("custom"); // kept while another is looked at
	let cells = [["0"]];
	let limits = [props.grid_side, props.grid_side];
	let waiting = 0;
	let sends = 0;
	let late = 0;
	let refusal = ""; // why the last operation did nothing
	let understood = ""; // of a text
	let loaded = null; // what the first view does without
	let pressed = null; // while it is loaded

	const editor = grid(part.grid, {
		frame: element,
		label: words.cell_label,
		palette: props.palette,
		largestSide: props.grid_side,
		onEdit: edit,
		onPaste: (text) => {
			part.text.value = text;
			sendText();
		},
	});

	const rest = () => waiting && send();
	function hands(event) {
		if (event?.type === "pointerdown") pressed = event;
		return (loaded ??= import("./hands.js").then((module) => module.hands({ element, part, props, watch, library, send, restore, rest, pressed })));
	}
	for (const kind of ["pointerover", "pointerdown", "focusin"]) element.addEventListener(kind, hands);

	async function send(change, delay = 0, event = "input") {
		clearTimeout(waiting);
		const { event: cause } = window;
		const before = props.value;
		if (change) hands().then(({ note }) => note(before, cause, event));
		props.value = { ...before, ...change };
		refuse("");
		const panel = element.querySelector("section");
		const mine = (sends += 1);
		const { live } = document.querySelector(".figure-panel").figure ?? {}; // once it is loaded
		const shown = import("../live/live.js").then(({ turn }) => turn(null)); // the map follows at once
		waiting = delay && setTimeout(send, delay);
		if (waiting) return;
		clearTimeout(late);
		late = setTimeout(() => setLate(!isAnswered()), LATE); // from the change on: sending may take its time too
		panel.ariaBusy = true;
		if (live) await Promise.race([shown, new Promise((resolve) => setTimeout(resolve, SOON))]);
		if (mine !== sends) return;
		panel.ariaBusy = false;
		trigger(event);
	}
	// An answer that is the same as the one before does not arrive.
	const isAnswered = () => isSame(JSON.parse(props.shown.asked), props.value);
	const setLate = (state) => document.querySelector(".figure-panel .stage").classList.toggle("late", state);

	function keep(next) {
		cells = next;
		own.value = { ...own.value, cells };
	}

	function refuse(problem) {
		refusal = problem;
		put(part, { problem: (props.shown.choices ? "" : props.shown.error) || refusal });
	}

	// The kernel is the visitor's now. A number only begun, such as "1/", is given time.
	function edit(next, begun, delay) {
		keep(next);
		send(own.value, begun ? UNFINISHED : delay);
		draw();
	}
	part.grid.addEventListener("focusout", rest);

	const sendText = () => send({ ...own.value, cells: null, text: part.text.value, choice: null });
	part.text.oninput = sendText;
	part.choices.onclick = ({ target }) => target.value && send({ choice: target.value });

	part.operations.onclick = async ({ target: { dataset: { operation } } }) => {
		if (!operation) return;
		const { operate } = await import("./operations.js"); // the first view does without it
		const { cells: changed, problem } = operate(operation, cells, words.refusals);
		if (problem) refuse(problem);
		else edit(changed);
	};

	function choiceButton(name) {
		return create("button", { type: "button", class: "button small framed", value: name }, name);
	}

	function draw() {
		if (props.value.text !== null && props.shown.error) part.as_text.open = true;
		const { title, note, source } = library.get(props.value.name);
		const [rows, columns] = [cells.length, cells[0].length];
		editor.show(cells, limits);
		part.large.hidden = !part.grid.hidden;
		put(part, { large_text: fill(words.large, { rows, columns }), name: title, note, rows, columns, source: { textContent: source, title: source } });
		if (document.activeElement !== part.text) part.text.value = props.value.text ?? cells.map((row) => row.join(" ")).join("\n");
		drawParameters();
	}

	function drawParameters() {
		const { name, parameters: values } = props.value;
		for (const label of part.parameters.children) {
			label.hidden = label.dataset.kernel !== name;
			for (const input of label.hidden ? [] : label.querySelectorAll("input")) {
				if (document.activeElement !== input) input.value = values[input.name] ?? input.value;
			}
		}
	}
	part.parameters.oninput = ({ target }) => {
		send({ parameters: { ...props.value.parameters, [target.name]: typed(target) }, cells: null, text: null });
		drawParameters();
	};

	part.list.onclick = ({ target }) => {
		const name = target.closest("button")?.dataset.name;
		if (!name) return;
		part.list.hidePopover();
		const { value } = library.get(name);
		cells = value.cells;
		send(value, 0, name === "edges" ? "select" : "input");
		draw();
	};
	const visible = () => [...part.list.querySelectorAll(":not([hidden]) > button")];
	part.list.onbeforetoggle = ({ newState }) => {
		if (newState === "closed") return;
		part.own.hidden = !own.value.cells;
		for (const option of visible()) {
			const { name } = option.dataset;
			option.ariaSelected = option.autofocus = name === props.value.name;
			option.firstChild.src = swatch(library.get(name).value.cells, props.palette);
		}
	};
	part.list.onkeydown = (event) => {
		const options = visible();
		const at = options.indexOf(document.activeElement);
		const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: options.length }[event.key];
		if (event.key === "Tab") part.list.hidePopover();
		if (next === undefined) return;
		event.preventDefault();
		options[clamp(next, 0, options.length - 1)].focus();
	};

	function answer() {
		const { shown, value } = props;
		if (isAnswered()) {
			clearTimeout(late);
			setLate(false);
		}
		if (shown.limits) limits = [shown.limits.rows, shown.limits.columns].map((side) => Math.min(side, props.grid_side));
		const { choices = [] } = shown; // a question, and no error
		put(part, { problem: (choices.length ? "" : shown.error) || refusal, sum: shown.sum });
		const isText = value.text !== null;
		editor.mark(...(isText ? [] : [shown.row, shown.column]));
		part.choices.replaceChildren(...choices.map(choiceButton));
		if (shown.understood) understood = fill(words.understood, { summary: shown.understood });
		put(part, { understood: choices.length ? shown.error : isText && !shown.error ? understood : "" });
		if (!shown.cells) return draw();
		part.swatch.src = part.large_image.src = swatch(shown.cells, props.palette);
		if (value.cells === null) cells = shown.cells; // the server designed or parsed it
		if (isText && isAnswered()) props.value = { ...value, cells }; // from now on it is these numbers, whatever the text adds to a map
		restore();
	}

	function restore() {
		cells = props.value.cells ?? cells;
		if (props.value.name === "custom") keep(cells);
		draw();
	}
	element.querySelector("section").kernel = () => ({ value: props.value, cells: isAnswered() ? cells : null, title: library.get(props.value.name).title });
	watch("shown", answer);
	watch("value", restore);
	restore();
	answer();
	document.addEventListener("visibilitychange", () => (store()[keptName("kernel")] = JSON.stringify(props.value))); // for kept.js
}
