// A stack of one's own: its layers to be set, their maps, and one value taken apart.
import { address, clamp, create, fill, isSame, put, typed } from "../parts/dom.js";
import { outputSize } from "../parts/geometry.js";
import { signedColour } from "../parts/palette.js";
import { planes, read, show as shown } from "../parts/values.js";
import { mark } from "../parts/window_view.js";
import { drawMatrices } from "./apart.js";
import { hasHoles, nearestTo, seenBy, valuesOf } from "./fields.js";

const NEW = { kernel: "box_blur", side: 2, stride: 1, dilation: 1, padding: "none", bias: 0, relu: false };
const MOST = 8;

const grey = (value) => `#${Math.round(255 * clamp(value, 0, 1)).toString(16).padStart(2, "0").repeat(3)}`;

export function ownStack({ element, part, constants, words, names, root, change, hold }) {
	const { palette, worked } = constants;
	let state = { stack: [] };
	let chosen = 0; // the layer that is being changed
	let now = null; // what the server said last
	let layers = [];
	let values = null; // of all maps, once the photo's pixels are there
	let pixels = { address: null, plane: null };
	let place = null; // { depth, row, column }
	let kept = false;

	// ---- the layers ----

	const options = Object.fromEntries([...part.kernel.options].map(({ value, textContent }) => [value, textContent]));
	const isPooling = ({ kernel }) => kernel === "max" || kernel === "average";

	function nameOf(layer) {
		if (isPooling(layer)) return fill(names[layer.kernel], { side: layer.side });
		const name = options[layer.kernel] ?? words.typed;
		return layer.relu ? `${name}, ${names.relu}` : name;
	}

	function refresh(next) {
		state = next;
		chosen = clamp(chosen, 0, state.stack.length - 1);
		const chips = state.stack.map((layer, index) => create("button", {
			type: "button", class: "framed", "aria-pressed": index === chosen, "data-layer": index,
		}, create("span", { class: "hint" }, index + 1), create("span", {}, nameOf(layer))));
		const add = create("button", { type: "button", class: "framed", "data-add": "" }, words.add);
		add.disabled = state.stack.length >= MOST;
		part.chips.replaceChildren(...chips, add);
		const known = Object.keys(worked).find((name) => isSame(worked[name], state.stack));
		for (const button of part.worked.querySelectorAll("button")) button.ariaPressed = button.dataset.worked === known;
		put(part, { note: words.worked_notes[known] ?? "" });
		const layer = state.stack[chosen];
		if (!layer) return;
		const isTyped = !(layer.kernel in options);
		part.kernel.value = isTyped ? "typed" : layer.kernel;
		for (const name of ["typed", "side", "stride", "dilation", "padding", "bias"]) {
			const content = name === "typed" ? (isTyped ? layer.kernel : "") : layer[name];
			if (document.activeElement !== part[name]) part[name].value = content;
		}
		part.relu.checked = layer.relu;
		part.typed_row.hidden = !isTyped;
		part.side_row.hidden = !isPooling(layer);
		part.bias_row.hidden = part.relu_row.hidden = isPooling(layer);
		part.earlier.disabled = chosen === 0;
		part.later.disabled = chosen === state.stack.length - 1;
		part.copy.disabled = state.stack.length >= MOST;
		part.remove.disabled = state.stack.length === 1;
	}

	function restack(stack, next = chosen) {
		chosen = next;
		kept = false;
		change({ stack, layer: 0, unit: null });
		refresh({ ...state, stack, layer: 0, unit: null });
	}
	const set = (next) => restack(state.stack.with(chosen, { ...state.stack[chosen], ...next }));

	part.worked.onclick = ({ target: { dataset } }) => dataset.worked && restack(worked[dataset.worked], 0);
	part.chips.onclick = ({ target }) => {
		const { layer, add } = target.closest("button")?.dataset ?? {};
		if (add !== undefined) restack([...state.stack, NEW], state.stack.length);
		else if (layer) {
			chosen = Number(layer);
			refresh(state);
			part.chips.children[chosen].focus();
		}
	};
	const asText = (rows) => rows.map((row) => row.map((weight) => Number(weight.toPrecision(7))).join(" ")).join("; ");
	part.kernel.onchange = () => {
		const kernel = part.kernel.value;
		const layer = state.stack[chosen];
		if (kernel === "typed") {
			set({ kernel: isPooling(layer) ? "1 2 1; 2 4 2; 1 2 1" : asText(layers[chosen]?.weights ?? [[0, 1, 0]]) });
			part.typed.focus();
		} else if (isPooling({ kernel })) set({ kernel, stride: layer.side, bias: 0, relu: false });
		else set({ kernel, ...(isPooling(layer) ? { stride: 1 } : {}) });
	};
	part.typed.oninput = () => set({ kernel: part.typed.value });
	for (const name of ["side", "stride", "dilation", "bias"]) {
		part[name].oninput = () => set({ [name]: typed(part[name]), ...(name === "side" ? { stride: typed(part.side) } : {}) });
	}
	part.padding.onchange = () => set({ padding: part.padding.value });
	part.relu.onchange = () => set({ relu: part.relu.checked });
	const move = (by) => {
		const stack = [...state.stack];
		[stack[chosen], stack[chosen + by]] = [stack[chosen + by], stack[chosen]];
		restack(stack, chosen + by);
	};
	part.earlier.onclick = () => move(-1);
	part.later.onclick = () => move(1);
	part.copy.onclick = () => restack(state.stack.toSpliced(chosen, 0, state.stack[chosen]), chosen + 1);
	part.remove.onclick = () => restack(state.stack.toSpliced(chosen, 1), Math.max(0, chosen - 1));

	// ---- their maps ----

	const sizeOf = (depth) => (depth ? now.maps[depth - 1].size : now.size);

	function figure(depth, { title, file, lines }) {
		const [height, width] = sizeOf(depth);
		const stage = create("div", { class: "stage", "data-depth": depth },
			create("img", { src: file, alt: depth ? fill(words.map_alt, { number: depth, title }) : title, draggable: "false" }),
			create("canvas", { "aria-hidden": "true" }), create("div", { class: "window-box" }));
		stage.style.setProperty("--ratio", width / height);
		const style = `--share: ${width / now.size[1]}`; // of the width of the photo
		return create("figure", { style }, create("figcaption", { class: "fine" }, depth ? `${depth} · ${title}` : title), stage,
			...lines.filter(Boolean).map((line) => create("p", { class: "hint" }, line)));
	}

	async function show(next, nextState) {
		refresh(nextState);
		element.classList.toggle("old", Boolean(next.problem));
		if (next.problem) {
			if (next.wrong && chosen !== next.wrong - 1 && !part.editor.contains(document.activeElement)) choose(next.wrong - 1);
			return;
		}
		now = next;
		layers = now.maps.map(({ layer }) => layer);
		const line = (size) => fill(words.size_line, { width: size[1], height: size[0] });
		part.maps.replaceChildren(
			figure(0, { title: words.photo, file: now.photo, lines: [line(now.size)] }),
			...now.maps.map((map, index) => figure(index + 1, { ...map, lines: [`${line(map.size)} · ${map.range}`, map.ends] })),
		);
		part.maps.dataset.many = now.maps.length > 5 ? "yes" : "";
		showOne(now.one);
		put(part, { field: now.field });
		await loadPixels();
		if (now !== next) return; // another answer has come meanwhile
		values = valuesOf(layers, now.maps.map(({ pooling }) => pooling), pixels.plane);
		const { layer, unit } = state;
		const depth = layer && layer <= layers.length ? layer : layers.length;
		kept = Boolean(unit);
		if (unit || !place || !kept) place = { depth, ...pair(unit ?? now.maps[depth - 1].strongest) };
		showPlace(place);
		element.dataset.version = Number(element.dataset.version ?? 0) + 1;
	}
	const pair = ([row, column]) => ({ row, column });

	async function loadPixels() {
		const source = address(now.picture, root);
		if (pixels.address === source) return;
		const [plane] = planes(await read(source), { packed: now.packed, colour: false });
		pixels = { address: source, plane };
	}

	function showOne({ title, sentences, file, size, range, take }) {
		put(part, { one_title: title, one_figure: { hidden: !file }, take: { hidden: !take } });
		part.one_told.replaceChildren(...sentences.map((sentence) => create("p", {}, sentence)));
		part.take.onclick = () => document.dispatchEvent(new CustomEvent("go", { detail: new URLSearchParams({ kernel: take, directions: "one" }).toString() }));
		if (!file) return;
		part.one_picture.src = file;
		part.one_picture.alt = title;
		part.one_picture.style.aspectRatio = size[1] / size[0];
		put(part, { one_range: range });
	}

	// ---- one value ----

	const stages = () => [...part.maps.querySelectorAll(".stage")];

	// The one way to a place.
	function showPlace({ depth, row, column }) {
		if (!values) return;
		const [rows, columns] = sizeOf(depth);
		place = { depth, row: clamp(row, 0, rows - 1), column: clamp(column, 0, columns - 1) };
		const seen = seenBy(layers, depth, place.row, place.column);
		stages().forEach((stage, map) => {
			const box = stage.querySelector(".window-box");
			stage.classList.toggle("here", map === depth);
			const holes = map < depth && hasHoles(seen[map], sizeOf(map));
			if (map > depth) box.removeAttribute("style");
			else mark(box, seen[map], sizeOf(map));
			cover(stage.querySelector("canvas"), holes && seen[map], sizeOf(map));
		});
		const worked = values.apart(depth, place.row, place.column);
		drawApart(worked, layers[depth - 1], depth);
		tell(worked, depth, seen[0]);
		Object.assign(element.dataset, { position: `${depth},${place.row},${place.column}`, value: worked.value });
	}

	// What is not used within a field.
	function cover(canvas, seen, [height, width]) {
		canvas.hidden = !seen;
		if (!seen) return;
		const [rows, columns] = [new Set(seen.rows), new Set(seen.columns)];
		Object.assign(canvas, { width: seen.width, height: seen.height });
		const context = canvas.getContext("2d");
		context.fillStyle = "#ffffffd9";
		for (let y = 0; y < seen.height; y += 1) {
			for (let x = 0; x < seen.width; x += 1) if (!rows.has(seen.top + y) || !columns.has(seen.left + x)) context.fillRect(x, y, 1, 1);
		}
		const share = (number, whole) => `${(100 * number) / whole}%`;
		Object.assign(canvas.style, { left: share(seen.left, width), top: share(seen.top, height), width: share(seen.width, width), height: share(seen.height, height) });
	}

	function drawApart({ taps, window, weights, products }, layer, depth) {
		const [rows, columns] = layer.shape;
		const isGrey = depth === 1 || now.maps[depth - 2].is_picture;
		const largest = Math.max(...weights.map(Math.abs)) || 1;
		const limit = largest * layer.brightest;
		const windowColours = window.map((value, index) => {
			if (!taps[index].inside) return "#e2e8f0";
			return isGrey ? grey(value) : signedColour(palette, value, layer.brightest);
		});
		const matrix = (numbers, colours, hatched) => ({ rows, columns, values: numbers, colours, hatched });
		drawMatrices(part.window, [
			matrix(window, windowColours, taps.map(({ inside }) => !inside)),
			matrix(weights, weights.map((weight) => signedColour(palette, weight, largest))),
			matrix(products, products.map((product) => signedColour(palette, product, limit))),
		], { width: part.window.parentElement.clientWidth });
	}

	function tell({ taps, sum, biased, value }, depth, seen) {
		const { bias, relu, mode } = layers[depth - 1];
		const sentences = [words.position[now.maps[depth - 1].pooling || "plain"]];
		if (bias) sentences.push(words.position.bias);
		if (relu) sentences.push(words.position.relu);
		if (taps.some(({ inside }) => !inside)) sentences.push(words.position[mode]);
		if (depth > 1) sentences.push(hasHoles(seen, now.size) ? words.sees_holes : words.sees);
		if (kept) sentences.push(words.kept);
		put(part, { told: fill(sentences.join(" "), {
			number: depth, row: place.row + 1, column: place.column + 1, count: taps.length, sum: shown(sum), bias: shown(bias),
			biased: shown(biased), value: shown(value), height: seen.height, width: seen.width, used: seen.rows.length * seen.columns.length,
		}) });
	}

	// The place under the pointer: on a map, or on the photo the value of the map that is looked at which sees it.
	function under(event) {
		const stage = event.target.closest?.(".stage");
		if (!stage || !values) return null;
		const depth = Number(stage.dataset.depth);
		const box = stage.getBoundingClientRect();
		const [rows, columns] = sizeOf(depth);
		const [row, column] = [((event.clientY - box.top) / box.height) * rows, ((event.clientX - box.left) / box.width) * columns];
		if (depth) return { depth, row: Math.floor(row), column: Math.floor(column) };
		return { depth: place.depth, ...pair(nearestTo(layers, place.depth, [row - 0.5, column - 0.5])) };
	}
	part.maps.onpointermove = (event) => {
		if (kept && event.pointerType !== "touch") return;
		const next = under(event);
		if (next) showPlace(next);
	};
	function keep(isKept) {
		kept = isKept;
		hold(kept ? { layer: place.depth, unit: [place.row, place.column] } : { layer: 0, unit: null });
		showPlace(place);
	}
	part.maps.onclick = (event) => {
		const next = under(event);
		if (!next) return;
		if (kept || event.pointerType === "touch") place = next;
		keep(event.pointerType === "touch" || !kept);
	};
	part.maps.onkeydown = (event) => {
		if (!values) return;
		const step = event.shiftKey ? 10 : 1;
		const by = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] }[event.key];
		const depth = clamp(place.depth + ({ PageUp: -1, PageDown: 1 }[event.key] ?? 0), 1, layers.length);
		if (by) showPlace({ depth, row: place.row + by[0], column: place.column + by[1] });
		else if (depth !== place.depth) showPlace({ depth, ...pair(now.maps[depth - 1].strongest) });
		else if (event.key === "Enter") keep(!kept);
		else if (event.key === "Escape" && kept) keep(false);
		else return;
		event.preventDefault();
	};
	new ResizeObserver(() => place && values && part.window.parentElement.clientWidth && showPlace(place)).observe(part.maps);

	function choose(layer) {
		chosen = layer;
		if (state.stack.length) refresh(state);
	}
	return { show, refresh, choose };
}
