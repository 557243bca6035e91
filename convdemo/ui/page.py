"""The page: the title, the shared picture at the side, and the lessons, each in a tab and on a page of its own."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl

import gradio as gr
from gradio.routes import App
from starlette.routing import Route

from convdemo.images import ImageError
from convdemo.ui.api.view import PATH, show_endpoints
from convdemo.ui.classroom.parcel import classroom
from convdemo.ui.classroom.state import STATE as CLASSROOM
from convdemo.ui.early.files import head_links
from convdemo.ui.early.view import draw_view, view_route
from convdemo.ui.embed.card import Cards
from convdemo.ui.embed.offering import framing
from convdemo.ui.embed.state import STATE as EMBED
from convdemo.ui.feature_map.lesson import LESSON as FEATURE_MAP
from convdemo.ui.feature_map.view import render_map
from convdemo.ui.filters.lesson import LESSON as FILTERS
from convdemo.ui.kernel.panel import hold_kernel
from convdemo.ui.kernel.state import STATE as KERNEL
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.layer.panel import as_controls, hold_layer
from convdemo.ui.layer.state import STATE as LAYER
from convdemo.ui.layers.lesson import LESSON as LAYERS
from convdemo.ui.learn.lesson import LESSON as LEARN
from convdemo.ui.lesson import QUIET, Lesson, Room, Shared, by_name
from convdemo.ui.parts.widgets import read_source, read_text, widget
from convdemo.ui.picture.opening import DECODER, PictureGoneError, open_picture
from convdemo.ui.picture.panel import build_picture, describe, show_picture
from convdemo.ui.picture.state import STATE as PICTURE
from convdemo.ui.plans.state import STATE as PLAN
from convdemo.ui.plans.telling import Plans
from convdemo.ui.receptive.lesson import LESSON as RECEPTIVE
from convdemo.ui.serving import Early, Head
from convdemo.ui.state import State, choice
from convdemo.ui.step.lesson import LESSON as STEP
from convdemo.ui.why.lesson import LESSON as WHY

LESSONS = (FEATURE_MAP, STEP, LEARN, RECEPTIVE, WHY, FILTERS, LAYERS)
"""The lessons in the order of the story. The page opens on the first."""

TAB = State("", (choice("tab", LESSONS[0].name, (lesson.name for lesson in LESSONS)),), part="header")
"""Which lesson is on screen."""

STATES = (TAB, PICTURE, KERNEL, LAYER, *(lesson.state for lesson in LESSONS), PLAN, EMBED, CLASSROOM)
"""All that can be set, in the order in which a link lists it."""

VARIABLES = {name: variable for state in STATES for name, variable in state.in_links.items()}
"""The variables by their names in a link."""

FORMER_NAMES = {old: new for state in STATES for old, new in state.former_names.items()}
"""The names in older links, and what they are called now."""

PLANS = Plans(VARIABLES, FORMER_NAMES, about_the_page={**EMBED.in_links, **CLASSROOM.in_links})
"""The lesson plans; and how a link is read, as one may name a step of them."""

CARDS = Cards(
    lambda given: PLANS.read_link(given)[0],
    render_map,
    {each.name: each.title for each in LESSONS},
)
"""What a link says of itself."""


def build_page() -> tuple[gr.Blocks, dict[str, Head], list[Route]]:
    """Build the lab, and each lesson on a page of its own; launching it is the caller's.

    Returns:
        The app, what is added to its pages, by their paths, and what else is to be answered.
    """
    title = read_text("header")["title"]
    openings = {}
    # Gradio makes an app at the end of each page, of all pages up to there; the one that counts, when it is launched.
    with mock.patch.object(App, "create_app"):
        with gr.Blocks(title=title, analytics_enabled=False) as page:
            openings[""] = lay_out(LESSONS)
        for lesson in LESSONS:
            with page.route(f"{lesson.title} – {title}", f"/{lesson.name}", show_in_navbar=False):
                openings[lesson.name] = lay_out([lesson])
        show_endpoints(page, (endpoint for lesson in LESSONS for endpoint in lesson.endpoints))
    heads = {f"/{PATH}": Head(Early(), Early())}
    for path, pictures in openings.items():
        kinds = {block.get_block_name() for block in page.blocks.values() if block.page == path}
        heads[f"/{path}"] = early_head(kinds, pictures, is_single=bool(path))
    return page, heads, [view_route(linked_pictures), *CARDS.routes(), PLANS.route()]


def early_head(kinds: Collection[str], pictures: Mapping[str, Mapping[str, Any]], *, is_single: bool) -> Head:
    """Return what is added to a page before it travels.

    Args:
        kinds: those of its components, as Gradio names them.
        pictures: the "photo" that it opens with, and the "map" of its first lesson, each with its "file" and "size".
        is_single: whether it is the page of one lesson.
    """
    sentence = "" if is_single else read_text(LESSONS[0].name)["sentence"]
    shown = {"photo": pictures["photo"]} if is_single else pictures
    important_first = [pictures[name]["file"] for name in ("map", "photo") if name in pictures]
    plain, linked = (head_links(kinds, addresses) for addresses in (important_first, None))
    return Head(
        Early(*plain, draw_view(shown, sentence)),
        Early(*linked, draw_view(None, sentence)),
    )


def linked_pictures(parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the pictures that a link opens with, as `early_head` takes them."""
    linked, _ = PLANS.read_link(parameters)
    first = LESSONS[0]
    preview = first.preview(linked) if first.preview and linked["tab"] == first.name else None
    shown = describe(open_picture({"example": linked["picture"]}))
    photo = {name: shown[name] for name in ("file", "size")}
    return {"photo": photo, **({"map": preview} if preview else {})}


