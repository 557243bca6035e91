"""What does a convolutional layer learn?

The kernel, and one number more: the bias. The layer cross-correlates its input with the kernel and adds the
bias, and both are parameters that gradient descent can move ("Convolutional Layers" in the chapter
"Convolutions for Images", Dive into Deep Learning).
"""

import jax.numpy as jnp
from flax import nnx

from convdemo.correlation import cross_correlate


class Conv2D(nnx.Module):
    """A convolutional layer for one channel: [height, width] in, [height, width] out.

    The kernel starts at random, from N(0, 0.01^2) as in the chapter, and the bias at zero. `nnx.Conv` with
    that initialiser draws the same kernel from the same seed.

    >>> layer = Conv2D((1, 2), rngs=nnx.Rngs(0))
    >>> layer(jnp.ones((6, 8))).shape
    (6, 7)

    Args:
        kernel_shape: the (height, width) of the kernel.
        stride: as in `cross_correlate`, as the other settings.
        padding: pixels per side.
        padding_mode: "zeros", "reflect" or "replicate".
        dilation: pixels between the cells of the kernel.
        rngs: where the first kernel comes from.

    Raises:
        ValueError: when called, for whatever `cross_correlate` refuses.
    """

    def __init__(self, kernel_shape, *, stride=1, padding=0, padding_mode="zeros", dilation=1, rngs):
        self.kernel = nnx.Param(nnx.initializers.normal(stddev=0.01)(rngs.params(), kernel_shape))
        self.bias = nnx.Param(jnp.zeros(()))
        self.settings = {
            "stride": stride,
            "padding": padding,
            "padding_mode": padding_mode,
            "dilation": dilation,
        }

    def __call__(self, image):
        """The feature map of `image` [height, width], float32."""
        return cross_correlate(image, self.kernel, bias=self.bias, **self.settings)
