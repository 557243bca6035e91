"""How do programs of a few sizes sum a picture that they can take as it lies in memory?

Its rows stand one behind the other, and so do the sums, as flat as the pixels: those of windows that would run on into
the next row are made for nothing. The sums are cut into stretches, each for one program. What a program takes must
begin at certain places of the memory (`ALIGNED`), and be as long as it was compiled for: the few sums before the first
of those places, and behind the last, are made of a copy of their pixels.
"""

import dataclasses
import math
from functools import partial

import numpy as np

from convdemo.sums.memory import ALIGNED, borrow, copy, floats_past_alignment
from convdemo.sums.programs import LARGE, SIZES, SMALL, Size

FEWEST = 3
"""Stretches of LARGE in a picture that is cut into such: in one of a megapixel, what is made of two is memory for more
than two such pictures."""

STEP = ALIGNED // 4
"""Floats from one of the places where a program's pixels may begin to the next."""


@dataclasses.dataclass(frozen=True)
class Stretch:
    """Sums that stand one behind the other, and are made by one program.

    Attributes:
        begin: the first of them.
        size: the program's.
        start: the first pixel that the program is given; None where they are copied, from `begin` on.
    """

    begin: int
    size: Size
    start: int | None = None

    @property
    def first(self):
        """Where the first window begins in the pixels that are given."""
        return 0 if self.start is None else self.begin - self.start


class Rows:
    """A picture as it lies in memory, cut into stretches.

    Attributes:
        places: the stretches. One may reach back over another.
    """

    def __init__(self, image, windows, furthest):
        self._flat, self._width, self._furthest = image.reshape(-1), image.shape[1], furthest
        self._total = self._flat.size - (windows.span[0] - 1) * self._width - (windows.span[1] - 1)
        self._past = floats_past_alignment(image)
        self.places = list(self._cut())

    def _cut(self):
        begin, end, sizes = 0, self._total, SIZES
        if end < FEWEST * LARGE.length:
            sizes = SIZES[:-1]  # without LARGE
        else:  # ends of their own cost less than to copy as much as LARGE takes
            begin, end = -self._past % STEP, end - (self._past + self._flat.size) % STEP
            if begin:
                yield Stretch(0, SMALL)
            if end < self._total:
                yield Stretch(self._total - SMALL.length, SMALL)
        while begin < end:
            size = sizes[-1] if end - begin >= sizes[-1].length else min(sizes, key=partial(_cost, end - begin))
            first = max(0, min(begin, end - size.length))
            yield Stretch(first, size, self._start(first, size))
            begin += size.length

    def _start(self, first, size):
        """The pixel that a program can be given to make the sums from `first` on, if there is one."""
        start = min(first, self._flat.size - size.pixels)
        start -= (start + self._past) % STEP
        return start if start >= 0 and first - start + self._furthest <= size.room else None

    def pixels(self, _image, stretch):
        """Return the pixels that a stretch sees, float32 [size.pixels], and whether they are borrowed.

        What lies behind the last of them is anything.
        """
        if stretch.start is not None:
            return self._flat[stretch.start : stretch.start + stretch.size.pixels], False
        flat = borrow((stretch.size.pixels,))
        seen = self._flat[stretch.begin : stretch.begin + stretch.size.length + self._furthest]
        flat[: seen.size] = seen
        return flat, True

    def write(self, result, stretch, sums):
        """Write the sums of a stretch where they belong."""
        sums, columns = np.asarray(sums)[: self._total - stretch.begin], result.shape[1]
        row, column = divmod(stretch.begin, self._width)
        if column:  # the rest of a row
            rest = min(self._width - column, sums.size)
            kept = max(0, min(columns - column, rest))
            result[row, column : column + kept] = sums[:kept]
            row, sums = row + 1, sums[rest:]
        rows, rest = divmod(sums.size, self._width)
        copy(result[row : row + rows], sums[: rows * self._width].reshape(rows, self._width)[:, :columns])
        if rest:
            result[row + rows, : min(rest, columns)] = sums[rows * self._width :][:columns]


def _cost(count, size):
    """What so many sums cost in programs of this size."""
    return math.ceil(count / size.length) * size.cost
