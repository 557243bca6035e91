"""What can a program ask of the lab's one layer? A feature map, and which kernels there are."""

from typing import Literal

from convdemo.kernels import KERNELS
from convdemo.rendering import ABSOLUTE, SIGNED, to_picture
from convdemo.ui.api.endpoint import Endpoint, as_png, given_kernel, given_picture, rows_of, saved
from convdemo.ui.layer.settings import make_feature_map, read_settings
from convdemo.ui.layer.state import ALL, CHANNELS, DIRECTIONS, FLIPS, PADDINGS
from convdemo.ui.parts.files import save_array


def feature_map(
    picture: str | dict,
    kernel: str = "sobel_x",
    stride: int = 1,
    padding: Literal[PADDINGS] = "none",
    dilation: int = 1,
    bias: float = 0.0,
    relu: bool = False,
    flip: Literal[FLIPS] = "no",
    channels: Literal[CHANNELS] = "grey",
    directions: Literal[DIRECTIONS] = "one",
) -> dict:
    """Compute the feature map of a picture, the same numbers as the page.

    For all directions it is an edge picture: the root of the sum of the squares of both maps, without bias and ReLU.

    Args:
        picture: a file (`handle_file` of the clients sends it), a data URL, or the name of an example such as "coffee".
        kernel: a name ("sobel_x"), a name with parameters ("gabor:angle=30"), or weights row by row ("1,0;0,-1").
        stride: pixels from one window to the next, 1 to 16.
        padding: "none", or to keep the size "zeros", "reflect" or "replicate".
        dilation: pixels from one weight to the next, 1 to 16.
        bias: added to every sum, -4 to 4.
        relu: whether negative values become 0.
        flip: "no" for cross-correlation, "yes" for true convolution.
        channels: "grey", or "colour" for each colour separately.
        directions: "one" for the map of the kernel, "other" for that of its transpose, "all" for the strength of both.

    Returns:
        "numbers": a .npy file, float32 [height, width], or [height, width, 3] for each colour; "pictures": a PNG file
        a channel, blue negative, white 0, red positive, from -"limit" to "limit"; for all directions white 0, black
        "limit"; "size": [height, width]; "minimum" and "maximum": of the numbers.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    controls = {"stride": stride, "padding": padding, "dilation": dilation, "bias": bias}
    controls |= {"relu": relu, "flip": flip, "channels": channels, "directions": directions}
    photo, settings = given_picture(picture).photo, read_settings(controls)
    numbers = make_feature_map(photo, given_kernel(kernel), settings)
    rendered = to_picture(numbers, display=ABSOLUTE if settings.directions == ALL else SIGNED)
    return {
        "numbers": saved(save_array(numbers, "feature-map.npy")),
        "pictures": [as_png(drawn, "feature-map") for drawn in rendered.pictures],
        "limit": max(-rendered.minimum, rendered.maximum),
        "size": list(numbers.shape[:2]),
        "minimum": rendered.minimum,
        "maximum": rendered.maximum,
    }


def kernels() -> list[dict]:
    """List the kernels of the lab, in the order of its menu.

    Returns:
        For each kernel: "name", "title", "group", "note", "source", "weights" row by row, and "parameters", each with
        its "name", "default", "minimum" and "maximum".
    """
    return [
        {
            **{name: getattr(kernel, name) for name in ("name", "title", "group", "note", "source")},
            "weights": rows_of(kernel.weights),
            "parameters": [
                {name: getattr(parameter, name) for name in ("name", "default", "minimum", "maximum")}
                for parameter in kernel.parameters
            ],
        }
        for kernel in KERNELS.values()
    ]


ENDPOINTS = (Endpoint(feature_map, "draw", 1), Endpoint(kernels, "lists", 2))
