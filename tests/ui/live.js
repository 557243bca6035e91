// What tests/ui/test_live.py runs in the page.
(() => {
	const bytesOf = (hex) => Uint8ClampedArray.from(hex.match(/.{6}/g).flatMap((pixel) => [...pixel.match(/../g).map((byte) => parseInt(byte, 16)), 255]));

	// Runs cases through the worker that the page itself uses; returns the numbers of those that are wrong.
	async function run({ scales, cases }) {
		const own = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/feature_map/figure.js")).name;
		const folder = own.replace("feature_map/figure.js", "live/");
		const [{ layerOf }, { differing }] = await Promise.all(["layer", "engine"].map((name) => import(`${folder}${name}.js`)));
		const worker = new Worker(`${folder}worker.js`, { type: "module" });
		worker.postMessage({ scales });
		const wrong = [];
		for (const [number, { size, rgb, weights, settings, display, ends, ticks, pictures }] of cases.entries()) {
			const layer = layerOf({ size, colour: true }, weights, settings);
			const answered = new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
			worker.postMessage({ number, layer, display, vivid: settings.scale === "vivid", picture: { rgba: bytesOf(rgb), size, packed: false } });
			const answer = await answered;
			const isSame = answer.pictures.length === pictures.length &&
				answer.pictures.every((pixels, at) => differing(pixels, new Uint32Array(bytesOf(pictures[at]).buffer)) === 0);
			const isNear = answer.ends.every((end, at) => Math.abs(end - ends[at]) <= 1e-5 * Math.max(...ends.map(Math.abs)));
			if (!isSame || !isNear || JSON.stringify(answer.ticks) !== JSON.stringify(ticks)) wrong.push(number);
		}
		worker.terminate();
		return wrong;
	}

	// What stands around the map.
	function told() {
		const panel = document.querySelector(".figure-panel");
		const texts = (selector) => [...panel.querySelectorAll(selector)].map(({ textContent }) => textContent);
		return {
			texts: texts(".caption, [data-part=meaning], .sentence, figcaption"),
			ticks: texts(".ticks span"),
			sum: document.querySelector(".kernel-panel [data-part=sum]").textContent,
			bar: getComputedStyle(panel.querySelector(".bar")).backgroundImage,
		};
	}

	// The colours of what is on screen, canvases or images, of every 97th pixel.
	function colours() {
		return [...document.querySelectorAll(".pictures figure > :first-child")].map((surface) => {
			const [width, height] = [surface.naturalWidth ?? surface.width, surface.naturalHeight ?? surface.height];
			const context = new OffscreenCanvas(width, height).getContext("2d");
			context.drawImage(surface, 0, 0);
			return [...context.getImageData(0, 0, width, height).data].filter((_, at) => at % 388 < 3);
		});
	}

	// Resolves when a live map is on screen, and what follows it.
	async function isLive() {
		const frame = () => new Promise(requestAnimationFrame);
		while (!document.querySelector(".figure-panel .stage.live:not(.coarse) canvas")) await frame();
		await frame();
		await frame();
	}

	window.live = { run, told, colours, isLive };
})();
