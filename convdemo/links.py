"""How does the state of the lab become a link, and a link the state again?

One declared list of variables: each has a name, a default, and a pair of functions between text and value. A value at
its default is left out of the link. What a link says wrongly falls back to the default, with a notice that names it.
A tab that wants its state in the links adds its variables to `VARIABLES`.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import numpy as np

from convdemo.effective_field import MAX_DRAWS
from convdemo.filters import MAX_ORIENTATIONS
from convdemo.kernels import KERNELS, Kernel, custom_kernel, format_kernel, parse_kernel
from convdemo.learned_filters import COUNTS, SIDES
from convdemo.learning import LEARNING_RATES, LOSSES, MAX_STEPS, OPTIMIZERS
from convdemo.least_squares import MAX_SIDE
from convdemo.networks import NETWORKS
from convdemo.rendering import DISPLAYS
from convdemo.stack_text import format_stack, parse_stack
from convdemo.stacks import MAX_LAYERS
from convdemo.unit_gradient import MODELS
from convdemo.words import read_words

_WORDS = read_words("links")

EXAMPLES = ("coffee", "camera", "chelsea", "astronaut", "brick", "rocket")
"""The example pictures by name, in the order of the page."""

PADDINGS = ("none", "zeros", "reflect", "replicate")
"""No padding, or padding that keeps the size, by what stands in the border."""

FLIPS = ("no", "yes")
"""Whether the kernel is flipped: cross-correlation, or true convolution."""

CHANNELS = ("grey", "colour")
"""The luminance of a picture, or each of its colours separately."""

SCALES = ("vivid", "full")
"""Where the colours of a feature map end: at the strongest 1 % of its values, or at the largest."""

_EDGE = ((1, 1, 0, 0, 0, 0, 1, 1),) * 6

STEP_PRESETS: Mapping[str, tuple[Any, Any]] = MappingProxyType(
    {
        "figure": (((0, 1, 2), (3, 4, 5), (6, 7, 8)), ((0, 1), (2, 3))),
        "edge": (_EDGE, ((1, -1),)),
        "transposed": (tuple(zip(*_EDGE, strict=True)), ((1, -1),)),
        "diagonal": (tuple(tuple(int(column >= row) for column in range(8)) for row in range(6)), ((1, -1),)),
        "impulse": (
            tuple(tuple(int((row, column) == (2, 3)) for column in range(7)) for row in range(5)),
            ((1, 2, 3), (4, 5, 6), (7, 8, 9)),
        ),
    }
)
"""The examples of the Step by step tab: image and kernel by name. The first three are the chapter's."""

LARGEST_STEP = 4
"""The largest stride and the largest dilation of the Step by step tab."""

LEARN_SOURCES = ("edge", "photo", "pair")
"""What a kernel is learned from: the chapter's edge image, the shared photo, a photo before and after."""

LEARN_STARTS = ("random", "zeros", "identity")
"""The kernels that a run can start from."""

HIDDEN = "hidden"
"""The teacher whose name is not told; which one it is follows from a number."""

MAX_HIDDEN = 9999
"""The largest number of a hidden teacher."""

MAX_SEED = 999_999_999
"""The largest seed of a random start."""

FIELD_STACKS: Mapping[str, str] = MappingProxyType(
    {
        "three_3x3": "3,1,1,SAME;3,1,1,SAME;3,1,1,SAME",
        "one_7x7": "7,1,1,SAME",
        "holes": "3,1,2,SAME;3,1,2,SAME",
        **{name: format_stack(network.layers) for name, network in NETWORKS.items()},
    }
)
"""The stacks that the Receptive field tab knows by name, each in one line: small lessons, then the networks."""
WHY_COUNTS = ("photo", "other")
"""What weights are counted for: the shared photo, or a square picture of any size."""

WHY_LAYERS = ("convolution", "stride", "pooling", "full")
"""The layers of the shift test: with the kernel of the page at stride 1, at stride 2, with pooling; fully connected."""

MAX_WHY_SIDE, MAX_WHY_CHANNELS, MAX_WHY_KERNEL = 4000, 512, 31
"""The largest picture side, channels and kernel side that weights are counted for."""

MAX_SHIFT = 20
"""How far the shift test moves a picture, either way."""

SMALL_SIDE = 32
"""The longer side of the small version of a picture that a fully connected layer sees."""

MAX_PATCH = 8
"""The largest side of the patch of the locality test."""

