"""What is seen before the scripts have run: the title, the photo and the map of the first lesson, each in its place.

Gradio draws nothing until all of its front end is there. So the HTML holds a first view, which goes when the page
itself is drawn in the same place (early.css). It cannot be used yet, but looked at. Where a link says how the page
opens, scripts ask for its pictures (ask.js) and show them (show.js) while the front end loads.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from convdemo.ui.parts.widgets import fill, read_source, read_text


def draw_view(pictures: Mapping[str, Mapping[str, Any]] | None, sentence: str = "") -> str:
    """Return the first view of a page.

    Args:
        pictures: the "photo" and the "map", each with its "file" and "size"; None if they follow from the link.
        sentence: the one that the first lesson opens with; none where nothing of a lesson is seen at first.
    """
    text, framed, known = read_text("header"), read_text("embed"), pictures or {}
    return fill(
        "early.view",
        title=text["title"],
        tagline=text["tagline"],
        sentence=sentence,
        photo=known.get("photo"),
        map=known.get("map"),
        blocked=framed["blocked"],
        no_scripts=framed["no_scripts"],
        check=read_source("embed/blocked.js"),
        script="" if pictures else read_source("early/show.js"),
    )


def view_route(pictures_of: Callable[[Mapping[str, str]], Mapping[str, Any]]) -> Route:
    """Return the route that answers with the map that a link opens with; a header tells of all its pictures.

    Args:
        pictures_of: returns the pictures for the parameters of a link, as `draw_view` takes them. A file is an address,
            or as Gradio's components have it.
    """

    def answer(request: Request) -> Response:
        pictures = pictures_of(request.query_params)
        match pictures.get("map"):
            case {"file": {"path": path}}:
                data = Path(path).read_bytes()
            case _:  # none, or one that the browser may have already
                data = b""
        return Response(data, media_type="image/png", headers={"X-First-View": json.dumps(pictures)})

    return Route("/first_view", answer)
