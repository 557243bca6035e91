"""Which way of making a map in the browser is quickest? `python -m tests.benchmarks.live_ways` prints a table.

The module of the page (ui/live/slide.js) beside WebGL2 with float textures, in one page of a Chromium without a GPU,
where WebGL2 is drawn by software; each makes all sums of a random kernel anew and has them as numbers, since the scale
needs the strongest. "All weights" adds one shifted picture a weight, "rank 1" takes a kernel apart that is a column
times a row, "one weight" adds what one weight changed by.
"""

import statistics
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.serving import ROOT
from tests.ui.chromium import FLAGS, find_chromium

SIZES = ((600, 400, 3), (600, 400, 7), (600, 400, 15), (1024, 683, 15), (600, 400, 31))
TIMES = 9
HOST = "http://ways.test/"

PAGE = """
import { change, laid, plan, sumsOf } from "/live/slide.js";

const random = (count) => Float32Array.from({ length: count }, () => Math.random() - 0.5);
const rows = (side) => Array.from({ length: side }, () => [...random(side)]);

function layerOf(side, weights) {
    const none = [[0, 0], [0, 0]];
    return { weights, shape: [side, side], stride: 1, dilation: 1, padding: none, mode: "zeros", flip: false };
}

window.slide = async ([width, height, side], way) => {
    const plane = random(width * height), size = [height, width];
    const column = random(side), row = random(side);
    const weights = way === "rank 1" ? [...column].map((a) => [...row].map((b) => a * b)) : rows(side);
    const layer = layerOf(side, weights);
    const sums = await sumsOf(plane, size, layer);
    const start = performance.now();
    if (way === "one weight") {
        const other = structuredClone(layer);
        other.weights[1][1] += 0.5;
        change(sums, plane, size, other, laid(layer));
    } else await sumsOf(plane, size, layer, plan(layer));
    return performance.now() - start;
};

const VERTICES = `#version 300 es
void main() { gl_Position = vec4(vec2((gl_VertexID << 1) & 2, gl_VertexID & 2) * 2. - 1., 0, 1); }`;
const SUM = (side) => `#version 300 es
precision highp float;
precision highp sampler2D;
uniform sampler2D picture, weights;
out float sum;
void main() {
    ivec2 at = ivec2(gl_FragCoord.xy);
    sum = 0.;
    for (int y = 0; y < ${side}; y++) for (int x = 0; x < ${side}; x++)
        sum += texelFetch(weights, ivec2(x, y), 0).r * texelFetch(picture, at + ivec2(x, y), 0).r;
}`;

window.webgl = ([width, height, side]) => {
    const [columns, lines] = [width - side + 1, height - side + 1];
    const gl = new OffscreenCanvas(columns, lines).getContext("webgl2");
    gl.getExtension("EXT_color_buffer_float");
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTICES], [gl.FRAGMENT_SHADER, SUM(side)]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, source);
        gl.compileShader(shader);
        gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    const hold = (unit, width, height, values) => {
        gl.activeTexture(gl.TEXTURE0 + unit);
        const texture = gl.createTexture();
        gl.bindTexture(gl.TEXTURE_2D, texture);
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, width, height, 0, gl.RED, gl.FLOAT, values);
        gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
        gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
        return texture;
    };
    hold(0, width, height, random(width * height));
    hold(1, side, side, random(side * side));
    ["picture", "weights"].forEach((name, unit) => gl.uniform1i(gl.getUniformLocation(program, name), unit));
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    const map = hold(2, columns, lines, null);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, map, 0);
    gl.viewport(0, 0, columns, lines);
    const sums = new Float32Array(columns * lines);
    const draw = () => {
        gl.activeTexture(gl.TEXTURE1);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, side, side, gl.RED, gl.FLOAT, random(side * side));
        gl.drawArrays(gl.TRIANGLES, 0, 3);
        gl.readPixels(0, 0, columns, lines, gl.RED, gl.FLOAT, sums);
    };
    draw(); // the driver makes its program at the first one
    const start = performance.now();
    draw();
    const took = performance.now() - start;
    if (!sums.some((sum) => sum !== 0)) throw new Error("nothing was drawn");
    return took;
};
window.isReady = true;
"""


def answer(route):
    """The page of this file, and modules of the lab."""
    path = route.request.url.removeprefix(HOST)
    if path:
        text = PAGE if path == "page.js" else (ROOT / "convdemo" / "ui" / Path(path)).read_text(encoding="utf-8")
        route.fulfill(body=text, content_type="text/javascript")
    else:
        route.fulfill(body='<script type="module" src="page.js"></script>', content_type="text/html")


def main():
    """Print the table."""
    ways = {f"slide.js, {way}": f"size => slide(size, '{way}')" for way in ("all weights", "rank 1", "one weight")}
    ways["WebGL2"] = "size => webgl(size)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = browser.new_page()
        page.route(f"{HOST}**", answer)
        page.goto(HOST)
        page.wait_for_function("() => window.isReady")
        print(f"Chromium {browser.version}, medians of {TIMES}, ms\n")
        print("| picture, kernel |", " | ".join(ways), "|\n|---|" + "---|" * len(ways))
        for width, height, side in SIZES:
            found = {way: [] for way in ways}
            for _ in range(TIMES):
                for way, script in ways.items():
                    found[way].append(page.evaluate(script, [width, height, side]))
            times = " | ".join(f"{statistics.median(one):.0f}" for one in found.values())
            print(f"| {width} × {height}, {side} × {side} | {times} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
