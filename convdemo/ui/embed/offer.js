// The lines that show what is on screen inside another page, and how it looks there.
import { create, fill } from "../parts/dom.js";
import { KIND } from "./framed.js";

const WIDTH = 700; // CSS pixels of a page's text
const HEIGHT = 640; // until the frame tells its own
const ALLOWED = "camera; clipboard-write; fullscreen";

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

// Of a link to the lab, or to a page of a lesson; options are the parameters of the frame at other values than their defaults.
export function addressOf(link, lesson, options) {
	const { origin, pathname, searchParams } = new URL(link);
	const own = pathname.endsWith(`/${lesson}`) ? pathname : `${pathname.replace(/\/$/, "")}/${lesson}`;
	for (const name of ["tab", "embed", "controls", "panel", "theme", "__theme"]) searchParams.delete(name);
	return `${origin}${own}?${[new URLSearchParams({ embed: 1, ...options }), searchParams].filter(String).join("&")}`;
}

export function frameOf(address, title, height) {
	return `<iframe src="${escaped(address)}" title="${escaped(title)}" width="100%" height="${height}" style="border: 0" loading="lazy" allow="${ALLOWED}"></iframe>`;
}

const menu = (name, label, options) => create("label", { class: "row" }, label,
	create("select", { name, class: "field framed" }, ...options.map(([value, text]) => create("option", { value }, text))));

export async function offer({ link, lesson, title, parcel }) {
	const { text: words, css } = await (await fetch(parcel)).json();
	const code = create("textarea", { class: "field framed mono", rows: 5, readonly: "", spellcheck: "false", "aria-label": words.code });
	const frame = create("iframe", { title: words.preview, width: WIDTH, allow: ALLOWED });
	const copied = create("span", { role: "status", class: "quiet" });
	const copy = create("button", { type: "button", class: "button framed" }, words.copy);
	const close = create("button", { type: "button", class: "button framed push" }, words.close);
	const form = create("form", { class: "row" },
		menu("controls", words.controls_label, Object.entries(words.controls_options)),
		menu("theme", words.theme_label, Object.entries(words.theme_options)),
		create("label", { class: "row" }, create("input", { type: "checkbox", name: "panel", value: 1 }), words.panel_label));
	const dialog = create("dialog", { class: "embedding lab-widget", "aria-label": words.heading }, create("style", {}, css),
		create("h2", {}, words.heading), create("p", { class: "quiet" }, words.explanation), form, code,
		create("div", { class: "row" }, copy, copied, close), create("p", { class: "quiet" }, fill(words.preview_at, { width: WIDTH })),
		create("div", { class: "sheet framed" }, frame));
	let height = HEIGHT;
	const address = () => addressOf(link, lesson, Object.fromEntries([...new FormData(form)].filter(([, value]) => !/^(all|auto)$/.test(value))));
	const write = () => (code.value = frameOf(address(), title, height));
	const show = () => {
		copied.textContent = "";
		frame.src = address();
		write();
	};
	const hear = ({ source, data }) => {
		if (source !== frame.contentWindow || data?.type !== KIND) return;
		frame.height = height = data.height;
		write();
	};
	form.onchange = show;
	code.onfocus = () => code.select();
	copy.onclick = async () => {
		await navigator.clipboard.writeText(code.value).then(() => (copied.textContent = words.copied), () => code.focus());
	};
	close.onclick = () => dialog.close();
	dialog.onclose = () => {
		window.removeEventListener("message", hear);
		dialog.remove();
	};
	window.addEventListener("message", hear);
	document.querySelector(".lab-header section").append(dialog);
	dialog.showModal();
	show();
}
