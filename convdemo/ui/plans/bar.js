// The bar of a plan: its steps, and the sentence, the question and the answer of the one on screen.
import { create, fill, keptName, store } from "../parts/dom.js";
import { answerTo, keepAnswer, keepPlace } from "./answers.js";
import { judge, numberOf } from "./check.js";
import { button } from "./menu.js";
import { kernelNow, put, showMap } from "./stage.js";

const OWN = "own file"; // what answers to a visitor's own plan are kept under

// Under which name an answer is kept: a question with other words, or at another step, is another one.
export const keyOf = ({ ask }, index) => `${index + 1} ${ask}`;

// run: {name, plan, at}, the name "" for a visitor's own; isNew: its step is not on screen yet.
export function bar({ page, all, run, isNew, closed }) {
	const words = all.text.bar;
	const { plan } = run;
	const known = run.name || `${OWN} ${plan.title}`;
	const step = () => plan.steps[run.at];
	const answered = (index = run.at) => {
		const { question } = plan.steps[index];
		return question && answerTo(known, keyOf(question, index));
	};

	const at = create("span", { class: "quiet" });
	const dots = create("ol", { class: "dots", "aria-label": words.steps });
	const previous = button(words.previous, () => go(run.at - 1), "small");
	const next = button(words.next, () => (run.at + 1 < plan.steps.length ? go(run.at + 1) : summarise()), "small");
	const fold = button(words.fold, () => folded(!body.hidden), "small");
	const body = create("div", { class: "plan-step" });
	const box = create("section", { class: "plan-bar lab-widget", "aria-label": fill(words.label, plan) },
		create("header", { class: "row" }, create("b", { class: "plan-title" }, plan.title), at, dots,
			create("span", { class: "row push" }, previous, next, button(words.answers, summarise, "small"), fold,
				Object.assign(button(words.end, close, "small"), { title: words.end_hint }))),
		body);

	function folded(isFolded) {
		body.hidden = isFolded;
		fold.textContent = isFolded ? words.unfold : words.fold;
	}

	async function summarise() {
		(await import("./summary.js")).summary({ all, plan, name: known, changed: draw });
	}

	function go(to, isShown = true) {
		if (to < 0 || to >= plan.steps.length) return;
		run.at = to;
		keepPlace(known, to);
		if (!run.name) store().setItem(keptName("plan"), JSON.stringify({ plan, at: to }));
		const { state, then } = step();
		if (isShown) put(page, (answered()?.isRight && then) || state);
		const link = new URLSearchParams({ lesson: run.name, ...(to && { lesson_step: to + 1 }) });
		document.dispatchEvent(new CustomEvent("told", { detail: { plan_query: run.name ? String(link) : "" } }));
		folded(false);
		draw();
		body.scrollTop = 0;
	}

	function draw() {
		at.textContent = fill(words.at, { step: run.at + 1, steps: plan.steps.length });
		dots.replaceChildren(...plan.steps.map((_, number) => {
			const kept = answered(number);
			const kind = kept ? (kept.isRight ? "right" : "wrong") : "go";
			const dot = create("button", { type: "button", class: kind, title: fill(words[kind], { step: number + 1 }), onclick: () => go(number) });
			dot.ariaLabel = dot.title;
			if (number === run.at) dot.ariaCurrent = "step";
			return create("li", {}, dot);
		}));
		previous.disabled = run.at === 0;
		next.textContent = run.at + 1 < plan.steps.length ? words.next : words.finish;
		const { say, question } = step();
		const again = Object.assign(button(words.back, () => put(page, step().state), "small plan-back"), { title: words.back_hint });
		body.replaceChildren(create("p", { class: "plan-say" }, say, " ", again));
		if (question) body.append(ask(question));
		const isGuess = question?.kind === "guess" && !answered()?.isRight;
		showMap(isGuess ? question.kernels[question.answer].weights : null, "?");
	}

	// The question, what answers it, and what is said to the answer.
	function ask(question) {
		const place = create("div", { class: "plan-question" });
		const feedback = create("div", { class: "plan-feedback row", role: "status" });
		const tell = (kept) => {
			place.dataset.result = kept ? (kept.isRight ? "right" : "wrong") : "";
			if (!kept) return feedback.replaceChildren();
			const line = create("p", {}, create("b", {}, kept.isRight ? words.is_right : words.is_wrong), " ", kept.say || (kept.isRight ? "" : words.try));
			const extra = [];
			if (!kept.isRight && kept.isShown) extra.push(create("span", {}, fill(words.answer, { answer: answerOf(question) })));
			else if (!kept.isRight) extra.push(button(words.show, () => keep({ ...kept, isShown: true }), "small"));
			if (kept.index !== undefined && question.kind === "guess" && !kept.isRight) {
				line.prepend(create("span", {}, fill(words.this_is, { kernel: question.choices[kept.index] })), " ");
				extra.push(button(words.question_map, () => showMap(question.kernels[question.answer].weights, "?"), "small"));
			}
			feedback.replaceChildren(line, create("div", { class: "row" }, ...extra));
		};
		const keep = (kept) => {
			keepAnswer(known, keyOf(question, run.at), kept);
			draw();
		};
		// Says what is wrong with an answer that is none.
		const refuse = (sentence) => feedback.replaceChildren(create("span", { class: "problem" }, sentence));
		const give = (value, told, index) => {
			const before = answered();
			const { isRight, say } = judge(question, value);
			if (before?.isRight && !isRight) return again(say);
			keep({ given: told, index, isRight, say, tries: before?.isRight ? before.tries : (before?.tries ?? 0) + 1, isShown: before?.isShown ?? false });
			if (isRight && step().then) put(page, step().then);
			if (question.kind !== "guess") return;
			if (isRight) put(page, { kernel: question.kernels[question.answer].name });
			else showMap(question.kernels[index].weights, question.choices[index]);
		};
		// A right answer stays; what is tried after it is answered, and not kept.
		const again = (say) => feedback.replaceChildren(create("span", {}, create("b", {}, words.is_wrong), " ", say || words.try));
		const kept = answered();
		place.append(create("p", { class: "plan-ask", "data-question": "" }, question.ask), INPUTS[question.kind]({ question, give, refuse, kept, words, page, all }), feedback);
		tell(kept);
		return place;
	}

	const height = new ResizeObserver(() => document.documentElement.style.setProperty("--plan-height", `${box.getBoundingClientRect().height}px`));
	const turned = ({ detail }) => go(run.at + detail); // by the keys of class
	function close() {
		showMap(null);
		height.disconnect();
		document.removeEventListener("plan", turned);
		document.documentElement.style.removeProperty("--plan-height");
		document.documentElement.removeAttribute("data-plan");
		store().removeItem(keptName("plan"));
		document.dispatchEvent(new CustomEvent("told", { detail: { plan_query: "" } }));
		box.remove();
		closed();
	}

	document.addEventListener("plan", turned);
	document.documentElement.dataset.plan = "";
	const home = document.querySelector(".gradio-container");
	if (page.isInside) home.prepend(box);
	else home.append(box);
	height.observe(box);
	if (run.name) store().removeItem(keptName("plan"));
	go(run.at, isNew);
	return { run, close };
}

