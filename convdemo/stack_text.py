"""How is a stack written in one line, and read back?

As `kernel,stride,dilation,padding` for each layer, with semicolons between: `3,1,1,SAME;3,2,1,VALID`. People exchange
stacks like that (the links of the Fomoro calculator). The padding is SAME, VALID or a number. What the exchange syntax
lacks is added so that every stack without branches can be written: a pair of numbers is `3x5`, rows first; padding
before and after is `0:1`; a fifth part is `conv` or `pool`, and a sixth the name.
"""

import re
from collections.abc import Sequence

from convdemo.stacks import MAX_LAYERS, MAX_NUMBER, Layer, Stack, StackError, check_stack
from convdemo.words import read_words

_WORDS = read_words("stack_text")

_KINDS = {"conv": "convolution", "convolution": "convolution", "pool": "pooling", "pooling": "pooling"}

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
        raise StackError(_WORDS["empty"].format(parts=_PARTS))
    if len(texts) > MAX_LAYERS:
        raise StackError(_WORDS["too_many_layers"].format(count=len(texts), most=MAX_LAYERS))
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
        problem = _WORDS["missing_part_of_one" if len(parts) == 1 else "missing_part"].format(
            count=len(parts), missing=missing, parts=_PARTS
        )
        raise StackError(problem, field=missing)
    if len(parts) > 6:
        raise StackError(_WORDS["too_many_parts"].format(count=len(parts), parts=_PARTS))
    kernel, stride, dilation, padding, kind, name = (*parts, *("conv", "")[len(parts) - 4 :])
    if kind.lower() not in _KINDS:
        raise StackError(_WORDS["kind"].format(value=_quote(kind)), field="kind")
    return Layer(
        kernel=_numbers("kernel", kernel),
        stride=_numbers("stride", stride),
        padding=padding if padding.upper() in ("SAME", "VALID") else _padding(padding),
        dilation=_numbers("dilation", dilation),
        name=name,
        kind=_KINDS[kind.lower()],
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
        raise StackError(_WORDS["branches"], number)
    parts = [_pair(layer.kernel), _pair(layer.stride), _pair(layer.dilation)]
    parts.append("SAME" if layer.padding == "SAME" else _pair([_side(*axis) for axis in layer.padding]))
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
        remedy = 3 if field == "kernel" else 1
        problem = _WORDS["padding" if field == "padding" else "number"].format(
            field=field, value=_quote(text), high=MAX_NUMBER, remedy=remedy
        )
        raise StackError(problem, field=field)
    return int(number)


def _quote(text: str) -> str:
    return repr(text if len(text) <= 20 else f"{text[:20]}…")
