// The photo over its map, up to a line that one drags.
import { clamp, create } from "../parts/dom.js";
import { outputSize, spanAt } from "../parts/geometry.js";

const SHEET = "position: absolute; inset: 0; overflow: hidden; pointer-events: none; background: var(--paper); clip-path: inset(0 calc(100% - var(--wipe)) 0 0)";
const LINE = "position: absolute; inset: 0 auto; left: var(--wipe); width: 28px; translate: -50%; cursor: ew-resize; background: radial-gradient(circle, #facc15 7px, #111827 8px 9px, #0000 10px), linear-gradient(90deg, #0000 12px, #111827 12px 13px, #facc15 13px 15px, #111827 15px 16px, #0000 16px)";

// Where the photo lies so that each value is over the centre of its window: [start, length] down and across, the map's being 1.
export function photoOver(layer) {
	const { top, left, height, width } = spanAt(0, 0, layer);
	const counts = outputSize(layer.size, layer);
	return [[top, height], [left, width]].map(([first, span], axis) => {
		const whole = layer.stride * counts[axis];
		return [(layer.stride / 2 - first - span / 2) / whole, layer.size[axis] / whole];
	});
}

let range = null; // where the line is: for keys too
let watcher = null;

export function wipe(isOn, { part, props, inspect }) {
	watcher?.disconnect();
	range?.remove();
	part.map.ariaPressed = !isOn;
	part.wipe.ariaPressed = isOn;
	const clear = () => part.pictures.querySelectorAll("[data-wipe]").forEach((piece) => piece.remove());
	clear();
	if (!isOn) return;

	const place = () => part.pictures.style.setProperty("--wipe", `${range.value}%`);
	range ??= create("input", { type: "range", "aria-label": props.text.wipe_label, style: "flex: 0 1 110px; min-width: 0", oninput: place });
	part.wipe.after(range);

	function lay(figure) {
		const [[top, height], [left, width]] = photoOver(inspect.layer()).map((ends) => ends.map((share) => `${100 * share}%`));
		const { src } = document.querySelector(".lab-picture [data-part=image]");
		const photo = create("img", { src, alt: "", draggable: "false", style: `position: absolute; object-fit: fill; top: ${top}; left: ${left}; width: ${width}; height: ${height}; max-width: none` });
		const line = create("div", { "data-wipe": "", style: LINE });
		line.onpointerdown = ({ pointerId }) => line.setPointerCapture(pointerId);
		line.onpointermove = (event) => {
			event.stopPropagation(); // the inspector has the rest of the picture
			if (!line.hasPointerCapture(event.pointerId)) return;
			const box = figure.getBoundingClientRect();
			range.value = clamp((100 * (event.clientX - box.left)) / box.width, 0, 100);
			place();
		};
		line.onclick = (event) => event.stopPropagation();
		figure.querySelector(".window-box").before(create("div", { "data-wipe": "", style: SHEET }, photo));
		figure.append(line);
	}
	function layAll() {
		clear();
		[...part.pictures.children].forEach(lay);
	}
	watcher = new MutationObserver((changes) => changes.some(({ target }) => target.matches(".pictures, canvas")) && layAll());
	watcher.observe(part.pictures, { childList: true, subtree: true, attributeFilter: ["width", "height"] }); // new ones, or live/live.js makes them larger
	place();
	layAll();
}
