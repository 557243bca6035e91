// The learning rate: a box to type it exactly, and a slider over powers of ten. value = the rate, null for an empty box.
import { parts, typed } from "../parts/dom.js";

// The rate at a place of the slider, with three digits.
export const rateAt = (power) => Number((10 ** power).toPrecision(3));

export function mount({ element, trigger, props, watch }) {
	const { box, slider } = parts(element);

	function show() {
		const { value } = props;
		if (typed(box) !== value) box.value = value ?? "";
		if (value > 0 && rateAt(slider.value) !== value) slider.value = Math.log10(value); // else it stays where it is
		slider.ariaValueText = box.value;
	}
	function choose(rate) {
		props.value = rate;
		show();
		trigger("input");
	}
	box.oninput = () => choose(typed(box));
	slider.oninput = () => choose(rateAt(slider.value));
	watch("value", show);
	show();
}
