// The window runs over the photo, row by row, and the map paints itself.
import { create } from "../parts/dom.js";
import { outputSize } from "../parts/geometry.js";

const COVER = "position: absolute; inset: -1px; background: repeating-linear-gradient(135deg, var(--soft) 0 5px, var(--paper) 5px 10px)";

// Values a second.
export const SPEEDS = {
	slow: ([, columns]) => columns / 2,
	fast: ([rows, columns]) => (rows * columns) / 10,
	pause: () => 0,
};

// The part of the map that is not there yet, after so many values: a shape of CSS.
export function ahead(count, [rows, columns]) {
	const row = Math.floor(count / columns);
	const [x, y, below] = [(count % columns) / columns, row / rows, (row + 1) / rows].map((share) => `${100 * share}%`);
	return `polygon(${x} ${y}, 100% ${y}, 100% 100%, 0 100%, 0 ${below}, ${x} ${below})`;
}

let end = () => {};

export function play({ element, part, props, inspect }) {
	end();
	const layer = inspect.layer();
	const size = outputSize(layer.size, layer);
	const total = size[0] * size[1];
	let speed = "slow";
	let count = 0;
	let before = performance.now();
	let frame = 0;

	const covers = [...part.pictures.children].map((figure) => {
		const cover = create("div", { style: COVER });
		figure.querySelector(".window-box").before(cover);
		return cover;
	});
	const button = ([name, word]) => create("button", { type: "button", class: "button small framed", value: name }, word);
	const bar = create("div", { class: "row" }, ...Object.entries(props.text.playing).map(button));
	const others = [...part.tools.children];

	function go(to) {
		count = to;
		if (count >= total) return end();
		const last = Math.max(0, Math.floor(count) - 1);
		inspect.showPosition(Math.floor(last / size[1]), last % size[1]);
		for (const { dataset, style } of covers) {
			dataset.count = Math.floor(count);
			style.clipPath = ahead(dataset.count, size);
		}
	}
	function choose(next) {
		speed = next;
		for (const choice of bar.children) if (choice.value in SPEEDS) choice.ariaPressed = choice.value === speed;
	}
	function step() {
		choose("pause");
		go(Math.floor(count) + 1);
	}
	function tick(now) {
		frame = requestAnimationFrame(tick);
		if (speed !== "pause") go(count + (SPEEDS[speed](size) * Math.max(0, now - before)) / 1000);
		before = now;
	}
	bar.onclick = ({ target: { value } }) => (value === "next" ? step() : value === "end" ? end() : value && choose(value));
	const onSpace = (event) => {
		if (event.key !== " ") return;
		event.preventDefault();
		step();
	};
	const changes = new MutationObserver(() => end()); // another map
	const shown = new ResizeObserver(() => part.frame.clientWidth || end()); // another tab

	end = () => {
		end = () => {};
		cancelAnimationFrame(frame);
		changes.disconnect();
		shown.disconnect();
		part.stage.removeEventListener("keydown", onSpace);
		others.forEach((tool) => (tool.hidden = false));
		if (bar.contains(document.activeElement)) part.play.focus();
		[bar, ...covers].forEach((node) => node.remove());
	};

	changes.observe(element, { attributeFilter: ["data-version", "data-live"] });
	shown.observe(part.frame);
	part.stage.addEventListener("keydown", onSpace);
	others.forEach((tool) => (tool.hidden = true));
	part.tools.append(bar);
	bar.querySelector("[value=next]").focus();
	choose("slow");
	go(0);
	frame = requestAnimationFrame(tick);
}
