"""How fast is one feature map? `python -m tests.benchmarks.correlation` prints milliseconds and ratios.

All implementations take turns on the same picture in the same run, so that the ratios hold even where the machine is
slow or busy. Each gets NumPy arrays and must have finished when its time is taken.
"""

import statistics
import time

import cv2
import jax
import numpy as np
import scipy.ndimage
from flax import nnx
from jax import lax

from convdemo.correlation import cross_correlate

HEIGHT, WIDTH = 683, 1024
KERNELS = [(1, 2), (3, 3), (7, 7), (15, 15), (31, 31)]
ROUNDS = 15


def milliseconds(function, *arguments):
    start = time.perf_counter()
    jax.block_until_ready(function(*arguments))
    return 1000 * (time.perf_counter() - start)


def lax_conv(image, kernel):
    return lax.conv_general_dilated(image[None, None], kernel[None, None], (1, 1), "VALID")


def nnx_conv(kernel):
    """An nnx.Conv with this kernel, jitted."""
    layer = nnx.Conv(1, 1, kernel.shape, padding="VALID", use_bias=False, rngs=nnx.Rngs(0))
    layer.kernel[...] = kernel[:, :, None, None]
    program = nnx.jit(lambda layer, image: layer(image[None, :, :, None]))
    return lambda image, _: program(layer, image)


def implementations(kernel):
    return {
        "cross_correlate": cross_correlate,
        "in jax.jit": jax.jit(cross_correlate),
        "nnx.Conv": nnx_conv(kernel),
        "lax.conv": jax.jit(lax_conv),
        "OpenCV": lambda image, kernel: cv2.filter2D(image, cv2.CV_32F, kernel),
        "SciPy": lambda image, kernel: scipy.ndimage.correlate(image, kernel, mode="constant"),
    }


def main():
    generator = np.random.default_rng(0)
    image = generator.random((HEIGHT, WIDTH), np.float32)
    names = list(implementations(np.zeros((1, 1), np.float32)))
    first, steady = {}, {}
    for shape in KERNELS:
        kernel = generator.standard_normal(shape).astype(np.float32)
        contenders = implementations(kernel)
        first[shape] = [milliseconds(contender, image, kernel) for contender in contenders.values()]
        rounds = [[milliseconds(contender, image, kernel) for contender in contenders.values()] for _ in range(ROUNDS)]
        steady[shape] = [statistics.median(times) for times in zip(*rounds, strict=True)]

    def table(title, rows):
        print(f"\n{title}\n{'kernel':>8}" + "".join(f"{name:>17}" for name in names))
        for (height, width), row in rows.items():
            print(f"{height:>6}x{width:<2}" + "".join(f"{number:>16.2f} " for number in row))

    print(f"One {HEIGHT}x{WIDTH} float32 picture, {ROUNDS} rounds, {jax.devices()[0].platform}, jax {jax.__version__}")
    table("First call, in this order, milliseconds (compiling; cross_correlate compiles once for all)", first)
    table("Steady state, median milliseconds", steady)
    ratios = {shape: [time / row[0] for time in row] for shape, row in steady.items()}
    table("Time as a multiple of cross_correlate's (above 1: slower than it)", ratios)


if __name__ == "__main__":
    main()
