// The list of plans, and what is wrong with a file.
import { create, fill } from "../parts/dom.js";
import { countRight, placeOf } from "./answers.js";

export function dialog(label, ...children) {
	const box = create("dialog", { class: "plan-dialog lab-widget", "aria-label": label }, create("h2", {}, label), ...children);
	box.onclose = () => box.remove();
	box.onclick = ({ target }) => target === box && box.close(); // beside it
	document.querySelector(".lab-header section").append(box);
	box.showModal();
	return box;
}

export const button = (words, onclick, kind = "") => create("button", { type: "button", class: `button framed ${kind}`, onclick }, words);

export function menu({ all, begin, tryFile }) {
	const words = all.text.menu;
	const items = all.plans.map((listed) => {
		const [right, at] = [countRight(listed.name), placeOf(listed.name)];
		const progress = [
			fill(words.steps, listed),
			right && fill(words.progress, { right, questions: listed.questions }),
			at && fill(words.continue, { step: Math.min(at + 1, listed.steps) }),
		];
		return create("button", { type: "button", class: "framed", "data-plan": listed.name, onclick: () => (box.close(), begin(listed)) },
			create("b", {}, listed.title), create("span", {}, listed.about), create("span", { class: "hint" }, progress.filter(Boolean).join(" · ")));
	});
	const file = create("input", { type: "file", accept: ".toml", hidden: "", onchange: () => (box.close(), tryFile(file.files[0])) });
	const box = dialog(words.heading, create("p", { class: "quiet" }, words.explanation), create("div", { class: "plans" }, ...items),
		create("p", { class: "quiet" }, create("b", {}, words.own), " ", words.own_explanation), file,
		create("div", { class: "row" }, button(words.choose, () => file.click()), button(words.close, () => box.close(), "push")));
}

export function problems(all, name, sentences) {
	const words = all.text.problems;
	const box = dialog(fill(words.heading, { name }), create("p", { class: "quiet" }, words.explanation),
		create("ul", { class: "problem", role: "alert" }, ...sentences.map((sentence) => create("li", {}, sentence))),
		create("div", { class: "row" }, button(words.close, () => box.close(), "push")));
}
