// The shared picture. value says which (the browser decides), "shown" is what the server made of it.
import { address, awaitsState, fill, isSame, keptName, parts, put, store } from "../parts/dom.js";
import { send } from "./upload.js";

const reducing = () => import("./reducing.js"); // later: few upload a picture

export function mount({ element, trigger, props, watch, root }) {
	const part = parts(element);
	const words = props.text;
	let sent = null; // to send it again
	let good = null; // the last picture that could be opened
	let attempt = 0; // the last photo chosen wins
	let end = () => {}; // of the video, or the pad, in the photo's place

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

	function cancel() {
		attempt += 1;
		report({});
	}

	// isOwn: it comes from what is in the photo's place, which stays there. Tells whether the server was asked for its map.
	async function accept(file, name = file.name, isOwn) {
		if (!isOwn) end();
		const mine = ++attempt;
		if (file.type && !file.type.startsWith("image/")) return report({ problem: fill(words.not_an_image, { name }) });
		report({ status: words.reading });
		const { prepare } = await reducing();
		const ready = await prepare(file, props.working_side, props.max_bytes);
		if (mine !== attempt) return;
		const [megabytes, limit] = [(ready.file.size / 1e6).toFixed(1), Math.floor(props.max_bytes / 1e6)];
		if (ready.file.size > props.max_bytes) return report({ problem: fill(words.too_large, { name, megabytes, limit }) });
		if (ready.size) draw(URL.createObjectURL(ready.file), ready.size);
		return transmit({ ...ready, name, isReduced: Boolean(ready.original) }, mine, file);
	}

	function draw(src, [height, width]) {
		Object.assign(part.image, { src, width, height });
		element.style.setProperty("--ratio", width / height);
	}

	// whole: the file that was chosen, for who asks for it (feature_map/whole.js); undefined after a reload.
	async function transmit(photo, mine, whole) {
		const latest = (act) => mine === attempt && act();
		try {
			const path = await send(photo.file, root, (fraction) =>
				latest(() => report({ status: fill(words.sending, { percent: Math.round(100 * fraction) }), fraction })));
			return latest(() => {
				sent = { ...photo, path };
				element.whole = whole;
				import("./keeping.js").then(({ keep }) => keep(sent, store())); // later: few upload a photo
				choose({ upload: path, name: photo.name, original: photo.original });
				return true;
			});
		} catch (said) {
			latest(() => {
				show(); // the picture that is still there
				report({ problem: typeof said === "string" ? said : words.failed });
			});
		}
	}

	function show() {
		const { shown, value } = props;
		const asked = shown.asked ? JSON.parse(shown.asked) : value;
		if (!isSame(asked, value)) { // of a picture before: another one is on its way
			if (!shown.error) good = asked;
			return;
		}
		if (shown.gone && sent && value.upload === sent.path) {
			sent.path = null; // once: a second refusal is told
			return transmit(sent, ++attempt, element.whole);
		}
		if (shown.error) {
			put(part, { status: "", problem: shown.error }); // until another is chosen
			if (good && !isSame(good, value)) ask(good); // back to the picture that is still on screen
			return;
		}
		good = value;
		if (!(sent?.isReduced && value.upload === sent.path)) draw(address(shown.file, root), shown.size);
		part.image.alt = shown.alt;
		const end = () => part.image.complete && put(part, { status: "" }); // not if another one follows
		part.image.decode().then(end, end);
		if (shown.lost) retrieve(shown.lost);
		Object.assign(part.save, { hidden: false, href: address(shown.download, root), download: shown.save_as });
		put(part, { caption: shown.caption });
		for (const button of part.examples.children) button.ariaPressed = button.dataset.name === value.example;
		element.dataset.picture = value.example ?? value.name;
	}

	// After a reload the server that had the photo is gone, and the page shows another picture.
	async function retrieve({ upload, problem }) {
		const { kept } = await import("./keeping.js");
		const photo = kept(upload, store());
		if (!photo) return report({ problem });
		draw(URL.createObjectURL(photo.file), photo.size ?? props.shown.size);
		transmit(photo, ++attempt);
	}

	part.examples.onclick = ({ target }) => {
		const name = target.closest("button")?.dataset.name;
		if (!name) return;
		end();
		attempt += 1;
		store().removeItem(keptName("photo"));
		choose({ example: name });
	};

	for (const input of [part.file, part.capture]) {
		input.onchange = () => {
			if (input.files[0]) accept(input.files[0]);
			input.value = ""; // the same file can be chosen again
		};
	}
	// A narrow page shows a thumbnail: it opens the photo, and what changes it (lab.css).
	part.fold.onclick = () => (part.fold.ariaExpanded = part.fold.ariaExpanded !== "true");
	part.choose.onclick = () => reducing() && part.file.click();

	const over = (state) => part.stage.classList.toggle("over", state);
	document.ondragover = (event) => {
		if (!event.dataTransfer.types.includes("Files")) return;
		event.preventDefault(); // wherever it falls: the browser would leave the page
		reducing();
		over(true);
	};
	document.ondragleave = () => over(false);
	document.ondrop = (event) => {
		over(false);
		const [file] = event.dataTransfer.files;
		if (!file || event.defaultPrevented) return;
		event.preventDefault();
		accept(file);
	};
	document.addEventListener("paste", (event) => {
		if (!element.isConnected || event.clipboardData.getData("text")) return; // a spreadsheet's cells are a picture too
		const file = [...event.clipboardData.files].find((item) => item.type.startsWith("image/"));
		if (file) accept(file);
	});

	async function open(loading) {
		const module = await loading;
		end();
		end = module.open({ element, part, words, report, accept, cancel });
	}
	part.camera.onclick = () => {
		if (!navigator.mediaDevices && matchMedia("(pointer: coarse)").matches) part.capture.click();
		else open(import("./camera.js"));
	};
	part.draw.onclick = () => open(import("./pad.js"));

	watch(["shown", "value"], show);
	if (!awaitsState() || props.shown.restored) show(); // the answer may have been quicker than this script
	document.addEventListener("visibilitychange", () => (store()[keptName("picture")] = JSON.stringify(props.value))); // for kept.js
}
