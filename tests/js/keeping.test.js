// The photo that the tab of the browser keeps, byte for byte, and only as much as it may.
import assert from "node:assert/strict";
import { test } from "node:test";

import { keep, kept } from "../../convdemo/ui/picture/keeping.js";

globalThis.location = { pathname: "/" };

// What a browser keeps for a tab: a certain number of characters.
function storage(most = Infinity) {
	const items = new Map();
	return {
		getItem: (name) => items.get(name) ?? null,
		removeItem: (name) => items.delete(name),
		setItem(name, text) {
			if (text.length > most) throw new Error("QuotaExceededError");
			items.set(name, text);
		},
	};
}

const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * index) % 256);
const photo = { path: "/tmp/a.png", name: "ä.png", original: [41, 60], isReduced: true, file: new File([bytes], "ä.png", { type: "image/png" }) };

test("it comes back as it was", async () => {
	const tab = storage();
	await keep(photo, tab);
	const { file, ...rest } = kept("/tmp/a.png", tab);
	assert.deepEqual(rest, { path: "/tmp/a.png", name: "ä.png", original: [41, 60], isReduced: true });
	assert.deepEqual([file.name, file.type], ["ä.png", "image/png"]);
	assert.deepEqual(new Uint8Array(await file.arrayBuffer()), bytes);
	assert.equal(kept("/tmp/b.png", tab), null);
});

test("what is too large, or does not fit, leaves nothing behind, nor what was there before", async () => {
	for (const [tab, file] of [[storage(150_000), photo.file], [storage(), new File([new Uint8Array(3_500_001)], "large.bmp")]]) {
		await keep({ ...photo, file: new File(["small"], "a") }, tab);
		assert.ok(kept("/tmp/a.png", tab));
		await keep({ ...photo, path: "/tmp/b.png", file: file === photo.file ? new File([bytes, bytes], "b") : file }, tab);
		assert.equal(kept("/tmp/a.png", tab), null);
		assert.equal(kept("/tmp/b.png", tab), null);
	}
});
