"""What array does an expression with brackets stand for?

Lists of Python, NumPy, PyTorch, JSON, MATLAB, Julia, Mathematica, R and C, with a factor before or behind, and the few
functions that people make kernels with. It is read by rules and never evaluated: what is not in the rules is refused.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convdemo.kernel_notation.named import FSPECIAL
from convdemo.kernel_text import MAX_WEIGHT, NUMBER_HINT, KernelError, format_weight, quote

MOST_BRACKETS = 8
"""Deepest nesting of lists: weights of a layer have four."""

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))"
    r"|(?P<word>[0-9][\w.]*)|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<string>\"[^\"\n]*\"|'[A-Za-z][\w :.]*')"
    r"|(?P<newline>\n\s*)|(?P<space>[^\S\n]+)|(?P<sign>\.\*|\./|\.'|\*\*|.)",
)
_CLOSING = {"[": "]", "{": "}", "(": ")"}
_MAKES_ARRAY = (
    "array", "asarray", "tensor", "as_tensor", "floattensor", "constant", "variable", "param", "parameter", "matrix",
    "list", "c", "mat",
)  # fmt: skip
_HARMLESS = (
    "dtype", "device", "requires_grad", "grad_fn", "copy", "order", "shape", "name", "weak_type", "trainable", "like",
)  # fmt: skip
_NO_CHANGE = (
    "astype", "float", "double", "half", "numpy", "cpu", "cuda", "detach", "clone", "copy", "squeeze", "unsqueeze",
    "tolist", "to", "contiguous", "get",
)  # fmt: skip


@dataclass(frozen=True)
class Stack:
    """An array that was read: one kernel, or several.

    Attributes:
        values: a number, or a list of numbers or lists.
        is_row: whether the numbers stand in one row, and nothing says that the row is the kernel's.
        factors: what it is multiplied with, each as its value and as it is told.
    """

    values: Any
    is_row: bool = False
    factors: tuple[tuple[float, str], ...] = ()


def has_brackets(text: str) -> bool:
    """Return whether a text has lists or calls, and not only lines of numbers, or fractions in parentheses."""
    if re.search(r"[\[{]|\w\s{0,9}\(", text):
        return True
    groups = re.findall(r"\(([^()]*)\)", text)
    return any(re.search(r"[,;\n]", group) or (len(group.split()) > 1 and "/" not in group) for group in groups)


def read_brackets(text: str) -> list[Stack]:
    """Read the arrays of a text, in plain signs.

    Raises:
        KernelError: a part is not understood; the sentence says which.
    """
    reader = _Reader(text)
    found: list[Stack] = []
    while reader.skip(",;\n"):
        found.append(reader.product())
        if reader.kind() in ("+", "-"):
            raise _unmatched(text[reader.peek().start :])
    scalars = [one for one in found if not isinstance(one.values, list)]
    arrays = [one for one in found if isinstance(one.values, list)]
    if len(scalars) == 1 and len(arrays) == 1 and found[0] is scalars[0]:  # a factor on a line of its own
        factor = scalars[0].values
        return [replace(arrays[0], factors=((factor, f"times {_write(factor)}"), *arrays[0].factors))]
    if scalars:
        raise KernelError(
            f"the number {_write(scalars[0].values)} stands beside the brackets; write 1/16 * [[1, 0], …]"
        )
    if len(arrays) > 1 and all(one.is_row and not one.factors for one in arrays):  # rows of one kernel
        return [Stack([one.values for one in arrays])]
    return arrays


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    is_spaced: bool


class _Reader:
    """Goes through the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.path = text, 0, []
        self.tokens: list[_Token] = []
        is_spaced = True
        for match in _TOKEN.finditer(text):
            if match.lastgroup != "space":
                kind = match.lastgroup if match.lastgroup != "sign" else match[0]
                self.tokens.append(_Token("\n" if kind == "newline" else kind, match[0], match.start(), is_spaced))
            is_spaced = match.lastgroup in ("space", "newline")

    # ---- tokens

    def peek(self, ahead: int = 0) -> _Token | None:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

    def kind(self, ahead: int = 0) -> str:
        token = self.peek(ahead)
        return token.kind if token else ""

    def take(self, *kinds: str) -> _Token | None:
        token = self.peek()
        if token is None or token.kind not in kinds:
            return None
        self.at += 1
        return token

    def skip(self, kinds: str) -> bool:
        """Pass over signs; return whether anything is left."""
        while self.take(*kinds):
            pass
        return self.peek() is not None

    # ---- what is wrong

    def refuse(self, token: _Token | None) -> KernelError:
        """Return an error that shows the text at a token, and the cell if it is one."""
        if token is None:
            return _unmatched(self.text[-20:])
        rest = re.match(r"[^\s,;\[\]{}]+", self.text[token.start :])
        problem = f"{quote(rest[0] if rest else token.text)} is not a number; {NUMBER_HINT}"
        if not self.path:
            return _unmatched(self.text[token.start :].split("\n")[0])
        row, column = self.place()
        return KernelError(f"row {row + 1}, column {column + 1}: {problem}", row + 1, column + 1)

    def place(self) -> tuple[int, int]:
        """Return the row and the column of a cell, from 0: rows are lists of their own, or end at semicolons."""
        row, column = self.path[-1]
        return (self.path[-2][1] if not row and len(self.path) > 1 else row), column

    # ---- expressions

    def product(self) -> Stack:
        """Read factors and an array: 1/16 * [...], (1/9) [...], [...] ./ 16."""
        value = self.signed()
        while True:
            # An operator may begin the next line, or an array follow one at the end of a line.
            ahead = next((step for step in range(3) if self.kind(step) != "\n"), 0)
            if self.kind(ahead) in ("*", "/", ".*", "./"):
                self.at += ahead
                operator = self.take("*", "/", ".*", "./")
                self.skip("\n")
                value = self.combine(value, operator, self.signed())
            elif isinstance(value.values, float) and not self.path and self.kind() in ("[", "{", "name"):
                value = self.combine(value, _Token("*", "*", 0, True), self.signed())
            else:
                return value

    def signed(self) -> Stack:
        sign = self.take("+", "-")
        after = self.peek()
        if sign and (after is None or (after.is_spaced and self.path)):
            raise self.refuse(sign)
        value = self.primary()
        if sign is None or sign.text == "+":
            return value
        if isinstance(value.values, float):
            return Stack(-value.values)
        return replace(value, factors=((-1.0, "times -1"), *value.factors))

    def combine(self, left: Stack, operator: _Token, right: Stack) -> Stack:
        divides = operator.text.endswith("/")
        is_array = [isinstance(one.values, list) for one in (left, right)]
        if divides and not is_array[1] and right.values == 0:
            raise KernelError(
                f"the kernel is divided by zero, near {quote(operator.text + ' 0')}; write another divisor"
            )
        if not any(is_array):
            return Stack(left.values / right.values if divides else left.values * right.values)
        if all(is_array):
            return self.outer(left, operator, right)
        if divides and is_array[1]:
            raise _unmatched(self.text[operator.start :])
        array, factor = (left, right.values) if is_array[0] else (right, left.values)
        told = (1 / factor, f"divided by {_write(factor)}") if divides else (factor, f"times {_write(factor)}")
        return replace(array, factors=(*array.factors, told))

    def outer(self, left: Stack, operator: _Token, right: Stack) -> Stack:
        """Multiply a column and a row, as MATLAB does; nothing else."""
        column, row = (np.array(one.values, dtype=object) for one in (left, right))
        is_row = row.ndim == 1 or (row.ndim == 2 and len(row) == 1)
        if operator.text != "*" or column.ndim != 2 or column.shape[1] != 1 or not is_row:
            raise _unmatched(self.text[operator.start :])
        product = np.outer(column.astype(float).ravel(), row.astype(float).ravel())
        return Stack(product.tolist(), factors=(*left.factors, *right.factors))

    def primary(self) -> Stack:
        """Read a number, a list, what stands in parentheses, or a call; and what is done to it behind a point."""
        token = self.peek()
        if self.take("number"):
            return Stack(float(token.text))
        if token is None or token.kind not in ("[", "{", "(", "name"):
            raise self.refuse(token)
        value = self.call() if token.kind == "name" else self.bracket()
        while self.kind() in (".", "'", ".'") and not self.peek().is_spaced and isinstance(value.values, list):
            value = self.method(value)
        return value

    def method(self, value: Stack) -> Stack:
        sign = self.take(".", "'", ".'")
        name = self.take("name") if sign.text == "." else None
        method = name.text.lower() if name else "t"
        arguments = self.arguments()[0] if name and self.kind() == "(" else []
        if method in ("t", "transpose", "mt"):
            return replace(value, values=_transposed(value), is_row=False)
        if method in ("reshape", "view"):
            return replace(value, values=_reshaped(value, arguments), is_row=False)
        if method in _NO_CHANGE:
            return value
        raise _unmatched(self.text[sign.start :])

    def bracket(self) -> Stack:
        """Read a list, whose rows may end at semicolons, or at line ends if it is no list in a list."""
        opening = self.take("[", "{", "(")
        closing = _CLOSING[opening.text]
        if len(self.path) >= MOST_BRACKETS:
            raise _unmatched(self.text[opening.start :])
        rows: list[list[Any]] = [[]]
        breaks: list[int] = []  # where lines end in the first row
        has_commas = awaits = False
        self.path.append((0, 0))
        while not self.take(closing):
            token = self.peek()
            if token is None or token.kind in "]})":
                raise _unmatched(self.text[opening.start :])
            if self.take(","):
                if awaits or not rows[-1]:
                    raise self.empty_cell()
                has_commas = awaits = True
            elif self.take(";"):
                rows.append([])
                self.path[-1], awaits = (len(rows) - 1, 0), False
            elif self.take("\n"):
                if len(rows) > 1 and rows[-1] and not awaits:
                    rows.append([])
                    self.path[-1] = (len(rows) - 1, 0)
                elif len(rows) == 1:
                    breaks.append(len(rows[0]))
            else:
                rows[-1].append(self.element())
                self.path[-1], awaits = (len(rows) - 1, len(rows[-1])), False
        self.path.pop()
        has_rows = len(rows) > 1
        rows = [row for row in rows if row] or [[]]
        if opening.text == "(" and not has_commas and not has_rows and len(rows[0]) == 1:
            return Stack(rows[0][0], not isinstance(rows[0][0], list))  # a number or a list in parentheses
        if has_rows:
            return Stack(rows)
        if not self.path and not any(isinstance(one, list) for one in rows[0]):
            return _in_lines(rows[0], breaks)
        return Stack(rows[0])

    def empty_cell(self) -> KernelError:
        row, column = self.place()
        where = f"row {row + 1}, column {column + 1}"
        return KernelError(f"{where}: the cell is empty; {NUMBER_HINT}", row + 1, column + 1)

    def element(self) -> Any:
        """Read what stands between two separators of a list; in JSON, a name may stand before it."""
        if self.kind() == "string" and self.kind(1) == ":":
            self.at += 2
        start = self.peek()
        value = self.product_in_cell()
        after = self.peek()
        if after and not after.is_spaced and after.kind not in (",", ";", "\n", "]", "}", ")"):
            raise self.refuse(start)
        return _multiplied(value)

    def product_in_cell(self) -> Stack:
        value = self.signed()
        while self.kind() in ("*", "/", ".*", "./"):
            value = self.combine(value, self.take("*", "/", ".*", "./"), self.signed())
        return value

    # ---- calls

    def arguments(self) -> tuple[list[Any], dict[str, Any]]:
        """Read what stands in the parentheses of a call: by place, and by name."""
        self.take("(")
        places, names = [], {}
        path, self.path = self.path, []
        while self.skip("\n,") and not self.take(")"):
            if self.kind() == "name" and self.kind(1) == "=":
                name = self.take("name").text
                self.take("=")
                names[name] = self.argument()
            else:
                places.append(self.argument())
            self.skip("\n")
            if self.kind() not in (",", ")"):
                raise self.refuse(self.peek())
        self.path = path
        return places, names

    def argument(self) -> Any:
        self.skip("\n")
        if token := self.take("string"):
            return token.text[1:-1]
        if self.take("<"):  # grad_fn=<ViewBackward0>
            while self.peek() and not self.take(">"):
                self.at += 1
            return None
        if self.kind() == "name" and self.kind(1) != "(":
            return self.take("name").text
        return self.product()

    def call(self) -> Stack:
        token = self.take("name")
        name = token.text.rsplit(".")[-1].lower()
        if self.kind() != "(":
            raise self.refuse(token)
        makers: Mapping[str, Callable[..., Stack]] = {
            **dict.fromkeys(_MAKES_ARRAY, _array),
            **{name: _filled(value) for name, value in (("ones", 1.0), ("zeros", 0.0))},
            "full": lambda shape, value: Stack(np.full(_limited(_shape([shape])), _number(value)).tolist()),
            "eye": _identity,
            "identity": _identity,
            "rbind": lambda *rows: Stack([_plain(row) for row in rows]),
            "cbind": lambda *columns: Stack(np.transpose([_plain(column) for column in columns]).tolist()),
            "outer": lambda column, row: Stack(np.outer(_plain(column), _plain(row)).tolist()),
            "fspecial": _fspecial,
            "sqrt": lambda number: Stack(float(np.sqrt(_number(number)))),
            "fraction": lambda top, bottom: Stack(_number(top) / _number(bottom)),
            "rational": lambda top, bottom: Stack(_number(top) / _number(bottom)),
        }
        if name not in makers:
            raise (
                self.refuse(token)
                if self.path
                else KernelError(f"{quote(token.text + '(…)')} is not known here; paste the numbers that it gives")
            )
        places, names = self.arguments()
        if name == "matrix":  # of R
            return _matrix(places, names)
        for value in ("value", "data", "object", "numpy"):
            if value in names:
                places = [names.pop(value), *places]
        unknown = next((one for one in names if one not in _HARMLESS), None)
        if unknown:
            raise KernelError(
                f"{quote(f'{unknown}=')} in {token.text}(…) is not known here; paste the numbers that it gives"
            )
        places = [one for one in places if one is not None and not _is_dtype(one)]
        try:
            return makers[name](*places)
        except KernelError:
            raise
        except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
            raise KernelError(
                f"{quote(token.text + '(…)')} is not understood with these arguments; paste the numbers that it gives"
            ) from error


