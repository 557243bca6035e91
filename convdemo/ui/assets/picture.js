// The shared picture. value says which (the browser decides), "shown" is what the server made of it.
import { address, fill, isSame, paper, parts, put } from "./dom.js";
import { asFile, prepare, send } from "./upload.js";

export function mount({ element, trigger, props, watch, root }) {
	const part = parts(element);
	const words = props.text;
	let sent = null; // kept to send it again if the server has forgotten it
	let good = null; // the last picture that could be opened
	let attempt = 0; // the last photo chosen wins, however long an earlier one takes

	function report({ status = "", fraction, problem = "" }) {
		put(part, { status, problem });
		part.bar.removeAttribute("value");
		if (fraction !== undefined) part.bar.value = fraction;
	}

	function ask(value) {
		props.value = value;
		trigger("input");
	}

	function choose(value) {
		report({ status: words.computing });
		ask(value);
	}

	async function accept(file, name = file.name) {
		const mine = ++attempt;
		if (file.type && !file.type.startsWith("image/")) return report({ problem: fill(words.not_an_image, { name }) });
		report({ status: words.reading });
		const ready = await prepare(file, props.working_side);
		if (mine !== attempt) return;
		const [megabytes, limit] = [(ready.file.size / 1e6).toFixed(1), Math.floor(props.max_bytes / 1e6)];
		if (ready.file.size > props.max_bytes) return report({ problem: fill(words.too_large, { name, megabytes, limit }) });
		transmit({ ...ready, name }, mine);
	}

	async function transmit(photo, mine) {
		const latest = (act) => mine === attempt && act();
		try {
			const path = await send(photo.file, root, (fraction) =>
				latest(() => report({ status: fill(words.sending, { percent: Math.round(100 * fraction) }), fraction })));
			latest(() => {
				sent = { ...photo, path };
				choose({ upload: path, name: photo.name, original: photo.original });
				sessionStorage.setItem("upload", JSON.stringify(props.value));
			});
		} catch {
			latest(() => report({ problem: words.failed }));
		}
	}

	function show() {
		const { shown, value } = props;
		put(part, { status: "" });
		if (shown.gone && sent && value.upload === sent.path) {
			sent.path = null; // once: a second refusal is told
			return transmit(sent, ++attempt);
		}
		if (shown.error) {
			put(part, { problem: shown.error }); // stays until another picture is chosen
			if (good && !isSame(good, value)) ask(good); // back to the picture that is still on screen
			return;
		}
		good = value;
		const [height, width] = shown.size;
		const src = address(shown.file, root);
		Object.assign(part.image, { src, alt: shown.alt, width, height });
		Object.assign(part.save, { hidden: false, href: address(shown.download, root), download: shown.save_as });
		element.style.setProperty("--ratio", width / height);
		put(part, { caption: shown.caption });
		for (const button of part.examples.children) button.ariaPressed = button.dataset.name === value.example;
		element.dataset.picture = value.example ?? value.name;
	}

	part.examples.onclick = ({ target }) => {
		const name = target.closest("button")?.dataset.name;
		if (!name) return;
		attempt += 1;
		choose({ example: name });
	};

	for (const input of [part.file, part.capture]) {
		input.onchange = () => {
			if (input.files[0]) accept(input.files[0]);
			input.value = ""; // the same file can be chosen again
		};
	}
	part.choose.onclick = () => part.file.click();

	const over = (state) => part.stage.classList.toggle("over", state);
	element.ondragover = (event) => {
		event.preventDefault();
		over(true);
	};
	element.ondragleave = () => over(false);
	element.ondrop = (event) => {
		event.preventDefault();
		over(false);
		if (event.dataTransfer.files[0]) accept(event.dataTransfer.files[0]);
	};
	document.addEventListener("paste", (event) => {
		if (!element.isConnected || event.target.closest?.("input, textarea, [contenteditable]")) return;
		const file = [...event.clipboardData.files].find((item) => item.type.startsWith("image/"));
		if (file) accept(file);
	});

	part.camera.onclick = async () => {
		if (matchMedia("(pointer: coarse)").matches) return part.capture.click();
		try {
			part.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } } });
			part.dialog.showModal();
		} catch {
			report({ problem: words.no_camera });
		}
	};
	part.take.onclick = async () => {
		const context = paper(part.video.videoWidth, part.video.videoHeight);
		context.drawImage(part.video, 0, 0);
		accept(await asFile(context.canvas, "camera"), words.camera_name);
	};
	part.dialog.onclose = () => part.video.srcObject.getTracks().forEach((track) => track.stop());

	// After a reload the photo is still on the server, for a while. See header.js for __upload.
	const asked = new URLSearchParams(location.search);
	let last = asked.has("__upload") && sessionStorage.getItem("upload");
	function again() {
		if (last) choose(JSON.parse(last));
		last = null;
	}

	watch(["shown", "value"], () => (last ? again() : show())); // the rest of the state comes first
	show();
	if ([...asked.keys()].every((name) => name.startsWith("__"))) again(); // there is no rest
}
