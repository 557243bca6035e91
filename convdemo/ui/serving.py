"""How does the page travel to the browser?

What is the same for every visitor is made and compressed once, and answered from memory after that: the HTML of the
pages, for each address under which the lab is reached (Gradio would copy, walk and print the whole configuration for
each visit), and the hundred files of its front end, which have a hash of their content in their names and may be kept
for good. Answers to events travel compressed; streams of events go as they come.
"""

import gzip
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
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
    """

    def __init__(self, app: Callable[..., Any], heads: Mapping[str, Head]) -> None:
        self.app = app
        self.heads = heads
        self.pages: OrderedDict[tuple, list[dict[str, Any]]] = OrderedDict()
        self.files: OrderedDict[tuple, list[dict[str, Any]]] = OrderedDict()

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """Answer a request."""
        headers = dict(scope.get("headers", ()))
        is_asked_whole = scope.get("method") == "GET" and not {b"range", b"if-none-match"} & set(headers)
        path, is_compressed = scope.get("path", ""), b"gzip" in headers.get(b"accept-encoding", b"")
        if is_asked_whole and path.startswith(FILES):
            kept, most, key, head = self.files, MOST_FILES, (path, is_compressed), None
        elif is_asked_whole and path in self.heads and b"deep_link" not in scope["query_string"]:
            is_plain = all(name.startswith("__") for name, _ in parse_qsl(scope["query_string"].decode("latin-1")))
            where = tuple(headers.get(name) for name in _WHERE)
            key = (path, is_plain, is_compressed, scope.get("root_path"), scope["scheme"], where)
            kept, most, head = self.pages, MOST_PAGES, (self.heads[path], is_plain)
        else:  # also a state that Gradio keeps under a "deep link"
            await self.app(scope, receive, send)
            return
        if key not in kept:
            messages = await self._make(scope, receive, head, is_compressed=is_compressed)
            if messages[0]["status"] == 200:
                kept[key] = messages
            if len(kept) > most:
                kept.popitem(last=False)
        else:
            messages = kept[key]
            kept.move_to_end(key)
        for message in messages:
            await send(message)

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


def _living(page: Blocks) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return what is to be done when the app of a page begins."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        tools.show_pictures(page)
        async with forget_visits(page)(app):
            yield

    return lifespan


def app_options(page: Blocks, heads: Mapping[str, Head], routes: Sequence[BaseRoute], longest: int) -> dict[str, Any]:
    """Return what Gradio's app is built with.

    Args:
        page: what it serves.
        heads: what is added to pages, by their paths.
        routes: what else is answered beside Gradio.
        longest: the most bytes of an upload.
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
            Middleware(Kept, heads=heads),
        ],
    }
