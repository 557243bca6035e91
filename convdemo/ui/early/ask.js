// The pictures that a link opens with, for show.js. The map is in the answer: a request of its own would wait behind all
// modules. After a reload counts what the browser kept.
window.firstView = (async () => {
	const [{ type }] = performance.getEntriesByType("navigation");
	if (type === "reload" && ["picture", "kernel"].some((name) => sessionStorage[`${name} ${location.pathname}`])) return {};
	const answer = await fetch(`first_view${location.search}`);
	const pictures = JSON.parse(answer.headers.get("X-First-View"));
	const { path } = pictures.map?.file ?? {};
	if (path) window.firstPicture = { path, url: URL.createObjectURL(await answer.blob()) };
	return pictures;
})().catch(() => ({})); // the page itself comes later, and says what is wrong
