// What travels of a picture: the file itself, which the server reduces without loss of bits, as long as it may be sent; a
// photo is reduced here, since on a slow line nothing else is quick. Both take the means of equal areas, of the numbers in
// the file: no colour profile is applied (convdemo/images.py).
import { paper } from "../parts/dom.js";

// What a file begins with that the server reads, but for JPEG.
const READ = /^(\x89PNG|RIFF[^]{4}WEBP|[^]{4}ftyp[^]{0,64}avi[fs]|GIF8|BM|II[*+]\0|MM\0[*+]|P[1-6f]\s)/;
const ROWS = 64; // at once

// The quality of a JPEG, from the best on, until it has at most so many bytes: a photo arrives within three seconds at 0.75
// Mbit/s.
export const QUALITIES = [0.98, 0.95, 0.92];
const ENOUGH = 230_000;

const bytesOf = async (file, from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer());

// How many colours a JPEG has. Four are a printer's, which a browser turns into those of a screen in a way of its own.
async function coloursOf(file) {
	for (let at = 2; at < file.size; ) {
		const [mark, kind, high, low, , , , , , colours] = await bytesOf(file, at, at + 10);
		if (mark !== 0xff) return 0;
		if (kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)) return colours;
		at += kind === 0xff ? 1 : 2 + 256 * high + low;
	}
	return 0;
}

// "photo": a JPEG; "exact": anything else that the server reads; "other": what only a browser may read.
export async function kindOf(file) {
	const head = String.fromCharCode(...(await bytesOf(file, 0, 100)));
	if (head.startsWith("\xff\xd8\xff")) return (await coloursOf(file)) === 4 ? "exact" : "photo";
	return READ.test(head) ? "exact" : "other";
}

export function fittedSize(width, height, limit) {
	const scale = Math.min(1, limit / Math.max(width, height));
	return [width, height].map((side) => Math.max(1, Math.round(side * scale)));
}

// Which old pixels each new one covers: the first one of new pixel n is starts[n], and the shares of it and of those that
// follow stand from at[n] on, up to at[n + 1].
function spans(side, parts) {
	const [starts, at, shares] = [new Int32Array(parts), new Int32Array(parts + 1), []];
	for (let part = 0; part < parts; part++) {
		const [start, end] = [(part * side) / parts, ((part + 1) * side) / parts];
		starts[part] = Math.floor(start);
		for (let n = starts[part]; n < end; n++) shares.push(Math.min(n + 1, end) - Math.max(n, start));
		at[part + 1] = shares.length;
	}
	return { starts, at, shares: Float64Array.from(shares) };
}

// The bytes of a smaller picture, from red to opacity. strip(first, last) gives those of some rows of the larger one.
export async function areaMeans(strip, [width, height], [columns, rows]) {
	const [across, down] = [spans(width, columns), spans(height, rows)];
	const [area, bytes] = [(width / columns) * (height / rows), new Uint8ClampedArray(4 * columns * rows).fill(255)];
	for (let start = 0; start < rows; start += ROWS) {
		const end = Math.min(rows, start + ROWS);
		const top = down.starts[start];
		const old = strip(top, down.starts[end - 1] + down.at[end] - down.at[end - 1]);
		for (let row = start; row < end; row++) {
			const sums = new Float32Array(4 * width);
			for (let n = down.at[row]; n < down.at[row + 1]; n++) {
				addRow(sums, old, 4 * width * (down.starts[row] - top + n - down.at[row]), down.shares[n]);
			}
			addColumns(bytes, 4 * columns * row, sums, across, 1 / area);
		}
		await new Promise((go) => setTimeout(go)); // the page goes on meanwhile
	}
	return bytes;
}

function addRow(sums, old, begin, part) {
	if (part === 1) for (let n = 0; n < sums.length; n++) sums[n] += old[begin + n];
	else for (let n = 0; n < sums.length; n++) sums[n] += part * old[begin + n];
}

function addColumns(bytes, begin, sums, { starts, at, shares }, scale) {
	for (let column = 0, to = begin; column < starts.length; column++, to += 4) {
		let [red, green, blue] = [0, 0, 0];
		for (let n = at[column], from = 4 * starts[column]; n < at[column + 1]; n++, from += 4) {
			const share = shares[n];
			red += share * sums[from];
			green += share * sums[from + 1];
			blue += share * sums[from + 2];
		}
		bytes[to] = scale * red;
		bytes[to + 1] = scale * green;
		bytes[to + 2] = scale * blue;
	}
}

async function reduced(bitmap, [columns, rows]) {
	const { width, height } = bitmap;
	const large = paper(width, Math.ceil((ROWS * height) / rows) + 2, { willReadFrequently: true });
	const strip = (first, last) => {
		large.fillStyle = "white"; // paper, as the server lays what is transparent on it
		large.fillRect(0, 0, width, large.canvas.height);
		large.drawImage(bitmap, 0, -first);
		return large.getImageData(0, 0, width, last - first).data;
	};
	const small = paper(columns, rows);
	small.putImageData(new ImageData(await areaMeans(strip, [width, height], [columns, rows]), columns, rows), 0, 0);
	return small.canvas;
}

const blobOf = (canvas, type, quality) => new Promise((resolve) => canvas.toBlob(resolve, type, quality));

export async function asPhoto(canvas, name, qualities = [0.92]) {
	let blob;
	for (const quality of qualities) {
		blob = await blobOf(canvas, "image/jpeg", quality);
		if (blob.size <= ENOUGH) break;
	}
	return new File([blob], `${name}.jpg`, { type: "image/jpeg" });
}

const asExact = async (canvas, name) => new File([await blobOf(canvas, "image/png")], `${name}.png`, { type: "image/png" });

// What travels: {file, size, original}, both [height, width]: size is null if the browser cannot tell, original null unless
// the picture was reduced here.
export async function prepare(file, side, most) {
	const options = { imageOrientation: "from-image", colorSpaceConversion: "none" };
	const [kind, bitmap] = await Promise.all([kindOf(file), createImageBitmap(file, options).catch(() => null)]);
	if (!bitmap) return { file, size: null, original: null };
	const size = [bitmap.height, bitmap.width];
	const target = fittedSize(bitmap.width, bitmap.height, side);
	const isSmall = target[0] === bitmap.width && target[1] === bitmap.height;
	try {
		const asItIs = file.size <= most && (kind === "exact" || (kind === "photo" && isSmall));
		if (asItIs) return { file, size, original: null };
		const canvas = await reduced(bitmap, target);
		const name = file.name.replace(/\.[^.]*$/, "") || "photo";
		const sent = kind === "exact" || isSmall ? await asExact(canvas, name) : await asPhoto(canvas, name, QUALITIES);
		return { file: sent, size, original: isSmall ? null : size };
	} finally {
		bitmap.close();
	}
}
