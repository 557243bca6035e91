// Makes maps of the last picture and the last layer that it was given: what came in between is left out. In a worker
// (worker.js), or where there is none, on the page.
import { planes } from "../parts/values.js";
import { change, finish, laid, plan, sumsOf } from "./slide.js";
import { kernelsOf } from "./layer.js";
import { tones } from "./tones.js";
import { outputSize } from "../parts/geometry.js";

const BUDGET = 3e7; // products that are added before somebody sees a coarser map first: some 50 ms
const STEP = 3; // between two neighbours of a palette, in one of its channels
const FAR = 1e6; // how much larger a weight may have been than those that come after it, so that 64 bits forget it again
const SOME = 1e-4; // of all pixels, that rounding may put on the other side of a mark

const { port1, port2 } = new MessageChannel();
// Lets what has arrived be heard.
const breath = () => new Promise((resolve) => {
	port1.onmessage = resolve;
	port2.postMessage(0);
});

// How many pixels of a picture, in words of 32 bits, are not those of another but for rounding.
export function differing(pixels, others) {
	const [a, b] = [pixels, others].map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
	let count = 0;
	for (let at = 0; at < a.length; at += 4) {
		if (Math.max(Math.abs(a[at] - b[at]), Math.abs(a[at + 1] - b[at + 1]), Math.abs(a[at + 2] - b[at + 2])) > STEP) count += 1;
	}
	return count > SOME * pixels.length + 1 ? count : 0;
}

// answer is called with {number, size, isCoarse, ...what tones() tells}, more than once for one number if a coarse map comes first.
export function engine(scales, answer) {
	let picture = null; // {rgba, size, packed}
	let found = {}; // its planes, by whether in colour
	let made = null; // the sums of the last map, and what they are of
	let wanted = null;
	let isBusy = false;
	let last = null;

	function planesOf(colour) {
		return (found[colour] ??= planes(picture.rgba, { ...picture, colour }));
	}

	function tell(request, layer, sums, isCoarse) {
		const kernels = kernelsOf(layer).length;
		const maps = planesOf(layer.colour).map((_, plane) => finish(sums.slice(plane * kernels, (plane + 1) * kernels), layer));
		const told = { number: request.number, size: outputSize(layer.size, layer), isCoarse, ...tones(maps, request, scales) };
		if (!isCoarse) last = told;
		answer(told);
	}

	const each = (layer) => planesOf(layer.colour).flatMap((plane) => kernelsOf(layer).map((kernel) => [plane, kernel]));

	async function make(request) {
		const { layer } = request;
		const { weights, bias, relu, largest, ...rest } = layer;
		const kind = JSON.stringify(rest);
		const all = each(layer);
		const way = plan(layer);
		const outputs = outputSize(layer.size, layer).reduce((rows, columns) => rows * columns) * all.length;
		const changed = changedFrom(kind, layer);
		if (changed <= way.passes) {
			made.sums.forEach((sums, at) => changed && change(sums, all[at][0], layer.size, all[at][1], made.laid[at]));
		} else {
			made = null;
			const step = Math.ceil(Math.sqrt((outputs * way.passes) / BUDGET));
			if (step > 1 && !request.isFrame) {
				const coarse = { ...layer, stride: layer.stride * step };
				const sums = await Promise.all(each(coarse).map(([plane, kernel]) => sumsOf(plane, layer.size, kernel, plan(kernel))));
				tell(request, coarse, sums, true);
				await breath();
				if (wanted) return;
			}
			const sums = [];
			for (const [plane, kernel] of all) {
				sums.push(await sumsOf(plane, layer.size, kernel, plan(kernel), async () => (await breath(), wanted !== null)));
				if (!sums.at(-1)) return;
			}
			made = { sums };
		}
		Object.assign(made, { kind, laid: all.map(([, kernel]) => laid(kernel)) });
		tell(request, layer, made.sums, false);
	}

	// How many weights have changed since the sums were made; Infinity if they are of no use.
	function changedFrom(kind, layer) {
		const before = made?.kind === kind ? made.laid[0].flat() : [];
		const isFar = before.some((weight) => Math.abs(weight) > FAR * layer.largest);
		return before.length && !isFar ? laid(layer).flat().filter((weight, at) => weight !== before[at]).length : Infinity;
	}

	// request: {number, layer, display, vivid}, and the picture if it is another one; isFrame: each has one.
	async function take(request) {
		wanted = { ...request, picture: request.picture ?? wanted?.picture };
		if (isBusy) return;
		isBusy = true;
		while (wanted) {
			const next = wanted;
			wanted = null;
			if (next.picture) [picture, found, made] = [next.picture, {}, null];
			await make(next);
		}
		isBusy = false;
	}

	// How many pixels of a picture, RGBA, are not those of the map with a number; none if another map has been made since.
	function compare(index, rgba, number) {
		if (last?.number !== number) return 0;
		return last.pictures[index]?.byteLength === rgba.byteLength ? differing(last.pictures[index], rgba) : -1;
	}
	return { take, compare };
}
