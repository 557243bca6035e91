// The elements marked data-part="name", by name.
export function parts(element) {
	return Object.fromEntries([...element.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
}

// "{name} is {n} wide" with the values put in. For textContent only: what a visitor typed stays text.
export function fill(sentence, values = {}) {
	return sentence.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

export function create(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith("on")) node[name] = value;
		else node.setAttribute(name, value);
	}
	node.append(...children);
	return node;
}

export function put(part, contents) {
	for (const [name, content] of Object.entries(contents)) {
		Object.assign(part[name], content instanceof Object ? content : { textContent: content });
	}
}

export const paper = (width, height, options) => create("canvas", { width, height }).getContext("2d", options);

export const typed = ({ value }) => (value === "" ? null : Number(value));

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
export const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// Of a file that is the same for everyone, of the one that the first view has already (early/ask.js), or of one of Gradio's,
// before or after Gradio gave it a URL.
export function address(file, root) {
	if (typeof file === "string") return `${root}/${file}`;
	const { path, url } = globalThis.firstPicture ?? {};
	return file.path === path ? url : file.url ?? `${root}/gradio_api/file=${file.path}`;
}

// What the tab of the browser keeps over a reload; nothing where that is forbidden, as it may be inside another page.
export function store() {
	try {
		return sessionStorage;
	} catch {
		return { getItem: () => null, setItem() {}, removeItem() {} };
	}
}

// Under which name the tab of the browser keeps something of this page over a reload, for kept.js.
export const keptName = (name) => `${name} ${location.pathname}`;

// Whether the page opens in another state than it was built in: that of the link, or what the browser kept over a reload.
// Then header.js asks for that state, and nobody draws the other one before.
export function awaitsState() {
	const [{ type }] = performance.getEntriesByType("navigation");
	const isKept = type === "reload" && ["picture", "kernel"].some((name) => store()[keptName(name)]);
	return isKept || [...new URLSearchParams(location.search).keys()].some((name) => !name.startsWith("__"));
}
