"""The tab "Why convolution": count the weights, move the picture, change a pixel, turn the picture.

Each of the four sections is drawn by an event of its own, from a request that holds the picture, the kernel and all
controls. A section whose controls are wrong says so in its own place; the others stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr
from PIL import Image

from convdemo.images import to_grey
from convdemo.links import (
    MAX_PATCH,
    MAX_SHIFT,
    MAX_WHY_CHANNELS,
    MAX_WHY_KERNEL,
    MAX_WHY_SIDE,
    SMALL_SIDE,
    WHY_COUNTS,
    WHY_DEFAULTS,
    WHY_LAYERS,
    to_query,
)
from convdemo.ui.controls import check_choice, read_whole
from convdemo.ui.figures import tell_problem
from convdemo.ui.kernel_state import read_kernel_value
from convdemo.ui.on_screen import Following
from convdemo.ui.picture import PictureGoneError, open_picture
from convdemo.ui.why_view import (
    draw_chapter,
    draw_direction,
    draw_locality,
    draw_shift,
    draw_weights,
    pixel_at,
)
from convdemo.ui.widgets import fill_template, picture_place, read_text, tell_sentence
from convdemo.why_convolution import MODES

CONTROLS = tuple(WHY_DEFAULTS)
"""The controls of the tab, in the order in which its events take them, after the picture and the kernel."""

SECTIONS = {
    "weights": (("count", "side", "channels", "kernel"), ("weights",)),
    "shift": (
        ("layer", "mode", "rows", "columns"),
        ("moved", "map_of_shifted", "shifted_map", "difference", "shift_legend", "shift_words"),
    ),
    "local": (("row", "column", "patch"), ("pixel", "local_convolution", "local_full")),
    "direction": (("angle",), ("turned", "turned_map", "direction_legend", "curve", "direction_words")),
}
"""The sections: what they are drawn from, and the places that they fill. What is wrong is said in the last place."""

VIEW = tuple(place for _, places in SECTIONS.values() for place in places)
"""All places that events answer for, in order; the header comes after."""

_HEIGHTS = {
    "weights": 362, "shift_words": 147, "moved": 149, "map_of_shifted": 149, "shifted_map": 149, "difference": 149,
    "shift_legend": 47, "local_convolution": 291, "local_full": 291, "curve": 241, "direction_words": 165,
    "turned": 206, "turned_map": 206, "direction_legend": 47,
}  # fmt: skip
"""Pixels that are kept free for what is drawn when the tab is opened."""

_CHOICES = {"count": WHY_COUNTS, "layer": WHY_LAYERS, "mode": MODES}
_LIMITS = {
    "side": (1, MAX_WHY_SIDE), "channels": (1, MAX_WHY_CHANNELS), "kernel": (1, MAX_WHY_KERNEL),
    "rows": (-MAX_SHIFT, MAX_SHIFT), "columns": (-MAX_SHIFT, MAX_SHIFT), "row": (1, SMALL_SIDE),
    "column": (1, SMALL_SIDE), "patch": (1, MAX_PATCH), "angle": (0, 360),
}  # fmt: skip


@dataclass(frozen=True)
class WhyTab:
    """The components of the tab that events read and write."""

    controls: dict[str, gr.Component]
    view: dict[str, gr.Component]


# ---- answers -----------------------------------------------------------------------------------------------------


def _read(name: str, value: Any) -> Any:
    if name in _CHOICES:
        check_choice(name, value, _CHOICES[name])
        return value
    return read_whole(name, value, *_LIMITS[name])


def draw_why(sections: tuple[str, ...], reference: Mapping[str, Any], kernel_value: Any, *values: Any) -> tuple:
    """Return updates of the whole view and of the header; what belongs to other sections is left alone."""
    given = dict(zip(CONTROLS, values, strict=True))
    places = {}
    for section in sections:
        names, filled = SECTIONS[section]
        try:
            controls = {name: _read(name, given[name]) for name in names}
            drawn = _draw(section, reference, kernel_value, controls)
            places |= drawn
        except (ValueError, PictureGoneError) as error:  # an ImageError and a KernelError are ValueErrors
            places |= dict.fromkeys(filled, gr.skip()) | {filled[-1]: tell_problem(str(error))}
    try:
        state = {f"why_{name}": _read(name, given[name]) for name in CONTROLS}
        header = gr.update(why_query=to_query(state))
    except ValueError:
        header = gr.skip()
    return *(places.get(name, gr.skip()) for name in VIEW), header


def _draw(section: str, reference: Any, kernel_value: Any, controls: Mapping[str, Any]) -> dict[str, Any]:
    photo = open_picture(reference).photo
    if section == "weights":
        size, channels = photo.size, photo.pixels.shape[2]
        if controls["count"] == "other":
            size, channels = (controls["side"], controls["side"]), controls["channels"]
        return {"weights": draw_weights(size, channels, controls["kernel"])}
    image, kernel = to_grey(photo.pixels), read_kernel_value(kernel_value).weights
    if section == "shift":
        return draw_shift(image, kernel, **controls)
    if section == "local":
        places = draw_locality(image, kernel, **controls)
        return places | {"pixel": gr.update(value=Image.fromarray(places["pixel"]))}
    return draw_direction(image, kernel, **controls)


def choose_pixel(event: gr.SelectData) -> tuple[Any, Any]:
    """Return the row and the column of the pixel that was clicked, for their sliders."""
    return pixel_at(event.index) or (gr.skip(), gr.skip())


def show_sizes(count: str) -> tuple[Any, Any]:
    """Return updates of the sliders that count only for another size than the photo's."""
    return gr.update(visible=count == "other"), gr.update(visible=count == "other")


