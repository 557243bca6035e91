"""How is a stack written in one line, and read back?

As `kernel,stride,dilation,padding` for each layer, with semicolons between: `3,1,1,SAME;3,2,1,VALID`. People exchange
stacks like that (the links of the Fomoro calculator). The padding is SAME, VALID or a number. What the exchange syntax
lacks is added so that every stack without branches can be written: a pair of numbers is `3x5`, rows first; padding
before and after is `0:1`; `1 ceil` counts a last window that reaches over the end too (PyTorch's ceil_mode); a fifth
part is `conv` or `pool`, and a sixth the name.
"""

import re
from collections.abc import Sequence

from convdemo.numbers import grouped
from convdemo.receptive_field.stacks import MAX_LAYERS, MAX_NUMBER, Layer, Stack, StackError, check_stack

_KINDS = {"conv": "convolution", "convolution": "convolution", "pool": "pooling", "pooling": "pooling"}

_CEIL = re.compile(r"\s+ceil\s*$", re.IGNORECASE)

_PARTS = "kernel,stride,dilation,padding"


def parse_stack(text: str) -> tuple[Layer, ...]:
    """Read a stack from one line. Spaces and blank layers are skipped; a line break parts layers as a semicolon does.

    >>> [layer.stride for layer in parse_stack("3,1,1,SAME;3,2,1,VALID")]
    [(1, 1), (2, 2)]

    Raises:
        StackError: A part is missing or not understood. It has the number of the layer and the field.
    """
    texts = [layer.strip() for layer in re.split(r"[;\n]", text)]
    texts = [layer for layer in texts if layer]
    if not texts:
        raise StackError(f"the stack is empty: write {_PARTS} for each layer, such as 3,1,1,SAME;3,2,1,VALID")
    if len(texts) > MAX_LAYERS:
        raise StackError(f"the stack has {grouped(len(texts))} layers, but it may have {MAX_LAYERS}: remove some")
    layers = []
    for number, layer in enumerate(texts, start=1):
        try:
            layers.append(parse_layer([part.strip() for part in layer.split(",")]))
        except StackError as error:
            raise error.at(number) from None
    return tuple(layers)


def parse_layer(parts: Sequence[str]) -> Layer:
    """Read one layer from the texts of its parts, as a row of a table has them.

    >>> parse_layer(["3x5", "2", "1", "0:1"]).padding
    ((0, 1), (0, 1))

    Args:
        parts: Kernel, stride, dilation and padding; then, if they are given, "conv" or "pool", and the name.

    Raises:
        StackError: A part is missing, or not understood. It has the field.
    """
    if len(parts) < 4:
        missing = _PARTS.split(",")[len(parts)]
        has = "1 part" if len(parts) == 1 else f"{len(parts)} parts"
        raise StackError(f"it has {has}, but {missing} is missing: write {_PARTS} such as 3,1,1,SAME", field=missing)
    if len(parts) > 6:
        raise StackError(f"it has {len(parts)} parts, but at most 6 are understood: write {_PARTS} such as 3,1,1,SAME")
    kernel, stride, dilation, padding, kind, name = (*parts, *("conv", "")[len(parts) - 4 :])
    sides = _CEIL.sub("", padding)
    if kind.lower() not in _KINDS:
        raise StackError(f"kind is {_quote(kind)}, but it must be conv or pool: use conv", field="kind")
    return Layer(
        kernel=_numbers("kernel", kernel),
        stride=_numbers("stride", stride),
        padding=sides if sides.upper() in ("SAME", "VALID") else _padding(sides),
        dilation=_numbers("dilation", dilation),
        name=name,
        kind=_KINDS[kind.lower()],
        ceil=sides != padding,
    )


def format_stack(layers: Stack) -> str:
    """Write a stack in one line, the inverse of `parse_stack`.

    >>> format_stack([Layer(3, padding="SAME"), Layer((3, 5), stride=2), Layer(2, stride=2, kind="pooling")])
    '3,1,1,SAME;3x5,2,1,0;2,2,1,0,pool'

    Raises:
        StackError: The stack branches, which a line cannot say.
    """
    return ";".join(_format_layer(number, layer) for number, layer in enumerate(check_stack(layers), start=1))


def _format_layer(number: int, layer: Layer) -> str:
    if not isinstance(layer, Layer):
        raise StackError("it branches, which one line cannot say: write the main path only", number)
    parts = [_pair(layer.kernel), _pair(layer.stride), _pair(layer.dilation)]
    padding = "SAME" if layer.padding == "SAME" else _pair([_side(*axis) for axis in layer.padding])
    parts.append(f"{padding} ceil" if layer.ceil else padding)
    if layer.name or layer.kind == "pooling":
        parts.append("pool" if layer.kind == "pooling" else "conv")
    return ",".join(parts + [layer.name] * bool(layer.name))


def _pair(axes: Sequence) -> str:
    rows, columns = map(str, axes)
    return rows if rows == columns else f"{rows}x{columns}"


def _side(before: int, after: int) -> str:
    return str(before) if before == after else f"{before}:{after}"


def _numbers(field: str, text: str) -> int | tuple[int, ...]:
    numbers = [_number(field, number, text) for number in re.split("[x×]", text)]
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def _padding(text: str) -> list:
    axes = [tuple(_number("padding", side, text) for side in axis.split(":")) for axis in re.split("[x×]", text)]
    axes = [axis[0] if len(axis) == 1 else axis for axis in axes]
    return axes * 2 if len(axes) == 1 else axes


def _number(field: str, number: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", number.strip()):
        if field == "padding":
            rule = f"it must be a whole number from 0 to {MAX_NUMBER}, or two such as 3x5, SAME or VALID: use 0"
        else:
            remedy = 3 if field == "kernel" else 1
            rule = f"it must be a whole number from 1 to {MAX_NUMBER}, or two such as 3x5: use {remedy}"
        raise StackError(f"{field} is {_quote(text)}, but {rule}", field=field)
    return int(number)


def _quote(text: str) -> str:
    return repr(text if len(text) <= 20 else f"{text[:20]}…")
