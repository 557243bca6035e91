"""How does the page travel to the browser, and what is let in?

What is the same for every visitor is made and compressed once, and answered from memory after that: the HTML of the
pages, for each address under which the lab is reached (Gradio would copy, walk and print the whole configuration for
each visit), and the hundred files of its front end, which have a hash of their content in their names and may be kept
for good. Answers to events travel compressed; streams of events go as they come.
"""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from convdemo.ui.parts.static import ROUTE
from convdemo.words import read_tables

MOST_PAGES, MOST_FILES = 64, 2000
"""What is kept. A host that somebody makes up takes the place of the page that was asked for longest ago."""

FILES = ("/assets/", "/lab/")
"""Where files are whose names change with their content: those of Gradio's front end, and ours."""

MAX_EVENT_BYTES = 1_000_000
"""The most bytes of a request that is no upload: the largest kernel, typed out, has 20 thousand."""

_TOLD = read_tables(Path(__file__).with_suffix(".toml"))
"""What browsers are told."""


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
            headers["cache-control"] = _TOLD["caching"]["for_good"]
        headers["vary"] = "Accept-Encoding"
        if is_compressed and not headers["content-type"].startswith(("image/webp", "image/png", "image/jpeg", "font/")):
            body = gzip.compress(body, 9)
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        return [{**start, "headers": headers.raw}, {"type": "http.response.body", "body": body}]


class Guarded:
    """ASGI middleware that refuses what is too long, and tells browsers what a page of ours may do.

    Args:
        app: what answers.
        longest: the most bytes of an upload, which travels with some words around it.
    """

    def __init__(self, app: Callable[..., Any], longest: int) -> None:
        self.app = app
        self.longest = longest

    async def __call__(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if headers.get(b"x-forwarded-host", headers.get(b"host")) != headers.get(b"host"):
            # Whoever asks could have any host written into the page; an operator's proxy passes the host on as it is.
            kept = [pair for pair in scope["headers"] if pair[0] != b"x-forwarded-host"]
            scope = {**scope, "headers": kept}

        async def tell(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(raw=list(message["headers"]))
                if "/file=" in scope["path"] and message["status"] == 200:  # its path has a hash of its content
                    told.setdefault("Cache-Control", _TOLD["caching"]["for_a_visit"])
                is_page = told.get("content-type", "").startswith("text/html")
                for name, value in (_TOLD["everything"] | (_TOLD["page"] if is_page else {})).items():
                    told.setdefault(name, value)
                message = {**message, "headers": told.raw}
            await send(message)

        refusal = self._refuse(scope, headers)
        await (refusal or self.app)(scope, receive, tell)

    def _refuse(self, scope: dict[str, Any], headers: Mapping[bytes, bytes]) -> Response | None:
        if scope["method"] not in ("POST", "PUT", "PATCH"):
            return None
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            return PlainTextResponse(_TOLD["refused"]["no_length"], status_code=411)
        is_upload = scope["path"].endswith("/upload")
        most = self.longest + MAX_EVENT_BYTES if is_upload else MAX_EVENT_BYTES
        if int(length) > most:
            return PlainTextResponse(_TOLD["refused"]["too_long"], status_code=413)
        return None


def app_options(heads: Mapping[str, Head], routes: Sequence[Route], longest: int) -> dict[str, Any]:
    """Return what Gradio's app is built with.

    Args:
        heads: what is added to pages, by their paths.
        routes: what else is answered beside Gradio.
        longest: the most bytes of an upload.
    """
    return {
        "routes": [ROUTE, *routes],
        "openapi_url": None,
        "middleware": [
            Middleware(Guarded, longest=longest),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6),
            Middleware(Kept, heads=heads),
        ],
    }
