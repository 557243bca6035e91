// From lesson to lesson. What one has is taken to another as a piece of a link: so no lesson needs to know another.

// piece: its tab, and what is taken; link: of what is on screen. open shows a tab; take asks the server, null on the page of a single
// lesson, where the link opens the lab.
export function go(piece, { link, root, open, take, isInside }) {
	const [asked, whole] = [new URLSearchParams(piece), new URL(link).searchParams];
	whole.delete("tab"); // without one it is the first
	for (const [name, value] of asked) whole.set(name, value);
	if (isInside) window.open(`${root}/?${whole}`, "_blank", "noopener"); // the page around keeps its figure
	else if (!take) location.assign(`${root}/?${whole}`);
	else if (String(asked) === `tab=${asked.get("tab")}`) open(asked.get("tab"));
	else take({ query: piece, link: String(whole) });
}

const lines = {}; // what each lesson took

// What the names say in these parts of a link. Which cell or pixel is looked at is no matter.
export function said(names, queries) {
	const all = new URLSearchParams(queries.join("&"));
	return JSON.stringify(names.filter((name) => !/^tab$|(^|_)(cell|pixel)$/.test(name)).map((name) => all.get(name)));
}

// The line that says what the lesson on screen took, as long as it has it, and the way back.
export function tell(part, props, go) {
	const now = ({ names }) => said(names, props.queries.map((name) => props[name]));
	lines[props.value] = { ...props.taken, said: now(props.taken) };

	function show() {
		const line = lines[props.value];
		if (line && now(line) !== line.said) delete lines[props.value];
		const { sentence = "", back = "", giver } = lines[props.value] ?? {};
		part.taken.hidden = !sentence;
		part.taken_text.textContent = sentence;
		part.back.textContent = `← ${back}`;
		part.back.onclick = () => go(`tab=${giver}`);
	}

	show();
	part.back.focus();
	return show;
}

// To what a lesson shows: the map, or its first words.
export function skip() {
	const panel = [...document.querySelectorAll(".lab-tab")].find((tab) => getComputedStyle(tab).display !== "none"); // it may have no box
	const target = panel.querySelector('[role="application"]') ?? Object.assign(panel, { tabIndex: -1 });
	target.scrollIntoView({ block: "nearest" });
	target.focus();
}
