"""How quickly does the map follow the hand? `python -m tests.benchmarks.live` prints a table.

A real Chromium without a GPU opens the lab and a plain Gradio app (trivial_app.py) on the same machine. A weight
changes by an event of its cell, as a key or a dragging hand sends it, and the clock of the page runs until the task
after the frame that shows the new map; the next key is pressed when the server's map has come. While a weight is
dragged, it changes once a frame for some seconds: the maps that were drawn are counted, and the longest task of the
page's thread is what the browser itself reports. The camera is Chromium's own, at 60 frames a second.
"""

import argparse
import io
import statistics
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.benchmarks.first_visit import the_trivial_app, visit
from tests.serving import ROOT, serving
from tests.ui.chromium import FLAGS, find_chromium
from tests.ui.lab import Lab, settle

SECONDS = 4
KEYS = [(3, False), (7, False), (15, True)]
"""The kernel's side, and whether the photo has the working size, 1024 x 683, or 600 x 400."""

DRAGS = [(3, False), (31, False), (15, True)]
CAMERA = (3, 7)

PAGE = """
const panel = () => document.querySelector(".figure-panel").figure.element;
const frame = () => new Promise(requestAnimationFrame);
// The task after a frame that has been painted.
const {port1, port2} = new MessageChannel();
const task = () => new Promise((resolve) => (port1.onmessage = resolve, port2.postMessage(0)));
const painted = () => new Promise((resolve) => requestAnimationFrame(() => task().then(() => resolve(performance.now()))));
const drawn = () => new Promise((resolve) => {
    const observer = new MutationObserver(() => resolve(observer.disconnect()));
    observer.observe(panel(), {attributeFilter: ["data-live"]});
});
window.turned = null; // how the weight of a kernel that has no cells is changed
const act = (text, rest) => {
    if (turned) return turned(text);
    const cell = document.querySelector(".kernel-panel .grid input");
    cell.value = text;
    cell.dispatchEvent(rest ? new CustomEvent("input", {bubbles: true, detail: rest}) : new InputEvent("input", {bubbles: true}));
};
window.large = async (weights) => {
    const {name} = performance.getEntriesByType("resource").find(({name}) => name.endsWith("/live/live.js"));
    const {turn} = await import(name);
    turned = (text) => (weights[0][0] = text, turn(weights));
};
window.untilLive = async (text) => {
    const next = drawn();
    const start = performance.now();
    act(text);
    await next;
    return await painted() - start;
};
window.dragged = async (seconds, isStill) => {
    let [longest, count, last, number] = [0, 0, panel().dataset.live, 0];
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(({duration}) => (longest = Math.max(longest, duration))));
    observer.observe({type: "longtask"});
    const end = performance.now() + 1000 * seconds;
    while (performance.now() < end) {
        if (!isStill) act(String((number = (number + 1) % 50) / 10), 300);
        await frame();
        if (panel().dataset.live !== last) [count, last] = [count + 1, panel().dataset.live];
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    observer.disconnect();
    return [count / seconds, longest];
};
"""  # noqa: E501


def dense(side: int) -> np.ndarray:
    """A kernel of full rank, whose sums cannot be made by columns and rows."""
    return np.round(np.random.default_rng(0).normal(size=(side, side)), 3)


def photo() -> bytes:
    """The cat in the working size."""
    with Image.open(ROOT / "examples" / "chelsea.png") as cat:
        picture = cat.convert("RGB").resize((1024, 683))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def open_lab(browser: Browser, address: str, side: int, *, is_large: bool = False) -> Lab:
    """Open the lab with a kernel of this side, all loaded that follows a hand."""
    rows = ";".join(",".join(map(str, row)) for row in dense(side))
    lab = Lab(browser.new_page(viewport={"width": 1280, "height": 900}), address).open(f"?kernel={rows}")
    if is_large:
        with lab.redraw():
            file = {"name": "photo.png", "mimeType": "image/png", "buffer": photo()}
            lab.page.set_input_files(".picture-panel [data-part=file]", file)
    lab.page.locator(".menu-button").hover()
    settle(lab.page)
    lab.page.add_script_tag(content=PAGE)
    if side > 15:
        lab.page.evaluate("weights => large(weights)", dense(side).tolist())
    return lab


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=15, help="keys that are pressed (15)")
    options = parser.parse_args()
    flags = [
        flag.replace("media-stream", "media-stream=fps=60", 1) if "fake-device" in flag else flag for flag in FLAGS
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder, "lab")) as lab_served,
        serving(Path(folder, "trivial"), ("-m", "tests.benchmarks.trivial_app")) as trivial,
        sync_playwright() as program,
    ):
        browser = program.chromium.launch(executable_path=find_chromium(), args=flags)
        app, address = the_trivial_app(trivial), lab_served.address
        visit(browser, app)  # warms up
        peer = statistics.median(visit(browser, app).picked for _ in range(5))
        print(f"Chromium {browser.version}; the trivial app: kernel picked to its map in {peer:.0f} ms\n")
        print("| | measured |\n|---|---|")
        for side, is_large in KEYS:
            lab = open_lab(browser, address, side, is_large=is_large)
            times = []
            for number in range(options.times):
                times.append(lab.page.evaluate("text => untilLive(text)", f"{number / 10 + 0.05}"))
                settle(lab.page)
            size = "1024 × 683" if is_large else "600 × 400"
            median, most = statistics.median(times), max(times)
            row = f"key in a cell to the new pixels, {size}, {side} × {side}"
            print(f"| {row} | {median:.0f} ms (most {most:.0f}), {median / peer:.2f} of the trivial app |")
            lab.page.close()
        for side, is_large in DRAGS:
            lab = open_lab(browser, address, side, is_large=is_large)
            rate, longest = lab.page.evaluate(f"dragged({SECONDS})")
            size = "1024 × 683" if is_large else "600 × 400"
            blocked = f"{longest:.0f} ms" if longest else "less than 50 ms"
            print(f"| dragging, {size}, {side} × {side} | {rate:.0f} a second, longest task {blocked} |")
            lab.page.close()
        for side in CAMERA:
            lab = open_lab(browser, address, side)
            lab.page.locator(".picture-panel [data-part=camera]").click()
            lab.page.wait_for_selector(".figure-panel .stage.live")
            lab.page.evaluate("dragged(1, true)")  # until all is compiled
            rate, longest = lab.page.evaluate(f"dragged({SECONDS}, true)")
            blocked = f"{longest:.0f} ms" if longest else "less than 50 ms"
            print(f"| video 640 × 480 through {side} × {side} | {rate:.1f} a second, longest task {blocked} |")
            lab.page.close()
        browser.close()


if __name__ == "__main__":
    main()
