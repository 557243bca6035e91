// The title, Share, and notices about a link. value is the name of the lesson on screen; the props *_query are the parts of
// the link, the shared one first.
import { awaitsState, parts, put } from "../parts/dom.js";

export function mount({ element, trigger, props, watch, root }) {
	const part = parts(element);
	const words = props.text;
	import("./asking.js").then(({ ask }) => ask(part, words)); // later: the first view asks for nothing

	// Settings of the host, such as __theme=dark, stay.
	function link() {
		const kept = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("__"));
		const tab = props.value === props.first ? "" : `tab=${props.value}`;
		const search = [String(new URLSearchParams(kept)), tab, ...props.queries.map((name) => props[name])].filter(Boolean).join("&");
		return `${location.origin}${location.pathname}${search && `?${search}`}`;
	}

	part.shared.onbeforetoggle = async ({ newState }) => {
		if (newState === "closed") return;
		part.link.value = link();
		part.without_upload.hidden = !props.uploaded;
		try {
			await navigator.clipboard.writeText(part.link.value);
			put(part, { copied: words.copied });
		} catch {
			put(part, { copied: words.not_copied }); // inside a frame the browser may forbid it
			part.link.select();
		}
	};

	function notify() {
		if (props.notices.length) put(part, { notice_text: props.notices.join("\n") });
	}
	part.close_notices.onclick = () => put(part, { notice_text: "" });
	watch("notices", notify);
	watch(["value", ...props.queries], () => {
		part.shared.hidePopover(); // the link is of another state now
		// Gradio reloads the page when the network is back.
		history.replaceState(history.state, "", link());
	});
	notify();

	watch("value", async () => (await import("./tabs.js")).toMiddle(props.value));

	// A kernel that is handed over to a lesson on another page.
	watch("go", () => {
		const handed = new URLSearchParams(props.page_query);
		for (const [name, value] of new URLSearchParams(props.go)) handed.set(name, value);
		location.assign(`${root}/?${handed}`);
	});

	// Without a link the page is as it was built; that of a single lesson has yet to be drawn.
	if (props.is_single || awaitsState()) trigger("restore");
}
