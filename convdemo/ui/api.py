"""How does a program ask for a feature map?

What the page computes, for scripts: one function of plain values, with the names of the links and the checks of the
page. Gradio shows it under "Use via API".
"""

from collections.abc import Mapping

import gradio as gr

from convdemo.rendering import ABSOLUTE, SIGNED, encode_png, to_picture
from convdemo.ui.kernel.state import read_kernel
from convdemo.ui.layer.settings import make_feature_map, read_settings
from convdemo.ui.layer.state import ALL
from convdemo.ui.parts.files import save_array, save_file, served
from convdemo.ui.picture.opening import PictureGoneError, open_picture


def feature_map(
    picture: str | dict,
    kernel: str = "sobel_x",
    stride: int = 1,
    padding: str = "none",
    dilation: int = 1,
    bias: float = 0.0,
    relu: bool = False,
    flip: str = "no",
    channels: str = "grey",
    directions: str = "one",
) -> dict:
    """Compute the feature map of a picture, the same numbers as the page.

    Args:
        picture: a file (gradio_client's `handle_file` sends it), or the name of an example such as "coffee".
        kernel: a name ("sobel_x"), a name with parameters ("gabor:angle=30"), or weights row by row ("1,0;0,-1").
        stride: pixels from one window to the next, 1 to 16.
        padding: "none", or to keep the size "zeros", "reflect" or "replicate".
        dilation: pixels from one weight to the next, 1 to 16.
        bias: added to every sum, -4 to 4.
        relu: whether negative values become 0.
        flip: "no" for cross-correlation, "yes" for true convolution.
        channels: "grey", or "colour" for each colour separately.
        directions: "one" for the map of the kernel, "other" for that of its transpose, "all" for an edge picture: the
            root of the sum of the squares of both, without bias and ReLU.

    Returns:
        "numbers": a .npy file, float32 [height, width], or [height, width, 3] for each colour;
        "pictures": a PNG file a channel, blue negative, white 0, red positive, from -"limit" to "limit"; for
        all directions white 0, black "limit";
        "size": [height, width]; "minimum" and "maximum": of the numbers.

    Raises:
        gr.Error: what is wrong, in one sentence.
    """
    controls = {"stride": stride, "padding": padding, "dilation": dilation, "bias": bias}
    controls |= {"relu": relu, "flip": flip, "channels": channels, "directions": directions}
    is_file = isinstance(picture, Mapping)
    reference = {"upload": picture.get("path"), "name": picture.get("orig_name")} if is_file else {"example": picture}
    try:
        photo = open_picture(reference).photo
        settings = read_settings(controls)
        numbers = make_feature_map(photo, read_kernel(str(kernel)), settings)
    except (ValueError, PictureGoneError) as error:
        raise gr.Error(str(error), print_exception=False) from error
    rendered = to_picture(numbers, display=ABSOLUTE if settings.directions == ALL else SIGNED)
    return {
        "numbers": served(save_array(numbers, "feature-map.npy")),
        "pictures": [served(save_file(encode_png(drawn), "feature-map.png")) for drawn in rendered.pictures],
        "limit": max(-rendered.minimum, rendered.maximum),
        "size": list(numbers.shape[:2]),
        "minimum": rendered.minimum,
        "maximum": rendered.maximum,
    }
