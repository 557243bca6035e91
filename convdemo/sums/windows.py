"""How do windows lie on a picture, and which pixels do they see?"""

import dataclasses

import numpy as np

from convdemo.sums.memory import copy


@dataclasses.dataclass(frozen=True)
class Windows:
    """How windows lie on a picture; each a (row, column) pair but for the padding.

    Attributes:
        stride: pixels from one window to the next.
        dilation: pixels from one cell to the next.
        padding: ((top, bottom), (left, right)).
        mode: what stands there: "zeros", "reflect" or "replicate".
        span: pixels from a kernel's first cell to its last.
        output: how many windows there are.
    """

    stride: tuple
    dilation: tuple
    padding: tuple
    mode: str
    span: tuple
    output: tuple

    @property
    def is_padded(self):
        """Whether anything is added to the picture."""
        return any(any(sides) for sides in self.padding)

    def pixels(self, image, place, shape, out=None):
        """Return the pixels under a (rows, columns) shape of windows at a place: a view, or written to `out`."""
        axes = list(zip(place, shape, self.stride, self.padding, self.span, strict=True))
        first = [start * stride - before for start, _, stride, (before, _), _ in axes]
        size = [(count - 1) * stride + span for _, count, stride, _, span in axes]
        return padded_part(image, first, size, self.mode, out)

    def under(self, pixels, cell, shape):
        """Return those of the `pixels` under a shape of windows that one cell of the kernel meets."""
        first = [index * step for index, step in zip(cell, self.dilation, strict=True)]
        axes = zip(first, shape, self.stride, strict=True)
        return pixels[tuple(slice(start, start + (count - 1) * stride + 1, stride) for start, count, stride in axes)]


def padded_part(image, first, size, mode, out=None):
    """Return `size` pixels from `first` on: outside of the image stands what the mode says.

    Where all lie inside, it is a view of the image, unless they are to be written to `out`.
    """
    axes = list(zip(first, size, image.shape, strict=True))
    begins = [min(max(0, -start), n) for start, n, _ in axes]
    ends = [max(begin, min(n, limit - start)) for begin, (start, n, limit) in zip(begins, axes, strict=True)]
    (top, left), (bottom, right) = begins, ends
    part = image[first[0] + top : first[0] + bottom, first[1] + left : first[1] + right]
    if out is None:
        if part.shape == tuple(size):
            return part
        out = np.empty(size, np.float32)
    copy(out[top:bottom, left:right], part)
    if mode == "zeros":
        out[:top], out[bottom:], out[top:bottom, :left], out[top:bottom, right:] = 0, 0, 0, 0
        return out
    rows, columns = (_sources(start, n, limit, mode) for start, n, limit in axes)
    beside = np.r_[:left, right : size[1]]
    if top < bottom:
        out[top:bottom, beside] = image[rows[top] : rows[bottom - 1] + 1, columns[beside]]
    for row in np.r_[:top, bottom : size[0]]:
        out[row] = image[rows[row], columns]
    return out


def _sources(first, size, limit, mode):
    """Which pixels of an axis stand at `size` places from `first` on, where the border is mirrored or repeated."""
    places = np.arange(first, first + size)
    if mode == "replicate":
        return places.clip(0, limit - 1)
    return limit - 1 - np.abs(limit - 1 - np.abs(places))
