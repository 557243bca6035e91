// Before the page is drawn: whether another page shows it, what can be adjusted (embed.css), and the theme, which Gradio reads
// of its own parameter.
{
	const given = new URLSearchParams(location.search);
	const { dataset } = document.documentElement;
	const theme = given.get("theme");
	if (given.get("embed") === "1") Object.assign(dataset, { embed: "", controls: given.get("controls") ?? "all", panel: given.get("panel") ?? "0" });
	if (/^(light|dark)$/.test(theme) && given.get("__theme") !== theme) {
		given.set("__theme", theme);
		history.replaceState(history.state, "", `${location.pathname}?${given}`); // the page has another base
	}
}
