// Ending a run that goes on. Gradio's server ends all that the same function does for this visitor, a run that was begun later as
// well, and its page then forgets the one that was begun last, which nobody could end; so nothing is asked for until the server
// has answered. And a run whose number is not known yet, as its request is not answered, is ended as soon as it is: Gradio's page
// asks for the end of a run without a number, and the run would go on.

const done = () => Response.json({ success: true });

// A fetch that does so, made of another.
export function inTurn(fetch) {
	const events = new Map(); // functions, and the number of what was last asked of each, when it is there
	let ended = Promise.resolve();

	async function begin(before, request) {
		await before;
		return fetch(...request);
	}

	async function end(url, options) {
		const body = JSON.parse(options.body);
		body.event_id ??= await events.get(body.fn_index);
		return body.event_id ? fetch(url, { ...options, body: JSON.stringify(body) }) : done();
	}

	return (...request) => {
		const { pathname } = new URL(request[0].url ?? request[0], globalThis.location?.href);
		if (/\/run\/\w+$/.test(pathname)) return begin(ended, request);
		if (pathname.endsWith("/queue/join")) {
			const answer = begin(ended, request);
			const event = answer.then((response) => response.clone().json()).then((joined) => joined.event_id);
			events.set(JSON.parse(request[1].body).fn_index, event.catch(() => undefined));
			return answer;
		}
		if (pathname.endsWith("/cancel")) {
			const answer = end(...request);
			ended = Promise.allSettled([ended, answer]);
			return answer;
		}
		return pathname.endsWith("/reset") ? done() : fetch(...request); // the server does nothing for it
	};
}
