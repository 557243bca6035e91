"""What can a program ask about translation? Whether a feature map moves with the picture."""

from typing import Literal

import numpy as np

from convdemo.images import to_grey
from convdemo.rendering import to_picture, vivid_limit
from convdemo.ui.api.endpoint import Endpoint, as_png, finite, given_kernel, given_picture
from convdemo.ui.why.shift import move, tell_verdict
from convdemo.ui.why.state import LAYERS, STATE
from convdemo.why_convolution import MODES


def shift_test(
    picture: str | dict,
    kernel: str = "sobel_x",
    layer: Literal[LAYERS] = "convolution",
    mode: Literal[MODES] = "wrap",
    rows: int = 9,
    columns: int = 15,
) -> dict:
    """Move a picture, and compare its feature map with the moved feature map of the picture at rest.

    Args:
        picture: a file (`handle_file` of the clients sends it), a data URL, or the name of an example such as "coffee".
        kernel: a name ("sobel_x"), a name with parameters ("gabor:angle=30"), or weights row by row ("1,0;0,-1").
        layer: "convolution", with "stride" 2, with "pooling" 2, or "full": fully connected, on a small version.
        mode: what comes in at the border: "wrap" what went out, or "zeros".
        rows: how far the picture moves down, -100 to 100.
        columns: how far the picture moves to the right, -100 to 100.

    Returns:
        "largest": the largest difference of the two maps inside, where no border is seen (null if nothing is);
        "inside": the share of such outputs; "moves": how far the map was moved; "whole": whether nothing had to be
        rounded for that; "verdict": what that says, in a sentence; "pictures": PNG files, the "map_of_shifted"
        picture, the "shifted_map" and the "difference", blue negative, white 0, red positive, from -"limit" to
        "limit".

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    names = ("layer", "mode", "rows", "columns")
    asked = STATE.check(dict(zip(names, (layer, mode, rows, columns), strict=True)), names)
    image = to_grey(given_picture(picture).photo.pixels)
    tested, test = move(image, given_kernel(kernel).weights, **asked)
    limit = vivid_limit(test.shifted_map) or 1.0
    maps = {name: getattr(test, name) for name in ("map_of_shifted", "shifted_map", "difference")}
    return {
        "largest": finite(test.largest),
        "inside": float(np.mean(test.inside)),
        "moves": test.moves,
        "whole": test.whole,
        "verdict": tell_verdict(test, asked["layer"], tested.step, asked["rows"], asked["columns"]),
        "limit": float(limit),
        "pictures": {name: as_png(to_picture(made, limit=limit).pictures[0], name) for name, made in maps.items()},
    }


ENDPOINTS = (Endpoint(shift_test, "why", 2),)