FILTER_WAVELENGTHS, FILTER_PHASES = (3, 4, 5, 6, 7, 8, 9), (0, 45, 90, 135)
"""What a bank can be made of: wavelengths in pixels, phases in degrees."""

MAX_BANK = 64
"""The most filters of a bank, and the most orientations times wavelengths times phases."""

FILTER_SOURCES = ("photos", "photo")
"""What filters are learned from: all example photos, or the shared picture."""

FILTER_SETS = ("learned", "network")
"""Where a filter for the Feature map tab comes from."""

MAX_STEP = 16
"""The largest stride and the largest dilation of the lab."""

MAX_BIAS = 4.0
"""The largest bias of the lab, either way."""


@dataclass(frozen=True)
class Variable:
    """One variable of the state: `read` turns a link's text into a value or raises ValueError, `write` undoes it."""

    name: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def _choice(*options: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in options:
            listed = ", ".join(options[:8])
            raise ValueError(_WORDS["long_choice" if len(options) > 8 else "choice"].format(options=listed))
        return text

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = text.removeprefix("-") if low < 0 else text
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10 and low <= int(text) <= high):
            raise ValueError(_WORDS["whole_number"].format(low=low, high=high))
        return int(text)

    return read


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(_WORDS["number"].format(low=low, high=high))
        return value

    return read


def _write_number(value: float) -> str:
    return f"{value + 0.0:.10g}"  # so that -0.0 is 0


def read_kernel(text: str) -> Kernel:
    """Read a kernel from a link: a name, a name with parameters, or the weights row by row.

    >>> read_kernel("gaussian:sigma=2").values["sigma"]
    2.0
    >>> read_kernel("1,0;0,-1").weights.tolist()
    [[1.0, 0.0], [0.0, -1.0]]
    """
    name, _, settings = text.partition(":")
    if name in KERNELS:
        pairs = [pair.partition("=") for pair in settings.split(",") if pair]
        values = {key: _as_float(key, value) for key, _, value in pairs}
        if len(values) < len(pairs):
            raise ValueError(_WORDS["parameter_twice"])
        return KERNELS[name].with_parameters(**values)
    if text[:1].isalpha():
        raise ValueError(_WORDS["unknown_kernel"])
    return custom_kernel(parse_kernel(text))


def _as_float(key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(_WORDS["parameter_no_number"].format(name=key)) from None


def write_kernel(kernel: Kernel) -> str:
    """Write a kernel for a link, as `read_kernel` reads it.

    >>> write_kernel(KERNELS["sobel_x"])
    'sobel_x'
    """
    if kernel.name not in KERNELS:
        return format_kernel(kernel.weights).replace("; ", ";").replace(" ", ",")
    usual = KERNELS[kernel.name].values
    changed = [f"{key}={_write_number(value)}" for key, value in kernel.values.items() if value != usual[key]]
    return kernel.name + (f":{','.join(changed)}" if changed else "")


def _matrix(side: int) -> Callable[[str], np.ndarray]:
    def read(text: str) -> np.ndarray:
        matrix = parse_kernel(text)
        if max(matrix.shape) > side:
            raise ValueError(_WORDS["matrix_too_large"].format(side=side))
        return matrix

    return read


def _write_matrix(matrix: np.ndarray | None) -> str:
    return "" if matrix is None else format_kernel(matrix).replace("; ", ";").replace(" ", ",")


def _several(options: tuple[int, ...]) -> Callable[[str], tuple[int, ...]]:
    def read(text: str) -> tuple[int, ...]:
        chosen = text.split(",")
        if not all(number in map(str, options) for number in chosen):
            raise ValueError(_WORDS["several"].format(options=", ".join(map(str, options))))
        return tuple(option for option in options if str(option) in chosen)

    return read


def _write_several(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))


def _read_cell(text: str) -> tuple[int, int]:
    row, _, column = text.partition(",")
    read = _whole(1, 99)
    return read(row), read(column)


def read_field_stack(text: str) -> str:
    """Read a stack from a link: a name of `FIELD_STACKS`, or a line; the line.

    >>> read_field_stack("holes")
    '3,1,2,SAME;3,1,2,SAME'
    """
    return FIELD_STACKS.get(text) or (format_stack(parse_stack(text)) if text else "")


def name_of_stack(line: str) -> str | None:
    """Return the name of a stack that `FIELD_STACKS` has, None for one's own."""
    return next((name for name, known in FIELD_STACKS.items() if known == line), None)


