// When is a picture on screen? It runs before the page's own scripts, and reads the page's own clock.
(() => {
	const HANG = 180_000; // milliseconds
	const frame = () => new Promise(requestAnimationFrame);

	function isOnScreen(image, width) {
		if (!image?.complete || image.naturalWidth !== width) return false;
		const { left, top, right, bottom } = image.getBoundingClientRect();
		const isInside = Math.min(right, innerWidth) > Math.max(left, 0) && Math.min(bottom, innerHeight) > Math.max(top, 0);
		return isInside && image.checkVisibility({ opacityProperty: true, visibilityProperty: true });
	}

	// Resolves to the milliseconds since the navigation, in the frame after the picture was loaded, decoded and visible.
	// It is known by its width in pixels, and by not being the one at the address `old`.
	window.onScreen = async (selector, width, old) => {
		const end = performance.now() + HANG;
		while (performance.now() < end) {
			await frame();
			const image = document.querySelector(selector);
			const address = image?.src;
			if (address === old || !isOnScreen(image, width)) continue;
			await image.decode();
			await frame();
			if (image.isConnected && image.src === address) return performance.now();
		}
		throw new Error(`not on screen: ${selector}, ${width} pixels wide`);
	};

	// Resolves to the milliseconds since the navigation, in the frame in which there is such an element to be seen.
	window.isThere = async (selector) => {
		while (performance.now() < HANG) {
			await frame();
			if (document.querySelector(selector)?.checkVisibility({ visibilityProperty: true })) return performance.now();
		}
		throw new Error(`not there: ${selector}`);
	};

	// Resolves to the milliseconds from `act` to another picture on screen.
	window.untilNext = async (selector, width, act) => {
		const { src } = document.querySelector(selector);
		const start = performance.now();
		act();
		return (await window.onScreen(selector, width, src)) - start;
	};
})();
