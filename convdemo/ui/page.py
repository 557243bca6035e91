"""The page: the title, the shared picture at the side, the tabs, and the events between them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import gradio as gr

from convdemo.images import ImageError
from convdemo.links import DEFAULTS, MAX_BIAS, from_query, to_query
from convdemo.ui.api import feature_map
from convdemo.ui.feature_map import (
    CONTROLS,
    DEFAULT_SETTINGS,
    build_feature_map_tab,
    draw,
    save_map,
)
from convdemo.ui.filters_tab import build_filters_tab, connect_filters_tab, picked_kernel, restore_filters
from convdemo.ui.kernel_state import kernel_value
from convdemo.ui.learn import build_learn_tab, connect_learn_tab, learned_kernel, restore_learn
from convdemo.ui.on_screen import RESTORED, follow_as
from convdemo.ui.picture import PictureGoneError, build_picture, open_picture
from convdemo.ui.receptive import PLACES as FIELD_PLACES
from convdemo.ui.receptive import build_receptive_tab, connect_receptive_tab, restore_receptive
from convdemo.ui.step import build_step_tab, follow, step_props, step_value
from convdemo.ui.why import build_why_tab, connect_why_tab, restore_why
from convdemo.ui.widgets import ASSETS, read_text, whole_props, widget

CLEAN_EVERY, KEEP_FOR = 600, 1800
"""Seconds: how often files are looked through, and how old an upload may grow."""


def build_page() -> gr.Blocks:
    """Build the whole page; launching it is the caller's."""
    reference = {"example": DEFAULTS["picture"]}
    words = read_text("header")
    with gr.Blocks(title=words["title"], delete_cache=(CLEAN_EVERY, KEEP_FOR), analytics_enabled=False) as page:
        header = widget(
            "header",
            value={"query": "", "uploaded": False, "notices": []},
            tab=DEFAULTS["tab"],
            step_query="",
            learn_query="",
            field_query="",
            why_query="",
            filters_query="",
        )
        screen = gr.Textbox(DEFAULTS["tab"], visible="hidden")  # the tab that is on screen
        following = {name: follow_as(name, screen) for name in ("learn", "receptive", "why", "filters")}
        with gr.Row(elem_classes=["lab-page"]):
            with gr.Column(scale=4, min_width=300, elem_classes=["lab-side"]):
                picture = build_picture(reference)
            with (
                gr.Column(scale=9, min_width=300, elem_classes=["lab-main"]),
                gr.Tabs(selected=DEFAULTS["tab"]) as tabs,
            ):
                with gr.Tab(read_text("feature_map")["tab"], id="feature_map", elem_classes=["lab-tab"]) as map_tab:
                    tab = build_feature_map_tab(open_picture(reference), DEFAULTS["kernel"], DEFAULT_SETTINGS)
                with gr.Tab(read_text("step")["tab"], id="step", elem_classes=["lab-tab"]) as step_tab:
                    step = build_step_tab()
                with gr.Tab(read_text("learn")["tab"], id="learn", elem_classes=["lab-tab"]) as learn_tab:
                    lesson = build_learn_tab()
                with gr.Tab(read_text("receptive")["tab"], id="receptive", elem_classes=["lab-tab"]) as field_tab:
                    field = build_receptive_tab(reference)
                with gr.Tab(read_text("why")["tab"], id="why", elem_classes=["lab-tab"]) as why_tab:
                    why = build_why_tab()
                with gr.Tab(read_text("filters")["tab"], id="filters", elem_classes=["lab-tab"]) as filters_tab:
                    filters = build_filters_tab()

        for part, name in (
            (map_tab, "feature_map"),
            (step_tab, "step"),
            (learn_tab, "learn"),
            (field_tab, "receptive"),
            (why_tab, "why"),
            (filters_tab, "filters"),
        ):
            opened = [following[name].opened] if name in following else []
            part.select(
                partial(show_tab, name),
                opened,
                [header, screen, *opened],
                show_progress="hidden",
                queue=False,
                api_visibility="private",
            )
        step.input(
            follow,
            step,
            [step, header],
            trigger_mode="always_last",
            preprocess=False,
            show_progress="hidden",
            queue=False,
            api_visibility="private",
        )
        state = [picture, tab.kernel, *tab.controls]
        answers = [picture, tab.kernel, tab.figure, tab.code, header, tab.stride, tab.dilation]
        gr.on(
            # A slider cuts a number that was typed beyond its end when the box is left: that is a change, not an input.
            [getattr(part, "change" if isinstance(part, gr.Slider) else "input") for part in state],
            draw,
            state,
            answers,
            trigger_mode="always_last",
            preprocess=False,  # what was typed arrives as it is, and is answered by `draw`, not by a toast of Gradio's
            show_progress="hidden",
            concurrency_limit=2,
            concurrency_id="draw",
            api_visibility="private",
        )
        tab.figure.download(
            save_map,
            state,
            tab.figure,
            preprocess=False,
            show_progress="hidden",
            concurrency_id="draw",
            api_visibility="private",
        )
        connect_receptive_tab(field, picture, header, following["receptive"])
        at_step = connect_learn_tab(lesson, picture, vars(tab), header, following["learn"])
        connect_why_tab(why, picture, tab.kernel, header, following["why"])
        chosen, linked, after_restoring = connect_filters_tab(
            filters, filters_tab, picture, header, following["filters"]
        )
        for button, use, request, places in (
            (lesson.buttons["use"], use_kernel, at_step, [tab.kernel, tab.bias, tabs]),
            (filters.buttons["use"], use_filter, chosen, [tab.kernel, tabs]),
        ):
            button.click(
                use,
                request,
                places,
                preprocess=False,
                show_progress="hidden",
                concurrency_id="learn",
                api_visibility="private",
            ).success(
                draw,
                state,
                answers,
                preprocess=False,
                show_progress="hidden",
                concurrency_id="draw",
                api_visibility="private",
            )
        # A visit without a link asks for nothing: the page is as it was built. One event sets all that a link says, so
        # that no tab is drawn from a part of it.
        restored = header.restore(
            restore,
            [picture, tab.kernel],
            [
                tabs,
                step,
                *answers,
                *(getattr(tab, name) for name in CONTROLS if name not in ("stride", "dilation")),
                *lesson.controls.values(),
                lesson.exponent,
                *following["learn"].restored,
                *field.parts.values(),
                *following["receptive"].restored,
                *why.controls.values(),
                *following["why"].restored,
                *filters.controls.values(),
                linked,
                *following["filters"].restored,
            ],
            js=(ASSETS / "kept.js").read_text(encoding="utf-8"),
            preprocess=False,
            show_progress="hidden",
            api_visibility="private",
        )
        after_restoring(restored)
        gr.api(feature_map, concurrency_id="draw")
    return page


