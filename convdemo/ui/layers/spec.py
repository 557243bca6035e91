"""How does a layer of one's own stand in a link and on the page, and what does it compute?

In a link a layer is its kernel with its settings before it, `relu:s2:zeros:sobel_x`; layers are parted by "~". On the
page it is what its controls send, by the same names.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from convdemo.correlation import same_padding
from convdemo.kernel_text import parse_rows
from convdemo.kernels import KERNELS, Kernel, KernelError
from convdemo.receptive_field import StackError
from convdemo.stacks import POOLINGS, Convolution, MapLayer, Pooling
from convdemo.ui.kernel.state import read_kernel, write_kernel
from convdemo.ui.kernel.value import read_typed
from convdemo.ui.layer.state import MAX_BIAS, MAX_STEP, PADDINGS
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import choice, number, switch, whole, write_number

_WORDS = read_text("layers")["links"]

MAX_LAYERS = 8
"""The most layers of one's own stack."""

MAX_POOL = 16
"""The largest side of the window of a pooling."""

SHARED = "shared"
"""The kernel of the page: that of the Feature map, or the one that was learned or chosen and handed to it."""

_CALLED = read_text("layers")["called"]
_SETTINGS = {
    "stride": whole("stride", 1, 1, MAX_STEP),
    "dilation": whole("dilation", 1, 1, MAX_STEP),
    "padding": choice("padding", "none", PADDINGS),
    "bias": number("bias", 0.0, -MAX_BIAS, MAX_BIAS),
    "relu": switch("ReLU", False),
    "side": whole("side", 2, 1, MAX_POOL, called=_CALLED["side"]),
}
_MARKS = {"s": "stride", "d": "dilation", "b": "bias"}  # in a link, before the number
_POOL = re.compile(rf"({'|'.join(POOLINGS)})(\d{{1,2}})")


@dataclass(frozen=True)
class LayerSpec:
    """A layer as it is set.

    Attributes:
        kernel: `SHARED`, one of `POOLINGS`, or a kernel as a link has it: "sobel_x", "gaussian:sigma=2", "1,0;0,-1".
        side: rows and columns of the window of a pooling.
        stride, dilation, padding, bias, relu: as of the lab's one layer; a pooling has neither bias nor ReLU.
    """

    kernel: str
    side: int = 2
    stride: int = 1
    dilation: int = 1
    padding: str = "none"
    bias: float = 0.0
    relu: bool = False

    @property
    def is_pooling(self) -> bool:
        """Whether it has no weights."""
        return self.kernel in POOLINGS

    def kernel_of(self, shared: Kernel) -> Kernel | None:
        """Return its kernel, None for a pooling; `shared` is that of the page."""
        if self.is_pooling:
            return None
        return shared if self.kernel == SHARED else read_kernel(self.kernel)

    def layer(self, shared: Kernel) -> MapLayer:
        """Return what it computes."""
        kernel = self.kernel_of(shared)
        shape = (self.side, self.side) if kernel is None else kernel.weights.shape
        where = {
            "stride": self.stride,
            "dilation": self.dilation,
            "padding": 0 if self.padding == "none" else same_padding(shape, self.dilation),
            "padding_mode": "zeros" if self.padding == "none" else self.padding,
        }
        if kernel is None:
            return Pooling(self.side, self.kernel, **where)
        return Convolution(kernel.weights, bias=self.bias, relu=self.relu, **where)

    def value(self) -> dict[str, Any]:
        """Return it as the page has it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def read_layers(text: str) -> tuple[LayerSpec, ...]:
    """Read the layers of a link.

    >>> [layer.kernel for layer in read_layers("relu:b-0.5:sobel_x~max2")]
    ['sobel_x', 'max']

    Raises:
        ValueError: what is wrong, as a rule.
    """
    parts = text.split("~")
    if len(parts) > MAX_LAYERS:
        raise ValueError(_WORDS["too_many"].format(most=MAX_LAYERS))
    return tuple(map(_read_layer, parts))


def _read_layer(text: str) -> LayerSpec:
    settings, rest = {}, text
    while ":" in rest:
        mark, _, after = rest.partition(":")
        if mark == "relu":
            settings["relu"] = True
        elif mark in PADDINGS:
            settings["padding"] = mark
        elif re.fullmatch(r"[sdb]-?\d[\d.e+-]*", mark):
            name = _MARKS[mark[0]]
            settings[name] = _SETTINGS[name].read(mark[1:])
        else:
            break  # a kernel with parameters
        rest = after
    if pool := _POOL.fullmatch(rest):
        side = _SETTINGS["side"].read(pool[2])
        settings = {name: settings[name] for name in settings if name in ("stride", "dilation", "padding")}
        return LayerSpec(pool[1], side, **{"stride": side, **settings})
    if rest != SHARED:
        rest = write_kernel(read_kernel(rest))
    return LayerSpec(rest, **settings)


def write_layers(layers: Sequence[LayerSpec]) -> str:
    """Write layers for a link, as `read_layers` reads them."""
    return "~".join(map(_write_layer, layers))


def _write_layer(layer: LayerSpec) -> str:
    tokens = []
    usual = layer.side if layer.is_pooling else 1
    if layer.relu:
        tokens.append("relu")
    if layer.stride != usual:
        tokens.append(f"s{layer.stride}")
    if layer.dilation != 1:
        tokens.append(f"d{layer.dilation}")
    if layer.padding != "none":
        tokens.append(layer.padding)
    if layer.bias:
        tokens.append(f"b{write_number(layer.bias)}")
    return ":".join([*tokens, f"{layer.kernel}{layer.side}" if layer.is_pooling else layer.kernel])


def check_layers(value: Any) -> tuple[LayerSpec, ...]:
    """Return the layers that the page sends; a kernel may be typed in any way that people write one.

    Raises:
        StackError: what is wrong, in one sentence, and with which layer.
    """
    layers = []
    for count, given in enumerate(value if isinstance(value, list) else [], start=1):
        if count > MAX_LAYERS:
            raise StackError(_WORDS["too_many"].format(most=MAX_LAYERS))
        try:
            layers.append(_check_layer(given))
        except ValueError as error:
            raise StackError(str(error), count) from error
    if not layers:
        raise StackError(_WORDS["none"])
    return tuple(layers)


def _check_layer(given: Any) -> LayerSpec:
    if not isinstance(given, Mapping):
        raise KernelError(_WORDS["no_layer"])
    kernel = given.get("kernel")
    if not isinstance(kernel, str) or not kernel.strip():
        raise KernelError(_WORDS["no_kernel"])
    is_pooling = kernel in POOLINGS
    names = (
        ("side", "stride", "dilation", "padding") if is_pooling else ("stride", "dilation", "padding", "bias", "relu")
    )
    settings = {name: _SETTINGS[name].check(given.get(name)) for name in names}
    return LayerSpec(kernel if is_pooling or kernel == SHARED else _named(kernel), **settings)


def _named(text: str) -> str:
    """Return a kernel that was picked or typed as a link has it."""
    if text.partition(":")[0] in KERNELS:
        return write_kernel(read_kernel(text))
    try:
        parse_rows(text)  # as a link has it
    except ValueError:
        return write_kernel(read_typed({"cells": None, "text": text}).kernel)
    return write_kernel(read_kernel(text))
