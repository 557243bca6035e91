// Gradio gives each radio button a name of its own, and its group none. With one for all, the group is one stop of the Tab key,
// the arrow keys choose, and a screen reader says what is chosen.
let count = 0;

export function join(page) {
	for (const group of page.querySelectorAll("fieldset")) {
		const title = group.querySelector('[data-testid="block-info"]');
		if (!title) continue;
		title.id ||= `group-${(count += 1)}`;
		group.setAttribute("aria-labelledby", title.id);
		for (const radio of group.querySelectorAll('[type="radio"]')) radio.name = title.id;
	}
}

// Those that are there, and those of lessons that are opened later.
export function joinAll(page) {
	let frame = 0;
	const soon = () => (frame ||= requestAnimationFrame(() => {
		frame = 0;
		join(page);
	}));
	new MutationObserver(soon).observe(page, { childList: true, subtree: true });
	soon();
}
