"""Which input pixels does a unit really depend on?

Ask the function itself: change one pixel, and see whether the unit changes. A small change may get lost behind a ReLU
that is off or a maximum that another pixel wins, and so does a gradient; so each pixel is set to a few values, from nan
over huge to small, on a few images. No pixel is found that does not matter, and only those are missed that no try
brings to light. The arithmetic of `field` is tested against it.
"""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from convdemo.numbers import grouped
from convdemo.receptive_field.stacks import Pair, StackError, check_unit

MAX_PIXELS = 256 * 256

# nan alone would do, since it passes each weight and each ReLU, but XLA's max pooling on a CPU drops it where windows
# do not overlap. The huge ones win any maximum, with either sign of the weights; the small one leaves the gates alone.
_PROBES = (np.nan, 1e6, -1e6, 2.0)

_IMAGES = 2
_BATCH = 128

# Each function is compiled once, for milliseconds of work: without optimisation it takes a quarter of the time.
_QUICKLY = {"xla_backend_optimization_level": 0}


def measure_receptive_field(function: Callable, input_shape: tuple[int, ...], unit: Pair) -> np.ndarray:
    """The input pixels that one unit of a feature map depends on.

    The function runs ten times for each pixel, which is fine for tests and small images.

    >>> rows_apart = lambda image: image[2:] - image[:-2]
    >>> measure_receptive_field(rows_apart, (4, 1), (1, 0)).ravel().tolist()
    [False, True, False, True]

    Args:
        function: From an image to a feature map, both float32 [height, width] or [height, width, channels]; a Flax
            module, or whatever JAX can trace. It is shown images in [0, 1], and such with one odd pixel.
        input_shape: The shape of the image, at most `MAX_PIXELS` pixels.
        unit: (row, column) on the feature map. With channels, all channels of a pixel are changed together, and the
            unit depends on it if one of its channels does.

    Returns:
        A bool array [height, width].

    Raises:
        StackError: The shape or the unit is not as described, or the function gives nan or inf for images in [0, 1].
    """
    images = np.random.default_rng(0).random((_IMAGES, *_check_shape(input_shape)), np.float32)
    feature_map = jax.eval_shape(function, images[0])
    if len(feature_map.shape) not in (2, 3):
        raise StackError(
            f"function gives shape {feature_map.shape}, but it must be [height, width] or [height, width, channels]: "
            "leave out the batch"
        )
    row, column = check_unit(unit, feature_map.shape[:2])

    @partial(jax.jit, compiler_options=_QUICKLY)
    def run(images, pixels):
        """Is the unit finite, and does it change with a pixel, on one of the images with one of the values?"""
        images = jnp.asarray(images)

        def variants(pixel):
            return jnp.stack([images, *(images.at[:, pixel[0], pixel[1]].set(value) for value in _PROBES)])

        answers = jax.vmap(jax.vmap(jax.vmap(function)))(jax.vmap(variants)(pixels))[:, :, :, row, column]
        before, after = answers[:, :1], answers[:, 1:]
        same = jnp.abs(after - before) <= 1e-6 + 1e-5 * jnp.abs(before)  # up to rounding
        return jnp.isfinite(before).all(), ~(same & jnp.isfinite(after)).reshape(len(pixels), -1).all(axis=1)

    height, width = images.shape[1:3]
    pixels = np.stack(np.divmod(np.arange(-(-height * width // _BATCH) * _BATCH, dtype=np.int32), width), axis=1)
    depends = []
    for start in range(0, len(pixels), _BATCH):  # the last batch runs on past the last row, where nothing is set
        finite, found = run(images, pixels[start : start + _BATCH])
        if not finite:
            raise StackError("function gives nan or inf for an image in [0, 1]: make its answer finite")
        depends.append(found)
    return np.concatenate(depends)[: height * width].reshape(height, width)


def _check_shape(input_shape: tuple[int, ...]) -> tuple[int, ...]:
    whole = all(isinstance(length, int) and length >= 1 for length in input_shape)
    if len(input_shape) not in (2, 3) or not whole or input_shape[0] * input_shape[1] > MAX_PIXELS:
        raise StackError(
            f"input_shape is {input_shape!r:.60}, but it must be (height, width) or (height, width, channels), "
            f"with at most {grouped(MAX_PIXELS)} pixels: use (32, 32)"
        )
    return input_shape
