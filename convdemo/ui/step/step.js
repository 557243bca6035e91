// The Step by step tab. value = {preset, image, kernel, stride, padding, dilation, flip, predict, row, column} belongs to the
// browser; the server answers in "shown" with the layer (geometry.js), the image and two matrix products, or with what is
// wrong and where; and with what it was asked.
import { parseNumber } from "../parts/cells.js";
import { clamp, create, fill, isSame, parts, put, typed } from "../parts/dom.js";
import { outputSize, spanAt } from "../parts/geometry.js";
import { grid } from "../parts/grid.js";
import { readableOn, signedColour } from "../parts/palette.js";
import { show } from "../parts/values.js";
import { describe, drawWindow, mark, takeApart } from "../parts/window_view.js";
import { differences } from "./agreement.js";
import { rowsOf } from "./pasted.js";

// What an answer depends on: not the output that is looked at, nor the name of the example.
const askedBy = ({ image, kernel, stride, padding, dilation, flip }) => ({ image, kernel, stride, padding, dilation, flip });

export function mount({ element, trigger, props, watch }) {
	const part = parts(element);
	const words = props.text;
	let state = props.value;
	let layer = null; // null while something is wrong
	let columns = 0; // of the output
	let outputs = []; // row after row
	let reached = null; // outputs that the player has shown; null: all
	let timer = 0;
	const score = { right: 0, asked: 0 };
	const guessed = new Set();

	const place = (index) => [Math.floor(index / columns), index % columns];
	const current = () => state.row * columns + state.column;
	const isSecret = (index) => part.predict.checked && !guessed.has(index);

	const editors = Object.entries({ image: 12, kernel: 5 }).map(([name, side]) => [name, grid(part[name], {
		frame: part[name].closest("figure"),
		most: [side, side],
		label: words.cell_label,
		palette: name === "kernel" && props.palette,
		onEdit: (cells) => change({ preset: "own", [name]: cells }),
		onPaste: (text) => {
			const cells = rowsOf(text);
			if (cells.length) change({ preset: "own", [name]: cells });
		},
	})]);

	function change(next) {
		state = props.value = { ...state, ...next };
		element.dataset.ready = "";
		cover();
		draw();
		settle();
		answer(); // if the last one was to the same, as after a change and back: the next will be no other then
	}

	// A new round: nothing is guessed.
	function cover() {
		reached = null;
		guessed.clear();
		put(part, { verdict: "" });
	}

	// What is typed, at once; then the rest, from the last layer.
	function draw() {
		part.image.parentElement.style.setProperty("--columns", state.image[0].length);
		element.style.setProperty("--all", 2 * (state.image[0].length + state.kernel[0].length)); // with the outputs, about
		for (const [name, editor] of editors) editor.show(state[name]);
		for (const name of ["preset", "padding", "stride", "dilation"]) {
			if (document.activeElement !== part[name]) part[name].value = state[name];
		}
		const { flip, predict } = state;
		if (part.predict.checked !== predict) { // of a link
			part.predict.checked = predict;
			cover();
		}
		part.flip.checked = flip;
		part.other.hidden = part.difference.hidden = !flip;
		put(part, { output_title: flip ? words.output_flipped : words.output });
		if (!layer) return;
		columns = outputSize(layer.size, layer)[1];
		outputs = compute(layer);
		const others = compute({ ...layer, flip: false });
		results(part.other_output, others);
		results(part.difference_output, outputs.map((value, index) => value - others[index]));
		showPosition(clamp(state.row, 0, outputs.length / columns - 1) * columns + clamp(state.column, 0, columns - 1));
	}

	const worked = (index, using = layer) => takeApart(...place(index), using, (row, column) => using.image[row][column]);
	const compute = (using) => Array.from({ length: outputSize(using.size, using)[0] * columns }, (_, index) => worked(index, using).sum);

	function covering(index) {
		if (part.predict.checked) return isSecret(index) ? "?" : null;
		return reached !== null && index >= reached ? "" : null;
	}

	function results(grid, values, chosen) {
		const limit = Math.max(...values.map(Math.abs));
		grid.style.setProperty("--columns", columns);
		if (grid.children.length !== values.length) grid.replaceChildren(...values.map(() => create("button", { type: "button" })));
		values.forEach((value, index) => {
			const cell = grid.children[index];
			const covered = grid === part.output ? covering(index) : null;
			const colour = covered === null ? signedColour(props.palette, value, limit) : "#ffffff";
			const [row, column] = place(index);
			cell.textContent = covered ?? show(value);
			Object.assign(cell.style, { backgroundColor: colour, color: readableOn(colour) });
			cell.ariaLabel = `${fill(words.output_label, { row: row + 1, column: column + 1 })}: ${cell.textContent}`;
			cell.ariaCurrent = index === chosen;
		});
	}

	// The one way to a place.
	function showPosition(index) {
		const [row, column] = place(index);
		state = { ...state, row, column };
		const output = worked(index);
		const secret = isSecret(index);
		results(part.output, outputs, index);
		mark(part.outline, spanAt(row, column, layer), layer.size);
		drawWindow(part.window, output, { palette: props.palette, zoom: true, secret, largest: Math.min(80, part.output.clientWidth / columns) });
		const factor = (value) => (value < 0 ? `(${show(value)})` : show(value));
		const terms = output.values.map((value, at) => `${factor(value)}·${factor(output.weights[at])}`);
		put(part, {
			equation: `${terms.join(" + ")} = ${secret ? "?" : show(output.sum)}`,
			sentence: secret ? "" : describe(words.position, output, output.sum),
		});
		if (part.matrix.open) asMatrix(index);
		Object.assign(element.dataset, { position: `${row},${column}`, value: secret ? "" : output.sum });
	}

	function asMatrix(chosen) {
		const windows = outputs.map((_, index) => worked(index).values);
		const { weights } = worked(0);
		const cell = (content, kind = "") => create("td", { class: kind }, typeof content === "number" ? show(content) : content);
		const sign = (text, line) => cell(line === 0 ? text : "", "sign");
		// A line: a window, a weight of the kernel, an output. There may be more of the one than of the other.
		const lines = Array.from({ length: Math.max(windows.length, weights.length) }, (_, line) => create(
			"tr",
			{ "aria-current": line === chosen },
			...weights.map((_, at) => cell(windows[line]?.[at] ?? "")),
			sign("×", line),
			cell(weights[line] ?? "", "weight"),
			...(windows[line] ? [sign("=", line), cell(outputs[line])] : []),
		));
		part.im2col.replaceChildren(create("table", {}, ...lines));
		part.im2col.scrollTop = lines[chosen].offsetTop - 100;

		part.band.src = layer.band;
		part.band.parentElement.style.setProperty("--columns", layer.image.flat().length);
		mark(part.band_row, { top: chosen, left: 0, height: 1, width: 1 }, [outputs.length, 1]);
		part.band_frame.scrollTop = part.band_row.offsetTop - 100;
		put(part, { agreement: fill(words.agreement, differences(layer.products, outputs)) });
	}

	function go(index) {
		reached = Math.max(reached, index + 1);
		showPosition(index);
	}

	// What has come to rest, for the link.
	function settle() {
		clearTimeout(timer);
		timer = 0;
		put(part, { play: words.play });
		props.value = state;
		trigger("input");
	}

	function wait() {
		put(part, { play: words.pause });
		timer = setTimeout(() => {
			if (!layer || current() + 1 >= outputs.length) return settle();
			go(current() + 1);
			wait();
		}, 2000 / part.speed.value);
	}

	function restart() {
		reached = 0;
		go(0);
	}

	part.play.onclick = () => {
		if (timer || !layer) return settle();
		if (reached === null || current() + 1 >= outputs.length) restart();
		wait();
	};
	part.restart.onclick = () => {
		if (layer) restart();
		settle();
	};
	part.next.onclick = () => {
		if (layer) go((current() + 1) % outputs.length);
		settle();
	};
	part.output.onclick = ({ target }) => {
		const index = [...part.output.children].indexOf(target);
		if (index < 0 || !layer) return;
		if (reached === null) showPosition(index);
		else go(index);
		put(part, { verdict: "" });
		if (part.predict.checked) part.answer.focus();
		settle();
	};

	part.predict.onchange = () => {
		state = { ...state, predict: part.predict.checked };
		cover();
		if (layer) showPosition(current());
		settle();
	};
	part.guess.onsubmit = (event) => {
		event.preventDefault();
		const text = part.answer.value;
		const [guess, value] = [parseNumber(text), outputs[current()]];
		if (!layer || !isSecret(current())) return;
		if (Number.isNaN(guess)) return put(part, { verdict: fill(words.unreadable, { text }) });
		// Three digits are shown, and are enough; but a whole number is right or wrong.
		const isNear = Math.abs(guess - value) <= 0.005 * Math.max(1, Math.abs(value));
		const isRight = Number.isInteger(value) ? guess === value : isNear;
		score.asked += 1;
		score.right += isRight;
		guessed.add(current());
		showPosition(current());
		put(part, {
			verdict: isRight ? words.right : fill(words.wrong, { guess: text, value: show(value) }),
			score: fill(words.score, score),
		});
		part.answer.value = "";
	};

	part.preset.onchange = ({ target: { value } }) => {
		const { image, kernel } = props.presets.find(({ name }) => name === value);
		change({ preset: value, image, kernel, row: 0, column: 0 });
	};
	part.stride.oninput = () => change({ stride: typed(part.stride) });
	part.dilation.oninput = () => change({ dilation: typed(part.dilation) });
	part.padding.oninput = () => change({ padding: part.padding.value });
	part.flip.oninput = () => change({ flip: part.flip.checked });
	part.matrix.ontoggle = () => part.matrix.open && layer && asMatrix(current());

	function answer() {
		const { error, matrix, row, column, asked } = props.shown;
		if (!isSame(JSON.parse(asked), askedBy(state))) return; // to an earlier state: another answer follows
		layer = props.shown.layer ?? null;
		element.dataset.ready = Boolean(layer);
		put(part, { problem: error });
		draw();
		for (const [name, editor] of editors) editor.mark(...(matrix === name ? [row, column] : []));
	}
	// A link sets both, in any order.
	watch("value", () => {
		state = props.value;
		draw();
		answer();
	});
	watch("shown", answer);
	new ResizeObserver(() => layer && part.frame.clientWidth && showPosition(current())).observe(part.frame);
	answer();
}
