// The camera's video in the photo's place, and through the kernel as it runs. Only a frame that is frozen leaves the browser.
import { create, paper } from "../parts/dom.js";
import { button, fit, hand, isMapShown, map, putInPlace, share } from "./in_place.js";
import { asPhoto, fittedSize, QUALITIES } from "./reducing.js";

const MOST = 640; // pixels of a side

// Which of the sentences tells why there is no video.
function reason({ name }) {
	if (!navigator.mediaDevices) return "insecure";
	const policy = document.permissionsPolicy ?? document.featurePolicy; // not in every browser
	const isFramed = policy ? !policy.allowsFeature("camera") : window !== top;
	return isFramed && name === "NotAllowedError" ? "framed" : name;
}

const halt = (stream) => stream?.getTracks().forEach((track) => track.stop());
const cameras = async () => (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");

// The answer ends it.
export function open(panel) {
	const { element, part, report } = panel;
	const words = panel.words.video;
	const video = create("video", { autoplay: "", playsinline: "", "aria-label": words.label });
	video.muted = true;
	const context = paper(1, 1, { willReadFrequently: true });
	const { canvas } = context;
	const freeze = button(words.freeze, take, "primary");
	const other = button(words.other, change);
	const mirror = button(words.mirror, () => turn(!isMirrored));
	other.hidden = true; // until there are two
	let stream = null;
	let isMirrored = false;
	let isOver = false;
	let isNew = false;
	let isBusy = false;
	let wasMapped = false;
	let leave = () => {};

	function turn(state) {
		mirror.ariaPressed = isMirrored = state;
		video.style.scale = state ? "-1 1" : "";
	}

	async function start(choice) {
		halt(stream);
		other.disabled = true;
		report({ status: words.asking });
		try {
			stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: MOST }, height: { ideal: 480 }, ...choice } });
		} catch (error) {
			if (isOver) return;
			stop();
			return report({ problem: words[reason(error)] ?? words.failed });
		}
		if (isOver) return halt(stream);
		report({});
		const [track] = stream.getVideoTracks();
		track.onended = stop;
		turn(track.getSettings().facingMode !== "environment");
		video.srcObject = stream;
		if (!video.isConnected) {
			leave = putInPlace(panel, video, part.camera, words.caption, freeze, other, mirror, button(words.stop, stop));
			freeze.focus();
		}
		other.disabled = false;
		other.hidden = (await cameras()).length < 2;
	}

	async function change() {
		const all = (await cameras()).map(({ deviceId }) => deviceId);
		const next = all.indexOf(stream.getVideoTracks()[0].getSettings().deviceId) + 1;
		start({ deviceId: { exact: all[next % all.length] } });
	}

	// With the first frame, and when a phone is turned.
	video.onresize = () => {
		if (isOver) return;
		const [width, height] = fittedSize(video.videoWidth, video.videoHeight, MOST);
		Object.assign(canvas, { width, height });
		fit(element, width, height);
	};

	// As it is seen.
	function grab() {
		const { width, height } = canvas;
		context.setTransform(isMirrored ? -1 : 1, 0, 0, 1, isMirrored ? width : 0, 0);
		context.drawImage(video, 0, 0, width, height);
		return { rgba: context.getImageData(0, 0, width, height).data, size: [height, width], name: panel.words.camera_name };
	}

	// While one frame becomes a map the next one may come, but no more than one: then it is the one that is grabbed.
	async function next() {
		look();
		if (isOver) return;
		video.requestVideoFrameCallback ? video.requestVideoFrameCallback(next) : requestAnimationFrame(next);
		isNew = true;
		if (isBusy) return;
		isBusy = true;
		while (isNew && !isOver && video.videoWidth && isMapShown()) {
			isNew = false;
			await hand(grab());
		}
		isBusy = false;
	}

	// Its light goes out where nobody sees the video, or the map no longer.
	function look() {
		if (document.hidden || !part.stage.clientWidth || (wasMapped && !isMapShown())) stop();
		wasMapped = isMapShown();
	}
	const watcher = new ResizeObserver(look);

	function stop() {
		if (!isOver) hand(null);
		close();
	}

	function close() {
		isOver = true;
		if (!stream) report({}); // nobody waits for it any longer
		leave();
		halt(stream);
		watcher.disconnect();
		document.removeEventListener("visibilitychange", look);
	}

	async function take() {
		if (isOver || !video.videoWidth) return;
		isOver = true;
		video.pause(); // and not ended, which would show black, until the picture is there
		grab();
		part.image.addEventListener("load", close, { once: true });
		await share(panel, await asPhoto(canvas, "camera", QUALITIES), panel.words.camera_name);
		close();
		hand(null);
	}

	document.addEventListener("visibilitychange", look);
	for (const box of [part.stage, map()]) if (box) watcher.observe(box);
	start(matchMedia("(pointer: coarse)").matches && { facingMode: "environment" });
	next();
	return stop;
}
