"""What does a first visit cost? `python -m tests.benchmarks.first_visit` prints bytes, milliseconds and ratios.

A real Chromium with a cold cache opens the lab and a plain Gradio app of the same idea (trivial_app.py) in turn, in
pairs, each in a new browser context. The photo, the kernel and the core are the same. The table shows the median of
each, and the median of the pairs' ratios, so that they hold even where the machine is slow or busy: above 1 the lab
costs more.

A time is taken in the page, by its own clock, up to the frame after the feature map was loaded, decoded and visible
(on_screen.js). The lab's first one is in its HTML, and can be looked at before the page can be used: that is the next
row, up to the frame in which the control that chooses a kernel is there. Bytes are those on the wire, heads included,
until the page has been quiet for a second. The slow line is the browser's own: 1.6 Mbit/s down, 0.75 up, 150 ms. The
processor time of a `GET /` is that of the server.

`--list` shows every request of a first visit as well; `--list --only` nothing else.
"""

import argparse
import base64
import http.client
import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, sync_playwright

from convdemo.correlation import output_size
from convdemo.images import WORKING_SIDE
from convdemo.kernels import KERNELS
from tests.serving import HANG, ROOT, Served, serving
from tests.ui.chromium import FLAGS, find_chromium
from tests.ui.wire import Asked, Wire, total

PAIRS, SLOW_PAIRS = 9, 3
GETS = 50
QUIET = 1.0  # seconds
UNTIL_REST, REST = 5, 3
"""Seconds until the drawing of Gradio's loading screen no longer moves; and those that a page at rest is watched."""

LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
LESSON_PATHS = ("/feature_map", "/step", "/learn", "/receptive", "/why", "/filters")

WIDTH = 600  # of examples/coffee.png
FIRST, PICKED = "sobel_x", "sobel_y"
LINKED, LINKED_STRIDE = "gaussian", 2
LINK = f"?kernel={LINKED}&stride={LINKED_STRIDE}"
PARTS = ("visit", "slow", "photo", "server", "lessons")


@dataclass(frozen=True)
class App:
    """An app, and how a visitor finds a way about it.

    Attributes:
        name: its column in the table.
        served: where it is.
        map: the selector of the feature map.
        first_map: that of the first one.
        control: that of what chooses a kernel.
        opener: what opens its menu of kernels, as JavaScript.
        option: the selector of the kernel to pick.
        pick: what picks the option, as JavaScript: what a mouse would send.
    """

    name: str
    served: Served
    map: str
    first_map: str
    control: str
    opener: str
    option: str
    pick: str


def the_lab(served: Served) -> App:
    return App(
        "lab",
        served,
        ".lab-figure [data-version] .pictures img",
        "[data-early=map]",
        ".lab-kernel [data-mounted] .menu-button",
        "document.querySelector('.menu-button').click()",
        f'.menu-list [data-name="{PICKED}"]',
        "option.click()",
    )


def the_trivial_app(served: Served) -> App:
    return App(
        "trivial",
        served,
        "#map img",
        "#map img",
        "#kernel input",
        "document.querySelector('#kernel input').focus()",
        f'#kernel [role="option"][aria-label="{KERNELS[PICKED].title}"]',
        "option.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }))",
    )


def map_width(kernel: str, stride: int = 1, width: int = WIDTH) -> int:
    """How many pixels wide the feature map of a photo is."""
    return output_size(width, KERNELS[kernel].weights.shape[1], stride)


# ---- visits --------------------------------------------------------------------------------------------------------


@dataclass
class Visit:
    """A first visit: what was asked for until the page was quiet, and milliseconds."""

    requests: list[Asked]
    first_map: float
    at_rest: float
    picked: float | None = None


def wait_until_quiet(page: Page, wire: Wire) -> None:
    """Wait until nothing is under way, and the browser has had nothing to tell for a while."""
    end = time.monotonic() + HANG
    news, since = wire.news, time.monotonic()
    while time.monotonic() - since < QUIET:
        page.wait_for_timeout(50)
        if wire.is_waiting or wire.news != news:
            news, since = wire.news, time.monotonic()
        if since > end:
            pytest.fail(f"{page.url} does not come to rest")


def busy_at_rest(page: Page) -> float:
    """The milliseconds of a second that the main thread of a quiet page is busy."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def busy() -> float:
        return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}["TaskDuration"]

    page.wait_for_timeout(1000 * UNTIL_REST)
    before = busy()
    page.wait_for_timeout(1000 * REST)
    return 1000 * (busy() - before) / REST


@contextmanager
def unwatched_page(browser: Browser):
    """A page with a cold cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(1000 * HANG)
    page = context.new_page()
    page.add_init_script(path=Path(__file__).with_name("on_screen.js"))
    yield page
    context.close()


@contextmanager
def fresh_page(browser: Browser, line: dict | None = None):
    """A page with a cold cache, and its wire, which is slow if a line is given."""
    with unwatched_page(browser) as page:
        wire = Wire(page)
        if line:
            wire.session.send("Network.emulateNetworkConditions", line)
        yield page, wire


