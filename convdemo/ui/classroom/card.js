// What is on screen as one picture to keep: its figures, their captions, and the link as text and as a QR code.
import { create, fill, paper } from "../parts/dom.js";
import { drawableOf, inRow, onScreen } from "./figures.js";
import { linkOf } from "./link.js";
import { fetched } from "./parcel.js";
import { runsOf, squaresOf } from "./qr.js";

const WIDTH = 1600, EDGE = 56, GAP = 40; // pixels
const MOST_FIGURES = 4, MOST_HEIGHT = 460;
const INK = "#111827", QUIET = "#4b5563";
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const CODE = 264; // pixels a side at least; three for each square

// Lines of a text that are no wider than there is room; a word that is wider is broken.
export function linesOf(text, width, measure) {
	const lines = [];
	let line = "";
	for (let word of text.split(/\s+/).filter(Boolean)) {
		const joined = line ? `${line} ${word}` : word;
		if (measure(joined) <= width) {
			line = joined;
			continue;
		}
		if (line) lines.push(line);
		while (measure(word) > width && word.length > 1) {
			let fits = word.length - 1;
			while (fits > 1 && measure(word.slice(0, fits)) > width) fits -= 1;
			lines.push(word.slice(0, fits));
			word = word.slice(fits);
		}
		line = word;
	}
	return line ? [...lines, line] : lines;
}

// The figures that count most, in their order.
export function foremost(figures, most = MOST_FIGURES) {
	const heaviest = [...figures].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0)).slice(0, most);
	return figures.filter((figure) => heaviest.includes(figure));
}

export const titleOf = (title, words) => (typeof title === "string" ? title : fill(words.title, title));

export async function saveCard(props) {
	const { text: { card: words } } = await fetched(props.classroom);
	const { canvas } = await drawCard(onScreen(), linkOf(location.href), props.uploaded, words);
	const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
	const address = URL.createObjectURL(blob);
	create("a", { href: address, download: fill(words.file, { lesson: props.value }) }).click();
	setTimeout(() => URL.revokeObjectURL(address), 60000); // some browsers read it later
}

async function drawCard(shown, link, isOwn, words) {
	const figures = foremost(shown.figures);
	const drawables = await Promise.all(figures.map(drawableOf));
	const pen = paper(1, 1);
	const written = (text, size, width, most, weight = 400) => {
		pen.font = `${weight} ${size}px ${FONT}`;
		const lines = linesOf(text, width, (part) => pen.measureText(part).width);
		return { lines: lines.length > most ? [...lines.slice(0, most - 1), `${lines[most - 1]} …`] : lines, size, weight };
	};
	const high = ({ lines, size }) => lines.length * size * 1.35;

	const room = WIDTH - 2 * EDGE;
	const sizes = inRow(figures, room, GAP, MOST_HEIGHT);
	const captions = figures.map(({ title, note }, index) => [written(title, 22, Math.max(sizes[index][0], 160), 3), written(note ?? "", 20, sizes[index][0], 2)]);
	const legend = figures.some((figure) => figure.legend) ? 52 : 0;
	const top = EDGE + 96;
	const ends = captions.map((texts, index) => top + sizes[index][1] + (figures[index].legend ? legend : 0) + texts.reduce((sum, text) => sum + high(text), 0));
	const foot = Math.max(top, ...ends) + 48;

	const squares = squaresOf(link);
	const each = squares ? Math.max(3, Math.floor(CODE / squares.length)) : 0;
	const side = squares ? each * squares.length : 0;
	const beside = room - side - (side ? GAP : 0);
	const asked = written(shown.question || shown.sentence, 30, beside, 4, 500);
	const address = [written(words.told, 22, beside, 1), written(link.replace(/^https?:[/][/]/, ""), 22, beside, 4, 500), written(isOwn ? words.own_photo : squares ? "" : words.too_long, 20, beside, 2)];
	const written_high = high(asked) + 28 + address.reduce((sum, text) => sum + high(text), 0);

	const context = paper(WIDTH, Math.round(foot + Math.max(side, written_high) + EDGE));
	const write = ({ lines, size, weight }, left, start, colour = INK) => {
		Object.assign(context, { font: `${weight} ${size}px ${FONT}`, fillStyle: colour, textBaseline: "alphabetic", textAlign: "left" });
		lines.forEach((line, index) => context.fillText(line, left, start + size + index * size * 1.35));
		return start + lines.length * size * 1.35;
	};
	context.fillStyle = "white";
	context.fillRect(0, 0, context.canvas.width, context.canvas.height);
	const start = write(written([words.lab, shown.lesson].filter(Boolean).join(" · "), 22, room, 1), EDGE, EDGE - 22, QUIET);
	write(written(titleOf(shown.title, words), 46, room, 1, 650), EDGE, start + 4);

	let left = EDGE;
	figures.forEach((figure, index) => {
		const drawable = drawables[index], [width, height] = sizes[index];
		context.imageSmoothingEnabled = Boolean(figure.svg) || drawable.width > width;
		context.imageSmoothingQuality = "high";
		context.drawImage(drawable, left, top, width, height);
		let under = top + height + 12;
		if (figure.legend) {
			drawLegend(context, figure.legend, left, under, width);
			under += legend;
		}
		write(captions[index][1], left, write(captions[index][0], left, under, QUIET), QUIET);
		left += width + GAP;
	});

	const answers = foot + Math.max(0, side - written_high) / 2;
	let at = write(asked, EDGE, answers) + 28;
	address.forEach((text, index) => (at = write(text, EDGE, at, index === 1 ? INK : QUIET)));
	context.fillStyle = "black";
	for (const [row, column, length] of squares ? runsOf(squares) : []) context.fillRect(WIDTH - EDGE - side + column * each, Math.round(foot) + row * each, length * each, each);
	return context;
}

function drawLegend(context, { stops, ticks }, left, top, width) {
	const colours = context.createLinearGradient(left, 0, left + width, 0);
	for (const [place, colour] of stops) colours.addColorStop(place, colour);
	context.fillStyle = colours;
	context.fillRect(left, top, width, 14);
	Object.assign(context, { fillStyle: QUIET, font: `400 20px ${FONT}`, textBaseline: "alphabetic" });
	for (const [text, place] of ticks) {
		context.textAlign = place < 0.01 ? "left" : place > 0.99 ? "right" : "center";
		context.fillText(text, left + place * width, top + 38);
	}
	context.textAlign = "left";
}
