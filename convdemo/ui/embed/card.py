"""How does a link show itself in a chat, a wiki or a course?

A page whose link says something has that in its head: title, description and a picture (Open Graph), and where its
frame is told (oEmbed).
"""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from convdemo.kernels import Kernel
from convdemo.rendering import PALETTE, Picture, Rendered
from convdemo.ui.gate import FOR_AN_HOUR
from convdemo.ui.layer.panel import as_controls
from convdemo.ui.layer.settings import Settings, make_feature_map, read_settings
from convdemo.ui.layer.state import STATE as LAYER
from convdemo.ui.lesson import in_turn
from convdemo.ui.parts.once import once
from convdemo.ui.parts.widgets import fill, read_text
from convdemo.ui.picture.opening import open_picture

SIZE = (1200, 630)
"""Width and height of the picture of a link, in pixels: what Open Graph asks for."""

MOST = 2000
"""Characters of a link that shows itself; a longer one is a page like any other."""

FRAME = (700, 900)
"""Width and height of a frame, in pixels, where nobody asks for less."""

Linked = Callable[[Mapping[str, str]], Mapping[str, Any]]
"""From the parameters of a link to its state."""

Render = Callable[[np.ndarray, Kernel, Settings], Rendered]
"""From a feature map, its kernel and settings to its pictures."""


@dataclass(frozen=True)
class Cards:
    """What the links of a lab say of themselves.

    Attributes:
        linked: reads a link.
        render: draws a feature map.
        lessons: the titles of the lessons by their names.
    """

    linked: Linked
    render: Render
    lessons: Mapping[str, str]

    def of(self, path: str, query: str, root: str) -> str:
        """Return what a link says of itself, as HTML for the head of its page; "" for one that is too long.

        The page for programs says nothing.

        Args:
            path: the page, "/" or "/" and a lesson.
            query: the parameters of the link, as it stands in it.
            root: the address of the lab, without a slash at its end.
        """
        if len(query) > MOST:
            return ""
        state = self.linked(dict(parse_qsl(query)))
        lesson = path.strip("/") or state["tab"]
        if lesson not in self.lessons:
            return ""
        asked = query and f"?{query}"
        address = f"{root}{path}{asked}"
        return fill(
            "embed.card",
            title=self.title(lesson, state),
            description=read_text(lesson)["sentence"],
            address=address,
            picture=f"{root}/preview.png{asked}",
            size=SIZE,
            frame=f"{root}/oembed?{urlencode({'url': address})}",
        )

    def title(self, lesson: str, state: Mapping[str, Any]) -> str:
        """Return the title of a state."""
        words = read_text("embed")["card"]
        title = words["title"].format(lesson=self.lessons[lesson], lab=read_text("header")["title"])
        if lesson != "feature_map":
            return title
        picture = open_picture({"example": state["picture"]})
        return words["map"].format(kernel=state["kernel"].title, picture=picture.name, title=title)

    def routes(self) -> list[Route]:
        """Return the routes that answer with the picture and with the frame of a link."""
        draw = in_turn(once(64)(partial(draw_preview, self.linked, self.render)), "preview", 1)
        return [Route("/preview.png", partial(_preview, draw)), Route("/oembed", partial(_oembed, self))]


async def _preview(draw: Callable[..., Any], request: Request) -> Response:
    query = str(request.url.query)
    if len(query) > MOST:
        return PlainTextResponse(read_text("embed")["card"]["too_long"].format(most=MOST), 414)
    return Response(await draw(query), media_type="image/png", headers={"Cache-Control": FOR_AN_HOUR})


