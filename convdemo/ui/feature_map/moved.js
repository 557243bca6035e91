// Controls of the layer have moved: the map on screen follows (live/live.js), before the server answers.
(...values) => { document.dispatchEvent(new CustomEvent("layer", { detail: Object.fromEntries(NAMES.map((name, at) => [name, values[at]])) })); }
