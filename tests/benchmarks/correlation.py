"""How fast is one feature map, beside others? `python -m tests.benchmarks.correlation` prints a table and a summary.

In every cell all take turns, call by call, on the same picture in the same run, so that ratios hold even where the
machine is slow or busy; between two calls is a rest, as threads of some go on spinning. Each gets what it likes best
(colours side by side or one after the other), has two threads, and must have finished when its time is taken. One that
takes longer than PATIENCE is left out of larger kernels. PyTorch takes part where it is installed.
"""

import argparse
import contextlib
import functools
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ |= {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0"}  # PyTorch's threads would spin while others work

import cv2
import jax
import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.signal
from flax import nnx

from convdemo import sums
from convdemo.correlation import cross_correlate

with contextlib.suppress(ImportError):
    import torch

THREADS = 2
PICTURES = {"512x512": (512, 512), "1080x1920": (1080, 1920), "3000x4000": (3000, 4000)}
SIDES = [(1, 2), (3, 3), (5, 5), (7, 7), (11, 11), (15, 15), (21, 21), (31, 31)]
PATIENCE = 0.4
REST = 0.003
SECONDS, ROUNDS = 1.2, (5, 31)
"""A cell has so many seconds, and no fewer and no more rounds than these."""

OURS, COPY = "cross_correlate", "copy"


def contenders(image, kernel, *, stride=1, dilation=1, factors=None):
    """What takes part in one cell: names and functions that return when the map is there.

    `image` is [height, width] or [3, height, width]; `factors` are the (column, row) of a separable kernel.
    """
    planes = image.reshape(-1, *image.shape[-2:])
    together = np.ascontiguousarray(np.moveaxis(planes, 0, 2)) if len(planes) > 1 else planes[0]
    spread = np.zeros([dilation * (side - 1) + 1 for side in kernel.shape], np.float32)
    spread[::dilation, ::dilation] = kernel

    def kept(maps):
        return np.ascontiguousarray(maps[::stride, ::stride]) if stride > 1 else maps

    yield OURS, lambda: [np.asarray(cross_correlate(p, kernel, stride=stride, dilation=dilation)) for p in planes]
    if factors is None:
        yield "filter2D", lambda: kept(cv2.filter2D(together, cv2.CV_32F, spread))
    else:
        column, row = factors
        yield "sepFilter2D", lambda: kept(cv2.sepFilter2D(together, cv2.CV_32F, row, column))
    yield "ndimage", lambda: [kept(scipy.ndimage.correlate(plane, spread, mode="constant")) for plane in planes]
    flipped = spread[::-1, ::-1]
    yield "fftconvolve", lambda: [kept(scipy.signal.fftconvolve(plane, flipped, "valid")) for plane in planes]
    if "torch" in globals():
        pixels, weights = torch.from_numpy(planes[np.newaxis]), torch.from_numpy(kernel).expand(len(planes), 1, -1, -1)
        settings = {"stride": stride, "dilation": dilation, "groups": len(planes)}
        yield "conv2d", lambda: torch.nn.functional.conv2d(pixels, weights.contiguous(), **settings)
    yield "nnx.Conv", nnx_conv(together, kernel, stride, dilation)
    yield COPY, lambda: planes.copy()


def nnx_conv(together, kernel, stride, dilation):
    """An nnx.Conv with this kernel for each colour, jitted."""
    colours = 1 if together.ndim == 2 else together.shape[2]
    settings = {"strides": stride, "kernel_dilation": dilation, "feature_group_count": colours}
    conv = nnx.Conv(colours, colours, kernel.shape, padding="VALID", use_bias=False, rngs=nnx.Rngs(0), **settings)
    conv.kernel[...] = np.repeat(kernel[:, :, np.newaxis, np.newaxis], colours, axis=3)
    program, image = nnx.jit(lambda conv, image: conv(image)), together.reshape(1, *together.shape[:2], colours)
    return lambda: jax.block_until_ready(program(conv, image))


def seconds_of(function):
    time.sleep(REST)
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def measure(cell, tired):
    """Seconds of each contender in turns; `tired` names those that take no part, and gets those that are too slow."""
    functions = {name: function for name, function in cell if name not in tired}
    for name, function in list(functions.items()):
        function()  # compiles
        if seconds_of(function) > PATIENCE and name not in (OURS, COPY) and not name.endswith("ilter2D"):
            tired.add(name)
            del functions[name]
    times, start = {name: [] for name in functions}, time.perf_counter()
    least, most = ROUNDS
    while len(times[OURS]) < least or (len(times[OURS]) < most and time.perf_counter() - start < SECONDS):
        for name, function in functions.items():
            times[name].append(seconds_of(function))
    return times


def ratio(times, name):
    """Our time as a multiple of another's: the median of pairs."""
    return statistics.median(mine / other for mine, other in zip(times[OURS], times[name], strict=True))


def best_peer(times):
    return min((name for name in times if name not in (OURS, COPY)), key=lambda name: statistics.median(times[name]))


def cells(generator, pictures, colours):
    """Yield (title, key of who is tired, contenders) of every cell."""

    def noise(*shape):
        return generator.standard_normal(shape).astype(np.float32)

    for picture in pictures:
        for colour in colours:
            image = generator.random((3, *PICTURES[picture]) if colour == "RGB" else PICTURES[picture], np.float32)
            for height, width in SIDES:
                title = (picture, colour, f"{height}x{width}", "dense")
                yield title, (picture, colour, "dense"), contenders(image, noise(height, width))
            for height, width in SIDES[1:]:
                factors = noise(height), noise(width)
                title = (picture, colour, f"{height}x{width}", "separable")
                yield title, (picture, colour, ""), contenders(image, np.outer(*factors), factors=factors)
            for side in (3, 7):
                for setting in ("stride", "dilation"):
                    title = (picture, colour, f"{side}x{side}", f"{setting} 2")
                    yield title, (picture, colour, setting), contenders(image, noise(side, side), **{setting: 2})


def bytes_of(name):
    """What the system says of this process's memory: VmRSS now, VmHWM at most."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return 1024 * int(lines[name].split()[0])


def growth():
    """How time and memory grow from 1 to 50 megapixels, in a process in which nothing else has been."""
    sums.warm_up()
    kernel = np.random.default_rng(0).standard_normal((17, 17)).astype(np.float32)
    kernels = {"3x3": kernel[:3, :3], "15x15 separable": np.outer(kernel[0, :15], kernel[1, :15]), "17x17": kernel}
    print(f"\n{'megapixels':>15}" + "".join(f"{name:>17}, ms" for name in kernels) + f"{'memory, pictures':>20}")
    measured = []
    for megapixels in (1, 2, 5, 12, 25, 50):
        height = round(math.sqrt(megapixels * 1e6 / 1.5))
        image = np.random.default_rng(0).random((height, round(1.5 * height)), np.float32)
        before = bytes_of("VmRSS")
        row = [
            min(seconds_of(functools.partial(cross_correlate, image, kernel)) for _ in range(5))
            for kernel in kernels.values()
        ]
        measured.append((image.size, *row))
        times = "".join(f"{1000 * one:>21.1f}" for one in row)
        print(
            f"{megapixels:>15}{times}{(bytes_of('VmHWM') - before) / image.nbytes - 1:>20.1f}"
        )  # the map is one more picture
    logs = np.log(measured)
    exponents = ", ".join(f"{np.polyfit(logs[:, 0], logs[:, one], 1)[0]:.2f}" for one in (1, 2, 3))
    print(f"time grows with the pixels to the power of {exponents}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", nargs="+", choices=PICTURES, default=list(PICTURES))
    parser.add_argument("--colours", nargs="+", choices=["grey", "RGB"], default=["grey", "RGB"])
    parser.add_argument("--growth", action="store_true", help="only how time and memory grow")
    options = parser.parse_args()
    if options.growth:
        growth()
        return
    cv2.setNumThreads(THREADS)
    if "torch" in globals():
        torch.set_num_threads(THREADS)
    sums.warm_up()
    beside = f"PyTorch {torch.__version__}" if "torch" in globals() else "no PyTorch"
    print(f"float32, {os.cpu_count()} cores, jax {jax.__version__}, OpenCV {cv2.__version__}, {beside}")
    print("milliseconds: median (quartiles); our time as a multiple of each other's: below 1, ours is quicker\n")
    tired, results = {}, {}
    with scipy.fft.set_workers(THREADS):
        for title, key, cell in cells(np.random.default_rng(0), options.pictures, options.colours):
            times = results[title] = measure(cell, tired.setdefault(key, set()))
            low, middle, high = (1000 * one for one in statistics.quantiles(times[OURS], n=4))
            others = "".join(f"  {name} {ratio(times, name):.2f}" for name in times if name != OURS)
            name = f"{title[0]:>9} {title[1]:4} {title[2]:>5} {title[3]:10}"
            print(f"{name} {middle:8.2f} ({low:.2f} to {high:.2f}){others}", flush=True)
    summarise(results, options.pictures)
    subprocess.run([sys.executable, "-m", "tests.benchmarks.correlation", "--growth"], check=True)


def summarise(results, pictures):
    """Count the cells in which ours is the quickest, or nearly."""
    print()
    best = {title: ratio(times, best_peer(times)) for title, times in results.items()}
    kinds = dict.fromkeys(title[3] for title in best)
    groups = {"all": best} | {one: {t: r for t, r in best.items() if one in t} for one in (*kinds, *pictures)}
    for name, group in groups.items():
        within = [sum(one <= limit for one in group.values()) for limit in (1.0, 1.3)]
        worst = max(group, key=group.get)
        print(
            f"{name:>10}: of {len(group)} cells {within[0]} in at most the best other's time, {within[1]} in 1.3 times "
            f"it; the worst is {group[worst]:.2f} ({' '.join(worst)})"
        )
    small = [title for title in results if title[2] in ("1x2", "3x3") and title[3] == "dense"]
    times = ", ".join(f"{' '.join(title[:3])} {ratio(results[title], COPY):.1f}" for title in small)
    print(f"as a multiple of a copy of the picture: {times}")


if __name__ == "__main__":
    main()
