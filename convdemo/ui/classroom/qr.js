// A link as a QR code: dark squares on white, with the white edge that readers need.
import { encode } from "./uqr.js";

export const EDGE = 4; // squares, on each side
export const MOST_VERSION = 25; // 117 squares a side: more are too small on a projector

// The squares, row by row, with the edge: true is dark. Null if the link is too long.
export function squaresOf(link) {
	try {
		return encode(link, { boostEcc: true, border: EDGE, maxVersion: MOST_VERSION }).data;
	} catch (error) {
		if (error instanceof RangeError) return null;
		throw error;
	}
}

// Rows of dark squares: [row, column, length] of each.
export function runsOf(squares) {
	const runs = [];
	squares.forEach((row, at) => {
		for (let start = row.indexOf(true); start >= 0; start = row.indexOf(true, start)) {
			const end = row.indexOf(false, start);
			runs.push([at, start, (end < 0 ? row.length : end) - start]);
			start = end < 0 ? row.length : end;
		}
	});
	return runs;
}

export const pathOf = (squares) => runsOf(squares).map(([row, column, length]) => `M${column} ${row}h${length}v1h${-length}z`).join("");

export function drawn(squares, label) {
	const make = (tag, attributes) => {
		const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
		for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
		return node;
	};
	const side = squares.length;
	const code = make("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges", class: "qr" });
	code.append(make("rect", { width: side, height: side, fill: "#fff" }), make("path", { d: pathOf(squares), fill: "#000" }));
	return code;
}
