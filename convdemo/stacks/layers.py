"""What is a layer that makes one map of one map?

A kernel that slides, with a bias and a ReLU if one wants them; or a pooling, which has no weights. Where either of them
looks is what `convdemo.receptive_field` works with: `as_seen` says it in its terms.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.correlation import PADDING_MODES, as_float32
from convdemo.receptive_field import Layer, StackError

POOLINGS = ("max", "average")
"""What a pooling takes of its window."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """A kernel that is cross-correlated with the map before it.

    Attributes:
        kernel: float32 [height, width], finite; made of anything that NumPy takes for it.
        bias: one finite number, added to every value.
        relu: whether what is below 0 becomes 0, after the bias.
        stride, dilation: whole numbers of at least 1, or (row, column) pairs.
        padding: pixels on each side, as `convdemo.correlation.cross_correlate` takes them.
        padding_mode: "zeros", "reflect" or "replicate": what stands there.

    Raises:
        StackError: an argument is not as described.
    """

    kernel: Any
    bias: float = 0.0
    relu: bool = False
    stride: Any = 1
    padding: Any = 0
    padding_mode: str = "zeros"
    dilation: Any = 1

    def __post_init__(self) -> None:
        """Check every argument."""
        try:
            object.__setattr__(self, "kernel", as_float32("kernel", self.kernel, dimensions=2))
            object.__setattr__(self, "bias", float(as_float32("bias", self.bias, dimensions=0)))
        except ValueError as error:
            raise StackError(str(error), field="kernel") from error
        _check_mode(self.padding_mode)
        _seen(self)

    @property
    def shape(self) -> tuple[int, int]:
        """The (height, width) of the kernel."""
        return self.kernel.shape

    @property
    def weights(self) -> int:
        """How many weights it has, without the bias."""
        return self.kernel.size

    @property
    def is_linear(self) -> bool:
        """Whether its map is a weighted sum: there is no ReLU."""
        return not self.relu

    @property
    def effective_kernel(self) -> np.ndarray:
        """The weights that slide, float64 [height, width]."""
        return self.kernel.astype(np.float64)


@dataclass(frozen=True, eq=False)
class Pooling:
    """The largest value of each window, or its mean.

    Attributes:
        size: rows and columns of the window, a whole number or a (row, column) pair.
        kind: one of `POOLINGS`.
        stride: from one window to the next; None for windows side by side.
        padding, padding_mode, dilation: as for `Convolution`; what is added counts as any other value.

    Raises:
        StackError: an argument is not as described.
    """

    size: Any = 2
    kind: str = "max"
    stride: Any = None
    padding: Any = 0
    padding_mode: str = "zeros"
    dilation: Any = 1

    def __post_init__(self) -> None:
        """Check every argument."""
        if self.kind not in POOLINGS:
            raise StackError(f"kind is {self.kind!r:.40}, but it must be one of {', '.join(POOLINGS)}", field="kind")
        if self.stride is None:
            object.__setattr__(self, "stride", self.size)
        _check_mode(self.padding_mode)
        _seen(self)

    @property
    def shape(self) -> tuple[int, int]:
        """The (height, width) of the window."""
        return Layer(self.size).kernel

    @property
    def weights(self) -> int:
        """A pooling has none."""
        return 0

    @property
    def is_linear(self) -> bool:
        """Whether its map is a weighted sum, as a mean is."""
        return self.kind == "average"

    @property
    def effective_kernel(self) -> np.ndarray:
        """The weights of a mean, float64 [height, width]."""
        height, width = self.shape
        return np.full((height, width), 1 / (height * width))


MapLayer = Convolution | Pooling
"""A layer: one map in, one map out."""


def as_seen(layers: Iterable[MapLayer]) -> tuple[Layer, ...]:
    """Return where layers look, for `convdemo.receptive_field`.

    >>> as_seen([Pooling(2)])[0].stride
    (2, 2)

    Raises:
        StackError: one is no layer; it has its number.
    """
    seen = []
    for number, layer in enumerate(layers, start=1):
        if not isinstance(layer, MapLayer):
            raise StackError(f"{layer!r:.40} is not a layer: use Convolution or Pooling", number)
        seen.append(_seen(layer))
    return tuple(seen)


def _seen(layer: MapLayer) -> Layer:
    is_pooling = isinstance(layer, Pooling)
    shape = layer.size if is_pooling else layer.kernel.shape
    kind = "pooling" if is_pooling else "convolution"
    return Layer(shape, layer.stride, layer.padding, layer.dilation, kind=kind)


def _check_mode(mode: str) -> None:
    if mode not in PADDING_MODES:
        modes = ", ".join(PADDING_MODES)
        raise StackError(f"padding_mode is {mode!r:.40}, but the modes are {modes}: use zeros", field="padding")
