// From a file in the browser to a file on the server.
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
