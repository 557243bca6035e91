// The words and the styles of a class, fetched when they are first asked for: parcel.py.
import { create } from "../parts/dom.js";

let parcel = null;
const worn = new Set();

export function fetched(address) {
	parcel ??= fetch(new URL(address, document.baseURI)).then((answer) => answer.json());
	return parcel;
}

// Puts a style on the page, once.
export function dress(css) {
	if (worn.has(css)) return;
	worn.add(css);
	document.head.append(create("style", {}, css));
}
