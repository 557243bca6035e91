"""Does the lab grow? `python -m tests.benchmarks.soak --uploads 10000 --draws 10000` shows what it takes meanwhile.

Pictures of all sizes and formats are uploaded, a few at a time, and feature maps drawn of them with all kinds of
settings; `--visits` are visitors who each open the page, draw once and leave. Twenty samples say what the lab takes:
memory, files and bytes on the disk, open files, bytes of the log. The last lines tell which of them the second half
left as they were. The disk is flat when files go by their age or by `MOST_BYTES` (convdemo/ui/parts/files.py).
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.first_visit import wait_until_idle
from tests.benchmarks.meter import descendants, folder, memory, open_files, status_of
from tests.benchmarks.visitor import Known, RefusedError, Taste, Visitor, look_around, photo, uploaded
from tests.serving import Served, serving

SAMPLES, AT_ONCE = 20, 4
FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "BMP": "bmp", "TIFF": "tif"}
FLAT = 0.03
"""What the second half may add to a number that is flat, as a part of it."""

COLUMNS = ("done", "memory, MB", "decoder, MB", "files", "disk, MB", "open files", "threads", "log, bytes", "seconds")


@dataclass
class Soak:
    """One kind of work, done many times.

    Attributes:
        lab: what is watched.
        known: what its page tells.
        sent: an upload of late, as the picture of a draw.
    """

    lab: Served
    known: Known
    sent: dict[str, Any] | None = None
    rows: list[tuple[float, ...]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    start: float = field(default_factory=time.monotonic)

    def sample(self, done: int) -> None:
        """Note what the lab takes, and print it."""
        process = self.lab.process.pid
        decoder = sum(map(memory, descendants(process)))
        files, size = folder(self.lab.uploads)
        row = (
            done, memory(process) / 1e6, decoder / 1e6, files, size / 1e6, open_files(process),
            status_of(process, "Threads"), len(self.lab.log.text), time.monotonic() - self.start,
        )  # fmt: skip
        self.rows.append(row)
        print(f"| {' | '.join(f'{number:,.0f}' for number in row)} |", flush=True)

    async def upload(self, visitor: Visitor, number: int) -> None:
        """Upload a picture of some size and format."""
        chance = Taste(number).chance
        width, height = chance.randrange(40, 400), chance.randrange(40, 400)
        kind = chance.choice(list(FORMATS))
        name = f"picture-{number}.{FORMATS[kind]}"
        path = await visitor.upload(photo(number, width, height, kind), name)
        self.sent = uploaded(path, name, height, width)

    async def draw(self, visitor: Visitor, number: int) -> None:
        """Draw a feature map of the latest upload, or of an example, with some settings, and fetch it."""
        taste = Taste(number)
        chance = taste.chance
        picture, _, _, _, _, _, *rest = self.known.call["data"]
        padding = chance.choice(("none", "zeros", "reflect", "replicate"))
        settings = chance.randrange(1, 4), padding, chance.randrange(1, 3), round(chance.gauss(0, 1), 2)
        data = [self.sent or picture, taste.kernel(), *settings, *rest]
        await visitor.fetch_all(await visitor.draw({**self.known.call, "data": data}))

    async def visit(self, number: int) -> None:
        """Open the page, draw once, and leave."""
        visitor = Visitor(self.lab.port)
        try:
            await visitor.ask("")
            await visitor.beat()
            await self.draw(visitor, number)
        finally:
            visitor.leave()

    async def repeat(self, times: int, work: Callable[[int], Awaitable[None]]) -> None:
        """Do something so often, a few at a time, and take samples."""
        numbers = iter(range(times))
        every = max(1, times // SAMPLES)

        async def worker() -> None:
            for number in numbers:
                try:
                    await work(number)
                except RefusedError as error:
                    self.refused[str(error)] += 1
                if (number + 1) % every == 0:
                    self.sample(number + 1)

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


def head(title: str) -> None:
    print(f"\n{title}\n\n| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)


def verdict(rows: list[tuple[float, ...]]) -> str:
    """Which columns the second half left as they were."""
    middle, last = rows[len(rows) // 2], rows[-1]
    said = []
    for at, name in enumerate(COLUMNS[1:-1], 1):
        grown = last[at] - middle[at]
        is_flat = abs(grown) <= max(FLAT * middle[at], 2)
        each = 1000 * grown / max(1, last[0] - middle[0])
        said.append(f"{name}: {'flat' if is_flat else f'{each:+,.1f} a thousand'}")
    return f"The second half: {'; '.join(said)}."


async def uploads_and_draws(soak: Soak, uploads: int, draws: int) -> None:
    visitor = Visitor(soak.lab.port)
    await visitor.beat()

    async def work(number: int) -> None:
        if number < uploads:
            await soak.upload(visitor, number)
        if number < draws:
            await soak.draw(visitor, number)

    await soak.repeat(max(uploads, draws), work)
    visitor.leave()


async def run(lab: Served, options: argparse.Namespace) -> None:
    known = await look_around(lab.port)
    if options.uploads or options.draws:
        head(f"{options.uploads:,} uploads, {options.draws:,} draws")
        soak = Soak(lab, known)
        soak.sample(0)
        await uploads_and_draws(soak, options.uploads, options.draws)
        tell(soak)
    if options.visits:
        head(f"{options.visits:,} visits")
        soak = Soak(lab, known)
        soak.sample(0)
        await soak.repeat(options.visits, soak.visit)
        tell(soak)


def tell(soak: Soak) -> None:
    """Print what came of it."""
    print(f"\n{verdict(soak.rows)}\n{soak.refused.total():,} refused")
    for what, times in soak.refused.most_common(5):
        print(f"{times} times: {what}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--uploads", type=int, default=10_000)
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--visits", type=int, default=0, help="visitors who open the page, draw once and leave (0)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as uploads, serving(Path(uploads)) as lab:
        wait_until_idle(lab)
        asyncio.run(run(lab, options))
        if options.visits or options.uploads or options.draws:
            print(f"\nthe end of the log:\n{lab.log.text[-500:]}")


if __name__ == "__main__":
    main()
