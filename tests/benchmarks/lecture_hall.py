"""How does the lab bear a full lecture hall? `python -m tests.benchmarks.lecture_hall --visitors 10 40 100`.

So many visitors come within ten seconds, open the page with a cold cache, and pick another kernel every three seconds
for a minute, by the page's own protocol and from a process of their own (crowd.py, visitor.py). Twenty of them upload a
photo within the same ten seconds and go on with it. Meanwhile a real Chromium, which opened the lab before they came,
picks kernels as a visitor does.

An answer counts from the pick until the bytes of its picture are there; in Chromium, until the frame in which they are
on screen (on_screen.js). Everything runs on the same processors: what the visitors and Chromium take themselves, and
what the lab takes, stands in the table. One lab serves all loads in turn, so its memory shows what each left behind.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from convdemo.kernels import KERNELS
from tests.benchmarks.crowd import Plan
from tests.benchmarks.first_visit import App, map_width, the_lab, unwatched_page, wait_until_idle
from tests.benchmarks.meter import descendants, memory, processor
from tests.benchmarks.visitor import Taste, Visitor, look_around
from tests.serving import HANG, ROOT, Served, serving
from tests.ui.chromium import FLAGS, find_chromium

VISITORS = (10, 40, 60, 100, 200)
PAUSE = 1500
"""Milliseconds between two picks in Chromium."""

REPEATS = 30


@dataclass
class Load:
    """What came of one load, by the rows of the table."""

    visitors: int
    rows: dict[str, str]
    refused: Counter[str]


class Parts:
    """The processor's time of each part."""

    def __init__(self, lab: Served) -> None:
        self.lab = lab.process.pid
        self.decoders = descendants(self.lab)
        others = {self.lab, *self.decoders}
        self.browser = [process for process in descendants(os_process()) if process not in others]

    def now(self) -> dict[str, float]:
        return {
            "lab": processor(self.lab),
            "decoder": sum(map(processor, descendants(self.lab))),
            "Chromium": sum(map(processor, self.browser)),
        }


def os_process() -> int:
    return int(Path("/proc/self").readlink().name)


# ---- Chromium --------------------------------------------------------------------------------------------------------


def pick(page: Page, app: App, kernel: str) -> float:
    """Pick a kernel from the menu; the seconds until its map is on screen."""
    option = f'.menu-list [data-name="{kernel}"]'
    page.evaluate(app.opener)
    page.wait_for_selector(option)
    return page.evaluate(
        f"([map, width, option]) => {{ option = document.querySelector(option);"
        f" return untilNext(map, width, () => {app.pick}); }}",
        [app.map, map_width(kernel), option],
    ) / 1000  # fmt: skip


def picks_meanwhile(page: Page, app: App, crowd: subprocess.Popen, chance: Random) -> list[float]:
    """Pick kernels until the crowd has left."""
    times = []
    while crowd.poll() is None:
        shown = page.evaluate("new URLSearchParams(location.search).get('kernel')")
        kernel = chance.choice([name for name in KERNELS if name not in (shown, "identity", "sobel_x")])
        times.append(pick(page, app, kernel))
        page.wait_for_timeout(PAUSE)
    return times


# ---- one thing at a time ---------------------------------------------------------------------------------------------


async def _repeat(lab: Served, what: str) -> int:
    known, taste = await look_around(lab.port), Taste(0)
    before = processor(lab.process.pid)
    for _ in range(REPEATS):
        visitor = Visitor(lab.port)
        if what != "answer":
            await visitor.ask("")
        if what == "visit":
            await visitor.fetch_all(known.files)
            await visitor.beat()
        if what == "answer":
            data = [known.call["data"][0], taste.kernel(), *known.call["data"][2:]]
            await visitor.fetch_all(await visitor.draw({**known.call, "data": data}))
        visitor.leave()
    return processor(lab.process.pid) - before


def costs(lab: Served) -> str:
    """The lab's processor time for one page, one first visit and one answer, one at a time."""
    asyncio.run(_repeat(lab, "visit"))
    asyncio.run(_repeat(lab, "answer"))
    found = {what: 1000 * asyncio.run(_repeat(lab, what)) / REPEATS for what in ("page", "visit", "answer")}
    return (
        f"One at a time, processor time of the lab: {found['page']:.1f} ms for GET / on a new connection, "
        f"{found['visit']:.0f} ms for all of a first visit, {found['answer']:.0f} ms for an answer with its map."
    )


