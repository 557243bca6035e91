// The buttons below the map, by their names.
import { full } from "./full.js";
import { play } from "./play.js";
import { wipe } from "./wipe.js";

const TOOLS = { map: (figure) => wipe(false, figure), wipe: (figure) => wipe(true, figure), play, full };

export const use = (name, figure) => TOOLS[name]?.(figure);
