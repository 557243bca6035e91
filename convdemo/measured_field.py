"""Which input pixels does a unit really depend on?

Ask the function itself: spoil one pixel and see whether the unit is spoilt. "Spoilt" is nan, because it cannot get
lost: nan times a weight of zero is nan, the ReLU of nan is nan, and so is a maximum over a window that holds one. A
gradient would miss pixels behind a ReLU that is off, or that lost the maximum. `receptive_field` is tested against it.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from convdemo.stacks import Pair, StackError, check_unit

MAX_PIXELS = 256 * 256

_BATCH = 64


def measure_receptive_field(function: Callable, input_shape: tuple[int, ...], unit: Pair) -> np.ndarray:
    """The input pixels that one unit of a feature map depends on.

    The function runs once for each pixel, which is fine for tests and small images.

    >>> rows_apart = lambda image: image[2:] - image[:-2]
    >>> measure_receptive_field(rows_apart, (4, 1), (1, 0)).ravel().tolist()
    [False, True, False, True]

    Args:
        function: From an image to a feature map, both float32 [height, width] or [height, width, channels]; a Flax
            module, or whatever JAX can trace. It must pass nan on: `jax.nn.relu` does, `jnp.where(x > 0, x, 0)` not.
        input_shape: The shape of the image, at most `MAX_PIXELS` pixels.
        unit: (row, column) on the feature map. With channels, every channel of a pixel is spoilt together, and the unit
            depends on it if one of its channels does.

    Returns:
        A bool array [height, width].

    Raises:
        StackError: The shape or the unit is not as described, or the function gives nan by itself or hides it.
    """
    image = _image(input_shape)
    feature_map = jax.eval_shape(function, image)
    if len(feature_map.shape) not in (2, 3):
        raise StackError(
            f"function gives shape {feature_map.shape}, but it must be [height, width] or [height, width, channels]: "
            "leave out the batch"
        )
    row, column = check_unit(unit, feature_map.shape[:2])

    def is_spoilt(image):
        return jnp.isnan(function(image)[row, column]).any()

    @jax.jit
    def answers(image, pixels):
        hides = ~is_spoilt(jnp.full_like(image, jnp.nan)) & (function(image) != function(1 - image))[row, column].any()
        each = jax.lax.map(lambda pixel: is_spoilt(image.at[*pixel].set(jnp.nan)), pixels, batch_size=_BATCH)
        return is_spoilt(image), hides, each

    height, width = image.shape[:2]
    spoilt, hides, each = answers(image, np.argwhere(np.ones((height, width), bool)).astype(np.int32))
    if spoilt:
        raise StackError("function gives nan for an image without nan: make its answer finite for images in [0, 1]")
    if hides:
        raise StackError("function answers an image full of nan with a number: write its ReLU as jax.nn.relu")
    return np.asarray(each).reshape(height, width)


def _image(input_shape: tuple[int, ...]) -> jax.Array:
    whole = all(isinstance(length, int) and length >= 1 for length in input_shape)
    if len(input_shape) not in (2, 3) or not whole or input_shape[0] * input_shape[1] > MAX_PIXELS:
        raise StackError(
            f"input_shape is {input_shape!r:.60}, but it must be (height, width) or (height, width, channels), with "
            f"at most {MAX_PIXELS:,} pixels: use (32, 32)"
        )
    return jax.random.uniform(jax.random.key(0), input_shape)
