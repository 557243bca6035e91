"""What does a kernel make of a picture, in one line of a notebook?

`open_image` takes a picture in whatever form it is at hand, `feature_map` slides a kernel over it, and what comes out
shows itself: as a picture with its legend, signed, and never clipped unsaid (`rendering`).
"""

import base64
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np

from convdemo.correlation import convolve, cross_correlate, same_padding
from convdemo.images import decode_image, to_grey
from convdemo.kernels import KERNELS, Kernel, custom_kernel, makes_picture, parse_kernel
from convdemo.numbers import format_number
from convdemo.rendering import MARKED, SIGNED, Rendered, encode_png, to_picture, vivid_limit
from convdemo.showing import fill


def open_image(picture: Any) -> np.ndarray:
    """Return a picture as grey values, float32 [height, width] in [0, 1].

    >>> open_image(np.array([[0, 255]], np.uint8)).tolist()
    [[0.0, 1.0]]

    Args:
        picture: the path, the bytes or the stream of a file; or an array [height, width] or [height, width, channels],
            of uint8, of uint16 or of floats in [0, 1], or whatever NumPy makes such an array of, as of a picture of
            Pillow's.

    Raises:
        ImageError: the file is no picture that can be read.
        ValueError: the array is not as described.
    """
    if isinstance(picture, str | PathLike | bytes) or (hasattr(picture, "read") and not hasattr(picture, "mode")):
        return to_grey(decode_image(picture))
    mode = getattr(picture, "mode", "L")
    values = np.asarray(picture if mode in ("L", "RGB", "F", "I;16") or "b" in mode else picture.convert("RGB"))
    if values.dtype.kind not in "buif":
        raise ValueError(f"picture holds {values.dtype} values: give a file, or an array of numbers [height, width]")
    if values.dtype in (np.uint8, np.uint16):
        values = np.float32(values / np.iinfo(values.dtype).max)
    values = np.float32(values)
    if not np.isfinite(values).all():
        raise ValueError("picture has values that are not finite: replace them first")
    return values if values.ndim == 2 else to_grey(values)


def read_kernel(kernel: str | Kernel | np.ndarray) -> Kernel:
    """Return the kernel of a name ("sobel_x"), of a text as people write kernels, or of weights [height, width].

    Raises:
        KernelError: there is none.
    """
    if isinstance(kernel, Kernel):
        return kernel
    if isinstance(kernel, str):
        return KERNELS[kernel] if kernel in KERNELS else custom_kernel(parse_kernel(kernel))
    return custom_kernel(np.asarray(kernel))


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """What a kernel makes of a picture. NumPy takes it for the array of its values.

    Attributes:
        values: float32 [height, width], signed, read-only.
        kernel: the kernel that made it.
        is_picture: whether it is one: the kernel sums to 1, and nothing is added.
    """

    values: np.ndarray
    kernel: Kernel
    is_picture: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.values.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.values, dtype) if copy or dtype else self.values

    @cached_property
    def rendered(self) -> Rendered:
        """Its picture with the legend: in greys if it is one, else blue negative, white 0, red positive."""
        if self.is_picture:
            return to_picture(self.values, display=MARKED)
        return to_picture(self.values, display=SIGNED, limit=vivid_limit(self.values))

    def _repr_png_(self) -> bytes:
        return encode_png(self.rendered.pictures[0])

    def _repr_html_(self) -> str:
        """The picture, with its legend below, and its size and range."""
        legend, (height, width) = self.rendered.legend, self.shape
        least, most = format_number(self.rendered.minimum), format_number(self.rendered.maximum)
        return fill(
            "map",
            picture=f"data:image/png;base64,{base64.b64encode(self._repr_png_()).decode()}",
            title=self.kernel.title,
            caption=f"{height} × {width} values from {least} to {most}",
            colours=legend.colours,
            ticks=[tick.text for tick in legend.ticks],
        )


def feature_map(
    image: Any,
    kernel: str | Kernel | np.ndarray = "sobel_x",
    *,
    stride: int = 1,
    padding: Any = 0,
    padding_mode: str = "zeros",
    dilation: int = 1,
    bias: float = 0.0,
    relu: bool = False,
    flip: bool = False,
) -> FeatureMap:
    """Slide a kernel over a picture.

    >>> edges = feature_map([[0, 0, 1, 1]], "-1 1")
    >>> np.asarray(edges).tolist()
    [[0.0, 1.0, 0.0]]

    Args:
        image: as `open_image` takes it.
        kernel: a name, a text or weights, as `read_kernel` takes them.
        stride: pixels from one window to the next.
        padding: pixels per side, as `cross_correlate` takes them; "same" keeps the size at stride 1.
        padding_mode: "zeros", "reflect" or "replicate".
        dilation: pixels from one weight to the next.
        bias: added to every sum.
        relu: whether negative values become 0.
        flip: whether the kernel is flipped: true convolution.

    Raises:
        ValueError: an argument is not as described, or the kernel does not fit; the sentence says what helps.
    """
    made = read_kernel(kernel)
    sides = same_padding(made.weights.shape, dilation) if isinstance(padding, str) and padding == "same" else padding
    slide = convolve if flip else cross_correlate
    layer = {"stride": stride, "padding": sides, "padding_mode": padding_mode, "dilation": dilation, "bias": bias}
    values = np.array(slide(open_image(image), made.weights, **layer))
    values = np.maximum(values, 0) if relu else values
    values.setflags(write=False)
    return FeatureMap(values, made, makes_picture(made.weights) and not bias)