def open_app(page: Page, app: App, query: str = "", width: int = 0) -> tuple[float, float]:
    """Open an app; the milliseconds to its feature map, which is this many pixels wide, and until it can be used."""
    page.add_init_script(f"window.firstMap = onScreen({app.first_map!r}, {width or map_width(FIRST)})")
    page.add_init_script(f"window.firstUse = isThere({app.control!r})")
    page.goto(f"{app.served.address}/{query}")
    return page.evaluate("firstMap"), page.evaluate("firstUse")


def visit(browser: Browser, app: App, line: dict | None = None) -> Visit:
    """Open an app, wait for it to come to rest, and pick a kernel."""
    with fresh_page(browser, line) as (page, wire):
        first_map, _ = open_app(page, app)
        wait_until_quiet(page, wire)
        requests, at_rest = list(wire.requests), busy_at_rest(page)
        page.evaluate(app.opener)
        page.wait_for_selector(app.option)
        picked = page.evaluate(
            f"([map, width, option]) => {{ option = document.querySelector(option);"
            f" return untilNext(map, width, () => {app.pick}); }}",
            [app.map, map_width(PICKED), app.option],
        )
    return Visit(requests, first_map, at_rest, picked)


def time_visit(browser: Browser, app: App) -> tuple[float, float]:
    """What `open_app` tells where nobody watches: telling of each request slows a browser down."""
    with unwatched_page(browser) as page:
        return open_app(page, app)


def follow_link(browser: Browser, app: App) -> float:
    """The milliseconds to the feature map of a link, likewise."""
    with unwatched_page(browser) as page:
        return open_app(page, app, LINK, map_width(LINKED, LINKED_STRIDE))[0]


def large_photo() -> bytes:
    """A JPEG of 12 megapixels and 3 to 4 MB, with some grain, as a camera makes it."""
    with Image.open(ROOT / "examples" / "coffee.png") as picture:
        large = np.asarray(ImageOps.fit(picture.convert("RGB"), (4000, 3000)), np.float32)
    grain = np.random.default_rng(0).normal(0, 5, (3000, 4000, 1)).astype(np.float32)
    photo = Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8))
    for quality in range(95, 0, -3):
        file = io.BytesIO()
        photo.save(file, "JPEG", quality=quality)
        if file.tell() < 4e6:
            return file.getvalue()
    pytest.fail("no quality makes it small enough")


