"""How does a file of HTML and a file of JavaScript become part of a Gradio page?

A widget is a `gr.HTML` with a constant template. Its script is a real ES module that exports
`mount({element, trigger, props, watch, root})`; the page imports it when the widget appears. What changes travels in
`value` and in props, never in the template: a template with something that a visitor typed in it would run as code.

Each part of the page is a folder: its words in words.toml, its widget in <name>.html and <name>.js, and what the server
draws in the macros of templates.html.
"""

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import gradio as gr
import jinja2

from convdemo.rendering import PALETTE, SCALES
from convdemo.ui.parts.static import UI_FOLDER, as_sent, publish, published_scripts
from convdemo.words import read_file

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader([UI_FOLDER, UI_FOLDER.parent]), autoescape=True, undefined=jinja2.StrictUndefined
)


@cache
def read_text(part: str) -> dict[str, Any]:
    """Return the words of one part of the page, from <part>/words.toml."""
    return read_file(UI_FOLDER / part / "words.toml")


def read_source(path: str) -> str:
    """Return a file of the page as it is sent, by its path in the folder of the page."""
    return as_sent(UI_FOLDER / path).decode()


def whole_props(part: str, name: str | None = None, **props: Any) -> dict[str, Any]:
    """Return all props of a widget: its script, its words, and what is given.

    An update of a widget on a tab that has not been opened yet replaces its props, so it must carry all of them.
    """
    text = read_text(part) if name is None else read_text(part)[name]
    return {"module": f"{published_scripts()}/{part}/{name or part}.js", "text": text, **props}


def widget(
    part: str, value: Any, constants: Mapping[str, Any] | None = None, *, name: str | None = None, **options: Any
) -> gr.HTML:
    """Build the component of <part>/<name>.html and <part>/<name>.js with the words of <part>/words.toml.

    Args:
        part: the folder of the page.
        value: what the widget shows first, as plain JSON data.
        constants: what else the template gets. Nothing that a visitor typed.
        name: that of the files, and of a table of the words; that of the part, and all words, if not given. The HTML is
            a Jinja template, in which `{{ key }}` is the text of that key; it is filled in here, once, and is constant
            in the browser.
        options: further settings of `gr.HTML`; those that it does not know become props of the script.
    """
    props = whole_props(part, name, **options)
    template = _TEMPLATES.get_template(f"{part}/{name or part}.html")
    return gr.HTML(
        value=value,
        html_template=template.render(props["text"] | dict(constants or {})),
        js_on_load=read_source("parts/mount.js"),
        apply_default_css=False,
        elem_classes=["lab-widget", f"lab-{(name or part).replace('_', '-')}"],
        **props,
    )


def late_widget(part: str, value: Any, constants: Mapping[str, Any], **props: Any) -> gr.HTML:
    """Build a widget as `widget` does, whose template, words and style come when it is first on screen.

    So the page travels without them (parts/late.js).

    Args:
        part: the folder of the page, with <part>.html, <part>.js and, if it needs one, <part>.css.
        value: what the widget shows first, as plain JSON data.
        constants: what its script gets with its words, and what else the template gets; the same for every visitor.
        props: further props of the script.
    """
    template = _TEMPLATES.get_template(f"{part}/{part}.html")
    text, style = read_text(part), UI_FOLDER / part / f"{part}.css"
    parcel = {
        "html": template.render(text | dict(constants)),
        "text": text,
        "css": as_sent(style).decode() if style.is_file() else "",
        **constants,
    }
    _LATE[part] = publish(json.dumps(parcel, ensure_ascii=False).encode(), f"{part}.json")
    return gr.HTML(
        value=value,
        html_template=read_source("parts/late.html"),
        js_on_load=read_source("parts/mount.js"),
        apply_default_css=False,
        elem_classes=["lab-widget", f"lab-{part}"],
        **late_props(part, **props),
    )


_LATE: dict[str, str] = {}  # the addresses of what comes late, by the parts


def late_props(part: str, **props: Any) -> dict[str, Any]:
    """Return all props of such a widget, as `whole_props` does of others."""
    return {"module": f"{published_scripts()}/{part}/{part}.js", "late": _LATE.get(part, ""), **props}


def palette() -> list[str]:
    """Return the one palette of signed values, from negative to positive."""
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in PALETTE.tolist()]


def scales() -> dict[str, list[str]]:
    """Return the colours of the scales, as evenly spaced stops, and those of what lies outside of 0 to 1."""
    return {name: list(colours) for name, colours in SCALES.items()}


def fill(template: str, **values: Any) -> str:
    """Return what a macro of a part's templates.html, as "part.macro", makes of values; what is text stays text."""
    part, macro = template.split(".")
    return str(getattr(_macros(part), macro)(**values))


@cache
def _macros(part: str) -> Any:
    return _TEMPLATES.get_template(f"{part}/templates.html").module


def picture_place(height: int | None = None, *, padding: bool = False, **options: Any) -> gr.HTML:
    """Build a place for what the server draws as HTML, from templates.

    Args:
        height: how many pixels are kept free until something is drawn, so that what stands below does not move then.
        padding: whether it keeps its distance from what stands beside it.
        options: further settings of `gr.HTML`.
    """
    if height:  # min_height of gr.HTML does not count while an answer is awaited
        options = {"value": fill("parts.blank", height=height)} | options
    return gr.HTML(apply_default_css=False, padding=padding, **{"elem_classes": ["lab-widget"]} | options)


def tell_sentence(part: str) -> gr.HTML:
    """Build the one sentence that a lesson opens with, under its name as a heading that is heard and not seen.

    Gradio's Markdown comes some frames after the rest, and moves it down.
    """
    text = read_text(part)
    value = fill("parts.sentence", words=text["sentence"], name=text["tab"])
    return picture_place(value=value, elem_classes=["lab-widget", "lab-sentence"])


def tell_heading(words: str, *, ruled: bool = True) -> gr.HTML:
    """Build the heading of a section, with a rule above it if something stands there."""
    return picture_place(value=fill("parts.heading", words=words, ruled=ruled))


def fold(words: str) -> gr.Accordion:
    """Build a section that is folded until it is asked for: its heading says what is found there."""
    return gr.Accordion(words, open=False, elem_classes=["lab-section"])


def unfold(words: str, *, is_open: bool = True) -> dict[str, Any]:
    """Return an update of such a section, whether it has been on screen or not."""
    return gr.update(open=is_open, label=words)


def tell(words: str, name: str = "") -> gr.HTML:
    """Build a paragraph that begins with a name, if there is one."""
    return picture_place(value=fill("parts.prose", words=words, name=name))


def code_place(label: str, value: str = "", **options: Any) -> gr.HTML:
    """Build a place for a text to be read and copied, such as a program.

    Gradio's own brings an editor of 128 kB, more than all else that the first view needs of it.
    """
    return widget("parts", value, name="code", label=label, **options)


def show_code(label: str, value: str | None) -> dict[str, Any]:
    """Return an update of such a place, whether it has been on screen or not; without a text it is not."""
    return gr.update(value=value or "", visible=value is not None, **whole_props("parts", "code", label=label))


def hold(value: Any) -> gr.HTML:
    """Build what holds a value that nobody sees."""
    return gr.HTML(value, visible=False)


def data_address(data: bytes, media_type: str) -> str:
    """Return a small file as an address that holds all of it."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
