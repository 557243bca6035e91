// The small network: its answer on the reduced photo, its maps as sheets of channels, and one value taken apart.
import { address, clamp, create, fill, put } from "../parts/dom.js";
import { signedColour } from "../parts/palette.js";
import { read, short, show as shown } from "../parts/values.js";
import { mark } from "../parts/window_view.js";
import { drawMatrices } from "./apart.js";
import { network, unpack } from "./pnet.js";

const FIELD = 12; // pixels that a unit of the face map sees
const JUMP = 2;
const YES = "#facc15";

const sure = (probability) => probability.toFixed(probability > 0.9995 ? 4 : 3);
const percent = (threshold) => Number(threshold).toFixed(2);

export function faceNetwork({ element, part, constants: { palette }, words, root, change, hold }) {
	let state = {};
	let now = null; // what the server said, of the height that is on screen
	let layers = null; // the weights
	let net = null; // on this photo
	let photo = null; // { address, bitmap }
	let place = null; // [row, column] of the unit of the chosen stage
	let kept = false;
	let detail = 0; // the channel before that is shown with its numbers

	const stage = () => now.stages[now.channel.layer - 1];
	const isFace = () => stage().name === "face";
	const known = () => now?.key;

	async function show(next, nextState) {
		state = nextState;
		element.classList.toggle("old", Boolean(next.problem));
		if (next.problem) return;
		const isOther = next.key !== now?.key;
		if (isOther && !next.stages) return change({}); // it was told of sheets that have gone since then
		now = isOther ? next : { ...now, ...next, pyramid: next.pyramid };
		const mine = now;
		const [least, most] = now.bounds;
		Object.assign(part.size, { min: least, max: most });
		if (document.activeElement !== part.size) part.size.value = now.height;
		part.threshold.value = state.threshold;
		put(part, { reduced: now.told, size_told: now.height, threshold_told: percent(state.threshold) });
		part.file.href = `${root}/${now.file}`;
		if (isOther) drawSheets();
		markChosen();
		layers ??= unpack(await (await fetch(`${root}/${now.weights}`)).arrayBuffer());
		const source = address(now.photo, root);
		if (photo?.address !== source) {
			const rgba = await read(source);
			const image = new Image();
			image.src = source;
			await image.decode();
			if (now !== mine) return; // another answer has come meanwhile
			photo = { address: source, image };
			net = network(layers, rgba, now.size);
			part.faces.style.setProperty("--ratio", now.size[1] / now.size[0]);
		}
		part.photo.src = now.pyramid ? address(now.whole, root) : source;
		kept = Boolean(state.unit);
		place = state.unit ?? now.channel.top[0].slice(0, 2);
		drawChannel();
		drawAnswer();
		showPlace(place);
		element.dataset.version = Number(element.dataset.version ?? 0) + 1;
	}

	// ---- the answer ----

	const above = (found) => found.filter(([, , probability]) => probability > state.threshold);

	function drawAnswer() {
		const { found, size, pyramid } = now;
		const last = now.stages.at(-1).size;
		const [row, column, most] = found[0];
		const values = { threshold: percent(state.threshold), units: last[0] * last[1], most: sure(most) };
		part.all.ariaPressed = Boolean(pyramid);
		part.all.textContent = pyramid ? words.one : words.all;
		if (pyramid) {
			const counts = pyramid.map((one) => above(one.found).length);
			const count = counts.reduce((sum, one) => sum + one, 0);
			put(part, { verdict: fill(words.pyramid, { ...values, count, heights: pyramid.length }), surest: "" });
			part.pyramid.replaceChildren(...pyramid.map(({ height }, index) => create("button", {
				type: "button", class: "button small framed", "data-height": height,
			}, fill(words.pyramid_row, { height, count: counts[index] }))));
		} else {
			const count = above(found).length;
			part.pyramid.replaceChildren();
			const sentence = count > 1 ? words.found : count ? words.found_one : words.found_none;
			const told = [fill(words.strongest, { ...values, row: row + 1, column: column + 1 })];
			if (count) told.push(fill(words.face_size, { percent: shown((100 * FIELD) / size[0]), pixels: Math.round((FIELD * now.rows) / size[0]) }));
			put(part, { verdict: fill(sentence, { ...values, count }), surest: told.join(" ") });
		}
		element.dataset.above = above(found).length;
		drawBoxes();
	}

	// On the photo: a box for every window that says face, the field of the unit, and the face map if it is asked for.
	function drawBoxes() {
		const { clientWidth: width, clientHeight: height } = part.faces;
		if (!width || !now) return;
		const ratio = window.devicePixelRatio || 1;
		Object.assign(part.overlay, { width: width * ratio, height: height * ratio });
		const context = part.overlay.getContext("2d");
		context.scale(ratio, ratio);
		const box = (top, left, side, rows, thick, dash = []) => {
			const scale = height / rows;
			context.setLineDash(dash);
			for (const [colour, line] of [["#111827", thick + 2], [YES, thick]]) {
				Object.assign(context, { strokeStyle: colour, lineWidth: line });
				context.strokeRect(left * scale, top * scale, side * scale, side * scale);
			}
		};
		if (now.pyramid) {
			for (const { height: rows, found } of now.pyramid) {
				for (const [row, column] of above(found)) box(JUMP * row, JUMP * column, FIELD, rows, 1.5);
			}
			return;
		}
		const rows = now.size[0];
		if (part.heat.checked && heat) {
			const scale = height / rows;
			const [tall, wide] = now.stages.at(-1).size;
			context.imageSmoothingEnabled = false;
			context.globalAlpha = 0.75;
			context.drawImage(heat, 5 * scale, 5 * scale, JUMP * wide * scale, JUMP * tall * scale); // around the middles of the windows
			context.globalAlpha = 1;
		}
		const boxes = above(now.found);
		for (const [row, column] of boxes.slice(1)) box(JUMP * row, JUMP * column, FIELD, rows, 1);
		for (const [row, column] of boxes.slice(0, 1)) box(JUMP * row, JUMP * column, FIELD, rows, 3);
		if (place && !(isFace() && boxes[0]?.[0] === place[0] && boxes[0]?.[1] === place[1])) {
			box(stage().jump * place[0], stage().jump * place[1], stage().field, rows, 2, [4, 3]);
		}
	}
	let heat = null;
	part.heat.onchange = async () => {
		const image = new Image();
		image.src = now.heat;
		await image.decode();
		heat = image;
		drawBoxes();
	};

	// ---- the sheets ----

	function drawSheets() {
		heat = null;
		if (part.heat.checked) part.heat.onchange();
		part.sheets.replaceChildren(...now.stages.filter(({ sheet }) => sheet).map((one, index) => {
			const [height, width] = one.size;
			const tiles = Array.from({ length: one.channels }, (_, channel) => {
				const tile = create("button", {
					type: "button", "data-layer": index + 1, "data-channel": channel + 1,
					"aria-label": fill(words.channel_title, { stage: words.stages[one.name], channel: channel + 1, channels: one.channels }),
				}, create("div", { class: "window-box" }));
				Object.assign(tile.style, {
					backgroundImage: `url(${one.sheet})`, backgroundSize: `100% ${100 * one.channels}%`,
					backgroundPosition: `0 ${(100 * channel) / (one.channels - 1)}%`, aspectRatio: `${width} / ${height}`,
				});
				return tile;
			});
			const told = fill(words.stage_told.text, { channels: one.channels, width, height, field: one.field, range: one.range });
			const sheet = create("div", { class: "tiles", "data-stage": one.name }, ...tiles);
			sheet.style.setProperty("--share", width / now.stages[0].size[1]);
			return create("section", { class: "sheet" }, create("p", { class: "fine" }, create("b", {}, words.stages[one.name]), " ", create("span", { class: "hint" }, told)), sheet);
		}));
	}

	function markChosen() {
		for (const button of [part.face, ...part.sheets.querySelectorAll("button")]) {
			button.ariaPressed = Number(button.dataset.layer) === now.channel.layer && Number(button.dataset.channel) === now.channel.channel;
		}
	}

	part.face.onclick = part.sheets.onclick = ({ target }) => {
		const { layer, channel } = target.closest("button")?.dataset ?? {};
		if (layer) pick({ layer: Number(layer), channel: Number(channel), unit: null });
	};
	const pick = (next) => change({ ...next, layer: next.layer === now.stages.length ? 0 : next.layer }, { known: known(), pyramid: Boolean(now.pyramid) });

	// ---- a channel ----

	function drawChannel() {
		const { channel, picture, told, top } = now.channel;
		const one = stage();
		const title = isFace() ? words.face_title : fill(words.channel_title, { stage: words.stages[one.name], channel, channels: one.channels });
		put(part, { channel_title: title, channel_told: told });
		part.channel_picture.src = picture;
		part.channel_picture.alt = title;
		part.channel.style.setProperty("--ratio", one.size[1] / one.size[0]);
		part.top.replaceChildren(...top.map(([row, column, value]) => {
			const canvas = create("canvas", { width: one.field, height: one.field });
			canvas.getContext("2d").drawImage(photo.image, -one.jump * column, -one.jump * row);
			const label = fill(words.top_alt, { row: row + 1, column: column + 1, value: isFace() ? sure(value) : shown(value) });
			return create("button", { type: "button", class: "framed", title: label, "aria-label": label, "data-row": row, "data-column": column }, canvas, create("span", { class: "hint" }, isFace() ? sure(value) : shown(value)));
		}));
	}
	part.top.onclick = ({ target }) => {
		const { row, column } = target.closest("button")?.dataset ?? {};
		if (row) keep(true, [Number(row), Number(column)]);
	};

	// ---- one value ----

	// The one way to a unit.
	function showPlace([row, column]) {
		if (!net) return;
		const one = stage();
		place = [clamp(row, 0, one.size[0] - 1), clamp(column, 0, one.size[1] - 1)];
		mark(part.channel_box, { top: place[0], left: place[1], width: 1, height: 1 }, one.size);
		drawBoxes();
		const channel = now.channel.channel - 1;
		const worked = net.apart(one.name, channel, ...place);
		if (worked.channels) drawBlocks(worked);
		else drawPooled(worked);
		markBefore(worked);
		Object.assign(element.dataset, { position: `${now.channel.layer},${now.channel.channel},${place}`, value: worked.value });
	}

	// The window in every channel before.
	function markBefore({ side = 2 }) {
		const index = now.channel.layer - 2;
		const isPool = !isFace() && stage().name === "pool1";
		for (const sheet of part.sheets.querySelectorAll(".tiles")) {
			const before = now.stages[index];
			for (const box of sheet.querySelectorAll(".window-box")) {
				const isSeen = sheet.dataset.stage === before?.name && (!isPool || Number(box.parentElement.dataset.channel) === now.channel.channel);
				const [top, left] = place.map((at) => at * (isPool ? 2 : 1));
				if (isSeen) mark(box, { top, left, width: side, height: side }, before.size);
				else box.removeAttribute("style");
			}
		}
	}

	function colours(values, limit) {
		return values.map((value) => signedColour(palette, value, limit));
	}

	function drawBlocks({ side, channels, bias, total, slope, value, other }) {
		const largest = Math.max(...channels.flatMap(({ slice }) => slice.map(Math.abs)));
		const limit = Math.max(...channels.flatMap(({ window }) => window.map(Math.abs)), 1e-6);
		const strongest = Math.max(...channels.map(({ sum }) => Math.abs(sum)), 1e-6);
		detail = Math.min(detail, channels.length - 1);
		const name = (index) => (now.channel.layer === 1 ? words.colours[index] : fill(words.block, { channel: index + 1 }));
		const matrices = ({ window, slice }) => [
			{ rows: side, columns: side, values: window, colours: colours(window, limit) },
			{ rows: side, columns: side, values: slice, colours: colours(slice, largest) },
		];
		part.blocks.dataset.side = side;
		if (part.blocks.children.length !== channels.length) {
			part.blocks.replaceChildren(...channels.map((_, index) => create("button", { type: "button", class: "framed", "data-index": index }, create("canvas"), create("span", { class: "hint" }))));
		}
		channels.forEach((one, index) => {
			const block = part.blocks.children[index];
			block.ariaPressed = index === detail;
			block.ariaLabel = block.title = `${name(index)}: ${shown(one.sum)}`;
			drawMatrices(block.firstChild, matrices(one), { cell: side === 1 ? 16 : 9 });
			block.lastChild.textContent = `${now.channel.layer === 1 ? words.colours[index] : index + 1}: ${short(one.sum)}`;
			block.lastChild.style.borderBottom = `3px solid ${signedColour(palette, one.sum, strongest)}`;
		});
		const one = channels[detail];
		part.detail.hidden = isFace();
		const products = one.window.map((number, index) => number * one.slice[index]);
		if (!isFace()) drawMatrices(part.detail, [...matrices(one), { rows: side, columns: side, values: products, colours: colours(products, Math.max(...products.map(Math.abs), 1e-6)) }], { width: part.detail.parentElement.clientWidth, tallest: 120 });
		const plain = { row: place[0] + 1, column: place[1] + 1, channels: channels.length, value: shown(value) };
		const sentence = isFace() ? words.detail_face : words.detail;
		put(part, {
			sum_title: words.sum_title,
			detail_told: fill(sentence, { channel: now.channel.layer === 1 ? words.colours[detail] : detail + 1, sum: shown(one.sum), value: shown(one.window[0]), weight: shown(one.slice[0]) }),
		});
		if (isFace()) {
			put(part, { worked_out: told(fill(words.faced, { ...plain, yes: shown(total), no: shown(other), value: sure(value) })) });
			return;
		}
		const sum = channels.reduce((all, { sum: each }) => all + each, 0);
		const first = fill(words.convolved, { ...plain, sum: shown(sum), bias: shown(bias), total: shown(total) });
		put(part, { worked_out: told(`${first} ${fill(total > 0 ? words.prelu_same : words.prelu, { slope: shown(slope), value: shown(value) })}`) });
	}
	const told = (sentence) => (kept ? `${sentence} ${words.kept}` : sentence);

	function drawPooled({ window, value }) {
		part.blocks.replaceChildren();
		part.detail.hidden = false;
		const limit = Math.max(...window.map(Math.abs), 1e-6);
		drawMatrices(part.detail, [
			{ rows: 2, columns: Math.ceil(window.length / 2), values: window, colours: colours(window, limit) },
			{ rows: 1, columns: 1, values: [value], colours: colours([value], limit) },
		], { signs: ["→"], width: part.detail.parentElement.clientWidth });
		put(part, {
			sum_title: words.pool_slices, detail_told: "",
			worked_out: told(fill(words.pooled, { row: place[0] + 1, column: place[1] + 1, count: window.length, channel: now.channel.channel, value: shown(value) })),
		});
	}
	part.blocks.onclick = ({ target }) => {
		const { index } = target.closest("button")?.dataset ?? {};
		if (index === undefined) return;
		detail = Number(index);
		showPlace(place);
	};

	// ---- the pointer ----

	function keep(isKept, at = place) {
		kept = isKept;
		hold({ unit: kept ? at : null });
		state = { ...state, unit: kept ? at : null };
		showPlace(at);
	}
	function share(event, target) {
		const box = target.getBoundingClientRect();
		return [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
	}
	const onChannel = (event) => share(event, part.channel).map((at, axis) => Math.floor(at * stage().size[axis]));
	const onPhoto = (event) => share(event, part.faces).map((at, axis) => Math.round((at * now.size[axis] - stage().field / 2) / stage().jump));

	for (const [target, under] of [[part.channel, onChannel], [part.faces, onPhoto]]) {
		target.onpointermove = (event) => {
			if (net && now && !now.pyramid && (!kept || event.pointerType === "touch")) showPlace(under(event));
		};
		target.onclick = (event) => {
			if (!net || now.pyramid) return;
			if (kept || event.pointerType === "touch") showPlace(under(event));
			keep(event.pointerType === "touch" || !kept);
		};
		target.onkeydown = (event) => {
			if (!net || !place) return;
			const step = event.shiftKey ? 10 : 1;
			const by = { ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step] }[event.key];
			if (by) showPlace(place.map((at, axis) => at + by[axis]));
			else if (event.key === "Enter") keep(!kept);
			else if (event.key === "Escape" && kept) keep(false);
			else return;
			event.preventDefault();
		};
	}

	// ---- the controls ----

	const resize = (size) => change({ size, unit: null }, { known: known() });
	part.size.oninput = () => {
		put(part, { size_told: part.size.value });
		resize(Number(part.size.value));
	};
	part.threshold.oninput = () => {
		const threshold = Number(part.threshold.value);
		state = { ...state, threshold };
		put(part, { threshold_told: percent(threshold) });
		hold({ threshold });
		if (now) drawAnswer();
	};
	part.all.onclick = () => change({ unit: null }, { known: known(), pyramid: !now?.pyramid });
	part.pyramid.onclick = ({ target: { dataset } }) => {
		if (!dataset.height) return;
		part.size.value = dataset.height;
		resize(Number(dataset.height));
	};
	new ResizeObserver(() => now && drawBoxes()).observe(part.faces);

	return { show, known };
}