# ---- a load ----------------------------------------------------------------------------------------------------------


def bear(lab: Served, page: Page, app: App, plan: Plan) -> Load:
    """Let a crowd in, and watch."""
    parts = Parts(lab)
    before, start = parts.now(), memory(lab.process.pid)
    crowd = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.crowd", json.dumps(asdict(plan))],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        picks = picks_meanwhile(page, app, crowd, Taste(plan.visitors).chance)
        seen = json.loads(crowd.communicate(timeout=HANG)[0])
    finally:
        crowd.kill()
    taken = {name: seconds - before[name] for name, seconds in parts.now().items()}
    return Load(plan.visitors, rows_of(seen, picks, taken, start, memory(lab.process.pid)), Counter(seen["refused"]))


def bear_all(lab: Served, browser: Browser, options: argparse.Namespace) -> list[Load]:
    """Let one crowd in after the other."""
    app, loads = the_lab(lab), []
    with unwatched_page(browser) as page:
        page.goto(lab.address)
        page.wait_for_selector(app.control)
        pick(page, app, "gaussian")
        for visitors in options.visitors:
            wait_until_idle(lab)
            stay = options.seconds, options.every, options.arrive
            loads.append(bear(lab, page, app, Plan(lab.port, visitors, *stay, options.photos, options.cached)))
            print(f"{time.strftime('%H:%M:%S')}: {loads[-1].rows}", flush=True)
    return loads


def rows_of(seen: dict[str, Any], picks: list[float], taken: dict[str, float], start: int, end: int) -> dict[str, str]:
    """What stands in the column of a load."""
    answers, count = seen["answers"], len(seen["answers"]) + len(seen["uploads"])
    visits = len(seen["pages"])
    return {
        "answers": f"{count:,}",
        "answers a second": f"{count / seen['wall']:.1f}",
        "answer, p50 / p95, s": spread(answers),
        "photo uploaded to its map, p50 / p95, s": spread(seen["uploads"]),
        "Chromium: pick to pixels, p50 / p95, s": f"{spread(picks)} ({len(picks)})",
        "GET /, p50 / p95, s": spread(seen["pages"]),
        "first visit, all files, p50 / p95, s": spread(seen["visits"]),
        "refused": f"{sum(seen['refused'].values())}",
        "memory of the lab before / after, MB": f"{start / 1e6:.0f} / {end / 1e6:.0f}",
        "memory a visit, MB": f"{(end - start) / 1e6 / max(1, visits):.2f}",
        "processor, s: lab": f"{taken['lab']:.1f}",
        "processor, s: decoder": f"{taken['decoder']:.1f}",
        "processor, s: the visitors": f"{seen['processor']:.1f}",
        "processor, s: Chromium": f"{taken['Chromium']:.1f}",
        "seconds of the clock": f"{seen['wall']:.0f}",
    }


def spread(seconds: list[float]) -> str:
    """The median, and what 95 of 100 take at most."""
    if len(seconds) < 2:
        return ""
    return f"{statistics.median(seconds):.2f} / {sorted(seconds)[(len(seconds) * 95 - 1) // 100]:.2f}"


def show(loads: list[Load]) -> None:
    print(f"\n| visitors | {' | '.join(str(load.visitors) for load in loads)} |\n|---|{'---|' * len(loads)}")
    for row in loads[0].rows:
        print(f"| {row} | {' | '.join(load.rows[row] for load in loads)} |")
    for load in loads:
        for what, times in load.refused.most_common(5):
            print(f"{load.visitors} visitors, {times} times: {what}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--visitors", type=int, nargs="+", default=VISITORS, help="how many, load by load")
    parser.add_argument("--seconds", type=float, default=60, help="how long each of them stays (60)")
    parser.add_argument("--every", type=float, default=3, help="seconds between two kernels (3)")
    parser.add_argument("--arrive", type=float, default=10, help="seconds within which all arrive (10)")
    parser.add_argument("--photos", type=int, default=20, help="how many upload a photo (20)")
    parser.add_argument("--cached", action="store_true", help="their browsers have the files of the page already")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as lab:
        wait_until_idle(lab)
        print(costs(lab), flush=True)
        with sync_playwright() as program:
            browser = program.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
            loads = bear_all(lab, browser, options)
            print(f"\n{options.seconds:g} s, a kernel every {options.every:g} s, Chromium {browser.version}")
            browser.close()
        show(loads)
        print(f"the log: {len(lab.log.text):,} bytes")


if __name__ == "__main__":
    main()
