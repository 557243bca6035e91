// The title, Share, and notices about a link. value = {query, uploaded, notices}; query and the props *_query are the
// tabs' parts of the link.
import { parts, put } from "./dom.js";

const QUERIES = ["step", "learn", "field", "why", "filters"].map((tab) => `${tab}_query`);

export function mount({ element, trigger, props, watch }) {
	const part = parts(element);
	const words = props.text;

	// Settings of the host, such as __theme=dark, stay.
	function link() {
		const kept = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith("__"));
		const tab = props.tab === "feature_map" ? "" : `tab=${props.tab}`;
		const search = [String(new URLSearchParams(kept)), tab, props.value.query, ...QUERIES.map((name) => props[name])].filter(Boolean).join("&");
		return `${location.origin}${location.pathname}${search && `?${search}`}`;
	}

	part.shared.onbeforetoggle = async ({ newState }) => {
		if (newState === "closed") return;
		part.link.value = link();
		part.without_upload.hidden = !props.value.uploaded;
		try {
			await navigator.clipboard.writeText(part.link.value);
			put(part, { copied: words.copied });
		} catch {
			put(part, { copied: words.not_copied }); // inside a frame the browser may forbid it
			part.link.select();
		}
	};

	function notify() {
		if (props.value.notices.length) put(part, { notice_text: props.value.notices.join("\n") });
	}
	part.close_notices.onclick = () => put(part, { notice_text: "" });
	watch(["value", "tab", ...QUERIES], () => {
		part.shared.hidePopover(); // the link is of another state now
		notify();
		// Gradio reloads the page when the network is back.
		history.replaceState(history.state, "", link());
	});
	notify();

	// Without a link, and without what the browser kept over a reload, the page is as it was built.
	const [{ type }] = performance.getEntriesByType("navigation");
	const isKept = type === "reload" && (sessionStorage.picture || sessionStorage.kernel);
	if (isKept || [...new URLSearchParams(location.search).keys()].some((name) => !name.startsWith("__"))) trigger("restore");
}
