// The link for others: what is on screen, without how this window shows it.
const HERE = /^(__.*|embed|controls|panel|theme|present)$/;

export function linkOf(address) {
	const { origin, pathname, search } = new URL(address);
	const kept = search.slice(1).split("&").filter((piece) => piece && !HERE.test(piece.split("=")[0]));
	return origin + pathname + (kept.length ? `?${kept.join("&")}` : "");
}

// An address in which this window is shown to a class, or is not.
export function presenting(address, isOn) {
	const { origin, pathname, search, hash } = new URL(address);
	const pieces = search.slice(1).split("&").filter((piece) => piece && !/^present(=|$)/.test(piece));
	if (isOn) pieces.unshift("present=1");
	return origin + pathname + (pieces.length ? `?${pieces.join("&")}` : "") + hash;
}