def _unmatched(near: str) -> KernelError:
    near = re.sub(r"\s+", "", near)
    return KernelError(
        f"the brackets do not match, or something else stands beside them, near {quote(near)}; "
        "write one list of rows such as [[1, 0], [0, -1]]"
    )


def _in_lines(numbers: list[float], breaks: list[int]) -> Stack:
    """Return numbers of one list as the rows that its lines make, if they are equally long."""
    ends = [end for end in breaks if 0 < end < len(numbers)]
    starts = [0, *ends]
    widths = {end - start for start, end in zip(starts, [*ends, len(numbers)], strict=True)}
    if ends and len(widths) == 1:
        width = widths.pop()
        return Stack([numbers[start : start + width] for start in starts])
    return Stack(numbers, is_row=True)


def _multiplied(value: Stack) -> Any:
    """Return the values times the factors, as they are inside of a list."""
    if not value.factors:
        return value.values
    factor = float(np.prod([factor for factor, _ in value.factors]))
    return (np.array(value.values, dtype=float) * factor).tolist()


def _plain(value: Any) -> Any:
    if not isinstance(value, Stack):
        raise TypeError("no array")
    return _multiplied(value)


def _number(value: Any) -> float:
    if not isinstance(value, Stack) or not isinstance(value.values, float):
        raise TypeError("no number")
    return value.values


