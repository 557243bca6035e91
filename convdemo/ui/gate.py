"""What is let in?

A public link gets calls that no page would send. What is asked for must be something that the page or a program asks
for; a request says how long it is, and is not too long; an event names one that there is, with as many values as it
takes, each of them made harmless (`arrived`). The rest is refused in one sentence, with one line in the log. Answers
tell browsers what a page of ours may do.
"""

import inspect
import json
import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradio import Blocks
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse

from convdemo.ui.arrival import arrived
from convdemo.ui.parts.files import FULL, StorageError, upload_folder
from convdemo.ui.parts.lines import AtMost
from convdemo.ui.parts.widgets import read_text
from convdemo.words import read_tables

MAX_EVENT_BYTES = 1_000_000
"""The most bytes of a request that is no upload: the largest kernel, typed out, has 20 thousand."""

_WORDS = read_tables(Path(__file__).with_suffix(".toml"))

_REFUSED = _WORDS["refused"]

FOR_GOOD, FOR_AN_HOUR = (_WORDS["caching"][name] for name in ("for_good", "for_an_hour"))
"""What is told of a file whose name changes with its content, and of a picture of a link."""

_EVENT = re.compile(r"/gradio_api/(?:queue/join|(?:run|call)/([\w-]+))/?")
_NAMED = re.compile(r"/gradio_api/call/v2/([\w-]+)/?")
_SESSION = re.compile(r"[A-Za-z0-9-]{1,64}")
_TELLING = ("index", "kind", "query", "link", "upload")
"""What events tell beside the values: the place of a click, the kind of a file, what a lesson takes, the link, and the
path of an upload."""

_log = logging.getLogger(__name__)
_log.addFilter(AtMost(30))


