"""What does pointing at a place cost? `python -m tests.benchmarks.inspector` prints milliseconds a move.

A real Chromium draws the lab with a photo of the working size, the mouse moves over the feature map, and the browser's
own timeline (the trace that its developer tools show) says how much processor time scripts, layout and painting took
on the page's thread; on a busy machine the clock would also count the others' turns. A move is everything from its
event to the next one's. The aim is under 4 ms of scripts a move. Where they take their time is told by the browser's
profiler, in a second run, because it slows down what it watches.
"""

import io
import json
import statistics
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from tests.serving import ROOT, serving
from tests.ui.chromium import FLAGS, find_chromium
from tests.ui.lab import Lab

WIDTH, HEIGHT = 1024, 683
MOVES = 200
AIM = 4.0
CASES = [(3, 1, False), (7, 1, False), (15, 1, False), (31, 1, False), (15, 8, False), (15, 1, True), (31, 1, True)]
"""The kernel's side, the dilation, and whether the place is kept and the keys move it: then cells have numbers."""

PARTS = {
    "scripts": ("EventDispatch", "FireAnimationFrame", "FunctionCall", "TimerFire", "RunMicrotasks"),
    "layout": ("Layout", "UpdateLayoutTree"),
    "paint": ("Paint", "PrePaint", "Layerize", "Commit"),
}


def photo():
    with Image.open(ROOT / "examples" / "chelsea.png") as cat:
        picture = cat.convert("RGB").resize((WIDTH, HEIGHT))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def query(side, dilation):
    weights = np.random.default_rng(0).normal(size=(side, side)) / side**2
    rows = ";".join(",".join(f"{weight:.4g}" for weight in row) for row in weights)
    return f"?padding=zeros&dilation={dilation}&kernel={rows}"


def move_about(lab, kept, moves=MOVES):
    """Moves with a frame each: all over the feature map with the mouse, or by keys with the place kept."""
    stage = lab.page.locator(".figure-panel .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    for move in range(moves):
        if kept:
            lab.page.keyboard.press("ArrowRight" if move % 40 < 20 else "ArrowLeft")
        else:
            x, y = move * 37 % moves / moves, move / moves
            lab.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        lab.page.wait_for_timeout(20)


def durations(trace, starts):
    """Milliseconds a move, by part. Nested events count once, for the innermost part that they belong to."""
    named = {name: part for part, names in PARTS.items() for name in names}
    events = [event for event in json.loads(trace)["traceEvents"] if event.get("ph") == "X"]
    thread = Counter((e["pid"], e["tid"]) for e in events if e["name"] == "FireAnimationFrame").most_common(1)[0][0]
    events = sorted((e for e in events if (e["pid"], e["tid"]) == thread), key=lambda e: (e["ts"], -e.get("dur", 0)))
    moves, open_events = [], []
    for event in events:
        if event["name"] == "EventDispatch" and event["args"]["data"]["type"] == starts:
            moves.append(Counter())
        part = named.get(event["name"])
        if not part or not moves:
            continue
        length = event.get("tdur", event.get("dur", 0)) / 1000  # tdur: the thread's own time
        while open_events and open_events[-1][0] <= event["ts"]:
            open_events.pop()
        moves[-1][part] += length
        if open_events:
            moves[-1][open_events[-1][1]] -= length
        open_events.append((event["ts"] + event.get("dur", 0), part))
    return moves[1:-1]  # the last one has no end


def profile(lab, kept):
    """The functions that most time is spent in themselves, as shares."""
    profiler = lab.page.context.new_cdp_session(lab.page)
    profiler.send("Profiler.enable")
    profiler.send("Profiler.setSamplingInterval", {"interval": 100})
    profiler.send("Profiler.start")
    move_about(lab, kept, 100)
    found = profiler.send("Profiler.stop")["profile"]
    frames = {node["id"]: node["callFrame"] for node in found["nodes"]}
    spent = Counter()
    for sample, delta in zip(found["samples"], found["timeDeltas"], strict=True):
        frame = frames[sample]
        if frame["functionName"] not in ("(idle)", "(program)", "(root)"):
            spent[f"{frame['functionName'] or '(anonymous)'} {frame['url'].rpartition('/')[2]}".strip()] += delta
    total = sum(spent.values())
    return ", ".join(f"{name} {time / total:.0%}" for name, time in spent.most_common(5))


def measure(browser, lab, kept):
    if kept:
        lab.page.locator(".figure-panel .stage").focus()
        lab.page.keyboard.press("Enter")
    move_about(lab, kept, 60)  # until everything is compiled
    browser.start_tracing(page=lab.page, categories=["devtools.timeline", "disabled-by-default-devtools.timeline"])
    move_about(lab, kept)
    return durations(browser.stop_tracing(), "keydown" if kept else "pointermove")


def main():
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as served,
        sync_playwright() as program,
    ):
        browser = program.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        print(f"{MOVES} moves over the feature map of a {WIDTH}x{HEIGHT} photo, milliseconds a move, {browser.version}")
        print(f"{'':24}{'scripts':^30}{'layout':>10}{'paint':>10}")
        print(f"{'kernel':24}{'median':>10}{'95 %':>10}{'most':>10}{'median':>10}{'median':>10}")
        for side, dilation, kept in CASES:
            lab = Lab(browser.new_page(viewport={"width": 1280, "height": 900}), served.address).open(
                query(side, dilation)
            )
            with lab.redraw():
                file = {"name": "photo.png", "mimeType": "image/png", "buffer": photo()}
                lab.page.set_input_files(".picture-panel [data-part=file]", file)
            lab.page.wait_for_timeout(1000)
            moves = measure(browser, lab, kept)
            scripts, layout, paint = ([move[part] for move in moves] for part in PARTS)
            name = f"{side}x{side}" + (f", dilation {dilation}" if dilation > 1 else "") + (", kept" if kept else "")
            columns = [
                statistics.median(scripts), statistics.quantiles(scripts, n=20)[-1], max(scripts),
                statistics.median(layout), statistics.median(paint),
            ]  # fmt: skip
            late = "" if columns[0] < AIM else f"  more than {AIM:g} ms"
            print(f"{name:24}" + "".join(f"{number:>10.2f}" for number in columns) + late)
            print(f"    {profile(lab, kept)}")
            lab.page.close()


if __name__ == "__main__":
    main()
