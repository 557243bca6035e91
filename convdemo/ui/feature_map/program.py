"""Which short program makes exactly this feature map from this picture?

What the page shows can be copied, run, and changed. The tests run it for many settings and compare.
"""

import numpy as np

from convdemo.correlation import same_padding
from convdemo.images import Source
from convdemo.kernels import Kernel, to_cells
from convdemo.ui.layer.settings import Settings, sliding_weights
from convdemo.ui.layer.state import ALL
from convdemo.ui.picture.program import LUMINANCE, write_beginning, write_padding


def write_program(
    file_name: str,
    *,
    is_grey: bool,
    kernel: Kernel,
    settings: Settings,
    source: Source | None = None,
    is_changed: bool = False,
) -> str:
    """Write a JAX and Flax program for the feature map of the picture `file_name`.

    Args:
        file_name: the picture as the program opens it, beside itself.
        is_grey: whether the picture has one channel.
        kernel: what slides over it.
        settings: everything else.
        source: how the visitor's own file holds the picture, which the program opens as well as the one that the page
            saves.
        is_changed: whether the numbers of that one are others, as it was reduced or stretched.

    Returns:
        A program that ends with `feature_map`, float32 [height, width], or [height, width, 3] for each colour.
    """
    weights, has_two = sliding_weights(kernel, settings), settings.directions == ALL
    in_colour = settings.channels == "colour" and not is_grey
    lines = write_beginning(
        "image",
        file_name,
        source,
        is_grey=is_grey,
        is_changed=is_changed,
        weights=None if in_colour else LUMINANCE,
    )
    if in_colour:
        lines.append("images = jnp.moveaxis(jnp.asarray(image), 2, 0)[..., None]  # [colour, height, width, 1]")
    else:
        lines.append("images = jnp.asarray(image)[None, :, :, None]  # [1, height, width, 1]")
    lines += ["", f"kernel = jnp.array({_numbers(weights)}, jnp.float32)"]
    if settings.flip == "yes":
        lines.append("kernel = kernel[::-1, ::-1]  # true convolution flips the kernel")
    if settings.padding != "none":
        rows, columns = same_padding(weights.shape, settings.dilation)
        lines.append(write_padding("images", rows, columns, settings.padding))
    height, width = weights.shape
    steps = f"strides={settings.stride}, kernel_dilation={settings.dilation}"
    features, without_bias = (2, "use_bias=False, ") if has_two else (1, "")
    lines += [
        "conv = nnx.Conv(",
        f"    1, {features}, kernel_size=({height}, {width}), {steps},",
        f'    padding="VALID", {without_bias}rngs=nnx.Rngs(0),',
        ")",
        *(_all_directions() if has_two else _one_direction(settings)),
        "feature_map = jnp.moveaxis(feature_maps[..., 0], 0, 2)"
        if in_colour
        else "feature_map = feature_maps[0, :, :, 0]",
        "print(feature_map.shape, feature_map.min(), feature_map.max())",
        "",
    ]
    return "\n".join(lines)


def _one_direction(settings: Settings) -> list[str]:
    return [
        "conv.kernel[...] = kernel[:, :, None, None]",
        f"conv.bias[...] = jnp.array([{settings.bias:.10g}], jnp.float32)",
        "",
        "feature_maps = nnx.relu(conv(images))" if settings.activation == "relu" else "feature_maps = conv(images)",
    ]


def _all_directions() -> list[str]:
    return [
        "conv.kernel[...] = jnp.stack([kernel, kernel.T], axis=-1)[:, :, None, :]  # across and down",
        "",
        "maps = conv(images)",
        "feature_maps = jnp.hypot(maps[..., :1], maps[..., 1:])  # the strength of the change in any direction",
    ]


def _numbers(weights: np.ndarray) -> str:
    """Write the weights as a nested Python list that float32 reads back exactly, one kernel row a line."""
    rows = [f"[{', '.join(row)}]" for row in to_cells(weights)]
    if len(rows) == 1:
        return f"[{rows[0]}]"
    return "[\n" + "".join(f"    {row},\n" for row in rows) + "]"
