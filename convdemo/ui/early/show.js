window.firstView.then((pictures) => {
	for (const [name, { file, size: [height, width] }] of Object.entries(pictures)) {
		const image = document.querySelector(`[data-early="${name}"]`);
		image.style.setProperty("--ratio", width / height);
		Object.assign(image, { width, height, src: file.path ? window.firstPicture.url : file });
	}
});
