// The lesson: a stack of one's own, or the small network. value is all that can be set, and belongs to the browser; the server says in
// "shown" what the part that is on screen shows, or what is wrong.
import { address, create, parts } from "../parts/dom.js";
import { arrive } from "../parts/late.js";
import { faceNetwork } from "./network.js";
import { ownStack } from "./own.js";

export async function mount({ element, trigger, props, watch, root }) {
	const { text: words, ...constants } = await arrive(element, props, root);
	const part = parts(element);
	let state = props.value;
	let held = 0;

	// Asks for what belongs to another state. also: what only the request says.
	function change(next, also = {}) {
		state = { ...state, ...next };
		props.value = { ...state, ...also };
		trigger("input");
	}

	// Another place is looked at: the link says it, a little later.
	function hold(next) {
		state = { ...state, ...next };
		props.value = state;
		clearTimeout(held);
		held = setTimeout(() => trigger("select"), 300);
	}

	const common = { element, part, constants, root, change, hold };
	const rooms = { own: ownStack({ ...common, words: words.own, names: words.names }), network: faceNetwork({ ...common, words: words.network }) };
	part.own_legend_words.textContent = words.own.legend;
	part.network_legend_words.textContent = words.network.legend;
	for (const name of ["own_bar", "network_bar"]) part[name].style.background = `linear-gradient(to right, ${constants.palette.join(", ")})`;

	function choose() {
		for (const button of part.switch.children) {
			const isShown = button.dataset.show === state.part;
			button.ariaPressed = isShown;
			part[button.dataset.show].hidden = !isShown;
		}
	}
	part.switch.onclick = ({ target: { dataset } }) => {
		if (!dataset.show || dataset.show === state.part) return;
		change({ part: dataset.show, layer: 0, channel: 1, unit: null }, { known: rooms.network.known() });
		choose();
	};

	for (const name of ["own", "network"]) {
		const { question, answers, right, why } = words[name];
		part[`${name}_guess`].onclick = ({ target }) => {
			if (!target.dataset.answer) return;
			for (const button of part[`${name}_guess`].querySelectorAll("button")) button.disabled = true;
			target.ariaPressed = true;
			target.classList.add(Number(target.dataset.answer) === right ? "right" : "not");
			part[`${name}_why`].textContent = why;
			Object.assign(element.dataset, { guessed: `${question} ${answers[target.dataset.answer]}` });
		};
	}

	element.addEventListener("click", ({ target }) => {
		const { save } = target.dataset ?? {};
		if (save) trigger("download", { kind: save });
	});

	function show() {
		const { shown } = props;
		if (!shown?.part || shown.part !== state.part) return;
		part[`${shown.part}_problem`].textContent = shown.problem;
		rooms[shown.part].show(shown, state);
	}

	function take() { // the state of a link, or what was asked for
		const { known, pyramid, ...value } = props.value;
		if (JSON.stringify(value.stack) !== JSON.stringify(state.stack)) rooms.own.choose(0);
		state = value;
		choose();
		rooms.own.refresh(state);
	}
	watch("shown", show);
	watch("value", take);
	watch("saved", () => {
		const { file, name } = props.saved ?? {};
		if (file) create("a", { href: address(file, root), download: name }).click();
	});
	take();
	show();
	element.dataset.ready = "yes";
}
