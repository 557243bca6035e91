// How the page asks its server, once it is on screen: it reads on where a stream ends too early, and asks again where the lab is
// full.
import { fill } from "../parts/dom.js";
import { withRetries } from "./retries.js";
import { withoutEnds } from "./streams.js";

export function ask({ notice_text: place }, words) {
	const second = () => new Promise((resolve) => setTimeout(resolve, 1000));
	const tell = (seconds) => { place.textContent = seconds ? fill(words.full, { seconds }) : ""; };
	const lose = () => document.body.classList.add("lost"); // until Gradio loads the page again: what ran is over
	window.fetch = withoutEnds(withRetries(window.fetch, tell, second), lose);
}
