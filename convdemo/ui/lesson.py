"""What is a lesson? One tab of the page, and a page of its own.

A lesson declares its state and builds its room: the components, and the events between them. Events take and give
values by name. What every lesson shares (the picture, the kernel, the layer) it finds in `Shared`; lessons know nothing
of each other, and the page knows none of them by name.
"""

import asyncio
import contextlib
import inspect
import logging
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from convdemo.ui.arrival import arrived
from convdemo.ui.journal import noted
from convdemo.ui.kernel.state import STATE as KERNEL
from convdemo.ui.layer.state import STATE as LAYER
from convdemo.ui.parts.files import StorageError
from convdemo.ui.parts.widgets import hold, read_text
from convdemo.ui.state import State

QUIET: Mapping[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}
"""Options of most events: values arrive as they were typed, and are answered in sentences of ours."""


_ONE, _MANY = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.VAR_POSITIONAL

_log = logging.getLogger(__name__)


@dataclass
class Shared:
    """What lessons share.

    Attributes:
        header: the title, whose value is the name of the lesson on screen, and whose props make the link.
        picture: the picture at the side.
        tabs: the tabs; None on the page of a single lesson.
        kernel: what has the kernel as its value, set by the lesson that holds it, or by the page.
        layer: the settings of the layer by their names, likewise.
    """

    header: gr.HTML
    picture: gr.HTML
    tabs: gr.Tabs | None = None
    kernel: gr.Component | None = None
    layer: dict[str, gr.Component] = field(default_factory=dict)

    @property
    def state(self) -> dict[str, gr.Component]:
        """All that lessons share and that a link sets, by name."""
        return {"picture": self.picture, "kernel": self.kernel, **self.layer}


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes:
        name: that of the tab, the link, the folder, the scripts and the words.
        state: what can be set.
        build: lays out the room in the place where it is called, and connects it.
        holds: whether the shared kernel and layer stand in it.
        warm_up: compiles what its first visitor would wait for, if there is such a thing.
        preview: returns the picture that it opens with in the state of a link, as its "file" and "size"; None if it
            cannot be made, or if there are several.
        endpoints: what programs may call (convdemo.ui.api).
    """

    name: str
    state: State
    build: Callable[[Shared], "Room"]
    holds: bool = False
    warm_up: Callable[[], None] | None = None
    preview: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | None = None
    endpoints: tuple[Any, ...] = ()

    @property
    def title(self) -> str:
        """What the tab is called."""
        return read_text(self.name)["tab"]


@dataclass
class Room:
    """A lesson on the page.

    Attributes:
        name: that of the lesson.
        shared: what lessons share.
        parts: the components that events read and write, by name.
        restore: returns updates of parts for the state of a link, and for what is shared then, by name.
        restored: the names of the parts that `restore` may set, in the order in which the browser sets them.
        opened: counts up when the lesson comes on screen, or the picture changes while it is there; None if the lesson
            does not follow what happens elsewhere.
        opening: the picture that it opens with, as its "file" and "size", if it is the same for everyone.
    """

    name: str
    shared: Shared
    parts: dict[str, gr.Component] = field(default_factory=dict)
    restore: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]] = lambda _linked, _shared: {}
    restored: tuple[str, ...] = ()
    opened: gr.Number | None = None
    opening: Mapping[str, Any] | None = None

    def on(
        self,
        triggers: Any,
        act: Callable[..., Any],
        request: Mapping[str, gr.Component],
        answers: Iterable[str] | None = None,
        **options: Any,
    ) -> Any:
        """Let a function answer events.

        Args:
            triggers: one event or several.
            act: takes the values of the request by name, as one mapping, and what Gradio tells of the event if it
                asks for it; returns, or yields, updates by the names of parts. What it leaves out stays as it is.
                "query" is this lesson's part of the link, and "header" are other props of the header.
            request: what is sent.
            answers: the parts that may change, if not all.
            options: settings of the event. Only what goes on for a while waits in Gradio's queue; the rest is answered
                in one request, as many at once as "concurrency_limit" says of those with one "concurrency_id".
        """
        triggers = list(triggers) if isinstance(triggers, list | tuple) else [triggers]
        named, inputs, outputs, options = self._connected(act, request, answers, options)
        return gr.on(triggers, named, inputs, outputs, **options)

    def then(
        self,
        event: Any,
        act: Callable[..., Any],
        request: Mapping[str, gr.Component],
        answers: Iterable[str] | None = None,
        **options: Any,
    ) -> Any:
        """Let a function follow when an event has been answered; the rest as `on` takes it."""
        named, inputs, outputs, options = self._connected(act, request, answers, options)
        return event.then(named, inputs, outputs, **options)

    def _connected(
        self,
        act: Callable[..., Any],
        request: Mapping[str, gr.Component],
        answers: Iterable[str] | None,
        options: Mapping[str, Any],
    ) -> tuple[Callable[..., Any], list[gr.Component], list[gr.Component], dict[str, Any]]:
        """Return what Gradio's events take: a function of values in a row, inputs, outputs and options."""
        names = tuple(self.parts if answers is None else answers)
        # The name tells the browser whose answers keep their order: header/order.js.
        options = {**QUIET, "api_name": f"{self.name}_room", "queue": inspect.isasyncgenfunction(act), **options}
        if _told_kind(act) is gr.EventData:
            # While one is answered, Gradio remembers that others came, and not what they tell: the first is sent again.
            options["trigger_mode"] = "multiple"
        if not options["queue"] and "concurrency_id" in options:
            act = in_turn(act, options.pop("concurrency_id"), options.pop("concurrency_limit"))
        outputs = [*(self.parts[name] for name in names), self.shared.header]
        return by_name(act, tuple(request), names, self.name), list(request.values()), outputs, options

    def follow(
        self,
        draw: Callable[..., Any],
        request: Mapping[str, gr.Component],
        *,
        first: Callable[..., Any] | None = None,
        data: tuple[str, ...] = ("picture",),
        answers: Iterable[str] | None = None,
        **options: Any,
    ) -> None:
        """Draw the lesson whenever it is on screen and was not drawn from the data that there are.

        Args:
            draw: draws it.
            request: what `draw` takes.
            first: draws it for the first time, if that is another thing.
            data: what belongs to other parts of the page, by the names in the request.
            answers: the parts that may change, if not all.
            options: settings of the event. Pictures and words are pale until they arrive.
        """
        names = tuple(self.parts if answers is None else answers)
        self.opened = self.parts["opened"] = gr.Number(0, visible="hidden")
        drawn = self.parts["drawn"] = hold([])
        pictures = [self.parts[name] for name in names if isinstance(self.parts[name], gr.HTML | gr.Image)]
        self.on(
            self.opened.change,
            when_due(self.name, draw, first or draw, data),
            {"screen": self.shared.header, "drawn": drawn, **request},
            (*names, "drawn"),
            **options | {"show_progress": "minimal", "show_progress_on": pictures},
        )

    def hand_over(self, triggers: Any, act: Callable[..., Any], request: Mapping[str, gr.Component]) -> None:
        """Let events take a kernel to the lesson that holds the shared one (header/going.js).

        Args:
            triggers: one event or several.
            act: returns a `Kernel` as "kernel", and what else it sets of the layer, by name.
            request: what it takes.
        """
        hand = by_name(partial(_hand_over, act), tuple(request), ("header",))
        gr.on(triggers, hand, list(request.values()), [self.shared.header], queue=False, **QUIET)


