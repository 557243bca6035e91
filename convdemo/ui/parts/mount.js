// The body of every widget's js_on_load: Gradio provides element, trigger, props and watch.
// Modules cannot be imported statically from here, so this imports the widget's own. Gradio looks here, and only here, for
// the names of events that it does not know: "restore".
const root = (window.gradio_config?.root ?? "").replace(/\/$/, "");
import(`${root}/${props.module}`).then((module) => {
	module.mount({ element, trigger, props, watch, root });
	element.dataset.mounted = "true";
});
