// The picture after, and with it, once the server asks, the one at the side: both whole. value = null, or {path, name,
// before, cut}: before = {path, of}, the picture at the side and the upload that was made of it, or {of, lost: true}; cut =
// which pixels of both, if they are more than may be sent; waits: nothing was sent, as it has to be cut first.
import { fill, paper, parts, put } from "../parts/dom.js";
import { send } from "../picture/upload.js";

// The part of both pictures that has about so many pixels: {row, column, height, width} of the one before, in its middle, at
// whole blocks of a JPEG; the one after has as many rows and columns more or less as it has on the whole.
export function partOf([height, width], pixels) {
	const scale = Math.min(1, Math.sqrt(pixels / (height * width)));
	const [rows, columns] = [height, width].map((side) => Math.floor(side * scale));
	const [row, column] = [height - rows, width - columns].map((rest) => 8 * Math.floor(rest / 16));
	return { row, column, height: rows, width: columns };
}

const opened = (file) => createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion: "none" }).catch(() => null);

async function cutOut(bitmap, { row, column, height, width }, name) {
	const context = paper(width, height);
	context.fillStyle = "white"; // as the server shows what is transparent
	context.fillRect(0, 0, width, height);
	context.drawImage(bitmap, -column, -row);
	const blob = await new Promise((resolve) => context.canvas.toBlob(resolve, "image/png"));
	return new File([blob], `${name.replace(/\.[^.]*$/, "") || "photo"}.png`, { type: "image/png" });
}

export function mount({ element, trigger, props, watch, root }) {
	const part = parts(element);
	const input = element.querySelector("input");
	const words = props.text;
	let after = null; // the file that was chosen
	let attempt = 0; // the last one wins
	let answered = props.wanted.click;

	function report({ status = "", fraction, problem = "" } = {}) {
		put(part, { status, problem });
		part.bar.hidden = fraction === undefined;
		if (fraction !== undefined) part.bar.value = fraction;
	}
	const tell = (value) => {
		props.value = value;
		trigger("input");
	};
	const isLarge = (file, bitmap) => file.size > props.max_bytes || (bitmap && bitmap.width * bitmap.height > props.most_pixels);

	async function upload(file, name, mine) {
		// Under a name of its own: the same file at the side would be the same upload, in whose place its reduced pixels are.
		const own = new File([file], `pair-${file.name}`, { type: file.type });
		return send(own, root, (fraction) => {
			if (mine === attempt) report({ status: fill(words.sending, { name, percent: Math.round(100 * fraction) }), fraction });
		});
	}

	// What goes wrong on the way is told here, unless another picture has been chosen meanwhile.
	async function trying(act) {
		const mine = ++attempt;
		try {
			const value = await act(mine);
			if (mine !== attempt || !value) return;
			report();
			tell(value);
		} catch (said) {
			if (mine === attempt) report({ problem: typeof said === "string" ? said : words.failed });
		}
	}

	function tooLarge({ name, size }) {
		const [megabytes, limit] = [(size / 1e6).toFixed(1), Math.floor(props.max_bytes / 1e6)];
		return fill(words.too_large, { name, megabytes, limit });
	}

	const accept = (file) =>
		trying(async (mine) => {
			if (file.type && !file.type.startsWith("image/")) throw fill(words.not_an_image, { name: file.name });
			report({ status: words.reading });
			const bitmap = await opened(file);
			if (mine !== attempt) return null;
			after = file;
			show(file, bitmap);
			const waits = isLarge(file, bitmap);
			bitmap?.close();
			if (waits && !bitmap) throw tooLarge(file);
			return waits ? { name: file.name, waits } : { name: file.name, path: await upload(file, file.name, mine) };
		});

	// The server wants both: the one at the side whole, under which it is known as `of`.
	const bring = ({ of }) =>
		trying(async (mine) => {
			const whole = document.querySelector(".lab-picture [data-mounted]")?.whole;
			const lost = { ...props.value, before: { of, lost: true } };
			if (!after || (of && !whole)) return lost;
			report({ status: words.reading });
			const before = of ? whole : await example();
			const [first, second] = await Promise.all([before, after].map(opened));
			try {
				if (!isLarge(before, first) && !isLarge(after, second)) {
					const path = await upload(after, after.name, mine);
					return { name: after.name, path, before: of && { of, path: await upload(before, words.before, mine) } };
				}
				if (!first || !second) throw tooLarge(first ? after : before);
				return await cutBoth(first, second, { of, before }, mine);
			} finally {
				first?.close();
				second?.close();
			}
		});

	async function cutBoth(first, second, { of, before }, mine) {
		const [rows, columns] = [second.height - first.height, second.width - first.width];
		if (Math.max(Math.abs(rows), Math.abs(columns)) >= props.largest) {
			const [one, other] = [first, second].map(({ width, height }) => `${width} × ${height}`);
			throw fill(words.sizes, { before: one, after: other });
		}
		for (let pixels = 3_000_000; pixels > 1000; pixels *= 0.6) {
			const cut = partOf([first.height, first.width], pixels);
			const files = [
				await cutOut(first, cut, before.name),
				await cutOut(second, { ...cut, height: cut.height + rows, width: cut.width + columns }, after.name),
			];
			if (Math.max(...files.map(({ size }) => size)) > props.max_bytes) continue;
			const path = await upload(files[1], after.name, mine);
			return { name: after.name, path, cut, before: { of, path: await upload(files[0], words.before, mine) } };
		}
		throw words.failed;
	}

	const example = async () => {
		const image = document.querySelector(".lab-picture [data-mounted] img");
		return new File([await (await fetch(image.src)).blob()], "example.png");
	};

	function show(file, bitmap) {
		part.image.hidden = !bitmap;
		if (part.image.src) URL.revokeObjectURL(part.image.src);
		if (bitmap) {
			const scale = Math.min(220 / bitmap.width, 150 / bitmap.height);
			part.image.src = URL.createObjectURL(file);
			part.image.style.width = `${Math.round(scale * bitmap.width)}px`;
		}
		part.image.alt = fill(words.alt, { name: file.name });
		put(part, { caption: bitmap ? fill(words.caption, { name: file.name, ...sizeOf(bitmap) }) : file.name });
	}
	const sizeOf = ({ width, height }) => ({ width, height });

	part.choose.onclick = () => input.click();
	input.onchange = () => {
		if (input.files[0]) accept(input.files[0]);
		input.value = ""; // the same file can be chosen again
	};
	element.ondragover = (event) => {
		if (!event.dataTransfer.types.includes("Files")) return;
		event.preventDefault();
		event.stopPropagation(); // not for the picture at the side
	};
	element.ondrop = (event) => {
		const [file] = event.dataTransfer.files;
		if (!file) return;
		event.preventDefault();
		accept(file);
	};
	element.addEventListener("paste", (event) => {
		const file = [...event.clipboardData.files].find((item) => item.type.startsWith("image/"));
		if (!file) return;
		event.stopPropagation();
		accept(file);
	});

	watch("wanted", () => {
		if (props.wanted.click === answered) return;
		answered = props.wanted.click;
		if (answered) bring(props.wanted);
	});
}
