// The body of every widget's js_on_load: Gradio provides element, trigger, props and watch.
// Modules cannot be imported statically from here, so this imports the widget's own.
const root = (window.gradio_config?.root ?? "").replace(/\/$/, "");
import(`${root}/gradio_api/file=${props.module}`).then((module) => {
	module.mount({ element, trigger, props, watch, root });
	element.dataset.mounted = "true";
});
