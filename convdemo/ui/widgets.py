"""How does a file of HTML and a file of JavaScript become part of a Gradio page?

A widget is a `gr.HTML` with a constant template. Its script is a real ES module that exports
`mount({element, trigger, props, watch, root})`; the page imports it when the widget appears. What changes travels in
`value` and in props, never in the template: a template with something that a visitor typed in it would run as code.
"""

import base64
import hashlib
import io
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
import jinja2
import numpy as np
from gradio.utils import get_upload_folder

from convdemo.rendering import PALETTE
from convdemo.words import read_file

UI_FOLDER = Path(__file__).parent
ASSETS = UI_FOLDER / "assets"

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ASSETS), autoescape=True, undefined=jinja2.StrictUndefined
)


@cache
def read_text(name: str) -> dict[str, Any]:
    """Return the words of one part of the page, from text/<name>.toml."""
    return read_file(UI_FOLDER / "text" / f"{name}.toml")


@cache
def published_assets() -> Path:
    """Copy the assets to a folder that is named after their content, and let Gradio serve it.

    Gradio sends static files without a Cache-Control header, so a browser may keep an old script for hours. A new
    content gets a new address.
    """
    files = sorted(path for path in ASSETS.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]
    folder = Path(get_upload_folder()) / f"assets-{digest}"
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        shutil.copy(path, folder)
    gr.set_static_paths([folder])
    return folder


def whole_props(name: str, **props: Any) -> dict[str, Any]:
    """Return all props of a widget: its script, its words, and what is given.

    An update of a widget on a tab that has not been opened yet replaces its props, so it must carry all of them.
    """
    return {"module": f"{published_assets().as_posix()}/{name}.js", "text": read_text(name), **props}


def widget(name: str, value: Any, constants: Mapping[str, Any] | None = None, **options: Any) -> gr.HTML:
    """Build the component of assets/<name>.html and assets/<name>.js with the words of text/<name>.toml.

    Args:
        name: the name that the three files share. The HTML is a Jinja template, in which `{{ key }}` is the text of
            that key; it is filled in here, once, and is constant in the browser.
        value: what the widget shows first, as plain JSON data.
        constants: what else the template gets. Nothing that a visitor typed.
        options: further settings of `gr.HTML`; those that it does not know become props of the script.
    """
    return gr.HTML(
        value=value,
        html_template=fill_template(name, **read_text(name) | dict(constants or {})),
        js_on_load=(ASSETS / "mount.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_classes=["lab-widget", f"lab-{name.replace('_', '-')}"],
        **whole_props(name, **options),
    )


def palette() -> list[str]:
    """Return the one palette of signed values as a script wants it, from negative to positive."""
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in PALETTE.tolist()]


def fill_template(name: str, **values: Any) -> str:
    """Return assets/<name>.html, a Jinja template, with the values in it; whatever is text in them stays text."""
    return _TEMPLATES.get_template(f"{name}.html").render(values)


def picture_place(height: int | None = None, *, padding: bool = False, **options: Any) -> gr.HTML:
    """Build a place for what the server draws as HTML, from templates.

    Args:
        height: how many pixels are kept free until something is drawn, so that what stands below does not move then.
        padding: whether it keeps its distance from what stands beside it.
        options: further settings of `gr.HTML`.
    """
    if height:  # min_height of gr.HTML does not count while an answer is awaited
        options = {"value": fill_template("blank", height=height)} | options
    return gr.HTML(apply_default_css=False, elem_classes=["lab-widget"], padding=padding, **options)


def tell_sentence(words: str) -> gr.HTML:
    """Build the one sentence that a tab opens with.

    Gradio's Markdown comes some frames after the rest, and moves it down.
    """
    return picture_place(value=fill_template("sentence", words=words))


def data_address(data: bytes, media_type: str) -> str:
    """Return a small file as an address that holds all of it."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def save_file(data: bytes, name: str) -> Path:
    """Write a file for the browser, once, to a folder that is named after its content.

    A file that another visitor is downloading at this moment is never written again, and never seen half written.
    """
    folder = Path(get_upload_folder()).resolve() / hashlib.sha256(data).hexdigest()
    path = folder / name
    if path.is_file():
        path.touch()  # in use: Gradio's clearing goes by age
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(data)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)
    return path


def save_array(array: np.ndarray, name: str) -> Path:
    """Write an array as a .npy file for whoever asked for its numbers, as `save_file` does."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return save_file(buffer.getvalue(), name)


def served(path: str | Path) -> dict[str, Any]:
    """Return the form of a file that Gradio turns into a URL on its way to the browser."""
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}}