_TURNS: dict[str, asyncio.Semaphore] = {}


def in_turn(act: Callable[..., Any], name: str, most: int) -> Callable[..., Any]:
    """Return a function that works in a thread, as soon as fewer than `most` of those with its name do.

    Who waits takes no thread, so that one lesson that everybody has open does not keep the others waiting.
    """
    turn = _TURNS.setdefault(name, asyncio.Semaphore(most))

    @wraps(act)
    async def act_in_turn(*request: Any) -> dict[str, Any]:
        async with turn:
            return await asyncio.to_thread(act, *request)

    return act_in_turn


def when_due(
    name: str, draw: Callable[..., Any], first: Callable[..., Any], data: tuple[str, ...]
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a function that draws a lesson if it is on screen and was not drawn from the data that there are.

    A lesson that nobody has opened costs neither work nor pictures: it is not even part of the page that is sent.
    """

    def draw_if_due(given: Mapping[str, Any]) -> dict[str, Any]:
        now = [given[key] for key in data]
        if given["screen"] != name or given["drawn"] == now:
            return {}
        return {**(draw if given["drawn"] else first)(given), "drawn": now}

    return draw_if_due


def _hand_over(act: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is handed over as a piece of a link, also where it is at its default."""
    # The map of this kernel alone, whatever was shown of the one before.
    handed = {"directions": LAYER["directions"].default, **act(given)}
    texts = {name: {**KERNEL.in_links, **LAYER.in_links}[name].write(value) for name, value in handed.items()}
    # A change, also where the same is handed over twice.
    piece = urlencode(texts, safe=",;:=/")  # without a tab: to the first lesson
    return {"header": gr.update(go={"query": piece, "click": time.monotonic_ns()})}


def by_name(
    act: Callable[..., Any], names: tuple[str, ...], places: tuple[str, ...], lesson: str | None = None
) -> Callable[..., Any]:
    """Return a function that takes and gives values by name as one that Gradio can call: with values in a row.

    Args:
        act: takes a mapping; returns or yields mappings.
        names: the values that it takes.
        places: what it answers for; what an answer leaves out stays as it is.
        lesson: if given, one more place follows: the header, whose props are "query", of this lesson, and "header".
    """

    def given(values: tuple[Any, ...]) -> dict[str, Any]:
        return {name: arrived(value) for name, value in zip(names, values, strict=True)}

    def in_a_row(answer: Mapping[str, Any]) -> list[Any]:
        known = {*places, "query", "header"} if lesson else set(places)
        if set(answer) - known:
            raise KeyError(*(set(answer) - known))
        row = [answer.get(place, gr.skip()) for place in places]
        if lesson:
            told = {f"{lesson}_query": answer["query"]} if "query" in answer else {}
            told |= answer.get("header", {})
            row.append(gr.update(**told) if told else gr.skip())
        return row if len(row) > 1 else row[0]

    kind, name = _told_kind(act), f"{lesson or 'page'}.{_name_of(act)}"

    def request(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return (given(values[1:]), values[0]) if kind else (given(values),)

    if inspect.isasyncgenfunction(act):

        async def answer(*values: Any) -> Any:
            with noted(name) as entry, faults_told(act):
                async with contextlib.aclosing(act(*request(values))) as answers:
                    async for one in answers:
                        yield entry.answered(in_a_row(one))

    elif inspect.iscoroutinefunction(act):

        async def answer(*values: Any) -> Any:
            with noted(name) as entry, faults_told(act):
                return entry.answered(in_a_row(await act(*request(values))))

    else:

        def answer(*values: Any) -> Any:
            with noted(name) as entry, faults_told(act):
                return entry.answered(in_a_row(act(*request(values))))

    if kind:  # Gradio tells it first, where a function says that it takes it
        told, rest = (inspect.Parameter("told", _ONE, annotation=kind), inspect.Parameter("values", _MANY))
        answer.__signature__, answer.__annotations__ = inspect.Signature([told, rest]), {"told": kind}
    return answer


def _name_of(act: Callable[..., Any]) -> str:
    """Return the name of a function, also of one that is made of another."""
    return _name_of(act.func) if isinstance(act, partial) else act.__name__


class FaultError(gr.Error):
    """A fault of ours: the visitor is told to try again, and the log where it is."""


@contextlib.contextmanager
def faults_told(act: Callable[..., Any]) -> Iterator[None]:
    """Tell a fault in one line of the log, and the visitor in one sentence; Gradio would print a traceback."""
    try:
        yield
    except gr.Error:
        raise
    except StorageError as error:  # it is told in the log already
        raise FaultError(str(error), print_exception=False) from error
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        details = {"exc_info": error} if _log.isEnabledFor(logging.DEBUG) else {}
        kind, name = type(error).__name__, _name_of(act)
        _log.error("%s in %s: %s, line %s", kind, name, place.filename, place.lineno, **details)
        raise FaultError(read_text("parts")["fault"], print_exception=False) from error


def _told_kind(act: Callable[..., Any]) -> type | None:
    """Return what a function asks Gradio to tell it beside the values: a class of Gradio's; None if nothing."""
    for parameter in inspect.signature(act).parameters.values():
        if inspect.isclass(parameter.annotation) and issubclass(parameter.annotation, gr.EventData | gr.Request):
            return parameter.annotation
    return None