class RefusedError(Exception):
    """A request that is not let in; the message is a sentence for whoever sent it."""

    def __init__(self, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Event:
    """What an event of the page takes: a value for each of its inputs.

    Attributes:
        models: what Gradio's own component of each input takes, a class of pydantic's; None for anything.
        names: what the inputs are called, where programs may call it.
        required: those of them that have no default.
    """

    models: tuple[Any, ...]
    names: tuple[str, ...] = ()
    required: tuple[str, ...] = ()

    def check(self, values: Any) -> list[Any]:
        """Return the values, made harmless.

        Raises:
            RefusedError: they are not what it takes.
        """
        if not isinstance(values, list) or len(values) != len(self.models):
            raise RefusedError(_REFUSED["no_values"])
        values = [arrived(value) for value in values]
        for model, value in zip(self.models, values, strict=True):
            if model and value is not None:
                try:
                    model.model_validate(value)
                except ValueError as error:
                    raise RefusedError(_REFUSED["no_file"]) from error
        return values


def events_of(page: Blocks) -> dict[int | str, Event]:
    """Return the events of a page that call a function, by their numbers, and those of the API by their names too."""
    events: dict[int | str, Event] = {}
    for number, event in page.fns.items():
        if event.fn:
            events[number] = Event(tuple(getattr(component, "data_model", None) for component in event.inputs))
            if event.api_visibility == "public" and event.api_name:
                known = inspect.signature(event.fn).parameters
                required = tuple(name for name, taken in known.items() if taken.default is taken.empty)
                events[number] = replace(events[number], names=tuple(known), required=required)
                events[event.api_name] = events[number]
    return events


def checked_call(body: bytes, name: str | None, events: Mapping[int | str, Event]) -> bytes:
    """Return the body of a request for an event with all that it says made harmless, and nothing else in it.

    Args:
        body: as it arrived.
        name: that of the event, if the path has it.
        events: those that there are.

    Raises:
        RefusedError: it is no such request.
    """
    asked = _json(body)
    if not isinstance(asked, dict):
        raise RefusedError(_REFUSED["no_json"])
    number, session = asked.get("fn_index"), asked.get("session_hash")
    key = number if number is not None else name
    event = events.get(key) if isinstance(key, int | str) and not isinstance(key, bool) else None
    if event is None:
        raise RefusedError(_REFUSED["no_event"])
    values = event.check(asked.get("data"))
    if not (session is None and name) and not (isinstance(session, str) and _SESSION.fullmatch(session)):
        raise RefusedError(_REFUSED["no_session"])
    told, trigger = asked.get("event_data"), asked.get("trigger_id")
    told = told if isinstance(told, dict) else {}
    call = {
        "data": values,
        "fn_index": number,
        "session_hash": session,
        "event_data": {key: arrived(told[key]) for key in _TELLING if _is_plain(told.get(key))},
        "trigger_id": trigger if isinstance(trigger, int) and abs(trigger) < 2**31 else None,
    }
    return json.dumps({name: value for name, value in call.items() if value is not None}).encode()


def checked_arguments(body: bytes, name: str, events: Mapping[int | str, Event]) -> bytes:
    """Return the body of a program's call, arguments by their names, with all that it says made harmless.

    What is left out is at its default.

    Raises:
        RefusedError: it is no such call.
    """
    asked, event = _json(body), events.get(name)
    if event is None:
        raise RefusedError(_REFUSED["no_event"])
    if not isinstance(asked, dict) or set(asked) - set(event.names) or set(event.required) - set(asked):
        told = {"names": ", ".join(event.names), "required": ", ".join(event.required) or "-"}
        raise RefusedError(_REFUSED["no_arguments" if event.names else "nothing_to_say"].format(**told))
    return json.dumps({key: arrived(value) for key, value in asked.items()}).encode()


def _json(body: bytes) -> Any:
    """Return what a request holds, or raise RefusedError."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(_REFUSED["no_json"]) from error


def _is_plain(value: Any) -> bool:
    """Tell whether a value is text, a number, or a list of such: no mapping, which Gradio may take for a file."""
    plain = (str, int, float)
    return isinstance(value, plain) or (isinstance(value, list) and all(isinstance(item, plain) for item in value))


class Gate:
    """ASGI middleware that lets in what the lab is for, and tells browsers what a page of ours may do.

    Args:
        app: what answers.
        pages: the paths of the pages, and of what else is answered beside Gradio.
        events: those of the pages.
        longest: the most bytes of an upload, which travels with some words around it.
        tools: where an assistant's tools are, as a pattern of the path; None if there are none.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        pages: Collection[str],
        events: Mapping[int | str, Event],
        longest: int,
        tools: str | None = None,
    ) -> None:
        self.app = app
        self.events = events
        self.longest = longest
        served = {method: [*paths, *([tools] if tools else [])] for method, paths in _WORDS["served"].items()}
        gets = re.compile("|".join([*map(re.escape, pages), *served["GET"]]))
        posts = re.compile("|".join([_EVENT.pattern, _NAMED.pattern, *served["POST"]]))
        # Before a page of another host calls the API, its browser asks by OPTIONS whether it may.
        self._served = {"GET": (gets,), "HEAD": (gets,), "POST": (posts,), "OPTIONS": (gets, posts)}

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, has_begun = dict(scope["headers"]), False

        async def tell(message: dict[str, Any]) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message = {**message, "headers": _told(scope["path"], message)}
            await send(message)

        if headers.get(b"x-forwarded-host", headers.get(b"host")) != headers.get(b"host"):
            # Whoever asks could have any host written into the page; an operator's proxy passes the host on as it is.
            kept = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-host"]
            scope = {**scope, "headers": kept}
        try:
            await self.app(*await self._let_in(scope, receive, headers), tell)
        except RefusedError as error:
            _log.warning("refused, status %d: %s", error.status, _shortened(scope["path"]))
            await _answer(str(error), error.status)(scope, receive, tell)
        except Exception as error:  # noqa: BLE001 - whatever it is: one line, and one sentence
            name, path = type(error).__name__, _shortened(scope["path"])
            _log.error("%s while answering %s", name, path)
            _log.debug("where it was:", exc_info=error)
            if not has_begun:
                await _answer(*_fault(error))(scope, receive, tell)

    async def _let_in(
        self, scope: dict[str, Any], receive: Callable[..., Any], headers: Mapping[bytes, bytes]
    ) -> tuple[dict[str, Any], Callable[..., Any]]:
        """Return a request as the app gets it.

        Raises:
            RefusedError: it gets none.
        """
        method, path = scope["method"], scope["path"].removeprefix(scope.get("root_path", ""))
        if "\0" in path or not any(pattern.fullmatch(path) for pattern in self._served.get(method, ())):
            raise RefusedError(_REFUSED["no_place"], 404)
        if method != "POST":
            return scope, receive
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            raise RefusedError(_REFUSED["no_length"], 411)
        is_upload = path.rstrip("/").endswith("/upload")
        if is_upload:
            upload_folder()  # Gradio does not look whether it is still there
        if int(length) > (self.longest + MAX_EVENT_BYTES if is_upload else MAX_EVENT_BYTES):
            raise RefusedError(_REFUSED["too_long"], 413)
        event, named = _EVENT.fullmatch(path), _NAMED.fullmatch(path)
        if not (event or named):
            return scope, receive
        body = await Request(scope, receive).body()
        if named:
            body = checked_arguments(body, named[1], self.events)
        else:
            body = checked_call(body, event[1] if event[1] != "predict" else None, self.events)
        kept = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
        return {**scope, "headers": [*kept, (b"content-length", b"%d" % len(body))]}, _once(body, receive)


def _fault(error: Exception) -> tuple[str, int]:
    """Return what is told of a fault: the sentence and the status. What the disk cannot take says so."""
    if isinstance(error, StorageError):
        return str(error), 507
    if isinstance(error, OSError) and error.errno in FULL:
        return read_text("parts")["storage"]["full"], 507
    return _REFUSED["fault"], 500


def _answer(sentence: str, status: int) -> JSONResponse:
    """Return a refusal as Gradio's front end and its clients read one."""
    return JSONResponse({"detail": sentence}, status)


def _once(body: bytes, receive: Callable[..., Any]) -> Callable[..., Any]:
    """Return what tells an app a body, and after that whether the visitor has left."""
    messages = [{"type": "http.request", "body": body}]

    async def tell() -> dict[str, Any]:
        return messages.pop() if messages else await receive()

    return tell


def _told(path: str, message: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer, with what it does not say itself."""
    told = MutableHeaders(raw=list(message["headers"]))
    if "/file=" in path and message["status"] == 200:  # its path has a hash of its content
        told.setdefault("Cache-Control", _WORDS["caching"]["for_a_visit"])
    is_page = told.get("content-type", "").startswith("text/html")
    for name, value in (_WORDS["everything"] | (_WORDS["page"] if is_page else {})).items():
        told.setdefault(name, value)
    return told.raw


def _shortened(path: str) -> str:
    """Return what may stand in the log of a path that anybody may have made up."""
    return ascii(path)[1:-1][:60]
