// Whether an answer is right. Pure: the page and the tests call it.
import { parseNumber } from "../parts/cells.js";

const NEAR = 1e-4; // of the largest weight

// Without rows and columns of zeros around it: they only move the map.
export function trim(rows) {
	const isZero = (cells) => cells.every((cell) => cell === 0);
	const cut = (lines) => {
		const first = lines.findIndex((line) => !isZero(line));
		return first < 0 ? [] : lines.slice(first, lines.findLastIndex((line) => !isZero(line)) + 1);
	};
	const turn = (lines) => (lines.length ? lines[0].map((_, at) => lines.map((line) => line[at])) : []);
	return turn(cut(turn(cut(rows))));
}

// Whether two kernels give the same map; factor: "one", or which multiples count too, "positive" or "any".
export function isSameKernel(mine, other, factor = "one") {
	const [a, b] = [trim(mine), trim(other)];
	if (a.length !== b.length || a[0]?.length !== b[0]?.length) return false;
	const [x, y] = [a.flat(), b.flat()];
	if (!y.length) return true;
	const at = y.reduce((best, value, index) => (Math.abs(value) > Math.abs(y[best]) ? index : best), 0);
	const times = factor === "one" ? 1 : x[at] / y[at];
	if (!times || (factor === "positive" && times < 0)) return false;
	return x.every((value, index) => Math.abs(value - times * y[index]) <= NEAR * Math.abs(times * y[at]));
}

// How each kind of question compares what was given with an answer. A state is given as the parameters of a link.
const COMPARE = {
	choice: (question, given, answer) => given === answer,
	guess: (question, given, answer) => given === answer,
	number: ({ tolerance }, given, answer) => Math.abs(given - answer) <= tolerance + 1e-9 * Math.abs(answer),
	kernel: ({ factor }, given, answer) => answer.some((kernel) => isSameKernel(given, kernel, factor)),
	state: (question, given, answer) => Object.entries(answer).every(([name, value]) => given.get(name) === value),
};

// {isRight, say}: what the plan says to it, "" if it says nothing.
export function judge(question, given) {
	const is = (answer) => COMPARE[question.kind](question, given, answer);
	if (is(question.answer)) return { isRight: true, say: question.right };
	return { isRight: false, say: question.wrong.find(({ answer }) => is(answer))?.say ?? "" };
}

// The number that was typed, with a point or a comma and maybe groups of digits, a fraction, or null.
export function numberOf(text) {
	const plain = text.trim().replace(/(?<=\d)[\s\u00a0\u202f'’](?=\d{3}(\D|$))/g, "");
	const grouped = /^[-+−]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(plain) ? plain.replaceAll(",", "") : plain.replace(",", ".");
	const value = parseNumber(grouped);
	return Number.isFinite(value) && grouped !== "" ? value : null;
}
