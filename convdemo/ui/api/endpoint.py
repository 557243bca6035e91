"""What can a program ask for, and how?

An endpoint is one function of plain values, with the names of the links, the checks of the page and its sentences. Its
type hints and its docstring are what programs read of it: Gradio lists them under "Use via API", and as tools of MCP.
"""

import base64
import binascii
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.context import get_blocks_context
from gradio.utils import get_function_description

from convdemo.kernels import Kernel
from convdemo.rendering import Picture, encode_png
from convdemo.ui.arrival import arrived
from convdemo.ui.journal import noted
from convdemo.ui.kernel.state import read_kernel
from convdemo.ui.lesson import faults_told, in_turn
from convdemo.ui.parts.files import save_file, served
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.picture.opening import OpenPicture, PictureGoneError, open_picture

_DATA = re.compile(r"data:image/[\w.+-]{1,40};base64,")


@dataclass(frozen=True)
class Endpoint:
    """A function that programs may call, under its own name.

    Attributes:
        act: takes and returns plain values; what is wrong is a ValueError, whose message is a sentence.
        turn: whose turns it takes.
        most: how many work at once.
        is_long: whether it goes on for a while: then it takes the page's places in Gradio's queue by that name; else
            the turns of the page's events, behind a queue of its own.
    """

    act: Callable[..., Any]
    turn: str
    most: int
    is_long: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.act.__name__

    @property
    def summary(self) -> str:
        """What it does, in one sentence."""
        return inspect.getdoc(self.act).split("\n")[0]

    @property
    def description(self) -> str:
        """What programs read of it: the docstring without the arguments, which they read one by one."""
        told = inspect.getdoc(self.act)
        kept = [part for part in told.split("\n\n") if not part.startswith(("Args:", "Raises:"))]
        return " ".join(" ".join(kept).split())

    def connect(self) -> None:
        """Let programs call it: it becomes part of the page that is being built."""
        act, (_, arguments, _) = _checked(self.act), get_function_description(self.act)
        connected = gr.api(
            act if self.is_long else in_turn(act, self.turn, self.most),
            api_name=self.name,
            api_description=self.description,
            concurrency_id=self.turn if self.is_long else f"api_{self.turn}",
            concurrency_limit=self.most,
        )
        for component, name in zip(get_blocks_context().fns[connected["id"]].inputs, arguments, strict=True):
            component.label = arguments[name]  # Gradio calls them "1st", "2nd"


def _checked(act: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose values are harmless, and whose errors are one sentence each."""

    @wraps(act)
    def answer(*values: Any) -> Any:
        with noted(f"api.{act.__name__}") as entry, faults_told(act):
            try:
                return entry.answered(act(*map(arrived, values)))
            except (ValueError, PictureGoneError) as error:
                raise gr.Error(str(error), print_exception=False) from error

    return answer


# ---- what arrives --------------------------------------------------------------------------------------------------


def given_picture(picture: Any) -> OpenPicture:
    """Open the picture that a program gives: a file that it has sent, a data URL, or the name of an example.

    Raises:
        ImageError: it is none of these, or no picture that can be read.
        PictureGoneError: the server has deleted it.
    """
    return open_picture(reference_to(picture))


def reference_to(picture: Any, name: str = "picture") -> dict[str, Any]:
    """Return how the page refers to the picture that a program gives; `name` is that of the file of a data URL.

    Raises:
        ValueError: it begins as a data URL and is none.
    """
    if isinstance(picture, Mapping):
        return {"upload": picture.get("path"), "name": picture.get("orig_name")}
    if isinstance(picture, str) and picture.startswith("data:"):
        head = _DATA.match(picture)
        try:
            data = base64.b64decode(picture[head.end() :], validate=True) if head else b""
        except binascii.Error:
            data = b""
        if not data:
            raise ValueError(read_text("api")["no_data"])
        return {"upload": str(save_file(data, name)), "name": name}
    return {"example": picture}


def given_text(text: Any, name: str) -> str:
    """Return a text that a program gives.

    Raises:
        ValueError: it is none.
    """
    if isinstance(text, str):
        return text
    raise ValueError(read_text("api")["no_text"].format(name=name, value=repr(text)[:60]))


def given_kernel(kernel: Any) -> Kernel:
    """Return the kernel that a program gives: as in a link, or as a list of rows.

    Raises:
        ValueError: it is none.
    """
    return read_kernel(str(kernel) if isinstance(kernel, list) else given_text(kernel, "kernel"))


# ---- what is answered ----------------------------------------------------------------------------------------------


def as_png(picture: Picture, name: str) -> Any:
    """Return a picture as a PNG file for whoever asked."""
    return as_file(encode_png(picture), f"{name}.png")


def as_file(data: bytes, name: str) -> Any:
    """Return a file for whoever asked."""
    return served(save_file(data, name))


def saved(path: str | Path) -> Any:
    """Return a file that was written already."""
    return served(Path(path))


def rows_of(array: np.ndarray) -> list[list[float]]:
    """Return an array [height, width] as rows of numbers."""
    return np.asarray(array, np.float64).tolist()


def finite(number: float | None) -> float | None:
    """Return a number as JSON can say it; None where it is not finite, or there is none."""
    return None if number is None or not np.isfinite(number) else float(number)
