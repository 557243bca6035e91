"""What does the shared picture look like at the side of the page?"""

import json
from collections.abc import Mapping
from typing import Any

import gradio as gr

from convdemo.images import WORKING_SIDE, ImageError
from convdemo.numbers import grouped
from convdemo.ui.parts.files import served
from convdemo.ui.parts.widgets import (
    read_text,
    widget,
)
from convdemo.ui.picture.opening import (
    MAX_UPLOAD_BYTES,
    THUMBNAIL,
    OpenPicture,
    PictureGoneError,
    open_picture,
    published_example,
    published_thumbnails,
)
from convdemo.ui.picture.state import EXAMPLES, STATE, example_title


def describe(picture: OpenPicture) -> dict[str, Any]:
    """Return what the picture widget shows of an open picture, as plain data."""
    text = read_text("picture")
    height, width = picture.photo.size
    source = picture.photo.source
    stretched = ""
    if source.white is not None:
        black, white = (grouped(number).replace("-", "−") for number in (source.black, source.white))
        stretched = text["stretched"].format(black=black, white=white)
    reduced = picture.original_size != picture.photo.size
    caption = text["caption_reduced" if reduced else "caption"].format(
        name=picture.name,
        width=width,
        height=height,
        channels=text["colour" if picture.photo.pixels.shape[2] == 3 else "grey"],
        stretched=stretched,
        original_height=picture.original_size[0],
        original_width=picture.original_size[1],
    )
    return {
        "file": served(picture.file),
        "size": [height, width],
        "caption": caption,
        "alt": text["alt"].format(name=picture.name),
        "save_as": picture.save_as,
        "download": published_example(picture.example).file if picture.example else served(picture.file),
        "error": None,
    }


def build_picture(reference: Mapping[str, Any]) -> gr.HTML:
    """Build the picture at the side, showing `reference` first."""
    return widget(
        "picture",
        value=dict(reference),
        shown=describe(open_picture(reference)),
        constants={
            "examples": [{"name": name, "title": example_title(name)} for name in EXAMPLES],
            "thumbnails": published_thumbnails(),
            "side": THUMBNAIL,
        },
        working_side=WORKING_SIDE,
        max_bytes=MAX_UPLOAD_BYTES,
    )


def show_picture(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a change of the picture where no lesson answers for it: what it is, and its part of the link."""
    picture, shown = look_at(given["picture"])
    if not picture:
        return {"picture": gr.update(shown=shown)}
    query = STATE.query({"picture": picture.example} if picture.example else {})
    return {"picture": gr.update(shown=shown), "header": gr.update(page_query=query, uploaded=not picture.example)}


def look_at(reference: Any) -> tuple[OpenPicture | None, dict[str, Any]]:
    """Return the picture that the page asks for, None if it is none, and what is shown of it: what was asked, too."""
    # As text: nothing that was sent comes back as a structure, in which Gradio would look for files to serve.
    asked = {"asked": json.dumps(reference)}
    try:
        picture = open_picture(reference)
    except PictureGoneError as error:
        return None, {**asked, "error": str(error), "gone": True}
    except ImageError as error:
        return None, {**asked, "error": str(error)}
    return picture, {**asked, **describe(picture)}
