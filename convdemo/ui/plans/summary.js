// What a visitor answered to the questions of a plan: to look at, to save, to print, to forget.
import { create, fill } from "../parts/dom.js";
import { answerTo, forget } from "./answers.js";
import { keyOf } from "./bar.js";
import { button, dialog } from "./menu.js";

const STYLE = "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:46em;padding:0 1em;color:#111827;background:#fff}h1{font-size:1.4em}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4em .6em;border-bottom:1px solid #d1d5db}tr{break-inside:avoid}td:first-child{white-space:nowrap}";

// The rows of the table, and how many are right. Pure.
export function rowsOf(plan, answered, words) {
	const rows = plan.steps.flatMap(({ question }, index) => {
		if (!question) return [];
		const kept = answered(question, index);
		const result = !kept ? words.open : kept.isRight ? (kept.tries > 1 ? fill(words.tries, kept) : words.right) : words.wrong;
		return [{ step: index + 1, ask: question.ask, given: kept?.given ?? "", isRight: Boolean(kept?.isRight), result: kept?.isShown ? `${result}, ${words.shown}` : result }];
	});
	return { rows, right: rows.filter(({ isRight }) => isRight).length };
}

function tableOf({ rows }, words) {
	const head = ["step", "question", "given", "result"].map((name) => create("th", { scope: "col" }, words[name]));
	const lines = rows.map(({ step, ask, given, result, isRight }) => create("tr", { class: isRight ? "right" : "" }, ...[step, ask, given, result].map((text) => create("td", {}, String(text)))));
	return create("table", {}, create("thead", {}, create("tr", {}, ...head)), create("tbody", {}, ...lines));
}

// A page by itself: nothing in it is markup but what is made here.
function pageOf(plan, told, name, words) {
	const sheet = document.implementation.createHTMLDocument(plan.title);
	sheet.documentElement.lang = "en";
	sheet.head.prepend(create("meta", { charset: "utf-8" }));
	sheet.head.append(create("style", {}, STYLE));
	const day = new Date().toISOString().slice(0, 10);
	sheet.body.append(create("h1", {}, plan.title), create("p", {}, [name, words.lab, day].filter(Boolean).join(" · ")),
		create("p", {}, fill(words.total, { right: told.right, questions: told.rows.length })), tableOf(told, words));
	return `<!doctype html>\n${sheet.documentElement.outerHTML}`;
}

export function summary({ all, plan, name, changed }) {
	const words = all.text.summary;
	const told = rowsOf(plan, (question, index) => answerTo(name, keyOf(question, index)), words);
	const who = create("input", { type: "text", class: "field framed", maxlength: 80, autocomplete: "name", "aria-label": words.name, placeholder: words.name, title: words.name_hint });
	const page = () => pageOf(plan, told, who.value.trim(), words);
	const save = () => {
		const href = URL.createObjectURL(new Blob([page()], { type: "text/html" }));
		create("a", { href, download: words.file }).click();
		setTimeout(() => URL.revokeObjectURL(href), 10_000);
	};
	const print = () => {
		const frame = create("iframe", { hidden: "", title: words.heading });
		frame.srcdoc = page();
		frame.onload = () => {
			frame.contentWindow.onafterprint = () => frame.remove();
			frame.contentWindow.print();
		};
		document.body.append(frame);
	};
	const box = dialog(words.heading, create("p", {}, create("b", {}, plan.title), " – ", fill(words.total, { right: told.right, questions: told.rows.length })),
		create("div", { class: "sheet" }, tableOf(told, words)), create("p", { class: "hint" }, words.no_grade), create("div", { class: "row" },
			who, button(words.save, save), button(words.print, print), button(words.forget, () => (forget(name), box.close(), changed())), button(words.close, () => box.close(), "push")));
}