def show_tab(name: str, *opened: int) -> tuple[Any, ...]:
    """Tell the header which tab is on screen, for the link, and the tabs that work only when they are."""
    return gr.update(tab=name), name, *(count + 1 for count in opened)


def restore(picture: Any, kernel: Any, request: gr.Request) -> tuple[Any, ...]:
    """Put the state of the link on screen.

    After a reload the browser still has its `picture` and its `kernel`, None if not: they count for more than the link,
    as an upload is not in it, nor is what could not be answered.
    """
    linked, notices = from_query(request.query_params)
    return (
        *restore_map(linked, notices, picture, kernel),
        *restore_lesson(linked),
        *restore_field(linked),
        *restore_arguments(linked),
        *restore_bank(linked),
    )


def restore_map(
    linked: Mapping[str, Any], notices: tuple[str, ...], kept_picture: Any = None, kept_kernel: Any = None
) -> tuple[Any, ...]:
    """Return updates of the tabs, of Step by step, of all that `draw` answers with, and of the other controls."""
    reference, kernel = {"example": linked["picture"]}, kept_kernel or kernel_value(linked["kernel"])
    if kept_picture is not None:
        try:
            open_picture(kept_picture)
            reference = kept_picture
        except (ImageError, PictureGoneError) as error:
            notices = (*notices, str(error))
    controls = linked | {"relu": linked["activation"] == "relu"}
    picture, kernel_answer, figure, code, header, stride, dilation = draw(
        reference, kernel, *(controls[name] for name in CONTROLS)
    )
    seen = header.get("value", {"query": "", "uploaded": False})
    step, lesson, field, why, filters = (
        {name: value for name, value in linked.items() if name.startswith(part)}
        for part in ("step", "learn_", "field_", "why_", "filters_")
    )
    return (
        gr.update(selected=linked["tab"]),
        restore_step(step),
        picture | {"value": reference},
        kernel_answer | {"value": kernel},
        figure,
        code,
        gr.update(
            value=seen | {"notices": list(notices)},
            tab=linked["tab"],
            step_query=to_query(step),
            learn_query=to_query(lesson),
            field_query=to_query(field),
            why_query=to_query(why),
            filters_query=to_query(filters),
        ),
        stride | {"value": linked["stride"]},
        dilation | {"value": linked["dilation"]},
        *(controls[name] for name in CONTROLS if name not in ("stride", "dilation")),
    )


def restore_lesson(linked: Mapping[str, Any]) -> tuple[Any, ...]:
    """Put the Learn tab's part of the link on screen; the run is shown when the tab is opened."""
    return *restore_learn(linked), [], RESTORED


def restore_field(linked: Mapping[str, Any]) -> tuple[Any, ...]:
    """Put the Receptive field tab's part of the link on screen; without one, it is drawn when it is opened."""
    picture = {"example": linked["picture"]}
    if all(linked[name] == DEFAULTS[name] for name in linked if name.startswith("field_")):
        return *(gr.skip() for _ in FIELD_PLACES), [], RESTORED
    return *restore_receptive(linked, picture), [picture], RESTORED


def restore_arguments(linked: Mapping[str, Any]) -> tuple[Any, ...]:
    """Put the part of the link that belongs to the tab "Why convolution" on screen."""
    return *restore_why(linked), [], RESTORED


def restore_bank(linked: Mapping[str, Any]) -> tuple[Any, ...]:
    """Put the Filters tab's part of the link on screen."""
    return *restore_filters(linked), [], RESTORED


def use_filter(*request: Any) -> tuple[Any, Any]:
    """Carry a filter over to the Feature map tab, and show that tab."""
    return gr.update(value=kernel_value(picked_kernel(*request))), gr.update(selected="feature_map")


def use_kernel(*request: Any) -> tuple[Any, Any, Any]:
    """Carry what was learned over to the Feature map tab, the bias as far as its slider goes, and show that tab."""
    kernel, bias = learned_kernel(*request)
    limited = gr.skip() if bias is None else min(max(bias, -MAX_BIAS), MAX_BIAS)
    return gr.update(value=kernel_value(kernel)), limited, gr.update(selected="feature_map")


def restore_step(state: Mapping[str, Any]) -> Any:
    """Return an update of the Step by step tab, whether it has been opened or not."""
    value = step_value(state)
    return gr.update(value=value, **whole_props("step", **step_props(value)))
