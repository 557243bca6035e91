// What is on the pad: marks, the last one on top, each of lines through points [right, down], in pixels.

const [REACH, RADIUS, STRIPES, APART] = [60, 45, 5, 24]; // half the length of a line; of a circle; of stripes

// The lines of a shape around a place. Degrees are those of all angles on the page: 0 points right, 90 down.
export function shape(kind, [right, down], degrees) {
	const point = (angle, far) => [right + far * Math.cos(angle), down + far * Math.sin(angle)];
	if (kind === "circle") return [Array.from({ length: 65 }, (_, n) => point((n * Math.PI) / 32, RADIUS))];
	const angle = (degrees * Math.PI) / 180;
	const count = kind === "stripes" ? STRIPES : 1;
	return Array.from({ length: count }, (_, n) => {
		const [x, y] = point(angle + Math.PI / 2, (n - (count - 1) / 2) * APART);
		const [across, along] = [Math.cos(angle), Math.sin(angle)].map((share) => REACH * share);
		return [[x - across, y - along], [x + across, y + along]];
	});
}

// For SVG and canvas. A single point is a dot.
export const pathOf = (lines) =>
	lines.map((points) => `M${points.map((point) => point.map((pixels) => +pixels.toFixed(2))).join("L")}${points[1] ? "" : "h.01"}`).join("");

// A mark that hides all before it, so that wiping the pad can be undone as any other mark.
export const WIPED = { lines: [] };
export const seen = (marks) => marks.slice(marks.lastIndexOf(WIPED) + 1);
