"""How does a kernel stand in a link?"""

import re

from convdemo.kernel_text import parse_rows
from convdemo.kernels import KERNELS, Kernel, custom_kernel, format_kernel, parse_kernel
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import State, Variable, write_number

_WORDS = read_text("kernel")["links"]


def read_kernel(text: str) -> Kernel:
    """Read a kernel from a link: a name, a name with parameters, or the weights row by row.

    >>> read_kernel("gaussian:sigma=2").values["sigma"]
    2.0
    >>> read_kernel("1,0;0,-1").weights.tolist()
    [[1.0, 0.0], [0.0, -1.0]]

    Without blanks or brackets a comma is no decimal comma, and a row is a row: links of the lab are written so.
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
    return custom_kernel((parse_kernel if re.search(r"[\s\[\]{}()]", text) else parse_rows)(text))


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
    changed = [f"{key}={write_number(value)}" for key, value in kernel.values.items() if value != usual[key]]
    return kernel.name + (f":{','.join(changed)}" if changed else "")


STATE = State("", (Variable("kernel", KERNELS["sobel_x"], read_kernel, write_kernel, _WORDS["values"]),), part="kernel")
