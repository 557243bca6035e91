// What this visitor answered: kept in the browser alone, by plan and question. Nothing where that is forbidden.
const NONE = { getItem: () => null, setItem() {}, removeItem() {} };

function storage() {
	try {
		return localStorage;
	} catch {
		return NONE;
	}
}

const key = (name) => `plan ${name}`;

function read(name) {
	try {
		const kept = JSON.parse(storage().getItem(key(name)));
		return { at: 0, answers: {}, ...(kept && typeof kept === "object" ? kept : {}) };
	} catch {
		return { at: 0, answers: {} };
	}
}

function write(name, kept) {
	try {
		storage().setItem(key(name), JSON.stringify(kept));
	} catch {} // full: the plan works, and forgets
}

// The step that was looked at last.
export const placeOf = (name) => Number(read(name).at) || 0;
export const keepPlace = (name, at) => write(name, { ...read(name), at });

// {given, index, isRight, tries, isShown, say} to a question, null if there is none.
export const answerTo = (name, question) => read(name).answers[question] ?? null;

export function keepAnswer(name, question, answer) {
	const kept = read(name);
	write(name, { ...kept, answers: { ...kept.answers, [question]: answer } });
}

export const forget = (name) => storage().removeItem(key(name));
export const countRight = (name) => Object.values(read(name).answers).filter(({ isRight }) => isRight).length;
