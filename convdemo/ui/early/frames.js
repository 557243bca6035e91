// Gradio counts the seconds of its loading screen in each frame, with the function that its module finds here, for as long as the
// page is open. It shows them nowhere, and gets no frame for them; whoever comes when the page stands finds the browser's own.
{
	const { requestAnimationFrame: ask } = window;
	window.requestAnimationFrame = (callback) => String(callback).includes("performance.now()") ? 0 : ask(callback);
	window.requestAnimationFrame.own = ask;
}
