// How the page asks its server, once it is on screen: it reads on where a stream ends too early, and asks again where the lab is
// full.
import { fill } from "../parts/dom.js";
import { withRetries } from "./retries.js";
import { withoutEnds } from "./streams.js";

export function ask({ notice_text: place }, words) {
	const second = () => new Promise((resolve) => setTimeout(resolve, 1000));
	const tell = (seconds) => { place.textContent = seconds ? fill(words.full, { seconds }) : ""; };
	window.fetch = withoutEnds(withRetries(window.fetch, tell, second));
}
