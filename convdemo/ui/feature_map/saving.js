// The map as a file, or that of all pixels of the photo: what few ask for.
import { address, create, put } from "../parts/dom.js";
import { sendWhole } from "./whole.js";

export function saver({ part, props, trigger, watch, root }) {
	watch("saved", () => {
		const { file, name, told } = props.saved;
		if (file) create("a", { href: address(file, root), download: name }).click();
		if (told) put(part, { whole_told: told, whole_button: { disabled: false } });
	});
	return (kind) => kind ? trigger("download", { kind }) : sendWhole({ part, props, trigger, root });
}
