"""When do many layers do no more than one?

A weighted sum of weighted sums is a weighted sum: as long as no layer has a ReLU or takes a maximum, one kernel does
the same as all of them, as large as what a value of the last map sees. A bias is passed on by the weights of the
layers after it, strides multiply, and a dilation leaves holes. Only at the borders padding makes a difference: every
layer fills up its own map, and one kernel would fill up the picture alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from convdemo.correlation import PADDING_MODES, as_float32
from convdemo.receptive_field import StackError, receptive_field
from convdemo.stacks.layers import Convolution, MapLayer, as_seen

MAX_SIDE = 513
"""The largest side of a kernel that is put together."""


@dataclass(frozen=True)
class Bell:
    """The Gaussian that is most like a kernel: the one as wide as it.

    Attributes:
        sigma: standard deviations in pixels, (down, across).
        apart: the largest difference of a weight from it, as a share of its largest weight.
    """

    sigma: tuple[float, float]
    apart: float


@dataclass(frozen=True, eq=False)
class ComposedKernel:
    """The one layer that does the same as a stack. Pairs are (row, column).

    Attributes:
        weights: float64 [height, width], with zeros where a dilation leaves holes.
        bias: what is added to every value.
        stride: from one window to the next.
        padding: ((top, bottom), (left, right)) of all layers together, in pixels of the picture.
        is_padded_once: whether no layer but the first one pads; then the one kernel does the same at the borders too.
    """

    weights: np.ndarray
    bias: float
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    is_padded_once: bool

    def inside(self, size: tuple[int, int]) -> tuple[range, range]:
        """Return the rows and columns of the values that see the picture of this size, and no padding at all.

        >>> from convdemo.stacks.layers import Convolution
        >>> composed_kernel([Convolution(np.ones((3, 3)), padding=1)] * 2).inside((6, 9))
        (range(2, 4), range(2, 7))
        """
        units = []
        for length, span, step, (before, _) in zip(size, self.weights.shape, self.stride, self.padding, strict=True):
            first, last = -(-before // step), (length - span + before) // step
            units.append(range(first, max(first, last + 1)))
        return tuple(units)

    def apply(self, image: np.ndarray, padding_mode: str = "zeros") -> np.ndarray:
        """Return its map of a picture, float64 [height, width]: by way of the frequencies, as it may be large.

        Args:
            image: [height, width], real and finite.
            padding_mode: what stands around the picture.

        Raises:
            StackError: the picture is smaller than the kernel, or than what is to be mirrored.
        """
        image = as_float32("image", image, dimensions=2).astype(np.float64)
        if padding_mode == "reflect" and any(
            max(sides) >= length for sides, length in zip(self.padding, image.shape, strict=True)
        ):
            raise StackError(f"a picture of {image.shape} has too few pixels to mirror {self.padding}: use zeros")
        padded = np.pad(image, self.padding, mode=PADDING_MODES[padding_mode])
        if any(span > length for span, length in zip(self.weights.shape, padded.shape, strict=True)):
            raise StackError(f"the kernel has {self.weights.shape} weights, and the picture {padded.shape} pixels")
        spectrum = np.fft.rfft2(padded) * np.conj(np.fft.rfft2(self.weights, s=padded.shape))
        rows, columns = (have - span + 1 for have, span in zip(padded.shape, self.weights.shape, strict=True))
        values = np.fft.irfft2(spectrum, s=padded.shape)[:rows, :columns]
        return values[:: self.stride[0], :: self.stride[1]] + self.bias

    @property
    def bell(self) -> Bell | None:
        """The Gaussian that is most like it; None where weights are below 0, or nothing is spread."""
        total = self.weights.sum()
        if total <= 0 or (self.weights < -1e-12 * total).any():
            return None
        shapes, sigmas = [], []
        for axis in (0, 1):
            share = self.weights.sum(axis=1 - axis) / total
            place = np.arange(share.size)
            middle = (share * place).sum()
            variance = (share * (place - middle) ** 2).sum()
            if variance <= 0:
                return None
            shapes.append(np.exp(-((place - middle) ** 2) / (2 * variance)))
            sigmas.append(float(np.sqrt(variance)))
        gaussian = np.outer(*shapes)
        gaussian *= total / gaussian.sum()
        return Bell(tuple(sigmas), float(np.abs(self.weights - gaussian).max() / self.weights.max()))


def composed_kernel(layers: Iterable[MapLayer]) -> ComposedKernel:
    """Return the one kernel that does the same as a stack.

    >>> blur = Convolution(np.ones((1, 2)) / 2)
    >>> composed_kernel([blur, blur]).weights.tolist()
    [[0.25, 0.5, 0.25]]

    Raises:
        StackError: there is none, as a layer has a ReLU or takes the largest value; or it would have more than
            `MAX_SIDE` rows or columns. It has the number of the layer.
    """
    layers = tuple(layers)
    seen = as_seen(layers)
    field = receptive_field(seen)
    weights, bias, jump = np.ones((1, 1)), 0.0, (1, 1)
    before, after, padded = [0, 0], [0, 0], []
    for number, (layer, place) in enumerate(zip(layers, seen, strict=True), start=1):
        if not layer.is_linear:
            why = "has a ReLU" if isinstance(layer, Convolution) else "takes the largest value of a window"
            raise StackError(f"it {why}, which is no weighted sum: no one kernel does the same", number)
        if max(field.size) > MAX_SIDE:
            raise StackError(
                f"the one kernel would have {field.size[0]}x{field.size[1]} weights, and at most {MAX_SIDE} a side are "
                "put together: use smaller kernels, strides or dilations"
            )
        kernel = layer.effective_kernel
        bias = bias * kernel.sum() + getattr(layer, "bias", 0.0)
        weights = _spread(weights, kernel, tuple(d * j for d, j in zip(place.dilation, jump, strict=True)))
        for axis, (first, last) in enumerate(place.known_sides(None)):
            before[axis] += first * jump[axis]
            after[axis] += last * jump[axis]
            padded.append(number if first or last else 1)
        jump = tuple(j * stride for j, stride in zip(jump, place.stride, strict=True))
    sides = tuple(zip(before, after, strict=True))
    return ComposedKernel(weights, float(bias), jump, sides, set(padded) <= {1})


def _spread(weights: np.ndarray, kernel: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    """Lay weights down at every cell of a kernel, so many pixels apart, times the cell's weight; and add up."""
    spans = [by * (cells - 1) for cells, by in zip(kernel.shape, step, strict=True)]
    result = np.zeros([have + span for have, span in zip(weights.shape, spans, strict=True)])
    for (row, column), weight in np.ndenumerate(kernel):
        top, left = row * step[0], column * step[1]
        result[top : top + weights.shape[0], left : left + weights.shape[1]] += weight * weights
    return result
