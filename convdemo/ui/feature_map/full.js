// The map and its legend fill the screen, with the buttons and the value that one points at below them.
import { create } from "../parts/dom.js";

// What is important in a layer counts more than lab.css. What else belongs to the inspector keeps its width, by which the
// inspector knows that it is on screen.
const STYLE = `@layer full {
	.figure-panel:fullscreen {
		display: grid !important; grid: 1fr auto / auto minmax(0, 1fr); gap: 10px 20px; align-items: center; padding: 16px;
		container-type: size; overflow: hidden; background: var(--paper) !important;
		> * { margin: 0 !important; }
		> :not(.band, [data-part="tools"], .inspector), .inspector > :not(.told), .told > :not(.sentence) { position: absolute !important; visibility: hidden; }
		.band { grid-column: 1 / -1; position: static !important; padding: 0 !important; --tall: calc(100cqh - 100px) !important; }
		.inspector { display: block !important; }
		.sentence { min-height: 2lh !important; align-content: center; }
	}
	@container (max-width: 639px) {
		.figure-panel:fullscreen > * { grid-column: 1 / -1; }
	}
}`;

let style = null;
let told = null; // why there is none

export async function full({ part, props }) {
	const { screen: words, tools } = props.text;
	const panel = part.tools.parentElement;
	const leave = () => document.exitFullscreen().catch(() => {}); // it was left already
	if (document.fullscreenElement) return leave();
	told?.remove();
	style ??= document.head.appendChild(create("style", {}, STYLE));
	panel.onfullscreenchange = () => {
		const isFull = document.fullscreenElement === panel;
		part.full.textContent = isFull ? words.leave : tools.full[0];
		panel.onkeydown = isFull ? ({ key }) => key === "Escape" && leave() : null; // a browser within a program may leave that to us
	};
	if (document.fullscreenEnabled && (await panel.requestFullscreen().then(() => true, () => false))) return;
	told = create("span", { class: "hint", role: "status" }, window === window.parent ? words.refused : words.framed);
	part.tools.append(told);
}
