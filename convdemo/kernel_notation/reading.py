"""How are the ways of writing a kernel told from each other, and what does each give?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from convdemo.kernel_notation.brackets import Stack, has_brackets, read_brackets
from convdemo.kernel_notation.lines import read_lines, shapes_of, size_of
from convdemo.kernel_notation.magick import read_magick
from convdemo.kernel_notation.signs import plain
from convdemo.kernel_text import (
    MAX_SIZE,
    KernelError,
    check_length,
    check_weights,
    parse_cells,
    parse_rows,
    quote,
    weight_sum,
)
from convdemo.numbers import format_number

MOST_READINGS = 64
"""Most kernels that somebody is asked to choose from."""

_GREY_STEPS = 255
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_OWN_WAY = re.compile(rf"\s*(?:{_NUMBER})(?:/{_NUMBER})?(?:(?: |; ?){_NUMBER}(?:/{_NUMBER})?)*\s*")
_SETTING = re.compile(rf"\b(divisor|scale|offset)(?:\s*[:=]\s*|\s+)({_NUMBER})(?![\w.])", re.IGNORECASE)
_LABEL = re.compile(
    r"^[^\S\n]*(?:(?:static|const|constexpr|float|double|int|auto|let|var|val|mat3)\s+)*"
    r"(?:[A-Za-z_][\w.]*(?:\[\w*\])*\s*(?:=|:=|<-)|[A-Za-z_][\w -]{0,30}:(?!:))\s*(?=[^\s=])",
    re.MULTILINE,
)


_ROW_AROUND_BRACES = re.compile(r"\s*[+-]?[0-9][^{}\n]*\s(?:[{}]|\{\S*\})\s+[+-]?[0-9.]")


@dataclass(frozen=True)
class Reading:
    """A kernel that a text may stand for.

    Attributes:
        weights: float32 [height, width], as `check_weights` returns it.
        bias: what is added to every value, for pixels from 0 to 1; None if the text says nothing of it.
        name: what tells it from other readings of the same text ("3x3", "kernel 2 of 4"); "" if there are none.
        summary: what was understood, in a line: "3x3, divided by 16, sum 1".
    """

    weights: np.ndarray
    bias: float | None
    name: str
    summary: str


def read_kernel(text: str) -> tuple[Reading, ...]:
    """Read a kernel that was typed or pasted, in any of the ways that people write them.

    Rows of numbers, with decimal commas too; a factor before or behind; lists of Python, NumPy, JAX, PyTorch,
    TensorFlow, MATLAB, Julia, Mathematica, R and C; `fspecial`, `ones`, `eye`; LaTeX; Markdown and spreadsheets;
    ImageMagick; a divisor and an offset, as GIMP and Photoshop ask for them (255 steps of offset are a bias of 1).

    Args:
        text: at most `MAX_CHARACTERS` characters.

    Returns:
        What it can mean: one reading, or several where somebody has to choose, the one as it is written first.

    Raises:
        KernelError: it is no kernel; the sentence says where and why, and what to write instead.

    >>> read_kernel("1 2 1; 2 4 2; 1 2 1 / 16")[0].summary
    '3x3, divided by 16, sum 1'
    >>> [reading.name for reading in read_kernel("1 2 1 2 4 2 1 2 1")]
    ['1x9', '3x3']
    """
    check_length(text)
    text, bias, factors = _take_settings(plain(text))
    if readings := read_magick(text):
        return tuple(_finish(cells, name, factors, bias) for cells, name in readings)
    text = _without_labels(text)
    if has_brackets(text) and not _ROW_AROUND_BRACES.match(text):
        found = _choices(read_brackets(text))
        return tuple(_finish(values, name, (*own, *factors), bias) for values, name, own in found)
    lines = read_lines(re.sub(r"\(([^()]*)\)", r"\1", text) if "*" not in text else text)
    return tuple(_finish(one.cells, one.name, (*one.factors, *factors), bias) for one in lines)


def parse_kernel(text: str) -> np.ndarray:
    """Read a kernel where nobody can be asked; what `format_kernel` writes is read as it is written.

    Args:
        text: as `read_kernel` takes it.

    Returns:
        float32 [height, width], at most `MAX_SIZE` a side, every weight within plus or minus `MAX_WEIGHT`.

    Raises:
        KernelError: it is no kernel, or it can be read in more ways than one, or it has an offset.

    >>> parse_kernel("[[1/4, 3/4]]")
    array([[0.25, 0.75]], dtype=float32)
    """
    check_length(text)
    if _OWN_WAY.fullmatch(text):
        return parse_rows(text)
    first, *others = read_kernel(text)
    if others:
        names = " or ".join(one.name for one in (first, *others)[:4])
        raise KernelError(f"the text can be read as {names}; write a line for each row, and one kernel")
    if first.bias:
        raise KernelError("the text has an offset, which is no part of a kernel; leave it out, and set the bias")
    return first.weights


# ---- parts of a text -------------------------------------------------------------------------------------------------


def _take_settings(text: str) -> tuple[str, float | None, tuple]:
    """Take a divisor, a scale and an offset out of a text."""
    bias, factors = None, ()
    for match in _SETTING.finditer(text):
        name, value = match[1].lower(), float(match[2])
        if name == "offset":
            bias = value / _GREY_STEPS
        elif value == 0:
            raise KernelError(f"the kernel is divided by zero, near {quote(match[0])}; write another divisor")
        elif value != 1:
            factors = (*factors, (1 / value, f"divided by {value:g}"))
    return _SETTING.sub(" ", text), bias, factors


def _without_labels(text: str) -> str:
    """Leave out what a kernel is called: "float k[3][3] =", "Sobel kernel:", "Parameter containing:"."""
    return _LABEL.sub("", text)


# ---- arrays ----------------------------------------------------------------------------------------------------------


def _choices(stacks: Sequence[Stack]) -> list[tuple[list, str, tuple]]:
    """Return the kernels that arrays stand for, what tells them apart, and their factors."""
    kernels = [(kernel, stack.factors) for stack in stacks for kernel in _kernels_of(stack)]
    if not kernels:
        raise KernelError("the kernel is empty; write rows of numbers such as 1 0 -1")
    if len(kernels) > MOST_READINGS:
        raise KernelError(
            f"the text holds {len(kernels)} kernels, which are too many to choose from; paste one of them"
        )
    if len(kernels) == 1:
        names = [""]
    elif len(stacks) == 1 and stacks[0].is_row:
        names = [size_of(kernel) for kernel, _ in kernels]
    else:
        names = [f"kernel {number} of {len(kernels)}" for number in range(1, len(kernels) + 1)]
    return [(kernel, name, factors) for (kernel, factors), name in zip(kernels, names, strict=True)]


def _kernels_of(stack: Stack) -> list[list]:
    """Return the kernels of one array: of more than two dimensions, the first (PyTorch) or the last (Flax) count them.

    Raises:
        KernelError: rows are not equally long, or it cannot be told which axes are the kernel's.
    """
    values, depth = stack.values, _depth(stack.values)
    if depth == 1:
        return shapes_of([values]) if stack.is_row else [[values]]
    if depth == 2:
        _check_rows(values)
        return [values]
    array = _as_array(values)
    if array.ndim > 4:
        raise _two_ways(array)
    if array.size == 0:
        return []
    first, rest, last = array.shape[:2], array.shape[2:], array.shape[-2:]
    is_square = [len(set(sides)) == 1 for sides in (first, last)]
    if max(rest) == 1 and max(first) > 1:
        is_behind = True
    elif array.ndim == 3 or max(array.shape[:-2]) == 1 or is_square[0] != is_square[1]:
        is_behind = is_square[0] and not is_square[1] and max(array.shape[:-2]) > 1
    else:
        raise _two_ways(array)
    kernels = array.reshape(*first, -1).transpose(2, 0, 1) if is_behind else array.reshape(-1, *last)
    return kernels.tolist()


def _two_ways(array: np.ndarray) -> KernelError:
    shape = "x".join(map(str, array.shape))
    return KernelError(f"weights of shape {shape} can be read in two ways; paste one kernel, of rows and columns")


def _depth(values: Any) -> int:
    depth = 0
    while isinstance(values, list):
        depth += 1
        values = values[0] if values else None
    return depth


def _check_rows(values: list) -> None:
    width = len(values[0])
    for number, row in enumerate(values, 1):
        if not isinstance(row, list) or any(isinstance(one, list) for one in row):
            raise KernelError(
                f"row {number} is no row of numbers; write one list of rows such as [[1, 0], [0, -1]]", number
            )
        if len(row) != width:
            numbers = "1 number" if len(row) == 1 else f"{len(row)} numbers"
            raise KernelError(f"row {number} has {numbers} but row 1 has {width}; make every row equally long", number)


def _as_array(values: list) -> np.ndarray:
    try:
        return np.array(values, dtype=float)
    except ValueError:
        raise KernelError("the lists are not equally long; make every row, and every kernel, equally long") from None


# ---- what is returned ------------------------------------------------------------------------------------------------


def _finish(cells: list[list], name: str, factors: tuple, bias: float | None) -> Reading:
    """Return a reading of cells, as texts or numbers, times the factors.

    Raises:
        KernelError: they are no kernel.
    """
    is_text = bool(cells and cells[0] and isinstance(cells[0][0], str))
    factor = reduce(lambda total, one: total * one[0], factors, 1.0)
    weights = parse_cells(cells, factor) if is_text or not any(cells) else _weights_of(cells, factor)
    rows, columns = weights.shape
    told = [f"{rows}x{columns}", *(told for _, told in factors)]
    if bias:
        told.append(f"bias {format_number(bias)}")
    told.append(f"sum {format_number(weight_sum(weights))}")
    return Reading(weights, bias, name, ", ".join(told))


def _weights_of(values: list[list[float]], factor: float) -> np.ndarray:
    if len(values) > MAX_SIZE:
        raise KernelError(f"the kernel has {len(values)} rows; keep at most {MAX_SIZE}")
    if len(values[0]) > MAX_SIZE:
        raise KernelError(f"row 1 has {len(values[0])} numbers; keep at most {MAX_SIZE}", 1)
    return check_weights(np.array(values, dtype=float) * factor)
