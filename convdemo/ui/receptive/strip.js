// The layers of a stack in a row, of which one is looked from. value = its number, from 1; layers = [name, field] of each.
import { clamp, create, isSame, parts } from "../parts/dom.js";

export function mount({ element, trigger, props, watch }) {
	const { list } = parts(element);
	let shown = null;

	function show() {
		const { layers, value } = props;
		if (!isSame(layers, shown)) {
			list.replaceChildren(...layers.map(([name, field]) => create("button", { type: "button", class: "framed" }, create("b", {}, name), create("span", { class: "hint" }, field))));
			shown = layers;
		}
		[...list.children].forEach((button, index) => {
			const isChosen = index === value - 1;
			button.ariaPressed = isChosen;
			button.tabIndex = isChosen ? 0 : -1; // one stop of the Tab key; arrows go on from there
			if (isChosen) list.scrollLeft = button.offsetLeft - (list.clientWidth - button.offsetWidth) / 2;
		});
	}
	function choose(number) {
		if (number !== props.value) {
			props.value = number;
			show();
			trigger("input");
		}
		list.children[number - 1].focus({ preventScroll: true });
	}
	list.onclick = ({ target }) => {
		const button = target.closest("button");
		if (button) choose([...list.children].indexOf(button) + 1);
	};
	list.onkeydown = (event) => {
		const { length } = list.children;
		const to = { ArrowLeft: props.value - 1, ArrowRight: props.value + 1, Home: 1, End: length }[event.key];
		if (!to || event.metaKey || event.ctrlKey || event.altKey) return;
		event.preventDefault();
		choose(clamp(to, 1, length));
	};
	watch(["value", "layers"], show);
	new ResizeObserver(show).observe(list); // it had no width while its tab was not shown
	show();
}