def _write_field_stack(line: str) -> str:
    return name_of_stack(line) or line


def _read_unit(text: str) -> tuple[int, int]:
    row, _, column = text.partition(",")
    read = _whole(0, 99_999)
    return read(row), read(column)


def _read_unknown(_text: str) -> None:
    raise ValueError(_WORDS["unknown_setting"])


TRACKERS = ("utm_", "fbclid", "gclid", "msclkid")
"""The beginnings of parameters that mailers and search engines add."""

VARIABLES = (
    Variable("tab", "feature_map", _choice("feature_map", "step", "learn", "receptive", "why", "filters")),
    Variable("picture", EXAMPLES[0], _choice(*EXAMPLES)),
    Variable("kernel", KERNELS["sobel_x"], read_kernel, write_kernel),
    Variable("stride", 1, _whole(1, MAX_STEP)),
    Variable("padding", "none", _choice(*PADDINGS)),
    Variable("dilation", 1, _whole(1, MAX_STEP)),
    Variable("bias", 0.0, _number(-MAX_BIAS, MAX_BIAS), _write_number),
    Variable("activation", "none", _choice("none", "relu")),
    Variable("flip", "no", _choice(*FLIPS)),
    Variable("channels", "grey", _choice(*CHANNELS)),
    Variable("display", DISPLAYS[0], _choice(*DISPLAYS)),
    Variable("scale", "vivid", _choice(*SCALES)),
    Variable("step", "figure", _choice(*STEP_PRESETS, "own")),
    Variable("step_image", None, _matrix(12), _write_matrix),
    Variable("step_kernel", None, _matrix(5), _write_matrix),
    Variable("step_stride", 1, _whole(1, LARGEST_STEP)),
    Variable("step_padding", "none", _choice(*PADDINGS)),
    Variable("step_dilation", 1, _whole(1, LARGEST_STEP)),
    Variable("step_flip", "no", _choice(*FLIPS)),
    Variable("step_cell", (1, 1), _read_cell, lambda cell: f"{cell[0]},{cell[1]}"),
    Variable("learn_source", "photo", _choice(*LEARN_SOURCES)),
    Variable("learn_teacher", HIDDEN, _choice(HIDDEN, *KERNELS)),
    Variable("learn_hidden", 1, _whole(0, MAX_HIDDEN)),
    Variable("learn_rows", 3, _whole(1, MAX_SIDE)),
    Variable("learn_columns", 3, _whole(1, MAX_SIDE)),
    Variable("learn_start", "random", _choice(*LEARN_STARTS)),
    Variable("learn_seed", 0, _whole(0, MAX_SEED)),
    Variable("learn_optimizer", "momentum", _choice(*OPTIMIZERS)),
    Variable("learn_rate", 0.4, _number(*LEARNING_RATES), _write_number),
    Variable("learn_steps", 300, _whole(1, MAX_STEPS)),
    Variable("learn_loss", "mean", _choice(*LOSSES)),
    Variable("learn_bias", False, lambda text: _choice(*FLIPS)(text) == "yes", lambda value: FLIPS[value]),
    Variable("learn_reveal", False, lambda text: _choice(*FLIPS)(text) == "yes", lambda value: FLIPS[value]),
    Variable("field_stack", FIELD_STACKS["VGG-16"], read_field_stack, _write_field_stack),
    Variable("field_compare", "", read_field_stack, _write_field_stack),
    Variable("field_layer", 0, _whole(0, MAX_LAYERS)),  # 0 is the deepest
    Variable("field_unit", None, _read_unit, lambda unit: "" if unit is None else f"{unit[0]},{unit[1]}"),
    Variable("field_model", "uniform", _choice(*MODELS)),
    Variable("field_draws", 20, _whole(1, MAX_DRAWS)),
    Variable("field_seed", 0, _whole(0, MAX_SEED)),
    Variable("why_count", "photo", _choice(*WHY_COUNTS)),
    Variable("why_side", 1000, _whole(1, MAX_WHY_SIDE)),
    Variable("why_channels", 3, _whole(1, MAX_WHY_CHANNELS)),
    Variable("why_kernel", 3, _whole(1, MAX_WHY_KERNEL)),
    Variable("why_layer", "convolution", _choice(*WHY_LAYERS)),
    Variable("why_mode", "wrap", _choice("wrap", "zeros")),
    Variable("why_rows", 9, _whole(-MAX_SHIFT, MAX_SHIFT)),
    Variable("why_columns", 15, _whole(-MAX_SHIFT, MAX_SHIFT)),
    Variable("why_row", 11, _whole(1, SMALL_SIDE)),
    Variable("why_column", 16, _whole(1, SMALL_SIDE)),
    Variable("why_patch", 1, _whole(1, MAX_PATCH)),
    Variable("why_angle", 30, _whole(0, 360)),
    Variable("filters_orientations", 8, _whole(2, MAX_ORIENTATIONS)),
    Variable("filters_wavelengths", (4, 8), _several(FILTER_WAVELENGTHS), _write_several),
    Variable("filters_phases", (0, 90), _several(FILTER_PHASES), _write_several),
    Variable("filters_filter", 17, _whole(1, MAX_BANK)),
    Variable("filters_wave", 6, _whole(FILTER_WAVELENGTHS[0], FILTER_WAVELENGTHS[-1])),
    Variable("filters_source", "photos", _choice(*FILTER_SOURCES)),
    Variable("filters_count", 64, lambda text: int(_choice(*map(str, COUNTS))(text))),
    Variable("filters_side", 12, _whole(*SIDES)),
    Variable("filters_seed", 0, _whole(0, MAX_SEED)),
    Variable("filters_from", "learned", _choice(*FILTER_SETS)),
    Variable("filters_pick", 1, _whole(1, COUNTS[-1])),
)
"""The state of the lab, in the order in which a link lists it."""

