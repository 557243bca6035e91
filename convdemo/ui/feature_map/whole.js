// The photo is sent once more, whole, and the map of all its pixels comes back as a file.
import { fill, paper } from "../parts/dom.js";
import { asPhoto } from "../picture/reducing.js";
import { send } from "../picture/upload.js";

// The size of a picture of at most so many pixels.
export function sizeWithin(width, height, most) {
	const scale = Math.min(1, Math.sqrt(most / (width * height)));
	return [width, height].map((side) => Math.max(1, Math.floor(side * scale)));
}

// The file itself if it may be sent, else a JPEG of it. A picture that this browser cannot open is sent as it is.
async function within(file, { most_pixels: mostPixels, most_bytes: mostBytes }) {
	const bitmap = await createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion: "none" }).catch(() => null);
	if (!bitmap) return file;
	const [width, height] = sizeWithin(bitmap.width, bitmap.height, mostPixels);
	if (width !== bitmap.width || file.size > mostBytes) {
		const context = paper(width, height);
		context.fillStyle = "white"; // JPEG has no transparency
		context.fillRect(0, 0, width, height);
		context.imageSmoothingQuality = "high";
		context.drawImage(bitmap, 0, 0, width, height);
		file = await asPhoto(context.canvas, "photo");
	}
	bitmap.close();
	return file;
}

export async function sendWhole({ part, props, trigger, root }) {
	const words = props.text;
	const tell = (sentence, disabled) => {
		part.whole_told.textContent = sentence;
		part.whole_button.disabled = disabled;
	};
	const { whole } = document.querySelector(".lab-picture [data-mounted]");
	if (!whole) return tell(words.whole_gone, false);
	tell(fill(words.whole_sending, { percent: 0 }), true);
	const file = await within(whole, props);
	if (file.size > props.most_bytes) {
		const [megabytes, limit] = [(file.size / 1e6).toFixed(1), Math.floor(props.most_bytes / 1e6)];
		return tell(fill(words.whole_too_large, { megabytes, limit }), false);
	}
	try {
		const path = await send(file, root, (share) => tell(fill(words.whole_sending, { percent: Math.round(100 * share) }), true));
		tell(words.whole_computing, true);
		trigger("upload", { upload: path });
	} catch (said) {
		tell(typeof said === "string" ? said : words.whole_failed, false);
	}
}
