// What stands in the photo's place for a while, the camera's video or the pad, and how its pixels reach the feature map.
import { create } from "../parts/dom.js";

export const button = (words, onclick, look = "") =>
	create("button", { type: "button", class: `button framed ${look}`, onclick }, words);

export const map = () => document.querySelector(".lab-figure [data-part=frame]");
export const isMapShown = () => map()?.clientWidth > 0;

// Puts it there, and its tools where the buttons for another picture are. The answer gives the place back to the photo.
export function putInPlace({ element, part }, guest, opener, caption, ...tools) {
	const choices = opener.parentElement;
	const before = part.caption.textContent;
	const bar = create("div", { class: "tools row" }, ...tools);
	part.image.after(guest);
	choices.before(bar);
	choices.hidden = true;
	part.caption.textContent = caption;
	guest.onclick = guest.onpointermove = (event) => event.stopPropagation(); // the inspector's photo is another one
	return () => {
		if (!bar.isConnected) return;
		choices.hidden = false;
		if ([guest, bar].some((node) => node.contains(document.activeElement))) opener.focus();
		bar.remove();
		guest.remove();
		fit(element, part.image.getAttribute("width"), part.image.getAttribute("height"));
		if (part.caption.textContent === caption) part.caption.textContent = before;
	};
}

export const fit = (element, width, height) => element.style.setProperty("--ratio", width / height);

// Shows the map of {rgba, size, name} while there is one on screen; null: that of the shared picture again. One at a time, and of
// those that wait the last one only.
let live = null;
let last = Promise.resolve();
let asked = 0;
export function hand(picture) {
	const mine = ++asked;
	return (last = last.catch(() => {}).then(async () => {
		if (mine === asked && (picture ? isMapShown() : live)) await (live ??= await import("../live/live.js")).frame(picture);
	}));
}

// What is seen becomes the shared picture. It ends when the server has answered: then the photo is the server's.
export async function share({ part, accept }, file, name) {
	if (!(await accept(file, name, true))) return;
	await new Promise((resolve) => {
		const watcher = new MutationObserver(() => resolve(watcher.disconnect()));
		watcher.observe(part.image, { attributeFilter: ["src"] });
		watcher.observe(part.problem, { childList: true });
	});
	await new Promise(requestAnimationFrame); // by then the map has come too
}
