// What is printed: one page with the figure, its numbers, the question, room for the answer, and the link.
import { create } from "../parts/dom.js";
import { foremost, titleOf } from "./card.js";
import { elementOf, inRow, onScreen } from "./figures.js";
import { linkOf } from "./link.js";
import { dress, fetched } from "./parcel.js";
import { drawn, squaresOf } from "./qr.js";

const WIDTH = 700, GAP = 22; // the page's pixels: A4 and Letter, less their margins, are a little wider
const MOST_HEIGHT = 250, ALL_ROWS = 330, MOST_FIGURES = 6, IN_ROW = 3;

let isReady = false;

// From now on what the browser prints is a hand-out.
export async function prepare(props) {
	const { text, css } = await fetched(props.classroom);
	if (isReady) return;
	isReady = true;
	dress(css.handout);
	let page = null;
	window.addEventListener("beforeprint", () => {
		page?.remove();
		document.body.append((page = handout(onScreen(), linkOf(location.href), text)));
	});
	window.addEventListener("afterprint", () => page?.remove());
}

export async function print(props) {
	await prepare(props);
	window.print();
}

function handout(shown, link, { handout: words, card }) {
	const p = (name, ...contents) => create("p", { class: name }, ...contents);
	const figures = foremost(shown.figures, MOST_FIGURES);
	const squares = squaresOf(link);
	return create("section", { class: "hand-out", "aria-hidden": "true" },
		create("header", {}, p("lab", [card.lab, shown.lesson].filter(Boolean).join(" · ")),
			p("who", words.name, create("span"), words.date, create("span", { class: "short" }))),
		create("h1", {}, titleOf(shown.title, card)),
		...rowsOf(figures).map(row),
		numbers(shown.numbers),
		create("section", { class: "question" }, create("h2", {}, words.question),
			p("", shown.question || `${shown.sentence} ${words.explain}`)),
		create("div", { class: "lines" }),
		create("section", { class: "foot" }, ...(squares ? [drawn(squares, "")] : []), create("div", {}, p("lab", card.told), p("link", link))));
}

// Figures in rows of about the same length.
export function rowsOf(figures, most = IN_ROW) {
	const count = Math.ceil(figures.length / most);
	const rows = [];
	for (let row = 0, start = 0; row < count; row += 1) {
		const end = start + Math.ceil((figures.length - start) / (count - row));
		rows.push(figures.slice(start, end));
		start = end;
	}
	return rows;
}

function row(figures, _, rows) {
	const sizes = inRow(figures, WIDTH, GAP, Math.min(MOST_HEIGHT, ALL_ROWS / rows.length));
	return create("div", { class: "figures" }, ...figures.map((figure, index) => {
		const picture = elementOf(figure);
		const [width, height] = sizes[index];
		picture.setAttribute("style", `width: ${width}px; height: ${height}px`);
		return create("figure", { style: `width: ${Math.max(width, 90)}px` }, picture, ...legend(figure),
			create("figcaption", {}, [figure.title, figure.note].filter(Boolean).join(". ")));
	}));
}

function legend({ legend: scale }) {
	if (!scale) return [];
	const colours = scale.stops.map(([place, colour]) => `${colour} ${100 * place}%`).join(", ");
	return [create("div", { class: "scale", style: `background: linear-gradient(to right, ${colours})` }),
		create("div", { class: "ticks" }, ...scale.ticks.map(([text, at]) => create("span", { style: `left: ${100 * at}%; translate: ${-100 * at}%` }, text)))];
}

const numbers = (facts) => create("dl", {}, ...facts.flatMap(([term, text]) => [...(term ? [create("dt", {}, term)] : []), create("dd", { class: term ? "" : "alone" }, text)]));
