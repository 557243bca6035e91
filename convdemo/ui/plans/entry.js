// Lesson plans come when they are asked for: from the menu, by a link, as a teacher's file, or after a reload.
import { create, keptName, store } from "../parts/dom.js";

let loading = null;
let bar = null; // of the plan that is open

// {text, css, plans, read}: the same for everyone.
function parcel({ root, props }) {
	loading ??= fetch(`${root}/${props.plans}`).then((answer) => answer.json()).then((all) => {
		document.head.append(create("style", {}, all.css));
		return all;
	});
	return loading;
}

// The menu, or at once the plan in a file.
export async function open(page, file) {
	const all = await parcel(page);
	if (file) return tryFile(page, all, file);
	const { menu } = await import("./menu.js");
	menu({ page, all, begin: (listed) => begin(page, all, listed), tryFile: (chosen) => tryFile(page, all, chosen) });
}

// What the link names, or the visitor's own one as it was before a reload.
export async function resume(page) {
	const given = new URLSearchParams(location.search);
	const name = given.get("lesson");
	const all = await parcel(page);
	const listed = all.plans.find((plan) => plan.name === name);
	const kept = JSON.parse(store().getItem(keptName("plan")) ?? "null");
	if (!listed && (name || !kept)) return; // the page says why
	if (!page.take) return location.replace(`${page.root}/${location.search}`); // a plan goes through all lessons
	const at = Math.min(Number(given.get("lesson_step") ?? 1) || 1, listed?.steps ?? 1) - 1;
	show(page, all, listed ? { name, plan: await fetchPlan(page, listed), at } : { name: "", ...kept }, false);
}

const fetchPlan = async ({ root }, { file }) => (await fetch(`${root}/${file}`)).json();

async function begin(page, all, listed) {
	const { placeOf } = await import("./answers.js");
	const at = Math.min(placeOf(listed.name), listed.steps - 1);
	if (!page.take) return location.assign(`${page.root}/?lesson=${listed.name}&lesson_step=${at + 1}`);
	show(page, all, { name: listed.name, plan: await fetchPlan(page, listed), at }, true);
}

// The file goes to the server as it is, and comes back as a plan, or its mistakes do.
async function tryFile(page, all, file) {
	const answer = await fetch(page.root + all.read, { method: "POST", body: file }).catch(() => null);
	const told = await answer?.json().catch(() => null);
	if (!told?.steps) {
		const { problems } = await import("./menu.js");
		return problems(all, file.name, told?.problems ?? [told?.detail ?? all.text.no_answer]);
	}
	const at = Math.min(bar?.run.name === "" ? bar.run.at : 0, told.steps.length - 1); // where its writer was
	if (page.take) return show(page, all, { name: "", plan: told, at }, true);
	store().setItem(`plan ${page.root}/`, JSON.stringify({ plan: told, at }));
	location.assign(`${page.root}/`);
}

async function show(page, all, run, isNew) {
	const module = await import("./bar.js");
	bar?.close();
	bar = module.bar({ page, all, run, isNew, closed: () => (bar = null) });
}
