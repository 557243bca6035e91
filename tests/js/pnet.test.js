import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { network, sizeOf, unpack } from "../../convdemo/ui/layers/pnet.js";
import { inflateRawSync } from "node:zlib";

// Made from the core: python -m tests.small_network.test_browser_cases
const { size, photo, values, sums } = JSON.parse(readFileSync(new URL("../network_cases.json", import.meta.url)));

// The arrays of a .npz file, which is a ZIP of .npy files.
function arrays(bytes) {
	const found = {};
	const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
	let at = bytes.readUInt32LE(end + 16);
	for (let count = bytes.readUInt16LE(end + 10); count; count -= 1) {
		const [method, packed, nameLength] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28)];
		const name = bytes.toString("latin1", at + 46, at + 46 + nameLength).replace(".npy", "");
		const local = bytes.readUInt32LE(at + 42);
		const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
		const data = bytes.subarray(start, start + packed);
		const npy = method ? inflateRawSync(data) : data;
		const body = npy.subarray(10 + npy.readUInt16LE(8));
		found[name] = new Float32Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.length));
		at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
	}
	return found;
}
const weights = arrays(readFileSync(new URL("../../convdemo/small_network/pnet.npz", import.meta.url)));
const order = ["conv1", "conv2", "conv3", "face"].flatMap((layer) => ["kernel", "bias", "slope"].map((kind) => `${layer}_${kind}`));
const numbers = Float32Array.from(order.flatMap((name) => [...(weights[name] ?? [])]));
const rgba = Uint8ClampedArray.from({ length: (photo.length / 3) * 4 }, (_, at) => (at % 4 === 3 ? 255 : photo[Math.floor(at / 4) * 3 + (at % 4)]));
const net = network(unpack(numbers.buffer), rgba, size);

test("values of every stage are those of the core, also where a pooling has one row or column alone", () => {
	for (const [stage, row, column, channel, value] of values) {
		assert.ok(Math.abs(net.at(stage, row, column)[channel] - value) < 2e-4, `${stage} ${row} ${column} ${channel}`);
	}
	assert.deepEqual(sizeOf("pool1", size), [7, 8]); // 13 x 16
	assert.deepEqual(sizeOf("face", size), [3, 4]);
});

test("a value is the sum of what every channel before it gives, plus the bias, then PReLU", () => {
	for (const [stage, channel, row, column, parts, value] of sums) {
		const worked = net.apart(stage, channel, row, column);
		parts.forEach((sum, index) => assert.ok(Math.abs(worked.channels[index].sum - sum) < 2e-4));
		const total = worked.channels.reduce((all, { sum }) => all + sum, worked.bias);
		assert.ok(Math.abs(total - worked.total) < 1e-4);
		if (stage === "face") assert.ok(Math.abs(worked.value - 1 / (1 + Math.exp(worked.other - worked.total))) < 1e-9);
		else assert.ok(Math.abs(worked.value - value) < 2e-4);
	}
});

test("the largest of a window is pooled", () => {
	const { window, value } = net.apart("pool1", 3, 0, 0);
	assert.equal(window.length, 4);
	assert.equal(value, Math.max(...window));
	assert.equal(net.apart("pool1", 3, 6, 0).window.length, 2); // the last row of 13 is alone
});