def _oembed(cards: Cards, request: Request) -> Response:
    words = read_text("embed")["card"]
    try:
        url = urlsplit(request.query_params.get("url", ""))
        path, query = url.path, dict(parse_qsl(url.query))
        state = cards.linked(query)
    except ValueError:
        return PlainTextResponse(words["no_link"], 404)
    name = path.rsplit("/", 1)[-1]
    is_ours = url.scheme in ("http", "https") and url.netloc == request.url.netloc and _PATH.fullmatch(path)
    if not is_ours or len(url.query) > MOST or (name and name not in cards.lessons):
        return PlainTextResponse(words["no_link"], 404)
    if request.query_params.get("format", "json") != "json":
        return PlainTextResponse(words["json_only"], 501)
    lesson, root = name or state["tab"], f"{url.scheme}://{url.netloc}{path.rsplit('/', 1)[0]}"
    width, height = (_at_most(request.query_params.get(f"max{side}"), most) for side, most in _SIDES)
    kept = urlencode({"embed": 1, **{key: value for key, value in query.items() if key not in _LEFT_OUT}})
    title = cards.title(lesson, state)
    frame = fill("embed.frame", address=f"{root}/{lesson}?{kept}", title=title, width=width, height=height)
    return JSONResponse({
        "version": "1.0", "type": "rich", "provider_name": read_text("header")["title"], "provider_url": f"{root}/",
        "title": title, "width": width, "height": height, "html": frame,
        "thumbnail_url": f"{root}/preview.png?{urlencode(query)}",
        "thumbnail_width": SIZE[0], "thumbnail_height": SIZE[1],
    })  # fmt: skip


_PATH = re.compile(r"(/[\w.~-]+)*/?", re.ASCII)  # a lab may stand below another address
_LEFT_OUT = ("tab", "embed", "present")  # of the parameters of a link, in a frame
_SIDES = (("width", FRAME[0]), ("height", FRAME[1]))


def _at_most(asked: str | None, most: int) -> int:
    is_number = asked is not None and asked.isascii() and asked.isdigit() and len(asked) < 6
    return max(1, min(most, int(asked))) if is_number else most


# ---- the picture ---------------------------------------------------------------------------------------------------

_EDGE, _TEXT = 40, 110  # pixels: around the pictures, and for the words under them


def draw_preview(linked: Linked, render: Render, query: str) -> bytes:
    """Draw the photo and the feature map of a link beside each other, with the kernel's name: a PNG of `SIZE`."""
    state = linked(dict(parse_qsl(query)))
    picture, kernel = open_picture({"example": state["picture"]}), state["kernel"]
    sheet = Image.new("RGB", SIZE, "white")
    width, height = (SIZE[0] - 3 * _EDGE) // 2, SIZE[1] - 2 * _EDGE - _TEXT
    photo = Image.fromarray((255 * picture.photo.pixels.squeeze() + 0.5).astype("uint8")).convert("RGB")
    try:
        settings = read_settings(as_controls(LAYER.of(state)))
        drawn = _image(render(make_feature_map(picture.photo, kernel, settings), kernel, settings).pictures[0])
    except ValueError:  # a window larger than the picture: the page says so
        drawn = None
    for number, image in enumerate((photo, drawn)):
        if image:
            scale = min(width / image.width, height / image.height)
            fitted = image.resize((round(scale * image.width), round(scale * image.height)), Image.Resampling.BICUBIC)
            left = _EDGE + number * (width + _EDGE) + (width - fitted.width) // 2
            sheet.paste(fitted, (left, _EDGE + (height - fitted.height) // 2))
    pen, text = ImageDraw.Draw(sheet), read_text("header")["title"]
    pen.text((_EDGE, SIZE[1] - _TEXT), kernel.title, "#1f2937", ImageFont.load_default(44))
    pen.text((_EDGE, SIZE[1] - _TEXT + 58), text, "#6b7280", ImageFont.load_default(26))
    _swatch(sheet, kernel.weights)
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()


def _image(drawn: Picture) -> Image.Image:
    pixels = drawn.pixels if drawn.palette is None else drawn.palette[drawn.pixels]
    return Image.fromarray(pixels).convert("RGB")


def _swatch(sheet: Image.Image, weights: Any) -> None:
    """Put the kernel into the corner, in the colours of signed values."""
    largest = abs(weights).max() or 1.0
    places = ((weights / largest + 1) / 2 * (len(PALETTE) - 1) + 0.5).astype(int)
    side = _TEXT - 30
    kernel = Image.fromarray(PALETTE[places]).convert("RGB")
    scale = side / max(kernel.size)
    size = (max(1, round(scale * kernel.width)), max(1, round(scale * kernel.height)))
    kernel = kernel.resize(size, Image.Resampling.NEAREST)
    left, top = SIZE[0] - _EDGE - kernel.width, SIZE[1] - _TEXT
    ImageDraw.Draw(sheet).rectangle((left - 1, top - 1, left + kernel.width, top + kernel.height), outline="#9ca3af")
    sheet.paste(kernel, (left, top))
