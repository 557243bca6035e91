// The Step by step tab: a small matrix and a kernel, the window sliding over it, and the same sum as a matrix product.
// value = {preset, image, kernel, stride, padding, dilation, flip, row, column} belongs to the browser; the server
// checks it, and answers in the prop "shown" with what is wrong and where.
import { parseNumber } from "./cells.js";
import { clamp, create, fill, parts, put, typed } from "./dom.js";
import { outputSize, spanAt, toeplitzRow } from "./geometry.js";
import { grid, largest } from "./grid.js";
import { mosaic, readableOn, signedColour } from "./palette.js";
import { show } from "./values.js";
import { describe, drawWindow, mark, takeApart } from "./window_view.js";

const product = (a, b) => a.reduce((sum, value, index) => sum + value * b[index], 0);

export function mount({ element, trigger, props, watch }) {
  const part = parts(element);
  const words = props.text;
  let state = props.value;
  let layer = null; // as window_view.js wants it, with the image; null while something is wrong
  let columns = 0; // of the output
  let outputs = []; // row after row
  let reached = null; // how many outputs the player has come to; null: all are shown
  let timer = 0;
  const score = { right: 0, asked: 0 };
  const guessed = new Set();

  const place = (index) => [Math.floor(index / columns), index % columns];
  const current = () => state.row * columns + state.column;
  const isSecret = (index) => part.predict.checked && !guessed.has(index);

  const editors = Object.entries({ image: 12, kernel: 5 }).map(([name, side]) => [name, grid(part[name], {
    frame: part[name].closest("figure"),
    most: [side, side],
    label: words.cell_label,
    palette: name === "kernel" && props.palette,
    onEdit: (cells) => change({ preset: "own", [name]: cells }),
    onPaste: (text) => change({ preset: "own", [name]: text.split(/[;\n]/).map((row) => row.match(/[^\s,[\]]+/g)).filter(Boolean) }),
  })]);

  function change(next) {
    state = props.value = { ...state, ...next };
    cover();
    draw();
    settle();
  }

  // A new round: nothing is guessed.
  function cover() {
    reached = null;
    guessed.clear();
    put(part, { verdict: "" });
  }

  // The whole tab, after a change of a number or a setting.
  function draw() {
    part.image.parentElement.style.setProperty("--columns", state.image[0].length);
    for (const [name, editor] of editors) editor.show(state[name]);
    for (const name of ["preset", "padding", "stride", "dilation"]) {
      if (document.activeElement !== part[name]) part[name].value = state[name];
    }
    layer = read();
    element.dataset.ready = Boolean(layer);
    const { flip } = state;
    part.flip.checked = flip;
    part.other.hidden = part.difference.hidden = !flip;
    put(part, { output_title: flip ? words.output_flipped : words.output });
    if (!layer) return;
    outputs = compute(layer);
    const others = compute({ ...layer, flip: false });
    results(part.other_output, others);
    results(part.difference_output, outputs.map((value, index) => value - others[index]));
    showPosition(clamp(state.row, 0, outputs.length / columns - 1) * columns + clamp(state.column, 0, columns - 1));
  }

  // The numbers and settings as window_view.js wants them, or null.
  function read() {
    const { stride, dilation, flip } = state;
    const [weights, image] = [state.kernel, state.image].map((rows) => rows.map((row) => row.map(parseNumber)));
    const isEven = (rows) => rows.every((row) => row.length === rows[0].length && !row.some(Number.isNaN));
    if (![weights, image].every(isEven) || ![stride, dilation].every((number) => Number.isInteger(number) && number > 0)) return null;
    const [shape, size] = [weights, image].map((rows) => [rows.length, rows[0].length]);
    const mode = state.padding === "none" ? "zeros" : state.padding;
    const added = shape.map((side) => (state.padding === "none" ? 0 : dilation * (side - 1)));
    const padding = added.map((pixels) => [Math.floor(pixels / 2), Math.ceil(pixels / 2)]);
    if (mode === "reflect" && padding.some(([, after], axis) => after >= size[axis])) return null; // too little to mirror
    const scales = { largest: largest(state.kernel), brightest: largest(state.image) || 1 };
    const next = { weights, image, shape, size, padding, mode, stride, dilation, flip, ...scales };
    const output = outputSize(size, next);
    columns = output[1];
    return Math.min(...output) > 0 ? next : null;
  }

  const worked = (index, using = layer) => takeApart(...place(index), using, (row, column) => using.image[row][column]);
  const compute = (using) => Array.from({ length: outputSize(using.size, using)[0] * columns }, (_, index) => worked(index, using).sum);

  // What stands for an output that is not shown: a question mark until it is guessed, nothing until it is reached.
  function covering(index) {
    if (part.predict.checked) return isSecret(index) ? "?" : null;
    return reached !== null && index >= reached ? "" : null;
  }

  // A matrix of results; in the output some may be hidden, and one is the current.
  function results(grid, values, chosen) {
    const limit = Math.max(...values.map(Math.abs));
    grid.style.setProperty("--columns", columns);
    if (grid.children.length !== values.length) grid.replaceChildren(...values.map(() => create("button", { type: "button" })));
    values.forEach((value, index) => {
      const cell = grid.children[index];
      const covered = grid === part.output ? covering(index) : null;
      const colour = covered === null ? signedColour(props.palette, value, limit) : "#ffffff";
      const [row, column] = place(index);
      cell.textContent = covered ?? show(value);
      Object.assign(cell.style, { backgroundColor: colour, color: readableOn(colour) });
      cell.ariaLabel = `${fill(words.output_label, { row: row + 1, column: column + 1 })}: ${cell.textContent}`;
      cell.ariaCurrent = index === chosen;
    });
  }

  // The one way to a position, for clicks, steps and the animation alike.
  function showPosition(index) {
    const [row, column] = place(index);
    state = { ...state, row, column };
    const output = worked(index);
    const secret = isSecret(index);
    results(part.output, outputs, index);
    mark(part.outline, spanAt(row, column, layer), layer.size);
    drawWindow(part.window, output, { palette: props.palette, zoom: true, secret });
    const factor = (value) => (value < 0 ? `(${show(value)})` : show(value));
    const terms = output.values.map((value, at) => `${factor(value)}·${factor(output.weights[at])}`);
    put(part, {
      equation: `${terms.join(" + ")} = ${secret ? "?" : show(output.sum)}`,
      sentence: secret ? "" : describe(words.position, output, output.sum),
    });
    if (part.matrix.open) asMatrix(index);
    Object.assign(element.dataset, { position: `${row},${column}`, value: secret ? "" : output.sum });
  }

  // Both matrix products, the row of the chosen output lit.
  function asMatrix(chosen) {
    const windows = outputs.map((_, index) => worked(index).values);
    const { weights } = worked(0);
    const cell = (content, kind = "") => create("td", { class: kind }, typeof content === "number" ? show(content) : content);
    const lines = Array.from({ length: Math.max(windows.length, weights.length) }, (_, index) => create(
      "tr", { "aria-current": index === chosen },
      ...weights.map((_, at) => cell(windows[index]?.[at] ?? "")), cell(index ? "" : "×", "sign"), cell(weights[index] ?? "", "weight"),
      ...(windows[index] ? [cell(index ? "" : "=", "sign"), cell(product(windows[index], weights))] : []),
    ));
    part.im2col.replaceChildren(create("table", {}, ...lines));

    const band = outputs.map((_, index) => toeplitzRow(...place(index), layer.size, layer, layer.weights));
    const colours = band.map((line, row) => line.map((weight) =>
      weight ? signedColour(props.palette, weight, layer.largest) : row === chosen ? "#fef3c7" : "#f8fafc"));
    part.toeplitz.replaceChildren(mosaic(colours.flat(), band.length, band[0].length));
    part.toeplitz.style.setProperty("--columns", band[0].length);
    const furthest = (rows, vector) => show(Math.max(...rows.map((row, index) => Math.abs(product(row, vector) - outputs[index]))));
    put(part, { agreement: fill(words.agreement, { im2col: furthest(windows, weights), toeplitz: furthest(band, layer.image.flat()) }) });
  }

  // ---- the player

  function go(index) {
    reached = Math.max(reached, index + 1);
    showPosition(index);
  }

  // What has come to rest goes to the server, for the link.
  function settle() {
    clearTimeout(timer);
    timer = 0;
    put(part, { play: words.play });
    props.value = state;
    trigger("input");
  }

  function wait() {
    put(part, { play: words.pause });
    timer = setTimeout(() => {
      if (!layer || current() + 1 >= outputs.length) return settle();
      go(current() + 1);
      wait();
    }, 2000 / part.speed.value);
  }

  function restart() {
    reached = 0;
    go(0);
  }

  part.play.onclick = () => {
    if (timer || !layer) return settle();
    if (reached === null || current() + 1 >= outputs.length) restart();
    wait();
  };
  part.restart.onclick = () => {
    if (layer) restart();
    settle();
  };
  part.next.onclick = () => {
    if (layer) go((current() + 1) % outputs.length);
    settle();
  };
  part.output.onclick = ({ target }) => {
    const index = [...part.output.children].indexOf(target);
    if (index < 0 || !layer) return;
    if (reached === null) showPosition(index);
    else go(index);
    put(part, { verdict: "" });
    if (part.predict.checked) part.answer.focus();
    settle();
  };

  // ---- predict, then reveal

  part.predict.onchange = () => {
    cover();
    if (layer) showPosition(current());
  };
  part.guess.onsubmit = (event) => {
    event.preventDefault();
    const text = part.answer.value;
    const [guess, value] = [parseNumber(text), outputs[current()]];
    if (!layer || !isSecret(current())) return;
    if (Number.isNaN(guess)) return put(part, { verdict: fill(words.unreadable, { text }) });
    // Three digits are shown, and are enough; but a whole number is right or wrong.
    const isRight = Number.isInteger(value) ? guess === value : Math.abs(guess - value) <= 0.005 * Math.max(1, Math.abs(value));
    score.asked += 1;
    score.right += isRight;
    guessed.add(current());
    showPosition(current());
    put(part, { verdict: isRight ? words.right : fill(words.wrong, { guess: text, value: show(value) }), score: fill(words.score, score) });
    part.answer.value = "";
  };

  // ---- settings

  part.preset.onchange = ({ target: { value } }) => {
    const { image, kernel } = props.presets.find(({ name }) => name === value);
    change({ preset: value, image, kernel, row: 0, column: 0 });
  };
  for (const [name, read] of Object.entries({ stride: typed, dilation: typed, padding: (box) => box.value, flip: (box) => box.checked })) {
    part[name].oninput = () => change({ [name]: read(part[name]) });
  }
  part.matrix.ontoggle = () => part.matrix.open && layer && asMatrix(current());

  function answer() {
    const { error, matrix, row, column } = props.shown;
    put(part, { problem: error });
    for (const [name, editor] of editors) editor.mark(...(matrix === name ? [row, column] : []));
  }
  watch("shown", answer);
  watch("value", () => {
    state = props.value;
    draw();
  });
  new ResizeObserver(() => layer && part.frame.clientWidth && showPosition(current())).observe(part.frame);
  draw();
  answer();
}
