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

# Kernels of so few cells have a program without a loop: 0.7 of the time for 3x3, which is what most kernels are.
FEW = 9


@dataclasses.dataclass(frozen=True)
class Size:
    """The lengths of a program: how many sums it makes, and how far its slices may be shifted."""

    length: int
    room: int

    @property
    def pixels(self):
        """The floats that it is given."""
        return self.length + self.room


SMALL, MIDDLE, LARGE = Size(2**13, 2**13), Size(2**18, 2**16), Size(2**19, 2**16)
STRIDED = Size(2**16, 2**19 - 2**16)
SIZES = (SMALL, STRIDED, MIDDLE, LARGE)
"""The lengths for which programs are compiled. 3x3 on 1080x1920 took 3.7, 3.1 and 3.6 ms of processor in strips of
2**18, 2**19 and 2**20 sums. STRIDED has room for the pictures that a stride makes of one."""

SEPARABLE_SIZES = (MIDDLE, LARGE)
FEW_FROM = MIDDLE.length
"""Smaller strips are so quick that no other program is compiled for them."""


def few_cells(shifts, weights):
    """Return up to FEW cells as `sum_few` takes them."""
    return _filled(shifts, weights, FEW)


def many_cells(shifts, weights):
    """Return any number of cells as `sum_many` takes them, and the number of groups that they fill.

    Up to 1,040 cells are one program, up to 2,080 the next. `weights` may have axes before that of the cells.
    """
    room = 80 * GROUP
    while room < len(shifts):
        room *= 2
    return *_filled(shifts, weights, room), np.int32(-(-len(shifts) // GROUP))


def _filled(shifts, weights, room):
    """Cells, filled up with the first one, whose weight there is 0: elsewhere might lie what is no number."""
    all_shifts = np.full(room, shifts[0], np.int32)
    all_shifts[: len(shifts)] = shifts
    all_weights = np.zeros((*weights.shape[:-1], room), np.float32)
    all_weights[..., : len(shifts)] = weights
    return all_shifts, all_weights


@partial(jax.jit, static_argnames="length")
def sum_few(flat, shifts, weights, bias, *, length):
    """Return the bias plus the sum of weight * flat[shift : shift + length] over FEW cells."""
    return _add_cells(flat, shifts, weights, jnp.full(length, bias))


@partial(jax.jit, static_argnames="length")
def sum_many(flat, shifts, weights, groups, bias, *, length):
    """Return the same for any number of cells, at least one, group by group.

    Before the loop stands the first group, whose sum begins in a register: 5x5 takes 0.75 of the time, 7x7 0.9. It
    doubles the time to compile, so that only LARGE has it.
    """
    start = jnp.full(length, bias)
    if length < LARGE.length:
        return _add_groups(flat, shifts, weights, 0, groups, start)
    return _add_groups(flat, shifts, weights, 1, groups, _add_cells(flat, shifts[:GROUP], weights[:GROUP], start))


@partial(jax.jit, static_argnames=["length", "between"])
def sum_separable(flat, across, down, terms, bias, *, length, between):
    """Return the bias plus the sum, over the terms of a kernel of low rank, of a row that slides and then a column.

    Args:
        flat: the pixels.
        across: the cells of all rows: shifts [cells], weights [terms, cells], and the number of groups.
        down: those of all columns.
        terms: how many there are.
        bias: a number.
        length: how many sums are made.
        between: how many the rows make, for the columns.
    """

    def add_term(term, total):
        (across_weights, down_weights) = (
            lax.dynamic_index_in_dim(w, term, keepdims=False) for w in (across[1], down[1])
        )
        rows = _add_groups(flat, across[0], across_weights, 0, across[2], jnp.zeros(between))
        return _add_groups(rows, down[0], down_weights, 0, down[2], total)

    return lax.fori_loop(0, terms, add_term, jnp.full(length, bias))


def _add_groups(flat, shifts, weights, first, groups, total):
    """The total plus the sum of the groups from the first on, in a loop whose length is given at run time."""

    def add_group(group, total):
        these = (lax.dynamic_slice(each, [group * GROUP], [GROUP]) for each in (shifts, weights))
        return _add_cells(flat, *these, total)

    return lax.fori_loop(first, groups, add_group, total)


def _add_cells(flat, shifts, weights, total):
    """The total plus the sum of some cells. No slice may stick out of `flat`: it would silently be moved."""
    for cell in range(len(shifts)):
        shift, weight = (lax.index_in_dim(each, cell, keepdims=False) for each in (shifts, weights))
        total = total + weight * lax.dynamic_slice(flat, [shift], total.shape, allow_negative_indices=False)
    return total