def _array(value: Any, *more: Any) -> Stack:
    """Return what is in it; with more, as R's c, a row of all."""
    if more:
        return Stack([_number(one) for one in (value, *more)], is_row=True)
    if not isinstance(value, Stack):
        raise TypeError("no array")
    return value if isinstance(value.values, list) else Stack([value.values], is_row=True)


def _shape(places: Sequence[Any]) -> list[int]:
    sides = [side for one in places for side in (one.values if isinstance(one.values, list) else [one.values])]
    if not sides or any(side != int(side) or not 1 <= side <= 1000 for side in sides):
        raise ValueError("no shape")
    return [int(side) for side in (sides * 2 if len(sides) == 1 else sides)]


def _filled(value: float) -> Callable[..., Stack]:
    return lambda *places: Stack(np.full(_limited(_shape(places)), value).tolist())


def _identity(*places: Any) -> Stack:
    return Stack(np.eye(*_limited(_shape(places))[:2]).tolist())


def _limited(shape: list[int]) -> list[int]:
    if np.prod(shape) > 10_000:
        raise ValueError("too large")
    return shape


def _matrix(places: list[Any], names: dict[str, Any]) -> Stack:
    """Return R's matrix: column by column, unless byrow is TRUE. SymPy's has a list of rows, and NumPy's too."""
    numbers = np.array(_plain(places[0]) if places else [], dtype=object)
    sides = [int(_number(names[name])) for name in ("nrow", "ncol") if name in names]
    sides = sides or [int(_number(side)) for side in places[1:3] if isinstance(side, Stack)]
    if numbers.ndim != 1 or not sides:
        return replace(places[0], is_row=False)
    if "ncol" in names and "nrow" not in names:
        shape = (-1, sides[0])
    else:
        shape = (sides[0], sides[1] if len(sides) > 1 else -1)
    by_row = str(names.get("byrow", "FALSE")).upper() in ("TRUE", "T")
    try:
        return Stack(numbers.astype(float).reshape(shape, order="C" if by_row else "F").tolist())
    except ValueError:
        raise KernelError(
            f"{numbers.size} numbers do not fill {shape[0]} rows and {shape[1]} columns; correct nrow and ncol"
        ) from None


