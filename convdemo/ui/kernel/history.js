// What can be undone, and done again.
import { isSame } from "../parts/dom.js";

const MOST = 100;

export function history() {
	const past = []; // the last change's before at the end
	const future = []; // what was undone, the last one at the end
	let open = null;

	// The last state that is not the one on screen, which takes its place.
	function take(from, to, now) {
		open = null;
		while (from.length && isSame(from.at(-1), now)) from.pop();
		if (from.length) to.push(now);
		return from.pop() ?? null;
	}

	return {
		// Changes that belong to one thing are one step, until it is closed or another one changes something.
		note(before, thing = null) {
			future.length = 0;
			if (thing && thing === open) return;
			open = thing;
			past.push(before);
			if (past.length > MOST) past.shift();
		},
		close: () => (open = null),
		undo: (now) => take(past, future, now),
		redo: (now) => take(future, past, now),
		next: { undo: () => past.at(-1), redo: () => future.at(-1) },
		sizes: () => [past.length, future.length],
	};
}
