// The body of every widget's js_on_load: Gradio provides element, trigger, props and watch.
// Modules cannot be imported statically from here, so this imports the widget's own.
["restore", "take"]; // events that Gradio does not know: it looks for their names here, and only here
const root = (window.gradio_config?.root ?? "").replace(/\/$/, "");
import(`${root}/${props.module}`).then((module) => {
	module.mount({ element, trigger, props, watch, root });
	element.dataset.mounted = "true";
});
