// The title, Share, notices about a link, the address, and the way from lesson to lesson. value is the name of the lesson on
// screen; the props *_query are the parts of the link, the shared one first.
import { awaitsState, parts, put } from "../parts/dom.js";

export function mount({ element, trigger, props, watch, root }) {
	const part = parts(element);
	const words = props.text;
	import("./asking.js").then(({ ask }) => ask(part, props)); // later: the first view asks for nothing
	const join = async () => (await import("./groups.js")).joinAll(document.querySelector(".lab-page"));
	document.addEventListener("focusin", join, { once: true }); // the first is the one that skips

	const isInside = "embed" in document.documentElement.dataset; // another page (embed/early.js)
	const told = {}; // parts of the link that the browser alone knows: they count for more

	// Settings of the host, such as __theme=dark, stay, and how another page shows the lesson.
	function link(isFramed = isInside) {
		const own = isFramed ? /^(__.*|embed|controls|panel|theme)$/ : /^__/;
		const kept = [...new URLSearchParams(location.search)].filter(([name]) => own.test(name));
		const tab = props.value === props.first ? "" : `tab=${props.value}`;
		const queries = props.queries.map((name) => told[name] ?? props[name]);
		const search = [String(new URLSearchParams(kept)), tab, ...queries].filter(Boolean).join("&");
		return `${location.origin}${location.pathname}${search && `?${search}`}`;
	}

	// The browser's Back leads to the tab before: only another tab, of the visitor's choice, is a new entry of its history. Else
	// the address follows, as Gradio reloads the page when the network is back.
	const linked = () => new URLSearchParams(location.search).get("tab") ?? props.first;
	let show = () => {}; // what the lesson on screen took
	let screen = props.value;
	let awaited = linked(); // the tab that the address asks for, until it is shown
	function follow() {
		if (part.shared.matches(":popover-open")) sharing(); // an answer that came after Share was pressed
		put(part, { skip: words.skip[props.value] ?? words.skip.lesson });
		show();
		const isChosen = props.value !== screen && props.value !== awaited;
		if (props.value !== screen) awaited = null;
		screen = props.value;
		history[isChosen ? "pushState" : "replaceState"](isChosen ? null : history.state, "", link());
	}
	const open = (tab) => document.querySelector(`[role="tab"][data-tab-id="${CSS.escape(tab)}"]`)?.click();
	window.addEventListener("popstate", () => {
		if (linked() === props.value) return;
		awaited = linked();
		open(awaited);
	});

	const take = (asked) => trigger("take", asked);
	const page = { part, props, root, isInside, open, link, take: !props.is_single && take };
	const sharing = async (isPressed) => (await import("./share.js")).share(page, isPressed);
	part.shared.onbeforetoggle = ({ newState }) => newState === "open" && sharing(true);
	if (isInside) import("../embed/framed.js").then(({ tell }) => tell({ ...page, lesson: props.value, words: props.embed }));

	const coming = () => import("./coming.js"); // what few ask for
	coming().then(({ stand }) => stand(page));
	part.plans.onclick = async () => (await coming()).plans(page);

	function notify() {
		if (props.notices.length) put(part, { notice_text: props.notices.join("\n") });
	}
	part.close_notices.onclick = () => put(part, { notice_text: "" });
	watch("notices", notify);
	watch(["value", "uploaded", ...props.queries], follow);
	let timer = 0;
	document.addEventListener("told", ({ detail }) => {
		Object.assign(told, detail);
		clearTimeout(timer);
		timer = setTimeout(follow, 300); // browsers allow a hundred new addresses in half a minute
	});
	notify();
	put(part, { skip: words.skip[props.value] ?? words.skip.lesson });

	watch("value", async () => (await import("./tabs.js")).toMiddle(props.value));

	// What one lesson has is taken to another as a piece of a link, by a lesson's script or by the server.
	const going = () => import("./going.js");
	const go = async (piece) => (await going()).go(piece, { ...page, link: link(false) });
	document.addEventListener("go", ({ detail }) => go(detail));
	watch("go", () => go(props.go.query));
	watch("taken", async () => {
		if (props.taken.sentence) show = (await going()).tell(part, props, go);
	});

	part.skip.onclick = async (event) => {
		event.preventDefault();
		(await going()).skip();
	};

	// Without a link the page is as it was built; that of a single lesson has yet to be drawn.
	if (props.is_single || awaitsState()) trigger("restore");
}
