"""What can a program ask of a stack of layers over a photo? The map after each of them, and the one kernel for all."""

from typing import Any

from convdemo.receptive_field import StackError
from convdemo.stacks import composed_kernel
from convdemo.ui.api.endpoint import Endpoint, as_file, as_png, given_kernel, given_picture, given_text, rows_of
from convdemo.ui.layers.files import save_own
from convdemo.ui.layers.own import OwnStack, name_layer
from convdemo.ui.layers.state import read_stack
from convdemo.ui.parts.widgets import read_text


def run_stack(picture: str | dict, stack: str = "edges", kernel: str = "sobel_x") -> dict:
    """Run a picture through a stack of up to eight layers, and find the one kernel that does the same.

    Args:
        picture: a file (`handle_file` of the clients sends it), a data URL, or the name of an example such as "coffee".
        stack: a name ("edges", "bell"), or layers with "~" between, such as "relu:sobel_x~max2~s2:zeros:1,0;0,-1".
        kernel: what "shared" stands for in the stack, as in a feature map.

    Returns:
        "layers": for each its "title", the "size", "minimum" and "maximum" of its map, the "field" that its values
        see, and the "picture" of the map, a PNG file on a scale of its own; "maps": an .npz file, float32 [height,
        width], with "photo", "layer1", "layer2", …; "one": "weights" row by row, "bias" and "stride" of the one
        kernel that does the same, or null, and "why": why there is none.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    try:
        specs = read_stack(given_text(stack, "stack"))
    except ValueError as error:
        raise ValueError(read_text("layers")["api"]["no_stack"].format(problem=str(error).rstrip("."))) from error
    opened = given_picture(picture)
    run = OwnStack(opened, specs, given_kernel(kernel))
    return {
        "layers": [_describe(run, depth) for depth in range(1, len(specs) + 1)],
        "maps": as_file(save_own(run, "npz"), f"{opened.stem}-maps.npz"),
        **_one(run),
    }


def _describe(run: OwnStack, depth: int) -> dict[str, Any]:
    rendered = run.rendered(depth)
    return {
        "title": name_layer(run.specs[depth - 1], run.shared),
        "size": run.maps[depth - 1].shape,
        "minimum": rendered.minimum,
        "maximum": rendered.maximum,
        "field": run.fields[depth - 1].size,
        "picture": as_png(rendered.pictures[0], f"layer{depth}"),
    }


def _one(run: OwnStack) -> dict[str, Any]:
    try:
        one = composed_kernel(run.layers)
    except StackError as error:
        return {"one": None, "why": str(error)}
    return {"one": {"weights": rows_of(one.weights), "bias": one.bias, "stride": one.stride}, "why": ""}


ENDPOINTS = (Endpoint(run_stack, "layers", 2),)
