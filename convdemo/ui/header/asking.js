// How the page asks its server, once it is on screen: it reads on where a stream ends too early, asks again where the lab is full,
// takes the answers of a lesson in their order, and ends a run before it begins the next.
import { fill } from "../parts/dom.js";
import { inTurn } from "./endings.js";
import { inOrder } from "./order.js";
import { withRetries } from "./retries.js";
import { withoutEnds } from "./streams.js";

export function ask({ notice_text: place }, props) {
	window.requestAnimationFrame = window.requestAnimationFrame.own ?? window.requestAnimationFrame; // early/frames.js
	const second = () => new Promise((resolve) => setTimeout(resolve, 1000));
	const tell = (seconds) => { place.textContent = seconds ? fill(props.text.full, { seconds }) : ""; };
	const lose = () => document.body.classList.add("lost"); // until Gradio loads the page again: what ran is over
	const names = new Map(window.gradio_config.dependencies.map((event) => [event.id, event.api_name]));
	const lesson = (event) => names.get(event)?.replace(/_\d+$/, ""); // see Room.on
	window.fetch = inTurn(inOrder(withoutEnds(withRetries(window.fetch, tell, second), lose), lesson));
	document.addEventListener("click", leave, true);
	// What is printed is a hand-out: it is there before anyone can print, by a key, or from a menu beyond the page.
	const ready = () => import("../classroom/handout.js").then(({ prepare }) => prepare(props));
	document.documentElement.addEventListener("mouseleave", ready, { once: true });
	document.addEventListener("touchend", ready, { once: true, passive: true });
	document.addEventListener("keydown", ({ key }) => /Control|Meta/.test(key) && ready());
}

// What programs may call stands on a page of its own (ui/api): Gradio would look for it on this one.
function leave(event) {
	if (!event.target.closest("footer .show-api")) return;
	event.stopPropagation();
	window.open(new URL("api", document.baseURI), "_blank");
}
