"""Which network is it?

P-Net, the first of three that find faces together ("Joint Face Detection and Alignment using Multi-task Cascaded
Convolutional Networks", Zhang, Zhang, Li and Qiao 2016). It looks at every window of 12 x 12 pixels, two pixels
apart, and says how likely a face fills it; the two others, not here, refuse most of what it proposes. Nothing in it
is fully connected, so it runs on a photo of any size.
"""

from functools import cache
from pathlib import Path
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from convdemo.receptive_field import NETWORKS, receptive_field

WEIGHTS = Path(__file__).with_name("pnet.npz")
"""The published weights; where they are from says SOURCES.md beside them."""

STAGES = MappingProxyType({"conv1": 10, "pool1": 10, "conv2": 16, "conv3": 32, "face": 1})
"""The maps on the way and their channels; the convolutions after PReLU, "face" as a probability."""

LAYERS = NETWORKS["P-Net"].layers
"""Where the layers look, one for each of `STAGES`."""

FIELD, JUMP = receptive_field(LAYERS).size[0], receptive_field(LAYERS).jump[0]
"""Pixels that a unit of the last map sees, and from one unit to the next."""


class FaceNetwork(nnx.Module):
    """The network, without weights of its own: `load_small_network` has the published ones.

    Args:
        rngs: where the first weights come from.
    """

    def __init__(self, *, rngs: nnx.Rngs):
        def convolution(channels_in: int, channels_out: int, side: int = 3) -> nnx.Conv:
            return nnx.Conv(channels_in, channels_out, (side, side), padding="VALID", rngs=rngs)

        self.conv1, self.slope1 = convolution(3, 10), nnx.Param(jnp.zeros(10))
        self.conv2, self.slope2 = convolution(10, 16), nnx.Param(jnp.zeros(16))
        self.conv3, self.slope3 = convolution(16, 32), nnx.Param(jnp.zeros(32))
        self.face = convolution(32, 2, 1)

    def __call__(self, image: jax.Array, real: tuple = (None, None)) -> dict[str, jax.Array]:
        """The maps of a photo.

        Args:
            image: float32 [height, width, 3] in [0, 1]: red, green, blue.
            real: how many rows and columns of it are photo, at most all, and the rest is there to fill it up; None for
                all. What lies beyond them then means nothing, and changes nothing of the rest.

        Returns:
            float32 [height, width, channels], by the names of `STAGES`.
        """
        maps = {"conv1": _prelu(self.conv1((255 * image - 127.5) / 128), self.slope1)}
        # Pooling also takes the last odd row and column, which has no neighbour.
        alone = maps["conv1"]
        for axis, length in enumerate(real):
            if length is not None:
                shape = [-1 if axis == each else 1 for each in range(3)]
                is_real = jnp.arange(alone.shape[axis]).reshape(shape) < length - 2
                alone = jnp.where(is_real, alone, jnp.finfo(jnp.float32).min)
        odd = tuple((0, length % 2) for length in alone.shape[:2])
        maps["pool1"] = nnx.max_pool(alone, (2, 2), strides=(2, 2), padding=odd)
        maps["conv2"] = _prelu(self.conv2(maps["pool1"]), self.slope2)
        maps["conv3"] = _prelu(self.conv3(maps["conv2"]), self.slope3)
        maps["face"] = nnx.softmax(self.face(maps["conv3"]))[..., 1:]
        return maps


def _prelu(values: jax.Array, slope: nnx.Param) -> jax.Array:
    """What is below 0 is multiplied by a slope, learned for each channel."""
    return jnp.where(values > 0, values, slope[...].reshape(1, 1, -1) * values)


@cache
def load_small_network() -> FaceNetwork:
    """Return the network with its published weights.

    >>> network = load_small_network()
    >>> sum(weights.size for weights in jax.tree.leaves(nnx.state(network, nnx.Param)))  # and 132 for the box, not here
    6500
    """
    network = nnx.eval_shape(lambda: FaceNetwork(rngs=nnx.Rngs(0)))  # to draw weights would take seconds
    with np.load(WEIGHTS) as arrays:
        for name in ("conv1", "conv2", "conv3", "face"):
            layer = getattr(network, name)
            layer.kernel.set_value(jax.device_put(arrays[f"{name}_kernel"]))
            layer.bias.set_value(jax.device_put(arrays[f"{name}_bias"]))
        for number in (1, 2, 3):
            getattr(network, f"slope{number}").set_value(jax.device_put(arrays[f"conv{number}_slope"]))
    return network
