// Gradio's server ends the stream of answers when all events that it knows of are answered, and says so in it. An event that
// the page asks for before it has read that would wait for ever, as nobody opens a stream for it: on a slow line, or a busy
// machine, some seconds are enough. So while something is asked for, the page reads on in another stream, and hears of no end.
const ENDS = ["process_completed", "server_stopped"];

// A fetch that does so, made of another. lose is told when a stream breaks off, or ends before all is answered.
export function withoutEnds(fetch, lose = () => {}) {
	const open = new Set(); // events that are asked for
	const ended = new Set(); // events that were over before the answer to their request was read
	let asking = 0;

	async function join(...request) {
		asking += 1;
		try {
			const response = await fetch(...request);
			const { event_id: event } = await response.clone().json().catch(() => ({}));
			if (event && !ended.delete(event)) open.add(event);
			return response;
		} finally {
			asking -= 1;
		}
	}

	// Notes what a message says; whether it is to be passed on.
	function note(line) {
		if (!line.startsWith("data:")) return true;
		const { msg, event_id: event } = JSON.parse(line.slice(5));
		if (ENDS.includes(msg) && !open.delete(event)) ended.add(event);
		return msg !== "close_stream" || !(asking || open.size);
	}

	async function* messages(response, request) {
		for (let isOver = false; !isOver; response = isOver ? null : await fetch(...request)) {
			const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
			let text = "";
			isOver = true;
			for (let part = await reader.read(); !part.done; part = await reader.read()) {
				const pieces = (text + part.value).split("\n\n");
				text = pieces.pop();
				for (const piece of pieces) {
					if (note(piece)) yield `${piece}\n\n`;
					else isOver = false;
				}
			}
		}
	}

	async function follow(...request) {
		const response = await fetch(...request);
		if (!response.ok) return response;
		const parts = messages(response, request);
		const stream = new ReadableStream({
			async pull(controller) {
				const { done, value } = await parts.next().catch((error) => {
					lose();
					throw error;
				});
				if (!done) return controller.enqueue(new TextEncoder().encode(value));
				if (open.size) lose();
				controller.close();
			},
			cancel: () => parts.return(),
		});
		return new Response(stream, { status: response.status, headers: response.headers });
	}

	return (...request) => {
		const { pathname } = new URL(request[0].url ?? request[0], globalThis.location?.href);
		if (pathname.endsWith("/queue/join")) return join(...request);
		if (pathname.endsWith("/queue/data")) return follow(...request);
		return fetch(...request);
	};
}
