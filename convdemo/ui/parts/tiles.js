// A click on a mosaic tells the number of the tile, counted from 1: parts.figure says how many there are, and how many in a row.
element.addEventListener("click", ({ target, clientX, clientY }) => {
	const picture = target.closest("[data-tiles]");
	if (!picture) return;
	const { tiles, columns } = picture.dataset;
	const box = picture.getBoundingClientRect();
	const at = (from, length, many) => Math.min(many - 1, Math.max(0, Math.floor((from / length) * many)));
	const row = at(clientY - box.top, box.height, Math.ceil(tiles / columns));
	trigger("select", { index: Math.min(Number(tiles), row * columns + at(clientX - box.left, box.width, columns) + 1) });
});
