// What is done to a whole kernel, on its cells as they were typed. convdemo.kernels.operate says what each operation is;
// tests/operation_cases.json holds what both make of the same kernels.
import { parseNumber, transpose } from "../parts/cells.js";
import { fill } from "../parts/dom.js";

const MAX_WEIGHT = 1e6; // of convdemo.kernel_text
const MAX_DENOMINATOR = 512;

const flipRows = (cells) => [...cells].reverse();
const flipColumns = (cells) => cells.map((row) => [...row].reverse());
const rotate = (cells) => transpose(flipRows(cells));

// These move cells, whatever is typed in them.
const MOVES = { transpose, rotate, flip_columns: flipColumns, flip_rows: flipRows };

// "1/3" becomes "-1/3" and "-1/3" "1/3"; what is 0 stays.
function negate(text) {
	if (parseNumber(text) === 0) return text;
	const plain = text.trim();
	return /^[-−]/.test(plain) ? plain.slice(1) : `-${plain.replace(/^\+/, "")}`;
}

// The exact sum of float32 numbers, rounded once: each is a whole multiple of 2 ** -149, the smallest of them.
function sum(weights) {
	const multiples = weights.map((weight) => BigInt(weight * 2 ** 149));
	return Number(multiples.reduce((total, multiple) => total + multiple, 0n)) / 2 ** 149;
}

// What takes all weights, row after row, and returns them anew, or null where it cannot.
const SUMS = {
	normalise(weights) {
		const total = sum(weights);
		if (total === 0 || Math.abs(total) < 1e-6 * sum(weights.map(Math.abs))) return null;
		return weights.map((weight) => weight / total);
	},
	centre(weights) {
		const mean = sum(weights) / weights.length;
		return weights.map((weight) => weight - mean);
	},
};

// The fewest digits that are exactly this float32 again; nine are always enough.
function decimal(weight) {
	const texts = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digits) => String(Number(weight.toPrecision(digits))));
	return texts.find((text) => Math.fround(Number(text)) === weight);
}

// A float32 as the text of a cell: as a fraction where that is shorter.
function write(weight) {
	const text = decimal(weight);
	for (let denominator = 2; denominator <= MAX_DENOMINATOR; denominator += 1) {
		const numerator = Math.round(weight * denominator);
		const fraction = `${numerator}/${denominator}`;
		if (Math.fround(numerator / denominator) === weight) return fraction.length < text.length ? fraction : text;
	}
	return text;
}

// Returns the new cells, or the sentence about why there are none. While a cell is no weight, only moves change anything.
export function operate(operation, cells, words) {
	if (operation in MOVES) return { cells: MOVES[operation](cells) };
	const weights = cells.flat().map((text) => Math.fround(parseNumber(text)));
	if (!weights.every((weight) => Math.abs(weight) <= MAX_WEIGHT)) return { cells };
	if (operation === "negate") return { cells: cells.map((row) => row.map(negate)) };

	const columns = cells[0].length;
	const changed = SUMS[operation](weights)?.map((weight) => Math.fround(weight) + 0); // never -0
	if (!changed) return { problem: words.sum_is_zero };
	const far = changed.findIndex((weight) => Math.abs(weight) > MAX_WEIGHT);
	if (far >= 0) {
		const weight = changed[far];
		const value = Number.isInteger(weight) ? `${weight}.0` : weight; // as Python writes it
		return { problem: fill(words.too_large, { row: Math.floor(far / columns) + 1, column: (far % columns) + 1, value }) };
	}
	const texts = changed.map(write);
	return { cells: cells.map((_, row) => texts.slice(row * columns, (row + 1) * columns)) };
}
