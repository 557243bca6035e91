// A lesson for a whole class: its type is as large as for the last row, its controls come and go with a key, and a presenter's
// remote goes through a lesson plan.
import { create } from "../parts/dom.js";
import { presenting } from "./link.js";
import { dress, fetched } from "./parcel.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 };
const WRITTEN = "textarea, select, [contenteditable], input:not([type=range], [type=radio], [type=checkbox])";
const MOVED = "input, canvas, [role=application], [role=slider], [role=tab], [role=option]"; // what has arrow keys of its own
const WRITERS = ["pushState", "replaceState"];
const OPEN = "dialog[open], :popover-open";

// A slide is 747 × 420 of the page's own pixels, so that text of 14 of them is at least 24 pixels high. A narrow window is nobody's
// projector.
export function zoomOf(width, height) {
	if (width < 900) return width < 640 ? 1 : 1.25;
	return Math.max(24 / 14, Math.min(width / 747, height / 420));
}

let isOn = false;

export async function present(address) {
	if (isOn) return;
	isOn = true;
	const root = document.documentElement;
	const { text: { keys: words }, css } = await fetched(address);
	const press = (name, sign, act) => create("button", { type: "button", class: "button small framed", title: words[`${name}_hint`], onclick: act }, sign);
	const told = create("span", { class: "keys quiet", role: "status" }, words.told);
	const controls = press("controls", words.controls, toggle);
	const bar = create("div", { class: "presenting", role: "group", "aria-label": words.label }, told,
		press("help", "?", help), controls, press("leave", words.leave, leave));

	// The page writes what is on screen into the address (header.js): that it presents stays there.
	const write = (name) => (state, title, target = location.href) => History.prototype[name].call(history, state, title, presenting(new URL(target, location.href), true));
	const say = () => history.replaceState(history.state, "");
	function toggle() {
		root.dataset.present = root.dataset.present ? "" : "controls";
		controls.setAttribute("aria-pressed", String(Boolean(root.dataset.present)));
	}
	function help() {
		told.hidden = !told.hidden;
	}
	function leave() {
		stop.abort();
		isOn = false;
		delete root.dataset.present;
		root.style.removeProperty("--zoom");
		bar.remove();
		for (const name of WRITERS) delete history[name];
		history.replaceState(history.state, "", presenting(location.href, false));
		if (document.fullscreenElement) document.exitFullscreen();
	}
	function fullScreen() {
		if (document.fullscreenElement) document.exitFullscreen();
		else root.requestFullscreen();
	}
	const act = { c: toggle, f: fullScreen, "?": help, Escape: leave, q: async () => (await import("./code.js")).showCode(address) };

	function key(event) {
		const { target } = event;
		if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector(OPEN)) return;
		const step = STEPS[event.key];
		if (target.closest(WRITTEN)) {
			if (event.key === "Escape") target.blur();
		} else if (step && !target.closest(MOVED)) {
			document.dispatchEvent(new CustomEvent("plan", { detail: step }));
			if (document.querySelector(".plan-bar")) event.preventDefault();
			told.hidden = true;
		} else if (act[event.key]) {
			event.preventDefault();
			act[event.key]();
		}
	}
	const stop = new AbortController();
	const resize = () => root.style.setProperty("--zoom", zoomOf(window.innerWidth, window.innerHeight));
	document.addEventListener("keydown", key, { signal: stop.signal });
	window.addEventListener("resize", resize, { signal: stop.signal });
	window.addEventListener("popstate", say, { signal: stop.signal }); // Back leads to the tab before
	dress(css.present);
	root.dataset.present ??= "";
	resize();
	for (const name of WRITERS) history[name] = write(name);
	say();
	const place = await titled();
	if (isOn && !stop.signal.aborted) place.append(bar);
}

// The title's line, when Gradio has drawn it.
function titled() {
	return new Promise((resolve) => {
		const look = () => {
			const place = document.querySelector(".lab-title");
			if (place) resolve(place);
			else requestAnimationFrame(look);
		};
		look();
	});
}
