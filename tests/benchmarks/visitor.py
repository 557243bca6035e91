"""A visitor who speaks the page's own protocol, without a browser: hundreds of them fit into one process.

Requests travel as a browser's do, over at most six connections that are kept open, and compressed. They are written and
read by hand: a client library takes more of the processor than the lab does for the same request.
"""

import asyncio
import gzip
import io
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image

from convdemo.kernels import KERNELS

LINES = 6
"""Connections that a browser opens to one host."""

EVENT = "gradio_api/run/predict"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_PACKED = re.compile(rb"\r\ncontent-encoding: *gzip", re.IGNORECASE)
_LINK = re.compile(r'<link rel="(?:modulepreload|preload|stylesheet)"(?! disabled)[^>]*? href="([^"]+)"')
_SCRIPT = re.compile(r'<script[^>]* src="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP.
        packed: its body as it travelled.
        is_packed: whether that is compressed.
    """

    status: int
    packed: bytes
    is_packed: bool

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.packed) if self.is_packed else self.packed


class RefusedError(Exception):
    """A request that was not answered as it should be."""


class Line:
    """A connection that is kept open."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send a request and read the answer; once more on a new connection if the lab has closed this one."""
        if self.writer:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._ask(request)
            self.close()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        return await self._ask(request)

    async def _ask(self, request: bytes) -> Answer:
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status, length = int(head[9:12]), _LENGTH.search(head)
        if length:
            body = await self.reader.readexactly(int(length[1]))
        elif _CHUNKED.search(head):
            body = b"".join([chunk async for chunk in self._chunks()])
        else:
            body = b""
        return Answer(status, body, bool(_PACKED.search(head)))

    async def _chunks(self):
        while True:
            size = int(await self.reader.readline(), 16)
            chunk = (await self.reader.readexactly(size + 2))[:-2]
            if not size:
                return
            yield chunk

    async def listen(self, request: bytes) -> None:
        """Send a request whose answer is a stream without an end, and read its head."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        if int(head[9:12]) != 200:
            raise RefusedError(head[9:12].decode())

    def close(self) -> None:
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


class Visitor:
    """Somebody with a browser.

    Args:
        port: of the lab.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.session = secrets.token_hex(5)
        self._lines: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        for _ in range(LINES - 1):  # the heartbeat has one of its own
            self._lines.put_nowait(Line(port))
        self._heartbeat = Line(port)

    async def ask(self, path: str, body: bytes | None = None, kind: str = "application/json") -> Answer:
        """Ask for an address.

        Raises:
            RefusedError: the answer is none.
        """
        line = await self._lines.get()
        try:
            answer = await line.ask(self._request(path, body, kind))
        except (OSError, EOFError) as error:
            line.close()
            raise RefusedError(f"{type(error).__name__}: /{path:.40}") from error
        except BaseException:
            line.close()
            raise
        finally:
            self._lines.put_nowait(line)
        if answer.status >= 400:
            raise RefusedError(f"{answer.status}: /{path:.40}: {answer.body[:100]!r}")
        return answer

    def _request(self, path: str, body: bytes | None, kind: str) -> bytes:
        head = f"{'GET' if body is None else 'POST'} /{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
        head += "Accept-Encoding: gzip\r\n"
        if body is not None:
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        return f"{head}\r\n".encode() + (body or b"")

    async def fetch_all(self, paths: list[str]) -> None:
        """Fetch files as a browser does, as many at a time as it has connections."""
        await asyncio.gather(*map(self.ask, paths))

    async def beat(self) -> None:
        """Open the stream by which Gradio knows that the page is open."""
        await self._heartbeat.listen(self._request(f"gradio_api/heartbeat/{self.session}", None, ""))

    async def draw(self, call: dict[str, Any]) -> list[str]:
        """Ask for a feature map; the addresses of its pictures, the ones that are shown first, then the others.

        Raises:
            RefusedError: there is none.
        """
        asked = {**call, "session_hash": self.session, "event_data": None}
        answer = json.loads((await self.ask(EVENT, json.dumps(asked).encode())).body)
        pictures = next(iter(_pictures(answer["data"])), None)
        if not pictures:
            raise RefusedError(f"no map: {re.findall(r'.error.: .[^,]*', json.dumps(answer['data']))}")
        shown = [_address(picture["preview"] or picture["file"]) for picture in pictures]
        return [*shown, *(_address(picture["file"]) for picture in pictures if picture["preview"])]

    async def upload(self, data: bytes, name: str) -> str:
        """Upload a picture; its path on the server."""
        mark = secrets.token_hex(16)
        head = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        body = f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + data + f"\r\n--{mark}--\r\n".encode()
        path = f"gradio_api/upload?upload_id={secrets.token_hex(5)}"
        return json.loads((await self.ask(path, body, f"multipart/form-data; boundary={mark}")).body)[0]

    def leave(self) -> None:
        """Close the page."""
        self._heartbeat.close()
        while not self._lines.empty():
            self._lines.get_nowait().close()


def _pictures(data: list[Any]) -> Iterator[list[dict[str, Any]]]:
    """The pictures of the figure in an answer."""
    for part in data:
        value = part.get("value") if isinstance(part, dict) else None
        if isinstance(value, dict) and "pictures" in value:
            yield value["pictures"]


def _address(file: str | dict[str, Any]) -> str:
    """The address of a file, without a slash: as `address` in parts/dom.js."""
    if isinstance(file, str):
        return file
    url = file.get("url")
    return quote(url.split("/", 3)[3], safe="/=?&%") if url else f"gradio_api/file={quote(file['path'])}"


# ---- what visitors do ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What a page tells its browser.

    Attributes:
        files: what a first visit asks for.
        call: what the page sends when it asks for a feature map.
    """

    files: list[str]
    call: dict[str, Any]


async def look_around(port: int) -> Known:
    """Read the page and Gradio's configuration."""
    visitor = Visitor(port)
    html = (await visitor.ask("")).body.decode()
    config = json.loads((await visitor.ask("config")).body)
    visitor.leave()
    files = [name.removeprefix("./").removeprefix("/") for name in [*_LINK.findall(html), *_SCRIPT.findall(html)]]
    values = {each["id"]: each["props"].get("value") for each in config["components"]}
    draw = next(each for each in config["dependencies"] if each["api_name"] == "feature_map_room")
    call = {"fn_index": draw["id"], "data": [values[number] for number in draw["inputs"]]}
    return Known(list(dict.fromkeys(files)), {**call, "trigger_id": draw["targets"][0][0]})


class Taste:
    """What a visitor picks: half of the kernels are the library's, half are typed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - a seed makes them, nothing secret

    def kernel(self) -> dict[str, Any]:
        if self.chance.random() < 0.5:
            return {"name": self.chance.choice(list(KERNELS)), "parameters": {}, "cells": None, "text": None}
        side = self.chance.choice((3, 3, 5, 7))
        cells = [[f"{self.chance.gauss(0, 1):.2f}" for _ in range(side)] for _ in range(side)]
        return {"name": "custom", "parameters": {}, "cells": cells, "text": None}


WIDTH, HEIGHT = 800, 600
"""Pixels of a photo."""


def photo(seed: int, width: int = WIDTH, height: int = HEIGHT, kind: str = "JPEG") -> bytes:
    """A picture of its own, smooth with some grain, as a camera makes it."""
    chance = np.random.default_rng(seed)
    coarse = Image.fromarray(chance.integers(0, 256, (6, 8, 3), np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))
    grain = chance.normal(0, 6, (height, width, 1))
    pixels = np.clip(smooth + grain, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return file.getvalue()


def uploaded(path: str, name: str, height: int, width: int) -> dict[str, Any]:
    """An upload as the picture of a draw."""
    return {"upload": path, "name": name, "original": [height, width]}
