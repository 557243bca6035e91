// The QR code of the link for the students' phones, as high as the window.
import { create } from "../parts/dom.js";
import { linkOf } from "./link.js";
import { dress, fetched } from "./parcel.js";
import { drawn, squaresOf } from "./qr.js";

// isOwn: whether the photo on screen is the visitor's own, which no link has.
export async function showCode(parcel, isOwn) {
	const { text: { code: words }, css } = await fetched(parcel);
	dress(css.code);
	const link = linkOf(location.href);
	const squares = squaresOf(link);
	const close = create("button", { type: "button", autofocus: "" }, words.close);
	const dialog = create("dialog", { class: "class-code", "aria-label": words.title },
		squares ? drawn(squares, words.title) : create("p", { class: "too-long" }, words.too_long),
		create("p", { class: "link" }, link.replace(/^https?:[/][/]/, "")),
		...(isOwn ? [create("p", {}, words.own_photo)] : []), close);
	close.onclick = () => dialog.close();
	dialog.onclick = ({ target }) => target === dialog && dialog.close();
	dialog.onclose = () => dialog.remove();
	document.body.append(dialog);
	dialog.showModal();
}
