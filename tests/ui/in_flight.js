// What the page has asked of its server and has not been told yet. It runs before the page's own scripts.
//
// Gradio posts an event to queue/join, and is told how it goes on in a stream, queue/data, which it may keep open long
// after the last answer: so what counts is that every event that was joined has been completed, as a cancelled one is
// too. An event that goes past the queue, to run/predict, and all other requests are answered when their response is
// there. The heartbeat goes on for ever, and asks nothing.
(() => {
	const { fetch, setTimeout, requestAnimationFrame } = window; // a test may install a clock of its own
	const open = new Map(); // what is under way, by a key of its own
	const ended = new Set(); // events that were completed before the answer to their join was there
	let joined = []; // the functions that were asked for
	let streamed = 0; // bytes of answers

	const end = (event) => open.delete(event) || ended.add(event);

	async function join(body, response) {
		const { event_id: event } = await response.json();
		const { fn_index: name } = JSON.parse(body);
		joined.push(name);
		console.debug(`${Math.round(performance.now())} ms: function ${name} is asked for, event ${event}`);
		if (event && !ended.delete(event)) open.set(event, `event of function ${name}`);
	}

	async function run(body, response) {
		const { fn_index: name } = JSON.parse(body);
		joined.push(name);
		streamed += (await response.text()).length;
		console.debug(`${Math.round(performance.now())} ms: function ${name} has answered`);
	}

	async function follow(body) {
		const reader = body.pipeThrough(new TextDecoderStream()).getReader();
		let text = "";
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			streamed += value.length;
			const lines = (text + value).split("\n");
			text = lines.pop();
			for (const line of lines.filter((line) => line.startsWith("data:"))) {
				const message = JSON.parse(line.slice(5));
				if (message.msg !== "process_completed") continue;
				console.debug(`${Math.round(performance.now())} ms: event ${message.event_id} is completed`);
				end(message.event_id);
			}
		}
	}

	window.fetch = async (resource, options) => {
		const { pathname } = new URL(resource.url ?? resource, document.baseURI);
		if (pathname.includes("/heartbeat/")) return fetch(resource, options);
		const request = Symbol();
		open.set(request, pathname);
		try {
			const response = await fetch(resource, options);
			if (pathname.endsWith("/queue/data")) follow(response.clone().body).catch(() => {});
			else if (pathname.endsWith("/queue/join") && response.ok) await join(options.body, response.clone());
			else if (/\/run\/\w+$/.test(pathname) && options?.body) await run(options.body, response.clone());
			return response;
		} finally {
			open.delete(request);
		}
	};

	// An answer that is there is still to be read, which is work of other processes too, and takes a while on a busy machine.
	for (const kind of ["arrayBuffer", "blob", "json", "text"]) {
		const read = Response.prototype[kind];
		Response.prototype[kind] = async function () {
			const reading = Symbol();
			open.set(reading, "an answer that is read");
			try {
				return await read.call(this);
			} finally {
				open.delete(reading);
			}
		};
	}

	const { send } = XMLHttpRequest.prototype;
	XMLHttpRequest.prototype.send = function (...given) {
		const request = Symbol();
		open.set(request, "an upload");
		this.addEventListener("loadend", () => open.delete(request));
		return send.apply(this, given);
	};

	// An answer changes the page, which may ask for more, a frame later at most. A page in the background has no frames.
	const frame = () => new Promise((resolve) => {
		requestAnimationFrame(() => setTimeout(resolve));
		setTimeout(resolve, 1000);
	});

	// Before Gradio's own listener, which closes its connection.
	window.addEventListener("beforeunload", () => console.debug("the page is left"));

	window.inFlight = {
		hasAsked: () => joined.length > 0,
		async frames(count) {
			while (count-- > 0) await frame();
		},
		async settled(milliseconds) {
			const limit = Date.now() + milliseconds;
			const isBusy = () => open.size || document.querySelector(".kernel-panel[aria-busy=true]"); // it is about to ask
			for (let quiet = 0; quiet < 4; quiet = isBusy() ? 0 : quiet + 1) {
				if (Date.now() > limit) throw new Error(`still under way: ${[...open.values()].join(", ")}`);
				await frame();
			}
		},
		take() {
			const taken = { joined, streamed };
			joined = [];
			streamed = 0;
			return taken;
		},
	};
})();
