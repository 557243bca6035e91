// What is on screen while a plan is open: the state of a step, and the map of a kernel that is to be guessed.
import { design } from "../live/designs.js";
import { parseNumber } from "../parts/cells.js";

const ASIDE = /^(__.*|lesson|lesson_step|embed|controls|panel|theme|present)$/; // what is no state

// Puts a step on screen. All that the link says goes back to its default, but for the photo, unless the step names one: the
// visitor's own stays.
export function put({ link, take }, state) {
	const now = new URL(link(false)).searchParams;
	const names = new Set([...now.keys(), ...Object.keys(state)].filter((name) => !ASIDE.test(name)));
	const whole = new URLSearchParams();
	if (!("picture" in state)) {
		if (names.delete("picture")) whole.set("picture", now.get("picture"));
	}
	for (const [name, value] of Object.entries(state)) if (value !== null) whole.set(name, value);
	take({ query: [...names, "lesson"].map((name) => `${name}=1`).join("&"), link: String(whole) });
}

// The kernel on screen as rows of numbers, null if there is none.
export function kernelNow() {
	const { value, cells } = document.querySelector(".kernel-panel").kernel();
	const rows = value.cells ?? (value.text === null ? design(value.name, value.parameters) ?? cells : cells);
	const weights = rows?.map((row) => row.map((cell) => (typeof cell === "string" ? parseNumber(cell) : cell)));
	return weights?.flat().every(Number.isFinite) ? weights : null;
}

const frame = () => new Promise(requestAnimationFrame);

// The map of a kernel that nobody has chosen, of the photo on screen; null: that of the page again.
let shown = null;

export async function showMap(weights, title) {
	if (!weights && !shown) return;
	shown = weights;
	document.documentElement.toggleAttribute("data-guess", Boolean(weights)); // plans.css hides what tells the kernel
	const isDrawn = () => document.querySelector(".figure-panel")?.figure?.element.dataset.version;
	while (shown === weights && !isDrawn()) await frame(); // its tab may just be opening; the page's own map comes first
	const { turn } = await import("../live/live.js");
	if (shown === weights) await turn(weights, title);
}
