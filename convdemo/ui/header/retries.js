// A lab that is full refuses long work (503), and so does whoever stands before it while a server starts (502, 504). Nothing is
// lost: the same request is sent again by itself, and the page says when.
const REFUSALS = [502, 503, 504];
const FIRST = 3; // seconds, and a little more each time, not at the same moment as everybody else
const LONGEST = 15;

// A fetch that does so, made of another. tell gets the seconds until the next try, 0 when there is none; wait a second.
export function withRetries(fetch, tell, second, random = Math.random) {
	let waiting = 0;

	async function rest(seconds) {
		for (let left = seconds; left > 0; left -= 1) {
			tell(left);
			await second();
		}
	}

	return async (...request) => {
		const { pathname } = new URL(request[0].url ?? request[0], globalThis.location?.href);
		let response = await fetch(...request);
		if (!/\/(queue\/join|run\/\w+)$/.test(pathname) || !REFUSALS.includes(response.status)) return response;
		waiting += 1;
		try {
			for (let tries = 1; REFUSALS.includes(response.status); tries += 1) {
				await rest(Math.min(LONGEST, FIRST * tries) + Math.floor(3 * random()));
				response = await fetch(...request);
			}
			return response;
		} finally {
			waiting -= 1;
			if (!waiting) tell(0);
		}
	};
}
