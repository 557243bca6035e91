// After a reload, which Gradio makes when a lost server is back, what the browser had before counts.
() => ["picture", "kernel"].map((name) => performance.getEntriesByType("navigation")[0].type === "reload" ? JSON.parse(sessionStorage[name] ?? null) : null);
