"""Which programs does XLA compile for sums of shifted pictures?

All take the pixels as one flat row of floats, in which a shift by rows and columns is an offset that is given at run
time: one program serves every width of a picture, every kernel, stride, padding and dilation. Only the two lengths of
`Size` are compiled in, and there are few of them (SIZES).
"""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

# Cells of a kernel that are added up in one pass over memory. Their weights stay in the 16 vector registers of AVX with
# the sum: 13 took 0.8 of the time of 8 or 16 for 7x7 and 11x11, and fills 5x5, 7x7 and 11x11 to 26, 52 and 130.
GROUP = 13


@dataclasses.dataclass(frozen=True)
class Size:
    """The lengths of a program: how many sums it makes, and how far its slices may be shifted."""

    length: int
    room: int

    @property
    def pixels(self):
        """The floats that it is given."""
        return self.length + self.room


SMALL, MIDDLE = Size(2**13, 2**13), Size(2**18, 2**16)
STRIDED = Size(2**16, 2**19 - 2**16)
SIZES = (SMALL, STRIDED, MIDDLE)
"""The lengths for which programs are compiled. 3x3 on 1080x1920 took 3.7, 3.1 and 3.6 ms of processor in strips of
2**18, 2**19 and 2**20 sums. STRIDED has room for the pictures that a stride makes of one."""


def all_cells(shifts, weights):
    """Return any number of cells, at least one, as `sum_cells` takes them, and the number of groups that they fill.

    Up to 1,040 cells are one program, up to 2,080 the next. They are filled up with the first one, whose weight there
    is 0: elsewhere might lie what is no number.
    """
    room = 80 * GROUP
    while room < len(shifts):
        room *= 2
    all_shifts, all_weights = np.full(room, shifts[0], np.int32), np.zeros(room, np.float32)
    all_shifts[: len(shifts)], all_weights[: len(shifts)] = shifts, weights
    return all_shifts, all_weights, np.int32(-(-len(shifts) // GROUP))


@partial(jax.jit, static_argnames="length")
def sum_cells(flat, shifts, weights, groups, bias, *, length):
    """Return the bias plus the sum of weight * flat[shift : shift + length] over the cells, group by group."""

    def add_group(group, total):
        these = (lax.dynamic_slice(each, [group * GROUP], [GROUP]) for each in (shifts, weights))
        return _add_cells(flat, *these, total)

    return lax.fori_loop(0, groups, add_group, jnp.full(length, bias))


def _add_cells(flat, shifts, weights, total):
    """The total plus the sum of some cells. No slice may stick out of `flat`: it would silently be moved."""
    for cell in range(len(shifts)):
        shift, weight = (lax.index_in_dim(each, cell, keepdims=False) for each in (shifts, weights))
        total = total + weight * lax.dynamic_slice(flat, [shift], total.shape, allow_negative_indices=False)
    return total