def warm_up() -> Iterator[None]:
    """Start what the first visitors will need, and compile it, lesson by lesson."""
    DECODER.start()
    for lesson in LESSONS:
        if lesson.warm_up:
            lesson.warm_up()
            yield


def lay_out(lessons: Sequence[Lesson]) -> dict[str, Mapping[str, Any]]:
    """Lay out a page with the shared picture and these lessons, in tabs if they are several.

    Returns:
        The "photo" that it opens with, and the "map" of its first lesson if it has one, as `early_head` takes them.
    """
    is_single = len(lessons) == 1
    header = widget(
        "header",
        value=lessons[0].name,
        first=lessons[0].name,
        is_single=is_single,
        notices=[],
        uploaded=False,
        embed=framing(),
        classroom=classroom(),
        titles={lesson.name: f"{read_text('header')['title']}: {lesson.title}" for lesson in lessons},
        go={},
        taken={},
        plans=PLANS.file,
        queries=["page_query", *(f"{lesson.name}_query" for lesson in lessons), "plan_query"],
        page_query="",
        plan_query="",
        **{f"{lesson.name}_query": "" for lesson in lessons},
    )
    rooms, tabs = [], []
    with gr.Row(elem_classes=["lab-page"]):
        with gr.Column(elem_classes=["lab-side"]):
            picture = build_picture({"example": PICTURE["picture"].default})
        shared = Shared(header, picture)
        if not any(lesson.holds for lesson in lessons):
            shared.kernel, shared.layer = hold_kernel(), hold_layer()
        with gr.Column(elem_classes=["lab-main"]):
            if is_single:
                with gr.Column(elem_classes=["lab-tab"]):
                    rooms.append(lessons[0].build(shared))
            else:
                with gr.Tabs(selected=lessons[0].name) as shared.tabs:
                    for lesson in lessons:
                        with gr.Tab(lesson.title, id=lesson.name, elem_classes=["lab-tab"]) as tab:
                            rooms.append(lesson.build(shared))
                        tabs.append(tab)

    for room, tab in zip(rooms, tabs, strict=False):
        # The browser does it alone: nothing is asked of the server by the tab that the page opens on.
        opened = [room.opened] if room.opened else []
        script = read_source("header/opened.js").replace("NAME", room.name)
        tab.select(None, opened, [header, *opened], js=script, api_visibility="private")
    followers = [room for room in rooms if room.opened]
    opened, names = [room.opened for room in followers], json.dumps([room.name for room in followers])
    script = read_source("header/followed.js").replace("NAMES", names)
    picture.input(None, [header, *opened], opened, js=script, api_visibility="private")
    if not any(lesson.holds for lesson in lessons):
        named = by_name(show_picture, ("picture",), ("picture", "header"))
        picture.input(named, [picture], [picture, header], queue=False, **QUIET)

    # A visit without a link asks for nothing: the page is as it was built. One event sets all that a link says, so that
    # no tab is drawn from a part of it.
    places = restored_places(rooms, shared)
    restored = header.restore(
        by_name(restoring(rooms, lessons, shared), ("picture", "kernel"), tuple(places)),
        [picture, shared.kernel],
        list(places.values()),
        js=read_source("header/kept.js"),
        queue=False,
        **QUIET,
    )
    script = read_source("header/restored.js" if shared.tabs else "header/followed.js").replace("NAMES", names)
    outputs = [*([shared.tabs] if shared.tabs else []), *opened]
    restored.then(None, [header, *opened], outputs, js=script, api_visibility="private")
    if shared.tabs:
        request = {"screen": header, **shared.state}
        take = by_name(taking(rooms, lessons, shared), tuple(request), tuple(places))
        # The telling event has "multiple": Gradio would send what the first one told once more.
        taken = header.take(
            take, list(request.values()), list(places.values()), queue=False, trigger_mode="multiple", **QUIET
        )
        taken.then(None, [header, *opened], outputs, js=script, api_visibility="private")
    shown = {"photo": picture.props["shown"], **({"map": rooms[0].opening} if rooms[0].opening else {})}
    return {name: {"file": one["file"], "size": one["size"]} for name, one in shown.items()}


