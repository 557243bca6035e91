// From a file in the browser to a file on the server.
import { paper } from "../parts/dom.js";

export function fittedSize(width, height, limit) {
	const scale = Math.min(1, limit / Math.max(width, height));
	return [width, height].map((side) => Math.max(1, Math.round(side * scale)));
}

export async function asFile(canvas, name) {
	const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
	return new File([blob], `${name}.jpg`, { type: "image/jpeg" });
}

// What travels: {file, original: [height, width]}, null if the browser cannot tell; up to limit the file itself.
export async function prepare(file, limit) {
	const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
	if (!bitmap) return { file, original: null };
	const original = [bitmap.height, bitmap.width];
	const [width, height] = fittedSize(bitmap.width, bitmap.height, limit);
	if (width < bitmap.width || height < bitmap.height) {
		const context = paper(width, height);
		context.fillStyle = "white"; // JPEG has no transparency
		context.fillRect(0, 0, width, height);
		context.imageSmoothingQuality = "high";
		context.drawImage(bitmap, 0, 0, width, height);
		file = await asFile(context.canvas, file.name.replace(/\.[^.]*$/, "") || "photo");
	}
	bitmap.close();
	return { file, original };
}

// Resolves to the path on the server; what the server says against it is the error. Gradio's upload() reports no progress.
export function send(file, root, onProgress) {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		const form = new FormData();
		form.append("files", file, file.name);
		request.open("POST", `${root}/gradio_api/upload`);
		request.responseType = "json";
		request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
		request.onerror = request.ontimeout = () => reject();
		request.onload = () => (request.status === 200 ? resolve(request.response[0]) : reject(request.response?.detail));
		request.send(form);
	});
}
