// After a reload, which Gradio makes when a lost server is back, what the browser had before on this page counts.
() => ["picture", "kernel"].map((name) => {
	try {
		return performance.getEntriesByType("navigation")[0].type === "reload" ? JSON.parse(sessionStorage[`${name} ${location.pathname}`] ?? null) : null;
	} catch { // inside another page it may be forbidden to keep anything
		return null;
	}
});