const MOST = 5; // rows and columns of a kernel that are written out

// Rows of weights as people write them.
function written(rows) {
	const cells = rows.slice(0, MOST).map((row) => row.slice(0, MOST).map((weight) => String(Number(weight.toPrecision(3))).replace("-", "−")).join(" "));
	return cells.join("; ") + (Math.max(rows.length, rows[0].length) > MOST ? " …" : "");
}

// The right answer in words.
function answerOf({ kind, answer, choices }) {
	if (kind === "choice" || kind === "guess") return choices[answer];
	if (kind === "number") return answer.toLocaleString("en");
	if (kind === "kernel") return written(answer[0]);
	return Object.entries(answer).map(([name, value]) => `${name} = ${value ?? "–"}`).join(", ");
}

const choose = ({ question, give, kept }) => create("div", { class: "row", role: "group" }, ...question.choices.map((text, index) => {
	const choice = button(text, () => give(index, text, index), "small");
	choice.ariaPressed = String(kept?.index === index);
	return choice;
}));

// What there is to answer with, by the kind of question.
const INPUTS = {
	choice: choose,
	guess: choose,
	number({ give, refuse, kept, words }) {
		const field = create("input", { type: "text", class: "field framed", inputmode: "decimal", autocomplete: "off", "aria-label": words.number, value: kept?.given ?? "" });
		const send = () => {
			const value = numberOf(field.value);
			if (value === null) refuse(fill(words.no_number, { text: field.value }));
			else give(value, field.value.trim());
		};
		return create("form", { class: "row", onsubmit: (event) => (event.preventDefault(), send()) }, field, create("button", { class: "button framed small" }, words.check));
	},
	kernel: ({ give, refuse, words }) => create("div", { class: "row" }, button(words.check_kernel, () => {
		const kernel = kernelNow();
		if (kernel) give(kernel, written(kernel));
		else refuse(words.no_kernel);
	}, "small")),
	state: ({ give, words, page, all }) => create("div", { class: "row" },
		button(words.check_state, () => give(new URL(page.link(false)).searchParams, all.text.summary.state), "small")),
};
