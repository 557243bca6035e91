// The link to what is on screen, copied and shown, and the lines that show it inside another page. An answer that comes after
// Share was pressed changes the link that is shown, and it is copied anew.
import { put } from "../parts/dom.js";

export async function share({ part, props, root, isInside, link }, isPressed) {
	part.without_upload.hidden = !props.uploaded;
	if (!isPressed && part.link.value === link()) return;
	part.link.value = link();
	part.embed.onclick = async () => {
		part.shared.hidePopover();
		const { offer } = await import("../embed/offer.js");
		offer({ link: link(false), lesson: props.value, title: props.titles[props.value], parcel: `${root}/${props.embed.offer}` });
	};
	if (!isInside) import("../classroom/sharing.js").then(({ share: more }) => more(part, props));
	try {
		await navigator.clipboard.writeText(part.link.value);
		put(part, { copied: props.text.copied });
	} catch {
		put(part, { copied: props.text.not_copied }); // inside a frame the browser may forbid it
		part.link.select();
	}
}
