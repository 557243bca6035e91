"""How is a picture cut into strips that programs of a few sizes can take?

The pixels that a strip of outputs sees are copied to one flat row of floats, with what is added to the picture. A strip
is whole rows, or parts of them where a row is too long. (`rows` is for pictures to which nothing is added.)

With a stride, the pixels that one cell of the kernel meets are every second row and column, or every third. They are
laid out as pictures of their own, one behind the other, in which that cell moves by one: nothing is computed that the
stride skips.
"""

import functools
import math

import numpy as np

from convdemo.sums.memory import borrow, copy
from convdemo.sums.programs import SIZES, Size


def strips_for(windows, kernel):
    """Return the strips of an image for a kernel: those of the last images of this size are kept.

    Args:
        windows: how windows lie on it.
        kernel: [height, width]; its cells that are zero are left out.
    """
    used = used_cells(kernel)
    return _strips(windows, used.shape, used.tobytes())


def used_cells(kernel):
    """Return which cells are not zero, or the first one where all are."""
    used = kernel != 0
    if not used.any():
        used[0, 0] = True
    return used


@functools.lru_cache(maxsize=256)
def _strips(windows, kernel_shape, used):
    return Strips(windows, np.argwhere(np.frombuffer(used, bool).reshape(kernel_shape)))


class Strips:
    """How one size of pictures is cut, all strips into one shape.

    Attributes:
        size: that of the programs.
        rows: outputs of a strip.
        columns: likewise.
        width: floats from one row of a strip to the next.
        shifts: int32, where each cell of the kernel meets the flat pixels first.
        places: the (first row, first column) of every strip. The last of a row or column reaches back over another.
    """

    def __init__(self, windows, cells):
        self.windows = windows
        self._parts = [sorted(set((cells[:, axis] * windows.dilation[axis]) % windows.stride[axis])) for axis in (0, 1)]
        self._more = [(span - 1) // stride for span, stride in zip(windows.span, windows.stride, strict=True)]
        sizes = SIZES
        cuts = [(cut, size) for size in sizes if (cut := self._cut(size))]
        while not cuts:  # cells that lie very far apart
            sizes = [Size(size.length, 2 * size.room) for size in sizes]
            cuts = [(cut, size) for size in sizes if (cut := self._cut(size))]
        (self.rows, self.columns), self.size = min(cuts, key=lambda cut: self._cost(*cut))
        self._height, self.width = (n + more for n, more in zip((self.rows, self.columns), self._more, strict=True))
        self.shifts = self._shifts(cells)
        rows, columns = windows.output
        self.places = [
            (min(row, rows - self.rows), min(column, columns - self.columns))
            for row in range(0, rows, self.rows)
            for column in range(0, columns, self.columns)
        ]

    def _cut(self, size):
        """The largest (rows, columns) of outputs whose pixels fit a program, all about alike; or None."""
        (rows, columns), (more_rows, more_columns) = self.windows.output, self._more
        pictures = len(self._parts[0]) * len(self._parts[1])
        room = size.room
        # The last slice begins in the last picture, less than `more_rows` + 1 rows further down.
        at_least = min(rows, 2 * more_rows + 1) + more_rows
        widest = min(room // ((pictures - 1) * at_least + more_rows + 1), size.length) - more_columns
        if widest < min(columns, more_columns + 1):
            return None
        columns = math.ceil(columns / math.ceil(columns / widest))
        width = columns + more_columns
        most = size.length // width
        if pictures > 1:
            most = min(most, (room // width - more_rows - 1) // (pictures - 1) - more_rows)
        return math.ceil(rows / math.ceil(rows / most)), columns

    def _cost(self, cut, size):
        strips = math.prod(math.ceil(n / part) for n, part in zip(self.windows.output, cut, strict=True))
        return strips * size.cost

    def _shifts(self, cells):
        rows, columns = (cells * self.windows.dilation).T
        (down, across), (row_parts, column_parts) = self.windows.stride, self._parts
        picture = np.searchsorted(row_parts, rows % down) * len(column_parts) + np.searchsorted(
            column_parts, columns % across
        )
        shifts = (picture * self._height + rows // down) * self.width + columns // across
        return shifts.astype(np.int32)

    def pixels(self, image, place):
        """Return the pixels that a strip sees, float32 [size.pixels], and whether they are borrowed.

        What lies behind the last of them is anything.
        """
        (down, across), (row_parts, column_parts) = self.windows.stride, self._parts
        flat = borrow((self.size.pixels,))
        shape = (len(row_parts) * len(column_parts), self._height, self.width)
        pictures = flat[: math.prod(shape)].reshape(shape)
        if (down, across) == (1, 1):
            self.windows.pixels(image, place, (self.rows, self.columns), out=pictures[0])
            return flat, True
        seen = self.windows.pixels(image, place, (self.rows, self.columns))
        for number, (row, column) in enumerate((row, column) for row in row_parts for column in column_parts):
            part = seen[row::down, column::across]
            pictures[number, : part.shape[0], : part.shape[1]] = part
        return flat, True

    def write(self, result, place, sums):
        """Write the sums of a strip where they belong."""
        sums = np.asarray(sums)[: self.rows * self.width].reshape(self.rows, self.width)
        copy(result[place[0] : place[0] + self.rows, place[1] : place[1] + self.columns], sums[:, : self.columns])