# ---- layout ------------------------------------------------------------------------------------------------------


def build_why_tab() -> WhyTab:
    """Lay out the tab. It is drawn when it is opened."""
    text, at = read_text("why"), WHY_DEFAULTS
    chapter = draw_chapter()
    controls, view = {}, {}

    def radio(name: str, words: str) -> None:
        choices = [(text[words][option], option) for option in _CHOICES[name]]
        controls[name] = gr.Radio(choices, value=at[name], label=text[name], info=text.get(f"{name}_info"))

    def slider(name: str, *, visible: bool = True) -> None:
        controls[name] = gr.Slider(*_LIMITS[name], at[name], step=1, label=text[name], visible=visible, min_width=150)

    def places(*names: str) -> None:
        with gr.Row():
            for name in names:
                with gr.Column(min_width=150):
                    view[name] = picture_place(_HEIGHTS[name])

    tell_sentence(text["sentence"])
    gr.Markdown(text["weights_title"])
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=3, min_width=280):
            radio("count", "counts")
            slider("side", visible=False)
            slider("channels", visible=False)
            slider("kernel")
        with gr.Column(scale=5, min_width=320):
            view["weights"] = picture_place(_HEIGHTS["weights"])

    gr.Markdown(text["shift_title"])
    radio("layer", "layers")
    with gr.Row():
        slider("rows")
        slider("columns")
        radio("mode", "modes")
    view["shift_words"] = picture_place(_HEIGHTS["shift_words"])
    places("moved", "map_of_shifted", "shifted_map", "difference")
    view["shift_legend"] = picture_place(_HEIGHTS["shift_legend"])

    gr.Markdown(text["local_title"])
    with gr.Row():
        for name in ("row", "column", "patch"):
            slider(name)
    with gr.Row():
        with gr.Column(min_width=220):
            picture_place(value=fill_template("hint", words=text["click"]))
            view["pixel"] = gr.Image(
                show_label=False,
                interactive=False,
                type="pil",
                format="png",
                buttons=[],
                alt_text=text["click"],
            )
        for name in ("local_convolution", "local_full"):
            with gr.Column(min_width=220):
                view[name] = picture_place(_HEIGHTS[name])

    gr.Markdown(text["direction_title"])
    gr.Markdown(text["direction"]["chapter_words"])
    with gr.Row():
        for drawn in chapter.values():
            with gr.Column(min_width=150):
                picture_place(value=drawn)
    with gr.Row(elem_classes=["lab-columns"]):
        with gr.Column(scale=4, min_width=280):
            slider("angle")
            view["curve"] = picture_place(_HEIGHTS["curve"])
            view["direction_words"] = picture_place(_HEIGHTS["direction_words"])
        with gr.Column(scale=5, min_width=320):
            places("turned", "turned_map")
            view["direction_legend"] = picture_place(_HEIGHTS["direction_legend"])
    return WhyTab({name: controls[name] for name in CONTROLS}, {name: view[name] for name in VIEW})


def connect_why_tab(tab: WhyTab, picture: gr.HTML, kernel: gr.HTML, header: gr.HTML, following: Following) -> None:
    """Connect the tab with itself, with the shared picture and with the kernel of the Feature map tab."""
    request, results = [picture, kernel, *tab.controls.values()], [*tab.view.values(), header]
    quiet = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}
    work = quiet | {"concurrency_id": "why", "concurrency_limit": 2, "trigger_mode": "always_last"}
    following.connect(partial(draw_why, tuple(SECTIONS)), request, results, data=2, **work)
    for section, (names, _) in SECTIONS.items():
        # A link sets them after the tab was opened: that is a change, and no input.
        changes = [tab.controls[name].change for name in names]
        gr.on(changes, partial(draw_why, (section,)), request, results, **work)
    sizes = [tab.controls["side"], tab.controls["channels"]]
    tab.controls["count"].input(show_sizes, tab.controls["count"], sizes, queue=False, **quiet)
    tab.view["pixel"].select(
        choose_pixel,
        None,
        [tab.controls["row"], tab.controls["column"]],
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )


def restore_why(linked: Mapping[str, Any]) -> tuple:
    """Return updates of the controls, for the state of a link."""
    values = {name: linked[f"why_{name}"] for name in CONTROLS}
    visible = dict(zip(("side", "channels"), show_sizes(values["count"]), strict=True))
    if values == dict(WHY_DEFAULTS):  # as the tab was built; the visitor may have moved something meanwhile
        return tuple(gr.skip() for _ in CONTROLS)
    return tuple(visible.get(name, gr.update()) | {"value": value} for name, value in values.items())