DEFAULTS: Mapping[str, Any] = MappingProxyType({variable.name: variable.default for variable in VARIABLES})
"""The state that the page opens with."""

STEP_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {name: value for name, value in DEFAULTS.items() if name.startswith("step")}
)
"""The part of it that the Step by step tab shows."""

LEARN_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {name.removeprefix("learn_"): value for name, value in DEFAULTS.items() if name.startswith("learn_")}
)
"""The part of it that the Learn tab shows, each name without "learn_"."""

FIELD_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {name.removeprefix("field_"): value for name, value in DEFAULTS.items() if name.startswith("field_")}
)
"""The part of it that the Receptive field tab shows, each name without "field_"."""
WHY_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {name.removeprefix("why_"): value for name, value in DEFAULTS.items() if name.startswith("why_")}
)
"""The part of it that the tab "Why convolution" shows, each name without "why_"."""

FILTERS_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {name.removeprefix("filters_"): value for name, value in DEFAULTS.items() if name.startswith("filters_")}
)
"""The part of it that the Filters tab shows, each name without "filters_"."""


def to_query(state: Mapping[str, Any]) -> str:
    """Write a state as a query string, without a question mark; "" where every value is at its default.

    >>> to_query({"stride": 2, "padding": "zeros", "dilation": 1})
    'stride=2&padding=zeros'
    """
    texts = {
        variable.name: variable.write(state[variable.name])
        for variable in VARIABLES
        if variable.name in state and variable.write(state[variable.name]) != variable.write(variable.default)
    }
    return urlencode(texts, safe=",;:=/")


def from_query(parameters: Mapping[str, str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read the parameters of a link; the whole state, and a sentence for each one that was not understood.

    Of a parameter that stands there twice, as Starlette's mapping tells, the last counts, and a sentence says so.
    Parameters that begin with two underscores are the host's own, such as `__theme`, and those of `TRACKERS` are added
    to any link by whoever passes it on: they pass without a word.

    >>> state, notices = from_query({"stride": "two"})
    >>> state["stride"], notices
    (1, ('stride=two in the link was ignored: it must be a whole number from 1 to 16.',))
    """
    state, notices = dict(DEFAULTS), []
    readers = {variable.name: variable.read for variable in VARIABLES}
    counts = Counter(name for name, _ in getattr(parameters, "multi_items", parameters.items)())
    for name, text in parameters.items():
        if name.startswith(("__", *TRACKERS)):
            continue
        if counts[name] > 1:
            notices.append(_WORDS["repeated"].format(name=name))
        try:
            state[name] = readers.get(name, _read_unknown)(text)
        except ValueError as error:
            shown = text if len(text) <= 40 else f"{text[:40]}…"
            problem = str(error).rstrip(".")
            notices.append(_WORDS["ignored"].format(name=name, text=shown, problem=problem))
    return state, tuple(notices)
