"""How does the page travel to the browser?

What is the same for every visitor is made and compressed once, and answered from memory after that: the HTML of the
pages, for each address under which the lab is reached (Gradio would copy, walk and print the whole configuration for
each visit), and the hundred files of its front end, which have a hash of their content in their names and may be kept
for good. Answers to events travel compressed; streams of events go as they come.
"""

import asyncio
import gzip
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from gradio import Blocks
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute

from convdemo.ui.api import tools
from convdemo.ui.gate import FOR_GOOD, Gate, events_of
from convdemo.ui.parts.static import ROUTE
from convdemo.ui.sessions import forget_visits

MOST_PAGES, MOST_FILES = 64, 2000
"""What is kept. A host that somebody makes up takes the place of the page that was asked for longest ago."""

FILES = ("/assets/", "/lab/")
"""Where files are whose names change with their content: those of Gradio's front end, and ours."""


_WHERE = (b"host", b"x-forwarded-host", b"x-forwarded-proto")
"""The headers that say under which address the lab is reached: it stands in the HTML."""


@dataclass(frozen=True)
class Early:
    """What is added to the HTML of a page.

    Attributes:
        first: before its first style and script.
        last: at the end of the head, where it counts for more than what stands before it.
        view: what is seen until the scripts have run.
    """

    first: str = ""
    last: str = ""
    view: str = ""

    def add_to(self, html: bytes) -> bytes:
        """Return the HTML with all of it."""
        # Links come after the base that their addresses are relative to.
        for mark, text in ((b"<style>", self.first), (b"</head>", self.last), (b"<gradio-app", self.view)):
            html = html.replace(mark, text.encode() + mark, 1)
        return html


@dataclass(frozen=True)
class Head:
    """What is added to a page that opens as it was built, and to one where a link says how it opens."""

    plain: Early
    linked: Early


class Kept:
    """ASGI middleware that answers pages and files from memory.

    Args:
        app: what answers everything else, and each of these for the first time.
        heads: what is added to pages, by their paths.
        card: what a link says of itself in its page's head, from path, query and the address of the lab.
    """

    def __init__(
        self, app: Callable[..., Any], heads: Mapping[str, Head], card: Callable[[str, str, str], str] | None = None
    ) -> None:
        self.app = app
        self.heads = heads
        self.card = card
        self.pages: OrderedDict[tuple, list[dict[str, Any]]] = OrderedDict()
        self.files: OrderedDict[tuple, list[dict[str, Any]]] = OrderedDict()
        self.linked: OrderedDict[tuple, list[dict[str, Any]]] = OrderedDict()

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """Answer a request."""
        headers = dict(scope.get("headers", ()))
        is_asked_whole = scope.get("method") == "GET" and not {b"range", b"if-none-match"} & set(headers)
        path, is_compressed = scope.get("path", ""), b"gzip" in headers.get(b"accept-encoding", b"")
        make = partial(self._make, scope, receive)
        if is_asked_whole and path.startswith(FILES):
            key, make = (path, is_compressed), partial(make, None, is_compressed=is_compressed)
            messages = await _kept(self.files, MOST_FILES, key, make)
        elif is_asked_whole and path in self.heads and b"deep_link" not in scope["query_string"]:
            is_plain = all(name.startswith("__") for name, _ in parse_qsl(scope["query_string"].decode("latin-1")))
            where = tuple(headers.get(name) for name in _WHERE)
            here = (path, scope.get("root_path"), scope["scheme"], where)
            make = partial(make, (self.heads[path], is_plain), is_compressed=False)
            base = partial(_kept, self.pages, MOST_PAGES, (here, is_plain), make)
            query = "" if is_plain else scope["query_string"].decode("latin-1")
            make = partial(self._with_card, base, path, query, is_compressed=is_compressed)
            messages = await _kept(self.linked, MOST_PAGES, (here, query, is_compressed), make)
        else:  # also a state that Gradio keeps under a "deep link"
            await self.app(scope, receive, send)
            return
        for message in messages:
            await send(message)

    async def _with_card(
        self, base: Callable[[], Any], path: str, query: str, *, is_compressed: bool
    ) -> list[dict[str, Any]]:
        """Return a page with what its link says of itself in place of what Gradio says."""
        start, whole = await base()
        if start["status"] != 200:
            return [start, whole]
        root = _ROOT.search(whole["body"])
        body = whole["body"]
        if self.card:
            card = await asyncio.to_thread(self.card, path, query, root[1].decode() if root else "")
            body = _SAID.sub(b"", body).replace(b"</head>", card.encode() + b"</head>", 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        if is_compressed:
            body = gzip.compress(body, 6 if query else 9)  # what few ask for is made quickly
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        return [{**start, "headers": headers.raw}, {**whole, "body": body}]

    async def _make(
        self, scope: dict[str, Any], receive: Callable[..., Any], head: tuple[Head, bool] | None, *, is_compressed: bool
    ) -> list[dict[str, Any]]:
        start, body = {}, b""

        async def listen(message: dict[str, Any]) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")

        plainly = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self.app({**scope, "headers": plainly}, receive, listen)
        headers = MutableHeaders(raw=list(start["headers"]))
        if start["status"] == 200 and head:
            body = (head[0].plain if head[1] else head[0].linked).add_to(body)
        elif start["status"] == 200:
            headers["cache-control"] = FOR_GOOD
        headers["vary"] = "Accept-Encoding"
        if is_compressed and not headers["content-type"].startswith(("image/webp", "image/png", "image/jpeg", "font/")):
            body = gzip.compress(body, 9)
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        return [{**start, "headers": headers.raw}, {"type": "http.response.body", "body": body}]


_ROOT = re.compile(rb'"root":"(https?://[^"]*)"')
_SAID = re.compile(rb'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>')


async def _kept(
    kept: OrderedDict[tuple, list[dict[str, Any]]], most: int, key: tuple, make: Callable[[], Any]
) -> list[dict[str, Any]]:
    """Return what is kept under a key, or make it; the one that was asked for longest ago goes."""
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    messages = await make()
    if messages[0]["status"] == 200:
        kept[key] = messages
    if len(kept) > most:
        kept.popitem(last=False)
    return messages


def _living(page: Blocks) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return what is to be done when the app of a page begins."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        tools.show_pictures(page)
        async with forget_visits(page)(app):
            yield

    return lifespan


def app_options(
    page: Blocks,
    heads: Mapping[str, Head],
    routes: Sequence[BaseRoute],
    longest: int,
    card: Callable[[str, str, str], str] | None = None,
) -> dict[str, Any]:
    """Return what Gradio's app is built with.

    Args:
        page: what it serves.
        heads: what is added to pages, by their paths.
        routes: what else is answered beside Gradio.
        longest: the most bytes of an upload.
        card: what a link says of itself: see `Kept`.
    """
    pages = [*heads, *(route.path for route in routes)]
    asked = tools.SERVED if tools.are_asked_for() else None
    return {
        "routes": [ROUTE, *routes],
        "openapi_url": None,
        "lifespan": _living(page),
        "middleware": [
            Middleware(Gate, pages=pages, events=events_of(page), longest=longest, tools=asked),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6),
            Middleware(Kept, heads=heads, card=card),
        ],
    }
