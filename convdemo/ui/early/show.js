window.firstView.then((pictures) => {
	for (const [name, { file, size: [height, width] }] of Object.entries(pictures)) {
		const image = document.querySelector(`[data-early="${name}"]`);
		if (!image) continue; // the page of a single lesson has no place for a map
		Object.assign(image, { width, height, src: file.path ? window.firstPicture.url : file });
	}
});
