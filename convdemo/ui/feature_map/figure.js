// The feature map with its legend. value is the last one; "stale": of another state, "error": why.
import { inspector } from "./inspector.js";
import { address, awaitsState, create, fill, isSame, parts, put } from "../parts/dom.js";

export function mount({ element, trigger, props, watch, root }) {
	const part = parts(element);
	let drawn = null;
	const inspect = inspector({ element, part, props, root });
	const frame = (surface, label) => create("figure", {}, surface, create("div", { class: "window-box" }), ...(label ? [create("figcaption", {}, label)] : []));

	function picture({ file, preview, size: [height, width], label }, caption) {
		return frame(create("img", { src: address(preview ?? file, root), alt: fill(props.text.alt, { caption }), width, height, draggable: "false" }), label);
	}

	function place(figures) {
		part.pictures.replaceChildren(...figures);
		part.pictures.classList.toggle("several", figures.length > 1);
	}

	function legend(one) {
		part.bar.style.background = `linear-gradient(to right, ${stops(one).join(", ")})`;
		part.ticks.replaceChildren(...one.ticks.map(([text, at]) => create("span", { style: `--at: ${100 * at}%` }, text)));
		part.meaning.textContent = one.title;
	}

	// Of a CSS gradient; what lies outside of the scale may have colours of its own at its ends.
	function stops({ colours, outside }) {
		return outside ? [`${outside[0]} 0 5%`, `${colours[0]} 5%`, `${colours.at(-1)} 95%`, `${outside[1]} 95%`] : colours;
	}

	// In place of what a preview lost; on a slow line some seconds later.
	async function complete(image, file) {
		const whole = create("img", { src: address(file, root) });
		await whole.decode();
		image.src = whole.src;
	}

	// The old picture stays until the new one is decoded.
	async function draw() {
		const { value } = props;
		if (shared.live?.holds(value)) return;
		const { caption } = value;
		const figures = value.pictures.map((item) => picture(item, caption));
		const late = setTimeout(() => part.stage.classList.add("late"), 1000);
		await Promise.allSettled(figures.map((figure) => figure.firstChild.decode()));
		clearTimeout(late);
		if (!isSame(value, props.value) || shared.live?.holds(value)) return;
		part.stage.classList.remove("late");
		place(figures);
		const [height, width] = value.pictures[0].size;
		element.style.setProperty("--ratio", width / height);
		legend(value.legend);
		part.facts.replaceChildren(...value.facts.flatMap(({ term, lines }) => [create("dt", {}, term), create("dd", {}, lines.join("\n"))]));
		const { told, button } = value.reduced ?? {};
		put(part, { caption, facts_title: value.facts_title, whole: { hidden: !told }, whole_told: told, whole_button: { textContent: button, disabled: false } });
		inspect(value.layer, value.legend, value.cell);
		shared.live?.replaced(value);
		if (!isSame(value, drawn)) element.dataset.version = Number(element.dataset.version ?? 0) + 1; // not when a live map is taken off it
		drawn = value;
		value.pictures.forEach(({ file, preview }, index) => preview && complete(figures[index].firstChild, file));
	}

	function complain() {
		if (props.stale && !element.dataset.version) draw(); // the link's cannot be made: there is another one at least
		part.problem.textContent = props.error;
		if (props.stale) shared.live?.end();
		part.stage.classList.toggle("old", props.stale || !navigator.onLine);
	}

	let saver = null;
	async function save(kind) {
		saver ??= import("./saving.js").then((module) => module.saver({ part, props, trigger, watch, root }));
		(await saver)(kind);
	}
	for (const kind of ["png", "npy"]) part[kind].onclick = () => save(kind);
	part.whole_button.onclick = () => save();

	part.tools.onclick = async ({ target }) => (await import("./tools.js")).use(target.dataset.part, { element, part, props, inspect });

	// What the map of the hand (live/live.js) needs of this one; it is loaded when a hand comes near.
	const shared = (element.querySelector("section").figure = { element, part, props, root, inspect, frame, place, legend, draw, live: null });
	const live = (act) => import("../live/live.js").then(act);
	const near = ({ target }) => target.closest(".lab-cause, .lab-layer") && !shared.live && live(({ prepare }) => prepare());
	document.addEventListener("pointerover", near);
	document.addEventListener("focusin", near);
	document.addEventListener("layer", ({ detail }) => live(({ set }) => set(detail)));

	watch("value", draw);
	watch(["error", "stale"], complain);
	window.ononline = window.onoffline = complain;
	if (awaitsState() && !props.value.restored && !props.stale) return; // unless the answer was quicker than this script
	draw();
	complain();
}
