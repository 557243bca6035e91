// A matrix as rows of texts, exactly as typed. Python reads them again: these numbers only colour cells.
import { short } from "./values.js";

// The number that a cell means, or NaN. Fractions such as 1/9 count.
export function parseNumber(text) {
	const plain = text.trim().replace(/−/g, "-");
	const pieces = plain.split("/");
	if (pieces.length > 2 || pieces.some((piece) => !/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(piece.trim()))) return NaN;
	const value = Number(pieces[0]) / (pieces.length === 2 ? Number(pieces[1]) : 1);
	return Number.isFinite(value) ? value : NaN;
}

// For a small space: what was typed if that is short.
export function shortNumber(text) {
	const plain = text.trim();
	const value = parseNumber(plain);
	return Number.isNaN(value) || plain.length <= 4 ? plain : short(value);
}

// Cut, or filled with zeros, at the bottom and at the right.
export function resize(cells, rows, columns) {
	return Array.from({ length: rows }, (_, row) =>
		Array.from({ length: columns }, (_, column) => cells[row]?.[column] ?? "0"),
	);
}

export const transpose = (rows) => rows[0].map((_, column) => rows.map((row) => row[column]));