def _fspecial(kind: Any, *places: Any) -> Stack:
    if not isinstance(kind, str) or kind.lower() not in FSPECIAL:
        known = ", ".join(sorted(FSPECIAL))
        raise KernelError(f"fspecial({kind!r}) is not known here; choose one of {known}, or paste its numbers")
    return Stack(FSPECIAL[kind.lower()](*[_plain(one) for one in places]).tolist())


def _reshaped(value: Stack, places: Sequence[Any]) -> Any:
    array = np.array(value.values, dtype=float)
    sides = [side for one in places for side in (one.values if isinstance(one.values, list) else [one.values])]
    try:
        return array.reshape([int(side) for side in sides]).tolist()
    except ValueError:
        shape = "x".join(f"{side:g}" for side in sides)
        raise KernelError(f"{array.size} numbers do not fill the shape {shape}; correct the shape") from None


def _transposed(value: Stack) -> Any:
    try:
        array = np.array(value.values, dtype=float)
    except ValueError:
        raise KernelError(
            "the rows are not equally long, and cannot be transposed; make every row equally long"
        ) from None
    return array.reshape(1, -1).T.tolist() if array.ndim == 1 else array.T.tolist()


def _is_dtype(value: Any) -> bool:
    return isinstance(value, str) and bool(re.search(r"float|int|double|half|^bool", value))


def _write(number: float) -> str:
    return format_weight(number) if abs(number) <= MAX_WEIGHT else f"{number:.6g}"
