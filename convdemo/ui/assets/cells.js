// A kernel as rows of texts, exactly as typed. Everything here returns new cells; nothing touches the page.
// Python checks every weight again: these numbers only colour cells and scale whole kernels.

// The number that a cell means, or NaN. Fractions such as 1/9 count.
export function parseNumber(text) {
  const plain = text.trim().replace(/−/g, "-");
  const pieces = plain.split("/");
  if (pieces.length > 2 || pieces.some((piece) => !/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(piece.trim()))) return NaN;
  const value = Number(pieces[0]) / (pieces.length === 2 ? Number(pieces[1]) : 1);
  return Number.isFinite(value) ? value : NaN;
}

// A number for a small space: what was typed if that is short, else two or three significant digits.
export function shortNumber(text) {
  const plain = text.trim();
  const value = parseNumber(plain);
  if (Number.isNaN(value) || plain.length <= 4) return plain;
  if (Math.abs(value) >= 1e5) return value.toExponential(0);
  if (Math.abs(value) < 0.005) return value === 0 ? "0" : "≈0";
  return String(Number(Math.abs(value) < 1 ? value.toFixed(2) : value.toPrecision(3)));
}

const divisor = (a, b) => (b === 0 ? Math.abs(a) : divisor(b, a % b));

// numerator / denominator as a text: a fraction in lowest terms for integers, else a decimal.
export function ratio(numerator, denominator) {
  if (Number.isInteger(numerator) && Number.isInteger(denominator) && Math.abs(denominator) < 1e6) {
    const common = divisor(numerator, denominator) * Math.sign(denominator);
    const [top, bottom] = [numerator / common, denominator / common];
    return bottom === 1 ? String(top + 0) : `${top}/${bottom}`;
  }
  return String(Number((numerator / denominator).toPrecision(9)));
}

const negated = (text) => {
  const plain = text.trim().replace(/^−/, "-");
  if (!parseNumber(plain)) return plain; // 0, or no number at all
  if (plain.startsWith("-")) return plain.slice(1);
  return `-${plain.replace(/^\+/, "")}`;
};

const mapped = (cells, change) => cells.map((row) => row.map(change));
const numbers = (cells) => cells.flat().map(parseNumber);

// The sum of all weights; what float32 rounding leaves of a sum that should be 0 is 0.
export function sum(cells) {
  const total = numbers(cells).reduce((result, value) => result + value, 0);
  const size = numbers(cells).reduce((result, value) => result + Math.abs(value), 0);
  return Math.abs(total) < 1e-6 * size ? 0 : total;
}

// The first cell that is not a number, as {row, column, text} counted from 1, or null.
export function firstProblem(cells) {
  for (const [row, texts] of cells.entries()) {
    const column = texts.findIndex((text) => Number.isNaN(parseNumber(text)));
    if (column >= 0) return { row: row + 1, column: column + 1, text: texts[column] };
  }
  return null;
}

export const transpose = (cells) => cells[0].map((_, column) => cells.map((row) => row[column]));
export const flip_columns = (cells) => cells.map((row) => [...row].reverse());
export const flip_rows = (cells) => [...cells].reverse();
export const rotate = (cells) => flip_columns(transpose(cells));
export const negate = (cells) => mapped(cells, negated);

// Rounding off the float noise of a sum such as 0.1 + 0.2 - 0.3.
const settled = (value) => Number(value.toPrecision(12));

function settledSum(cells) {
  const wrong = firstProblem(cells);
  if (wrong) throw new Error("needs_numbers", { cause: wrong });
  return settled(sum(cells));
}

export function normalise(cells) {
  const total = settledSum(cells);
  if (Math.abs(total) < 1e-9) throw new Error("sums_to_zero");
  return mapped(cells, (text) => ratio(parseNumber(text), total));
}

export function centre(cells) {
  const count = cells.flat().length;
  const total = settledSum(cells);
  return mapped(cells, (text) => ratio(settled(parseNumber(text) * count - total), count));
}

// rows x columns cells: cut, or filled with zeros, at the bottom and at the right.
export function resize(cells, rows, columns) {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cells[row]?.[column] ?? "0"),
  );
}

export const asText = (cells) => cells.map((row) => row.join(" ")).join("\n");
