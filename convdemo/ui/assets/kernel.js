// The kernel: a menu with pictures, cells to edit, whole-kernel operations, and a text to paste into.
// value = {name, parameters, cells, text, operations} belongs to the browser. The server answers in the prop "shown":
// the cells of a designed, a pasted or a changed kernel, or the sentence about what is wrong and where.
import { parseNumber } from "./cells.js";
import { clamp, fill, parts, put, typed } from "./dom.js";
import { grid, largest } from "./grid.js";
import { mosaic, signedColour } from "./palette.js";

const UNFINISHED = 900; // milliseconds that a number may stay unfinished before it is an error

export function mount({ element, trigger, props, watch }) {
  const part = parts(element);
  const words = props.text;
  const library = new Map(props.library.map((kernel) => [kernel.value.name, { ...kernel }]));
  const own = library.get("custom"); // keeps the visitor's own kernel while another is looked at
  let cells = [["0"]];
  let limits = [props.grid_side, props.grid_side];
  let waiting = 0;
  let request = 0; // comes back with the answer, so that the same answer twice is an answer

  const editor = grid(part.grid, {
    frame: element,
    label: words.cell_label,
    palette: props.palette,
    largestSide: props.grid_side,
    onEdit: edit,
    onPaste: (text) => {
      part.text.value = text;
      sendText();
    },
  });

  function send(change, delay = 0) {
    clearTimeout(waiting);
    props.value = { ...props.value, ...change, request: ++request };
    waiting = delay && setTimeout(send, delay);
    if (!waiting) trigger("input");
  }

  function keep(next) {
    cells = next;
    own.value = { ...own.value, cells };
  }

  // A change of the cells by hand: from now on the kernel is the visitor's.
  // A number that is only begun, such as "-" or "1/", is given time.
  function edit(next, begun) {
    keep(next);
    send(own.value, begun ? UNFINISHED : 0);
    draw();
  }
  part.grid.addEventListener("focusout", () => waiting && send());

  const sendText = () => send({ ...own.value, cells: null, text: part.text.value });
  part.text.oninput = sendText;

  // The server does it; one more before it has answered waits in line.
  part.operations.onclick = ({ target: { dataset: { operation } } }) => {
    if (operation) send({ ...own.value, cells, operations: [...props.value.operations, operation] });
  };

  // ---- drawing

  function picture(rows) {
    const limit = largest(rows);
    return mosaic(rows.flat().map((text) => signedColour(props.palette, parseNumber(text), limit)), rows.length, rows[0].length);
  }

  function draw() {
    const { title, note, source } = library.get(props.value.name);
    const [rows, columns] = [cells.length, cells[0].length];
    editor.show(cells, limits);
    part.large.replaceChildren(...(part.grid.hidden ? [picture(cells), fill(words.large, { rows, columns })] : []));
    part.swatch.replaceChildren(picture(cells));
    put(part, { name: title, note, rows, columns, source: { textContent: source, title: source } });
    if (document.activeElement !== part.text) part.text.value = cells.map((row) => row.join(" ")).join("\n");
    drawParameters();
  }

  function drawParameters() {
    const { name, parameters: values } = props.value;
    for (const label of part.parameters.children) {
      label.hidden = label.dataset.kernel !== name;
      for (const input of label.hidden ? [] : label.querySelectorAll("input")) {
        if (document.activeElement !== input) input.value = values[input.name] ?? input.value;
      }
    }
  }
  part.parameters.oninput = ({ target }) => {
    send({ parameters: { ...props.value.parameters, [target.name]: typed(target) }, cells: null, text: null });
    drawParameters();
  };

  // ---- the menu

  part.list.onclick = ({ target }) => {
    const name = target.closest("button")?.dataset.name;
    if (!name) return;
    part.list.hidePopover();
    const { value } = library.get(name);
    cells = value.cells;
    send(value);
    draw();
  };
  const options = [...part.list.querySelectorAll("button")];
  part.list.onbeforetoggle = () => {
    part.own.hidden = !own.value.cells;
    if (own.value.cells) part.own_swatch.replaceChildren(picture(own.value.cells));
    for (const option of options) {
      option.ariaSelected = option.autofocus = option.dataset.name === props.value.name;
    }
  };
  part.list.onkeydown = (event) => {
    const at = options.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: options.length }[event.key];
    if (event.key === "Tab") part.list.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    options[clamp(next, 0, options.length - 1)].focus();
  };

  // ---- from outside

  function answer() {
    const { shown, value } = props;
    if (shown.limits) limits = [shown.limits.rows, shown.limits.columns].map((side) => Math.min(side, props.grid_side));
    put(part, { problem: shown.error, sum: shown.sum });
    editor.mark(shown.row, shown.column);
    if (!shown.cells) return;
    if (value.cells === null) cells = shown.cells; // the server designed or parsed it
    if (value.operations.length && shown.request === request) props.value = { ...value, cells: shown.cells, operations: [] };
    restore();
  }

  function restore() {
    cells = props.value.cells ?? cells;
    if (props.value.name === "custom") keep(cells);
    draw();
  }
  watch("shown", answer);
  watch("value", restore);
  restore();
  answer();
}
