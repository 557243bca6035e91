"""Which layers do PyTorch, Keras and Flax know, in which order do they take their numbers, and what do they mean?

A signature lists the parameters in order; `=` gives the default of one that counts. What stands in no signature and
in no list of what is without meaning for a field is refused, so that nothing is left out unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convdemo.receptive_field import Layer, StackError
from convdemo.stack_notation.steps import Step, refusal
from convdemo.words import read_tables


@dataclass(frozen=True)
class Unknown:
    """A value that the text does not tell.

    Attributes:
        text: how it is written.
        line: where, from 1.
        is_harmless: whether it is none of the network's business, such as an optimiser.
    """

    text: str
    line: int
    is_harmless: bool = False


@dataclass(frozen=True)
class Signature:
    """How a layer is called.

    Attributes:
        source: whose layer it is.
        kind: "convolution", "pooling", or "border" for one that adds padding and nothing else.
        axes: how many axes of the picture it works along; one is the columns.
        parameters: their names in order.
        defaults: of those that count.
        takes_map: whether the first one is the map itself.
    """

    source: str
    kind: str
    axes: int
    parameters: tuple[str, ...]
    defaults: Mapping[str, Any]
    takes_map: bool


_TABLES = read_tables(Path(__file__).with_name("layers.toml"))
_WITHOUT_MEANING: Mapping[str, list[str]] = _TABLES["without_meaning"]
_TELLS = {"kernel_size", "pool_size", "window_shape"}
_STRIDES = {"stride", "strides"}
_DILATIONS = {"dilation", "dilation_rate", "kernel_dilation"}


def _signatures() -> dict[str, list[Signature]]:
    found: dict[str, list[Signature]] = {}
    for row in _TABLES["layers"]:
        parts = [part.partition("=") for part in row["parameters"]]
        defaults = {name: _default(value) for name, equals, value in parts if equals}
        order = tuple(name for name, _, _ in parts)
        for name in row["names"]:
            axes = 1 if "1" in name else 2
            signature = Signature(row["source"], row["kind"], axes, order, defaults, order[0] in ("input", "inputs"))
            found.setdefault(name, []).append(signature)
    return found


def _default(text: str) -> Any:
    return int(text) if text.isdigit() else {"None": None, "False": False}.get(text, text)


_SIGNATURES = _signatures()
MAP_NAMES = {"input", "inputs", "x"}
"""What the map itself is called, where a function takes it by name."""


def signature_of(name: str, args: Sequence[Any], named: Mapping[str, Any]) -> Signature | None:
    """Return how a layer is called, by its name without what stands before the dots; None for what is none."""
    found = _SIGNATURES.get(name, [])
    if len(found) < 2:
        return found[0] if found else None
    linen, nnx = found  # Conv of Flax: with the input's channels first, or without
    is_nnx = bool({"in_features", "out_features", "rngs"} & set(named)) or (
        len(args) > 1 and isinstance(args[0], int | Unknown) and not isinstance(args[1], tuple | list)
    )
    return nnx if is_nnx and "features" not in named else linen


def make_step(name: str, line: int, signature: Signature, args: Sequence[Any], named: Mapping[str, Any]) -> Step:
    """Read the arguments of a layer.

    Raises:
        StackError: they do not say what it looks at, or say it in a way that a field has no numbers for.
    """
    try:
        told = _bind(name, signature, args, named)
        if signature.kind == "border":
            layer = Layer(1, padding=_border(signature, told["padding"]), kind="pooling", name=_name(named, "padding"))
        else:
            layer = _layer(signature, told, _name(named))
    except StackError as error:
        raise refusal(line, f"{name}: {error.message}") from None
    return Step(name, line, "layer", signature.source.partition(" ")[0], layer)


def _name(named: Mapping[str, Any], otherwise: str = "") -> str:
    name = named.get("name")
    return layer_name(name) if isinstance(name, str) else otherwise


def layer_name(text: str) -> str:
    """Return a name as a layer may have it."""
    return "".join(" " if sign in ",;\n" else sign for sign in text).strip()[:40]


def _bind(name: str, signature: Signature, args: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of each parameter that counts."""
    parameters = signature.parameters[signature.takes_map :]
    _check_old_keras(name, signature, args, named)
    if len(args) > len(parameters):
        raise StackError(
            f"it has {len(args)} numbers in a row, but takes {len(parameters)}: write them with their names"
        )
    source = signature.source.partition(" ")[0]
    told = {**signature.defaults, **dict(zip(parameters, args, strict=False))}
    for key, value in named.items():
        if key in parameters[: len(args)]:
            raise StackError(f"{key} is given twice: leave one out")
        if key not in parameters and key not in _WITHOUT_MEANING[source]:
            raise StackError(f"{key} is no argument that {source} has here: leave it out, or correct its name")
        told[key] = value
    for needed in _TELLS.intersection(parameters):
        if told.get(needed) is None:
            raise StackError(f"{needed} is missing: give it, such as {needed}={3 if signature.kind[0] == 'c' else 2}")
    return told


