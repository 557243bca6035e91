"""Which programs does XLA compile for sums of shifted pictures?

All take the pixels as one flat row of floats, in which a shift by rows and columns is an offset that is given at run
time: one program serves every width of a picture, every kernel, stride, padding and dilation. Only the two lengths of
`Size` are compiled in, and there are few of them (SIZES).
"""

import dataclasses
from functools import partial

import jax
import numpy as np
from jax import lax

# Cells of a kernel that are added up in one pass over memory. Their weights stay in the 16 vector registers of AVX with
# the sum: 13 took 0.8 of the time of 8 or 16 for 7x7 and 11x11, and fills 5x5, 7x7 and 11x11 to 26, 52 and 130.
GROUP = 13


# Sums that are made in the time that a call takes beside its own: some 0.1 ms, of which Python is a part.
CALL = 2**16


@dataclasses.dataclass(frozen=True)
class Size:
    """The lengths of a program: how many sums it makes, and how far its slices may be shifted."""

    length: int
    room: int

    @property
    def pixels(self):
        """The floats that it is given."""
        return self.length + self.room

    @property
    def cost(self):
        """What a call costs, in sums that are made in that time."""
        return self.length + CALL


SMALL, MIDDLE, LARGE = SIZES = (Size(2**16, 2**19 - 2**16), Size(2**17, 2**16), Size(2**19, 2**17))
"""The lengths for which programs are compiled, 0.2 s each. SMALL has room for what a stride makes of one picture."""


class Cells:
    """The cells of a kernel as `sum_cells` takes them.

    They are filled up with the first one, whose weight there is 0: elsewhere might lie what is no number. Up to 1,040
    cells are one program, up to 2,080 the next.

    Attributes:
        whole: int32, how many groups they are, and then the shift of each.
        floats: float32, the bias, and then the weight of each.
    """

    def __init__(self, shifts, weights, bias):
        room = 80 * GROUP
        while room < len(shifts):
            room *= 2
        self.whole, self.floats = np.full(1 + room, shifts[0], np.int32), np.zeros(1 + room, np.float32)
        self.whole[0], self.whole[1 : len(shifts) + 1] = -(-len(shifts) // GROUP), shifts
        self.floats[0], self.floats[1 : len(shifts) + 1] = bias, weights

    def sum(self, flat, first, length):
        """Return the bias plus the sum of weight * flat[first + shift : first + shift + length] over the cells."""
        return _sum_cells(flat, np.int32(first), self.whole, self.floats, length=length)


@partial(jax.jit, static_argnames="length")
def _sum_cells(flat, first, whole, floats, *, length):
    """As `Cells.sum`, group by group: the first makes the sums, and each other adds to them."""

    def add_group(group, total):
        shifts, weights = (lax.dynamic_slice(each, [1 + group * GROUP], [GROUP]) for each in (whole, floats))
        return _add_cells(flat, first + shifts, weights, total)

    start = lax.broadcast(floats[0], [length])
    return lax.fori_loop(1, whole[0], add_group, add_group(0, start))


def _add_cells(flat, shifts, weights, total):
    """The total plus the sum of some cells. No slice may stick out of `flat`: it would silently be moved."""
    for cell in range(len(shifts)):
        shift, weight = (lax.index_in_dim(each, cell, keepdims=False) for each in (shifts, weights))
        total = total + weight * lax.dynamic_slice(flat, [shift], total.shape, allow_negative_indices=False)
    return total