def restored_places(rooms: Sequence[Room], shared: Shared) -> dict[str, gr.Component]:
    """Return what a link may set, by name: what is shared, and parts of lessons as "lesson.part"."""
    places = {"header": shared.header, **shared.state}
    for room in rooms:
        names = (*room.restored, *(("drawn",) if room.opened else ()))
        places |= {f"{room.name}.{name}": room.parts[name] for name in names if not _is_shared(room, name)}
    return places


def _is_shared(room: Room, name: str) -> bool:
    """Return whether this part is what all lessons share: a lesson may have a "kernel" of its own as well."""
    return room.parts[name] is room.shared.state.get(name)


def restoring(rooms: Sequence[Room], lessons: Sequence[Lesson], shared: Shared) -> Callable[..., dict[str, Any]]:
    """Return the function that puts the state of a link on screen."""

    def restore(given: Mapping[str, Any], request: gr.Request) -> dict[str, Any]:
        """Put the state of the link on screen.

        After a reload the browser still has its `picture` and its `kernel`, None if not: they count for more than the
        link, as an upload is not in it, nor is what could not be answered.
        """
        linked, notices = PLANS.read_link(request.query_params)
        kernel = given["kernel"] or kernel_value(linked["kernel"])
        picture, lost = _kept_or_linked(given["picture"], linked["picture"])
        values = {"picture": picture, "kernel": kernel, **as_controls(LAYER.of(linked))}
        answers = {name: gr.update(value=values[name]) for name in shared.state}
        header = {"notices": list(notices), "plan_query": PLAN.query(PLAN.of(linked)), **_set_picture(picture, answers)}
        if shared.tabs:
            header["value"] = linked["tab"]
        for room, lesson in zip(rooms, lessons, strict=True):
            header |= _restore_room(room, lesson, linked, values, answers)
        # A change, also where it is the picture of every visit.
        answers["picture"]["shown"] |= {"restored": True, "lost": lost}
        return {**answers, "header": gr.update(**header)}

    return restore


