// The pictures that a link opens with, for show.js. The map is in the answer: a request of its own would wait behind all
// modules. After a reload, what the browser kept counts.
window.firstView = (async () => {
	const [{ type }] = performance.getEntriesByType("navigation");
	if (type === "reload" && ["picture", "kernel"].some((name) => sessionStorage[`${name} ${location.pathname}`])) return {};
	const answer = await fetch(`first_view?tab=${location.pathname.match(/\w*$/)}&${location.search.slice(1)}`);
	const pictures = JSON.parse(answer.headers.get("X-First-View"));
	const { path } = pictures.map?.file ?? {};
	if (path) window.firstPicture = { path, url: URL.createObjectURL(await answer.blob()) };
	return pictures;
})().catch(() => ({})); // the page says what is wrong
