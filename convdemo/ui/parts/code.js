// A text to read and to copy: a program, or what one printed. value is the text.
import { parts, put } from "./dom.js";

export function mount({ element, props, watch }) {
	const part = parts(element);
	const { text: words, label } = props;
	put(part, { title: label });
	part.text.ariaLabel = label;

	part.copy.onclick = async () => {
		try {
			await navigator.clipboard.writeText(props.value);
			put(part, { copy: words.copied });
		} catch {
			getSelection().selectAllChildren(part.text); // inside a frame the browser may forbid it
		}
	};
	function show() {
		put(part, { text: props.value ?? "", copy: words.copy });
	}
	watch("value", show);
	show();
}
