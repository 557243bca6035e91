"""What of a feature map can be taken away? Its picture, its numbers, and the picture of the map of the whole photo."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from convdemo.kernels import Kernel
from convdemo.rendering import Picture, encode_png
from convdemo.ui.feature_map.view import render_map
from convdemo.ui.feature_map.whole import draw_whole
from convdemo.ui.kernel.value import read_kernel_value
from convdemo.ui.layer.settings import Settings, make_feature_map, read_settings
from convdemo.ui.parts.files import save_array, save_file, served
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.picture.opening import OpenPicture, PictureGoneError, open_picture, read_whole


def save_map(given: Mapping[str, Any], event: gr.EventData) -> dict[str, Any]:
    """Write the feature map on screen as the kind of file that the event asks for, and hand it to the figure.

    A "png" is the picture, its colours side by side; a "npy" the numbers, float32.

    Raises:
        gr.Error: there is no feature map of this state, or no such kind.
    """
    kind = getattr(event, "kind", None)
    if kind not in ("png", "npy"):
        raise gr.Error(read_text("feature_map")["no_such_file"], print_exception=False)
    try:
        picture, kernel, settings = _read(given)
        feature_map = make_feature_map(picture.photo, kernel, settings)
    except (ValueError, PictureGoneError) as error:
        raise gr.Error(str(error), print_exception=False) from error
    name = f"{_stem(picture, kernel, settings)}.{kind}"
    if kind == "npy":
        return _hand_over(save_array(feature_map, name))
    pictures = render_map(feature_map, kernel, settings).pictures
    side_by_side = Picture(np.hstack([picture.pixels for picture in pictures]), pictures[0].palette)
    return _hand_over(save_file(encode_png(side_by_side), name))


def save_whole(given: Mapping[str, Any], event: gr.EventData) -> dict[str, Any]:
    """Write the map of the photo that was sent once more, whole, under the path that the event tells as "upload".

    What is wrong is said beside the button.
    """
    try:
        photo = read_whole(getattr(event, "upload", None))
        picture, kernel, settings = _read(given)
        png = encode_png(draw_whole(photo, kernel, settings))
    except (ValueError, PictureGoneError) as error:
        return _hand_over(None, told=str(error))
    height, width = photo.size
    path = save_file(png, f"{_stem(picture, kernel, settings)}-{width}x{height}.png")
    words = read_text("feature_map")["whole"]["done"]
    return _hand_over(path, told=words.format(width=width, height=height, megabytes=f"{len(png) / 1e6:.1f}"))


def _read(given: Mapping[str, Any]) -> tuple[OpenPicture, Kernel, Settings]:
    return open_picture(given["picture"]), read_kernel_value(given["kernel"]), read_settings(given)


def _stem(picture: OpenPicture, kernel: Kernel, settings: Settings) -> str:
    """Return the name of a file without its end: the photo, the kernel, and which of the maps it is."""
    about = [picture.stem, kernel.name, read_text("feature_map")["caption"]["saved"][settings.directions]]
    return "-".join(filter(None, about))


def _hand_over(path: Path | None, **told: str) -> dict[str, Any]:
    """Return what gives a file to the figure, if there is one, and the sentence that it then tells."""
    click = time.monotonic_ns()  # so that the same file twice is a change
    file = {"file": served(path), "name": path.name} if path else {}
    return {"figure": gr.update(saved={**file, "click": click, **told})}
