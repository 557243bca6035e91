// What few visits ask for comes when it is: lesson plans, by their button, a link, or a teacher's file that is dropped on the page.
import { keptName, store } from "../parts/dom.js";

export const plans = async (page, file) => (await import("../plans/entry.js")).open(page, file);

export function stand(page) {
	document.addEventListener("drop", (event) => {
		const file = [...event.dataTransfer.files].find(({ name }) => name.toLowerCase().endsWith(".toml"));
		if (!file) return;
		event.preventDefault(); // it is no picture
		plans(page, file);
	}, true);
	const isOpen = /[?&]lesson=./.test(location.search) || store().getItem(keptName("plan"));
	if (isOpen) import("../plans/entry.js").then(({ resume }) => resume(page));
}