def drop_photo(browser: Browser, app: App, photo: bytes) -> float:
    """The milliseconds from a photo that is dropped on the lab to its first map, on the slow line.

    It is a preview, of every second pixel (feature_map/view.py); the rest takes some seconds more.
    """
    with fresh_page(browser, LINE) as (page, wire):
        open_app(page, app)
        wait_until_quiet(page, wire)
        return page.evaluate(
            """([map, width, base64]) => {
                const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(new File([bytes], "photo.jpg", { type: "image/jpeg" }));
                const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
                return untilNext(map, width, () => document.querySelector(".lab-picture").dispatchEvent(drop));
            }""",
            [app.map, -(-map_width(FIRST, width=WORKING_SIDE) // 2), base64.b64encode(photo).decode()],
        )


# ---- the servers ---------------------------------------------------------------------------------------------------


def processor_seconds(served: Served) -> float:
    """The processor time that a server has taken so far."""
    fields = Path(f"/proc/{served.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_idle(served: Served) -> None:
    """Wait until a server has compiled what it compiles before its first visitors come."""
    for _ in range(HANG):
        before = processor_seconds(served)
        time.sleep(1)
        if processor_seconds(served) - before < 0.05:
            return
    pytest.fail(f"{served.address} is never idle")


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, int]:
    """The status of an address, and the bytes of its body as they travel."""
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    response = connection.getresponse()
    return response.status, len(response.read())


def connect(served: Served) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", served.port, timeout=HANG)


def page_cost(app: App) -> float:
    """The server's processor time for one page, in milliseconds."""
    connection = connect(app.served)
    before = processor_seconds(app.served)
    for _ in range(GETS):
        status, _ = get(connection, "/")
        assert status == 200
    connection.close()
    return 1000 * (processor_seconds(app.served) - before) / GETS


# ---- the table -----------------------------------------------------------------------------------------------------


@dataclass
class Table:
    """What was measured: by row, pairs of the lab's number and the trivial app's, None where it has none."""

    rows: dict[str, list[tuple[float, float | None]]] = field(default_factory=dict)

    def add(self, row: str, lab: float, trivial: float | None = None) -> None:
        self.rows.setdefault(row, []).append((lab, trivial))

    def show(self) -> None:
        print("| | lab | trivial app | ratio |\n|---|---|---|---|")
        for row, pairs in self.rows.items():
            labs, trivials = zip(*pairs, strict=True)
            columns = [written(statistics.median(labs)), "", ""]
            if None not in trivials:
                ratios = [lab / trivial for lab, trivial in pairs if trivial]
                columns[1] = written(statistics.median(trivials))
                columns[2] = f"{statistics.median(ratios):.2f}" if ratios else ""
            print(f"| {row} | {' | '.join(columns)} |")


def written(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def in_turn(number: int, apps: tuple[App, App], measure: Callable[[App], object]) -> tuple:
    """What is measured of the lab and of the trivial app; every second pair begins with the other one."""
    first, second = apps if number % 2 == 0 else reversed(apps)
    found = {first.name: measure(first), second.name: measure(second)}
    return found["lab"], found["trivial"]


def measure_visits(table: Table, browser: Browser, apps: tuple[App, App], pairs: int) -> None:
    for number in range(pairs):
        lab, trivial = in_turn(number, apps, lambda app: visit(browser, app))
        times, trivial_times = in_turn(number, apps, lambda app: time_visit(browser, app))
        linked = follow_link(browser, apps[0])
        for row, count in (
            ("first visit, bytes", total),
            ("its HTML, bytes", lambda requests: total([asked for asked in requests if asked.kind == "Document"])),
            ("its answers to events, bytes", lambda requests: total([asked for asked in requests if asked.is_event])),
            ("its requests", len),
        ):
            table.add(row, count(lab.requests), count(trivial.requests))
        for at, row in enumerate(("navigation to the first feature map, ms", "navigation to a page to be used, ms")):
            table.add(row, times[at], trivial_times[at])
        table.add(f"the same for the link {LINK} (trivial app: no link), ms", linked, trivial_times[0])
        table.add("a second at rest, ms of it busy", lab.at_rest, trivial.at_rest)
        table.add("kernel picked to its feature map, ms", lab.picked, trivial.picked)


def measure_slow_visits(table: Table, browser: Browser, apps: tuple[App, App], pairs: int) -> None:
    for number in range(pairs):
        lab, trivial = in_turn(number, apps, lambda app: visit(browser, app, LINE))
        table.add("slow line: navigation to the first feature map, ms", lab.first_map, trivial.first_map)
        table.add("slow line: kernel picked to its feature map, ms", lab.picked, trivial.picked)


def measure_photo(table: Table, browser: Browser, lab: App, times: int) -> None:
    photo = large_photo()
    for _ in range(times):
        row = f"slow line: photo of 4000 × 3000, {len(photo) / 1e6:.1f} MB, dropped to its first feature map, ms"
        table.add(row, drop_photo(browser, lab, photo))


def measure_servers(table: Table, apps: tuple[App, App], pairs: int) -> None:
    for app in apps:
        wait_until_idle(app.served)
    for number in range(pairs):
        table.add("processor time of one GET /, ms", *in_turn(number, apps, page_cost))


def show_lessons(lab: App) -> None:
    """The HTML of each lesson's own address, beside that of the whole lab."""
    connection = connect(lab.served)
    _, whole = get(connection, "/")
    print(f"\n| address | HTML, bytes (gzip, body only) | of the lab's |\n|---|---|---|\n| / | {whole:,} | 1 |")
    for path in LESSON_PATHS:
        status, size = get(connection, path)
        columns = "not there | " if status == 404 else f"{size:,} | {size / whole:.2f}"
        print(f"| {path} | {columns} |")
    connection.close()


def show_requests(app: App, requests: list[Asked]) -> None:
    """Every request, by its start."""
    print(f"\nFirst visit of the {app.name}: {len(requests)} requests, {total(requests):,} bytes")
    print(f"{'start ms':>9}{'end ms':>9}{'bytes':>9}  {'kind':<11}path, and who asks")
    for asked in sorted(requests, key=lambda asked: asked.start):
        end = "open" if asked.end is None else f"{1000 * asked.end:.0f}"
        path = asked.path.replace(app.served.uploads.as_posix(), "…")
        asker = asked.asker.rpartition("/")[2] or "the page"
        print(f"{1000 * asked.start:>9.0f}{end:>9}{asked.bytes:>9,}  {asked.kind:<11}{path}  < {asker}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"pairs of visits ({PAIRS})")
    parser.add_argument("--slow-pairs", type=int, default=SLOW_PAIRS, help=f"those on the slow line ({SLOW_PAIRS})")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="what is measured (all)")
    parser.add_argument("--list", action="store_true", help="show every request of a first visit as well")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder, "lab")) as lab,
        serving(Path(folder, "trivial"), ("-m", "tests.benchmarks.trivial_app")) as trivial,
        sync_playwright() as program,
    ):
        browser = program.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        apps = the_lab(lab), the_trivial_app(trivial)
        for app in apps:
            wait_until_idle(app.served)
            requests = visit(browser, app).requests  # compiles, and warms the server up
            if options.list:
                show_requests(app, requests)
        follow_link(browser, apps[0])
        table = Table()
        if "visit" in options.only:
            measure_visits(table, browser, apps, options.pairs)
        if "slow" in options.only:
            measure_slow_visits(table, browser, apps, options.slow_pairs)
        if "photo" in options.only:
            measure_photo(table, browser, apps[0], options.slow_pairs)
        if "server" in options.only:
            measure_servers(table, apps, options.pairs)
        if table.rows:
            print(f"\n{options.pairs} pairs, {options.slow_pairs} on the slow line, Chromium {browser.version}\n")
            table.show()
        if "lessons" in options.only:
            show_lessons(apps[0])
        browser.close()


if __name__ == "__main__":
    main()
