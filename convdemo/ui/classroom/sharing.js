// What Share has for a class, beside the link.
import { create } from "../parts/dom.js";
import { dress, fetched } from "./parcel.js";

const WAYS = {
	code: async (props) => (await import("./code.js")).showCode(props.classroom, props.uploaded),
	card: async (props) => (await import("./card.js")).saveCard(props),
	handout: async (props) => (await import("./handout.js")).print(props),
	projector: async (props) => (await import("./present.js")).present(props.classroom),
};

let isThere = false;

export async function share({ shared, embed }, props) {
	if (isThere) return;
	isThere = true;
	const { text: { share: words }, css } = await fetched(props.classroom);
	dress(css.code);
	const buttons = Object.keys(WAYS).map((name) => create("button", { type: "button", class: "button small framed", title: words[`${name}_hint`], "data-way": name }, words[name]));
	for (const button of buttons) button.onclick = () => {
		shared.hidePopover();
		WAYS[button.dataset.way](props);
	};
	shared.append(create("span", { class: "row in-class" }, ...buttons, embed)); // a line of its own below the link
}
