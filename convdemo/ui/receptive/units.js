// Where are the units of a layer on the photo? A field is of one layer: the start and size of what unit (0, 0) sees, the jump to
// the next unit, and the size of the map; all are pairs (row, column).
import { clamp } from "../parts/dom.js";

export const centreOf = ({ start, size, jump }, unit) => unit.map((at, axis) => start[axis] + jump[axis] * at + (size[axis] - 1) / 2);

// The unit whose centre is nearest to a place, as nearest_unit in scene.py finds it.
export function nearest(field, place) {
	const first = centreOf(field, [0, 0]);
	return place.map((at, axis) => clamp(Math.floor((at - first[axis]) / field.jump[axis] + 0.5), 0, field.output[axis] - 1));
}
