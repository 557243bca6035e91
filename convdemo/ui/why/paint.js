// The patch is painted: its frame follows the pointer or the arrow keys, and told is its first pixel, [column, row] from 0.
Object.assign(element, { tabIndex: 0, role: "application" });
Object.assign(element.style, { touchAction: "none", cursor: "crosshair" });
const frames = () => [...element.querySelectorAll("[data-box] rect")];
const put = ([column, row]) => frames().forEach((frame) => {
	frame.setAttribute("x", column);
	frame.setAttribute("y", row);
});
const within = (picture, places) => ["width", "height"].map((side, axis) => {
	return Math.max(0, Math.min(picture.viewBox.baseVal[side] - 1, Math.floor(places[axis])));
});
element.addEventListener("pointerdown", (event) => {
	const picture = event.target.closest("svg");
	if (!picture || event.button) return;
	const under = ({ clientX, clientY }) => {
		const { left, top, width } = picture.getBoundingClientRect();
		return within(picture, [clientX - left, clientY - top].map((at) => (at / width) * picture.viewBox.baseVal.width));
	};
	picture.setPointerCapture(event.pointerId);
	picture.onpointermove = (next) => put(under(next));
	picture.onpointerup = (next) => {
		picture.onpointermove = picture.onpointerup = null;
		trigger("select", { index: under(next) });
	};
	put(under(event));
});
element.addEventListener("keydown", (event) => {
	const [frame] = frames();
	const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
	if (!frame || !by) return;
	event.preventDefault();
	const place = within(frame.ownerSVGElement, ["x", "y"].map((side, axis) => Number(frame.getAttribute(side)) + by[axis]));
	put(place);
	trigger("select", { index: place });
});
