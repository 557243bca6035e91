"""What does it cost to open files in a process of their own?

Beside `read_photo` in this process, in turn: medians of milliseconds, their ratio, and what memory the process takes.
"""

import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from convdemo.decoder import Decoder
from convdemo.images import read_photo

TIMES = 15


def file_of(height: int, width: int, kind: str, **options: object) -> bytes:
    """Return a file with a smooth picture and some grain in it, as a camera makes it."""
    rng = np.random.default_rng(0)
    smooth = np.asarray(Image.fromarray(rng.integers(0, 256, (9, 13, 3), np.uint8)).resize((width, height)), np.int16)
    grain = rng.integers(-9, 10, (height, width, 1), np.int16)
    file = io.BytesIO()
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(file, kind, **options)
    return file.getvalue()


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def memory(process: int, field: str) -> float:
    """Return the memory of a process in MB: "VmRSS" now, "VmHWM" at its most."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(field))


def main() -> None:
    """Print the table."""
    decoder = Decoder(seconds=60, patience=60)
    tiny = file_of(3, 5, "PNG")
    print(f"started, and a first file opened: {milliseconds(lambda: decoder.read(tiny)):.0f} ms")
    process = decoder._process.pid
    print(f"at rest: {memory(process, 'VmRSS'):.0f} MB\n")
    print("| file | here, ms | process, ms | ratio | most memory so far, MB |\n|---|---|---|---|---|")
    for name, data in (
        ("PNG, 600 × 400", file_of(400, 600, "PNG")),
        ("JPEG, 1024 × 768", file_of(768, 1024, "JPEG")),
        ("PNG, 1024 × 768", file_of(768, 1024, "PNG")),
        ("JPEG, 4000 × 3000", file_of(3000, 4000, "JPEG")),
        ("PNG, 4000 × 3000", file_of(3000, 4000, "PNG", compress_level=1)),
        ("progressive JPEG, 8000 × 8000", file_of(8000, 8000, "JPEG", progressive=True, quality=50)),
    ):
        pairs = []
        for number in range(TIMES if len(data) < 2e7 else 3):
            works = [lambda data=data: read_photo(data), lambda data=data: decoder.read(data)]
            order = works if number % 2 else works[::-1]
            times = [milliseconds(work) for work in order]
            pairs.append(times if number % 2 else times[::-1])
        here, there = (statistics.median(times) for times in zip(*pairs, strict=True))
        print(f"| {name} | {here:.1f} | {there:.1f} | {there / here:.2f} | {memory(process, 'VmHWM'):.0f} |")
    print(f"\nafterwards: {memory(process, 'VmRSS'):.0f} MB")


if __name__ == "__main__":
    main()
