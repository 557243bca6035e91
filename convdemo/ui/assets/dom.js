// Small helpers that every widget needs. No state.

// The elements marked data-part="name" below element, by name.
export function parts(element) {
  return Object.fromEntries([...element.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
}

// "{name} is {n} wide" with the values put in. What a visitor typed stays text: use with textContent only.
export function fill(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

// An element with attributes, handlers such as onclick, and children.
export function create(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// Puts texts, or objects of properties, into parts. The style sheet hides the place of a sentence that is empty.
export function put(part, contents) {
  for (const [name, content] of Object.entries(contents)) {
    Object.assign(part[name], content instanceof Object ? content : { textContent: content });
  }
}

// What draws on a new canvas.
export const paper = (width, height, options) => create("canvas", { width, height }).getContext("2d", options);

// The number in a box, null if there is none.
export const typed = ({ value }) => (value === "" ? null : Number(value));

export const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
export const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// The address of a file that the server named, before or after Gradio gave it a URL.
export const address = (file, root) => file.url ?? `${root}/gradio_api/file=${file.path}`;