def _check_old_keras(name: str, signature: Signature, args: Sequence[Any], named: Mapping[str, Any]) -> None:
    if signature.source == "Keras" and {"border_mode", "subsample", "nb_row", "nb_col", "atrous_rate"} & set(named):
        raise StackError("this is how Keras 1 was called: write kernel_size=(3, 3), strides=2, padding='same'")
    whole = [value for value in args[1:3] if isinstance(value, int)]
    is_old = name.startswith("Convolution") or (len(set(whole)) == 1 and whole[0] > 1)
    if signature.source == "Keras" and name in ("Conv2D", "Convolution2D") and len(whole) == 2 and is_old:
        rows, columns = whole
        raise StackError(
            f"{rows}, {columns} is a kernel of {rows}x{columns} in Keras 1, and a kernel of {rows} with stride "
            f"{columns} since: write kernel_size=({rows}, {columns}), or strides={columns}"
        )


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _layer(signature: Signature, told: Mapping[str, Any], label: str) -> Layer:
    source, axes = signature.source.partition(" ")[0], signature.axes
    find = {key: next(one for one in told if one in keys) for key, keys in (("k", _TELLS), ("s", _STRIDES))}
    kernel = told[find["k"]]
    if source == "Flax":
        kernel, axes = _flax_kernel(find["k"], kernel)
    kernel = _numbers(find["k"], kernel, axes, 1)
    stride = told[find["s"]]
    if stride is None and signature.kind == "convolution" and source != "Flax":
        raise StackError("stride is None, but it must be a whole number: use 1", field="stride")
    stride = (
        kernel if stride is None and source != "Flax" else _numbers(find["s"], 1 if stride is None else stride, axes, 1)
    )
    dilation = next(((key, told[key]) for key in told if key in _DILATIONS), ("dilation", 1))
    dilation = _numbers(dilation[0], dilation[1], axes, 1)
    if "input_dilation" in told and _numbers("input_dilation", told["input_dilation"], axes, 1) != (1, 1):
        raise StackError("input_dilation enlarges the map, which a row of layers cannot say: leave it out")
    mode = told.get("padding_mode", "zeros")
    if (mode.text if isinstance(mode, Unknown) else mode) not in ("zeros", "reflect", "replicate", "circular"):
        raise StackError(f"padding_mode is {_shown(mode)}, but it must be zeros, reflect or replicate: use zeros")
    if mode == "circular" or (isinstance(mode, Unknown) and mode.text == "circular"):
        raise StackError("padding_mode='circular' lets units see the other side of the picture: use zeros")
    ceil = told.get("ceil_mode", False)
    if isinstance(ceil, Unknown):
        raise _untold("ceil_mode", ceil)
    padding = _padding(signature, source, told.get("padding", 0), axes, (kernel, dilation), stride)
    kind = "pooling" if signature.kind == "pooling" else "convolution"
    return Layer(_short(kernel), _short(stride), padding, _short(dilation), label, kind, bool(ceil))


def _short(pair: tuple[int, int]) -> int | tuple[int, int]:
    """Return one number for two that are the same, as an error should show it."""
    return pair[0] if pair[0] == pair[1] else pair


def _flax_kernel(key: str, kernel: Any) -> tuple[Any, int]:
    if isinstance(kernel, int) and not isinstance(kernel, bool):
        raise StackError(f"{key}={kernel} is a kernel along one axis for Flax: write ({kernel}, {kernel})")
    return kernel, len(kernel) if isinstance(kernel, tuple | list) and len(kernel) == 1 else 2


def _padding(
    signature: Signature, source: str, value: Any, axes: int, kernel: tuple[tuple, tuple], stride: tuple[int, int]
) -> Any:
    if isinstance(value, Unknown) and value.text.lower() in ("same", "valid"):
        value = value.text  # as PyTorch prints it
    if not isinstance(value, str):
        return _sides(value, axes, allow_pairs=source == "Flax")
    mode = value.upper()
    if mode == "CAUSAL" and axes == 1:
        return ((0, 0), ((kernel[0][1] - 1) * kernel[1][1], 0))
    if mode not in ("SAME", "VALID"):
        raise StackError(f"padding is {value!r:.40}, but it must be a number, 'same' or 'valid': use 'same'")
    if mode == "SAME" and source == "PyTorch":
        if signature.kind == "pooling":
            raise StackError("padding is 'same', which PyTorch has for convolutions only: write a number")
        if stride != (1, 1):
            raise StackError("padding is 'same', which PyTorch has for stride 1 only: write a number")
    return mode


