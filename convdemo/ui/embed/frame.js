// The lesson and the page around it: Share offers the lines for one (offer.js), and inside one it tells how tall it is (framed.js).
export function join({ part, props, root, isInside, link }) {
	part.embed.onclick = async () => {
		part.shared.hidePopover();
		const { offer } = await import("./offer.js");
		offer({ link: link(), lesson: props.value, title: props.titles[props.value], parcel: `${root}/${props.embed.offer}` });
	};
	if (!isInside) import("../classroom/sharing.js").then(({ share }) => share(part, props));
	if (isInside) import("./framed.js").then(({ tell }) => tell({ link, lesson: props.value, root, words: props.embed }));
}
