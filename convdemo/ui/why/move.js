// The picture is dragged: it follows at once, and told is how far in the end, [down, right] in its own pixels.
Object.assign(element.style, { touchAction: "none", cursor: "grab" });
element.addEventListener("pointerdown", (event) => {
	const picture = event.target.closest("svg");
	if (!picture || event.button) return;
	const scale = picture.viewBox.baseVal.width / picture.getBoundingClientRect().width;
	const moved = ({ clientX, clientY }) => [clientY - event.clientY, clientX - event.clientX].map((by) => Math.round(by * scale));
	picture.setPointerCapture(event.pointerId);
	picture.onpointermove = (next) => {
		const [down, right] = moved(next);
		picture.querySelector("image").setAttribute("transform", `translate(${right} ${down})`);
	};
	picture.onpointerup = (next) => {
		picture.onpointermove = picture.onpointerup = null;
		if (moved(next).some(Boolean)) trigger("select", { index: moved(next) });
	};
});
