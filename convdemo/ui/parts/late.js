// The template, the words and the style of a widget that come when it is first on screen: late_widget in parts/widgets.py.
import { create } from "./dom.js";

export async function arrive(element, { late }, root) {
	const { html, css, ...constants } = await (await fetch(`${root}/${late}`)).json();
	document.head.append(create("style", {}, css));
	const place = element.querySelector("[data-part=late]");
	place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
	return constants;
}
