// The engine in a thread of its own. The first message has the colours; later ones a request, or a picture to compare.
import { engine } from "./engine.js";

let made = null;

async function compare({ index, blob, number }) {
	const bitmap = await createImageBitmap(blob);
	const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
	context.drawImage(bitmap, 0, 0);
	postMessage({ number, differing: made.compare(index, context.getImageData(0, 0, bitmap.width, bitmap.height).data, number) });
}

self.onmessage = ({ data }) => {
	if (data.scales) made = engine(data.scales, (told) => postMessage(told));
	else if (data.blob) compare(data);
	else made.take(data);
};
