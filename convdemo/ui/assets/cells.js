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

// rows x columns cells: cut, or filled with zeros, at the bottom and at the right.
export function resize(cells, rows, columns) {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cells[row]?.[column] ?? "0"),
  );
}