def _sides(value: Any, axes: int, *, allow_pairs: bool) -> Any:
    if allow_pairs and isinstance(value, tuple | list) and len(value) == axes:
        sides = [tuple(one) if isinstance(one, tuple | list) else (one, one) for one in value]
        if all(len(side) == 2 for side in sides):
            numbers = [_numbers("padding", side, 2, 0) for side in sides]
            return ((0, 0), numbers[0]) if axes == 1 else tuple(numbers)
    return _short(_numbers("padding", value, axes, 0))


def _border(signature: Signature, value: Any) -> Any:
    """Return the padding of a layer for nothing else: PyTorch gives that of the last axis first."""
    if isinstance(value, int | Unknown):
        rows, columns = _numbers("padding", value, signature.axes, 0)
        return rows, columns
    if signature.source == "PyTorch":
        numbers = _whole("padding", value, 2 * signature.axes)
        left, right, *rows = numbers
        return (tuple(rows) or (0, 0), (left, right))
    if signature.axes == 1:
        return ((0, 0), _whole("padding", value, 2))
    pairs = value if isinstance(value, tuple | list) and len(value) == 2 else [value]
    return tuple(_whole("padding", (one, one) if isinstance(one, int) else one, 2) for one in pairs)


def _numbers(key: str, value: Any, axes: int, neutral: int) -> tuple[int, int]:
    """Return a number for the rows and one for the columns; along one axis they are the columns."""
    if axes == 1:
        (columns,) = _whole(key, value if isinstance(value, tuple | list) else (value,), 1)
        return neutral, columns
    rows, columns = _whole(key, value if isinstance(value, tuple | list) else (value, value), 2)
    return rows, columns


def _whole(key: str, values: Any, count: int) -> tuple[int, ...]:
    if isinstance(values, Unknown):
        raise _untold(key, values)
    if not isinstance(values, tuple | list) or len(values) != count:
        raise StackError(f"{key} is {_shown(values)}, but it must be {_wanted(count)}", field=key)
    for value in values:
        if isinstance(value, Unknown):
            raise _untold(key, value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise StackError(f"{key} is {_shown(value)}, but it must be {_wanted(count)}", field=key)
    return tuple(values)


def _wanted(count: int) -> str:
    return "a whole number" if count == 1 else f"a whole number, or {count} of them"


def _untold(key: str, value: Unknown) -> StackError:
    return StackError(
        f"{key} is {_shown(value)}, and the text does not say how much that is: write the number", field=key
    )


def _shown(value: Any) -> str:
    text = value.text if isinstance(value, Unknown) else repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"


# ---- what has no numbers ---------------------------------------------------------------------------------------------

_KINDS = {name: kind for kind, names in _TABLES["kinds"].items() for name in names}
_NO_SIZE = "its kernel's size is not in the text"
_NOT_COUNTED = {
    **dict.fromkeys(("conv1d", "conv2d", "conv_general_dilated"), _NO_SIZE),
    **dict.fromkeys(("conv3d", "maxpool3d", "avgpool3d", "maxpooling3d", "averagepooling3d"), "a picture has two axes"),
}


def kind_of(name: str) -> str | None:
    """Return the kind of a step that has no numbers, by its name without what stands before the dots."""
    return _KINDS.get(name.lower())


def check_known(dotted: str, line: int) -> None:
    """Refuse layers whose numbers mean something else, or are not in the text.

    Raises:
        StackError: it is one of these.
    """
    root, _, _ = dotted.partition(".")
    last = dotted.rpartition(".")[2]
    if root in _TABLES["elsewhere"]:
        raise refusal(
            line,
            f"{dotted} is {_TABLES['elsewhere'][root]}'s, which is not read: write it as PyTorch or Keras have it",
        )
    if root == "nn" and last.endswith(("2D", "1D")):
        raise refusal(
            line,
            f"{dotted} is MXNet's or Paddle's, whose numbers have another order: write nn.Conv2d as PyTorch has it, "
            "or layers.Conv2D as Keras has it",
        )
    if dotted.startswith(("tf.nn.", "tensorflow.nn.")) and last in ("max_pool", "avg_pool", "max_pool2d", "avg_pool2d"):
        raise refusal(line, f"{dotted} is not read: write layers.MaxPooling2D as Keras has it")
    if last.lower() in _NOT_COUNTED and last not in _SIGNATURES:
        raise refusal(
            line,
            f"{last} is not counted, since {_NOT_COUNTED[last.lower()]}: write a layer such as nn.Conv2d(3, 64, 3)",
        )
