// What a lesson inside another page says to that page: how tall it is, whenever that changes.
import { create } from "../parts/dom.js";

export const KIND = "convolution-lab";

// link(false): of what is on screen, without what is said of the frame; root: of the lab.
export function tell({ link, lesson, root, words }) {
	const page = document.querySelector(".gradio-container");
	const whole = () => `${root}/?${new URLSearchParams({ tab: lesson, ...Object.fromEntries(new URL(link(false)).searchParams) })}`;
	const way = create("a", { class: "whole-lab lab-widget quiet", target: "_blank", rel: "noopener", href: whole() }, words.whole_lab);
	way.onpointerdown = way.onfocus = () => (way.href = whole());
	page.append(way);
	let told = 0;
	const say = () => {
		if (document.fullscreenElement) return; // the frame is as large as the screen, for a while
		const height = Math.ceil(page.getBoundingClientRect().height);
		if (height !== told) window.parent.postMessage({ type: KIND, height: (told = height) }, "*");
	};
	new ResizeObserver(say).observe(page);
	document.addEventListener("fullscreenchange", say);
	say();
}
