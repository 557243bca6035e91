// All that a link says is in place: now its tab is shown, and the lesson on screen is drawn. Before, it would be drawn
// from a part of the link.
(screen, ...counts) => [{ selected: screen, __type__: "update" }, ...counts.map((count, index) => (NAMES[index] === screen ? count + 1 : count))]
