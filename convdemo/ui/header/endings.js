// Ending a run that goes on. Gradio's server ends all that the same function does for this visitor, a run that was begun later as
// well, and its page then forgets the one that was begun last, which nobody could end; so nothing is asked for until the server
// has answered. A run whose number is not known yet, as its request is not answered (a lab that is full lets it wait), is ended as
// soon as it is: Gradio's page asks for the end of a run without a number, and the run would go on. Only its function waits then.

const done = () => Response.json({ success: true });

// A fetch that does so, made of another.
export function inTurn(fetch) {
	const numbers = new Map(); // functions, and the number of what was last asked of each, when it is there
	const endings = new Map(); // functions, and when a run of theirs that had no number has ended
	let ended = Promise.resolve();

	async function after(endings, request) {
		await Promise.allSettled(endings);
		return fetch(...request);
	}

	function begin(request) {
		const { fn_index: name } = JSON.parse(request[1].body);
		const answer = after([ended, endings.get(name)], request);
		const number = answer.then((response) => response.clone().json()).then((joined) => joined.event_id);
		numbers.set(name, number.catch(() => undefined)); // refused: there is nothing to end
		return answer;
	}

	async function endLater(url, options, body) {
		const number = await numbers.get(body.fn_index);
		if (number) await fetch(url, { ...options, body: JSON.stringify({ ...body, event_id: number }) });
	}

	function end(url, options) {
		const body = JSON.parse(options.body);
		if (!body.event_id) {
			endings.set(body.fn_index, endLater(url, options, body).catch(() => {}));
			return Promise.resolve(done());
		}
		const answer = fetch(url, options);
		ended = Promise.allSettled([ended, answer]);
		return answer;
	}

	return (...request) => {
		const { pathname } = new URL(request[0].url ?? request[0], globalThis.location?.href);
		if (/\/run\/\w+$/.test(pathname)) return after([ended], request);
		if (pathname.endsWith("/queue/join")) return begin(request);
		if (pathname.endsWith("/cancel")) return end(...request);
		return pathname.endsWith("/reset") ? Promise.resolve(done()) : fetch(...request); // the server does nothing for a reset
	};
}
