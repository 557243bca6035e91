// One output value, taken apart: window × kernel = products, on one canvas, cell by cell.
// Used wherever a position is shown, whatever moved there: pointer, keys or an animation.
import { clamp, fill } from "./dom.js";
import { multiply, spanAt, windowAt } from "./geometry.js";
import { readableOn, signedColour } from "./palette.js";
import { short, show } from "./values.js";

const LEGIBLE = 26; // the smallest cell with a number in it, in CSS pixels; below, colours alone
const LARGEST = 46;
const GAP = 30;
const LARGEST_CANVAS = 8e6; // device pixels: phones draw no canvas above 16 million, and slowly before

const grey = (value) => `#${Math.round(255 * clamp(value, 0, 1)).toString(16).padStart(2, "0").repeat(3)}`;

// An output of a layer of geometry.js that also has the image's size, its largest weight, and brightest: the value
// drawn white, 1 if it is not given.
export function takeApart(row, column, layer, valueAt) {
  const taps = windowAt(row, column, layer.size, layer);
  return { row, column, layer, taps, ...multiply(valueAt, layer.weights, taps) };
}

// Draws an output in the room that the canvas' parent has. Pixels that a dilated kernel skips are dots.
// zoom: cells large enough for numbers, however wide the drawing gets; secret: the products are hidden.
export function drawWindow(canvas, { row, column, layer, taps, values, weights, products }, { palette, zoom, secret }) {
  const { shape: [h, w], dilation, largest, brightest = 1 } = layer;
  const span = spanAt(row, column, layer);
  const columns = span.width + 2 * w;
  const fitting = Math.floor((canvas.parentElement.clientWidth - 2 * GAP) / columns);
  const ratio = window.devicePixelRatio || 1;
  const possible = Math.floor(Math.sqrt(LARGEST_CANVAS / (columns * span.height)) / ratio);
  const cell = Math.max(1, Math.min(LARGEST, possible, Math.max(fitting, zoom ? LEGIBLE + 4 : 2)));
  const size = { width: columns * cell + 2 * GAP, height: span.height * cell };
  for (const [side, length] of Object.entries(size)) {
    canvas[side] = Math.ceil(length * ratio);
    canvas.style[side] = `${length}px`;
  }
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  Object.assign(context, { textAlign: "center", textBaseline: "middle", fillStyle: getComputedStyle(canvas).color });

  const square = (x, y, colour, value, padded) => {
    context.fillStyle = colour;
    context.fillRect(x, y, cell - 1, cell - 1);
    if (cell > 8) {
      context.strokeStyle = "#cbd5e1";
      context.strokeRect(x + 0.5, y + 0.5, cell - 2, cell - 2);
    }
    if (padded) {
      const gap = cell > 12 ? 6 : 3;
      context.strokeStyle = "#94a3b8";
      context.beginPath();
      for (let at = gap; at < 2 * cell; at += gap) {
        const [near, far] = [Math.min(at, cell - 1), Math.max(0, at - cell + 1)];
        context.moveTo(x + near, y + far);
        context.lineTo(x + far, y + near);
      }
      context.stroke();
    }
    if (cell < LEGIBLE) return;
    context.fillStyle = padded ? "#0f172a" : readableOn(colour);
    context.fillText(short(value), x + cell / 2, y + cell / 2);
  };

  const inset = (span.height - h) * cell / 2; // the kernel's rows stand in the middle of a dilated window
  const kernelLeft = span.width * cell + GAP;
  const productsLeft = kernelLeft + w * cell + GAP;
  context.font = "18px system-ui, sans-serif";
  context.fillText("×", kernelLeft - GAP / 2, size.height / 2);
  context.fillText("=", productsLeft - GAP / 2, size.height / 2);
  context.font = `${Math.min(14, Math.floor(cell * 0.3))}px system-ui, sans-serif`;
  context.fillStyle = "#94a3b8";
  for (let y = 0.5; dilation > 1 && cell > 5 && y < span.height; y += 1) {
    for (let x = 0.5; x < span.width; x += 1) context.fillRect(x * cell - 1, y * cell - 1, 2, 2);
  }
  taps.forEach(({ inside }, index) => {
    const [x, y] = [(index % w) * cell, Math.floor(index / w) * cell];
    const [value, weight, product] = [values[index], weights[index], products[index]];
    square(x * dilation, y * dilation, inside ? grey(value / brightest) : "#e2e8f0", value, !inside);
    square(kernelLeft + x, inset + y, signedColour(palette, weight, largest), weight);
    if (!secret) square(productsLeft + x, inset + y, signedColour(palette, product, largest * Math.max(1, brightest)), product);
  });
}

// Places a box over cells of a rows × columns grid that fills the parent; tiny cells get a box that can be seen.
export function mark({ style }, { left, top, width, height }, [rows, columns]) {
  const share = (number, whole) => `${(100 * number) / whole}%`;
  Object.assign(style, { left: share(left + width / 2, columns), top: share(top + height / 2, rows) });
  Object.assign(style, { width: `max(9px, ${share(width, columns)})`, height: `max(9px, ${share(height, rows)})` });
}

// The same in words, filled into sentences: {plain, bias, relu, zeros, reflect, replicate}. biased: with the bias, value:
// after ReLU too.
export function describe(words, { row, column, layer: { bias = 0, relu, mode }, taps, sum }, biased = sum, value = biased) {
  const isPadded = taps.some(({ inside }) => !inside);
  const sentences = [words.plain, bias && words.bias, relu && words.relu, isPadded && words[mode]].filter(Boolean).join(" ");
  return fill(sentences, { row: row + 1, column: column + 1, count: taps.length, sum: show(sum), bias: show(bias), biased: show(biased), value: show(value) });
}