def taking(rooms: Sequence[Room], lessons: Sequence[Lesson], shared: Shared) -> Callable[..., dict[str, Any]]:
    """Return the function that takes what one lesson has to the lesson that explains it."""

    def take(given: Mapping[str, Any], told: gr.EventData) -> dict[str, Any]:
        """Set what a piece of a link says, "query", and show the lesson of its tab, with a line that says what it took.

        A lesson that is named in it is restored from the whole link, "link", which has the piece in it; all others, and
        what they share, stay as they are.
        """
        piece, link = (dict(parse_qsl(str(getattr(told, name, "")))) for name in ("query", "link"))
        linked, notices = PLANS.read_link(link)
        values = {name: given[name] for name in shared.state}
        set_anew = {"kernel": kernel_value(linked["kernel"]), **as_controls(LAYER.of(linked))}
        named = {"relu" if name == "activation" else name for name in piece} & set(set_anew)
        values |= {name: set_anew[name] for name in named}
        answers = {name: gr.update(value=values[name]) for name in named}
        header = {"value": linked["tab"], "notices": list(notices), "taken": _taken(given["screen"], linked, piece)}
        if "picture" in piece:
            named.add("picture")
            values["picture"] = {"example": linked["picture"]}
            answers["picture"] = gr.update(value=values["picture"])
            header |= _set_picture(values["picture"], answers)
        for room, lesson in zip(rooms, lessons, strict=True):
            if (lesson.holds and named) or set(lesson.state.in_links) & set(piece):
                header |= _restore_room(room, lesson, linked, values, answers)
        return {**answers, "header": gr.update(**header)}

    return take


def _taken(giver: Any, linked: Mapping[str, Any], piece: Mapping[str, str]) -> dict[str, Any]:
    """Return the line that says what a lesson took from another, and the way back; nothing if it has no words."""
    sentence = read_text(linked["tab"]).get("taken", {}).get(giver) if isinstance(giver, str) else None
    if not sentence or "lesson" in piece:  # a step of a plan says what it shows
        return {}
    row, column = linked["cell"] or (1, 1)
    return {
        "sentence": sentence.format(kernel=linked["kernel"].title, row=row, column=column),
        "back": read_text(giver)["back"],
        "giver": giver,
        "names": list(piece),
        "click": time.monotonic_ns(),  # so that the same twice is a change
    }


def _set_picture(picture: Any, answers: dict[str, Any]) -> dict[str, Any]:
    """Put what the page shows of a picture into the answers; return the props of the header."""
    told = show_picture({"picture": picture})
    answers["picture"] |= told["picture"]
    return {name: value for name, value in told.get("header", {}).items() if name != "__type__"}


def _restore_room(
    room: Room, lesson: Lesson, linked: Mapping[str, Any], values: Mapping[str, Any], answers: dict[str, Any]
) -> dict[str, Any]:
    """Put the state of a link for one lesson into the answers, by name; return the props of the header."""
    room_answers = dict(room.restore(linked, values))
    header = {f"{room.name}_query": lesson.state.query(lesson.state.of(linked))} | room_answers.pop("header", {})
    if room.opened:
        room_answers["drawn"] = []  # it is drawn when it is opened
    for name, update in room_answers.items():
        if _is_shared(room, name):
            answers[name] = answers.get(name, gr.update()) | update
        else:
            answers[f"{room.name}.{name}"] = update
    return header


def _kept_or_linked(kept: Any, example: str) -> tuple[Any, dict[str, Any] | None]:
    """Return the picture that the browser kept, or that of the link; if the former is gone, also which, and why."""
    if kept is not None:
        try:
            open_picture(kept)
        except (ImageError, PictureGoneError) as error:
            upload = kept.get("upload") if isinstance(kept, Mapping) else None
            return {"example": example}, {"upload": str(upload), "problem": str(error)}
        return kept, None
    return {"example": example}, None
