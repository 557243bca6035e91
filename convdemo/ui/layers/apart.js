// Matrices side by side on a canvas, with signs between them: window × kernel = products.
import { readableOn } from "../parts/palette.js";
import { short } from "../parts/values.js";

const LEGIBLE = 26; // the smallest cell with a number, in CSS pixels
const LARGEST = 44;
const LEAST = 3;
const GAP = 26;

// A matrix is { rows, columns, values, colours, hatched: what is padding, chosen: the cell in a frame }. width: the room, in CSS pixels;
// cell: the side of a cell, if it is not as large as there is room.
export function drawMatrices(canvas, matrices, { width, signs = ["×", "="], cell: wanted, tallest = 240 }) {
	const [rows, columns] = [Math.max(...matrices.map((one) => one.rows)), matrices.reduce((sum, one) => sum + one.columns, 0)];
	const gap = wanted ? 10 : GAP;
	const fitting = Math.min((width - gap * (matrices.length - 1)) / columns, tallest / rows, LARGEST);
	const cell = wanted ?? Math.max(LEAST, Math.floor(fitting));
	const [wide, tall] = [columns * cell + gap * (matrices.length - 1) + 1, rows * cell + 1];
	const ratio = window.devicePixelRatio || 1;
	Object.assign(canvas, { width: Math.ceil(wide * ratio), height: Math.ceil(tall * ratio) });
	Object.assign(canvas.style, { width: `${wide}px`, height: `${tall}px` });
	const context = canvas.getContext("2d");
	context.scale(ratio, ratio);
	Object.assign(context, { textAlign: "center", textBaseline: "middle", strokeStyle: "#cbd5e1" });
	let left = 0;
	matrices.forEach((one, number) => {
		const top = Math.round(((rows - one.rows) * cell) / 2);
		if (number) {
			Object.assign(context, { fillStyle: "#94a3b8", font: `${wanted ? 10 : 18}px system-ui, sans-serif` });
			context.fillText(signs[number - 1], left - gap / 2, tall / 2);
		}
		context.font = `${Math.floor(cell * 0.3)}px system-ui, sans-serif`;
		one.values.forEach((value, index) => {
			const [x, y] = [left + (index % one.columns) * cell, top + Math.floor(index / one.columns) * cell];
			context.fillStyle = one.colours[index];
			context.fillRect(x, y, cell, cell);
			if (one.hatched?.[index]) hatch(context, x, y, cell);
			if (cell > 5) context.strokeRect(x + 0.5, y + 0.5, cell, cell);
			if (cell < LEGIBLE) return;
			context.fillStyle = one.hatched?.[index] ? "#0f172a" : readableOn(one.colours[index]);
			context.fillText(short(value), x + cell / 2, y + cell / 2);
		});
		if (!wanted || cell <= 5) {
			context.strokeStyle = "#94a3b8";
			context.strokeRect(left + 0.5, top + 0.5, one.columns * cell, one.rows * cell);
			context.strokeStyle = "#cbd5e1";
		}
		left += one.columns * cell + gap;
	});
}

function hatch(context, x, y, side) {
	context.save();
	context.beginPath();
	context.rect(x, y, side, side);
	context.clip();
	context.beginPath();
	for (let at = -side; at < side; at += 6) {
		context.moveTo(x + at, y + side);
		context.lineTo(x + at + side, y);
	}
	context.strokeStyle = "#94a3b8";
	context.stroke();
	context.restore();
}
