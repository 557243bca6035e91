// The photo that was sent stays in the tab of the browser until it is closed, or another picture is chosen: a server that takes
// over from one that was lost gets it after a reload without being asked.
import { keptName } from "../parts/dom.js";

const MOST = 3_500_000; // bytes: browsers keep some 5 million characters of a page, and 4 characters hold 3 bytes
const PIECE = 0x8000;
const NAME = () => keptName("photo");

// What travelled: {path, name, size, original, isReduced, file}. Where it is too large, or nothing may be kept, nothing is.
export async function keep({ file, ...photo }, storage) {
	storage.removeItem(NAME());
	if (file.size > MOST) return;
	const bytes = new Uint8Array(await file.arrayBuffer());
	let text = "";
	for (let start = 0; start < bytes.length; start += PIECE) text += String.fromCharCode(...bytes.subarray(start, start + PIECE));
	try {
		storage.setItem(NAME(), JSON.stringify({ ...photo, type: file.type, text: btoa(text) }));
	} catch {
		// another page of ours has filled it
	}
}

// The photo that was sent under this path; null if it was not kept.
export function kept(path, storage) {
	const photo = JSON.parse(storage.getItem(NAME()) ?? "null");
	if (photo?.path !== path) return null;
	const { type, text, ...rest } = photo;
	const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
	return { ...rest, file: new File([bytes], rest.name, { type }) };
}
