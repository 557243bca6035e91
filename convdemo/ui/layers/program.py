"""Which short Flax program makes exactly these maps?"""

from collections.abc import Sequence
from typing import Any

from convdemo.kernels import to_cells
from convdemo.stacks import Convolution, MapLayer, as_seen
from convdemo.ui.picture.opening import OpenPicture
from convdemo.ui.picture.program import write_beginning, write_padding

_CONVOLUTION = """
def convolution(image, kernel, *, bias=0.0, stride=1, dilation=1):
    kernel = jnp.array(kernel, jnp.float32)
    conv = nnx.Conv(1, 1, kernel.shape, strides=stride, kernel_dilation=dilation, padding="VALID", rngs=nnx.Rngs(0))
    conv.kernel[...] = kernel[:, :, None, None]
    conv.bias[...] = jnp.array([bias], jnp.float32)
    return conv(image)

"""

_POOLING = """
def pooling(image, side, take, start, *, stride, dilation=1):
    window, steps, gaps = ((1, size, size, 1) for size in (side, stride, dilation))
    return lax.reduce_window(image, start, take, window, steps, "VALID", window_dilation=gaps)

"""

_NETWORK = """
weights = np.load("pnet.npz")  # P-Net of MTCNN, Zhang, Zhang, Li and Qiao 2016, from this page


def convolution(values, name):
    kernel = weights[f"{name}_kernel"]
    conv = nnx.Conv(*kernel.shape[2:], kernel.shape[:2], padding="VALID", rngs=nnx.Rngs(0))
    conv.kernel[...], conv.bias[...] = jnp.asarray(kernel), jnp.asarray(weights[f"{name}_bias"])
    return conv(values)


def prelu(values, name):
    return jnp.where(values > 0, values, weights[f"{name}_slope"] * values)


maps = {"conv1": prelu(convolution(image, "conv1"), "conv1")}
height, width = maps["conv1"].shape[:2]
odd = ((0, height % 2), (0, width % 2))  # the last odd row and column are pooled alone
maps["pool1"] = nnx.max_pool(maps["conv1"], (2, 2), strides=(2, 2), padding=odd)
maps["conv2"] = prelu(convolution(maps["pool1"], "conv2"), "conv2")
maps["conv3"] = prelu(convolution(maps["conv2"], "conv3"), "conv3")
maps["face"] = nnx.softmax(convolution(maps["conv3"], "face"))[..., 1:]
row, column = np.unravel_index(np.argmax(maps["face"]), maps["face"].shape[:2])
print(f"{maps['face'].max():.4f} at rows {2 * row} to {2 * row + 11}, columns {2 * column} to {2 * column + 11}")
"""


def _begin(name: str, picture: OpenPicture, **options: Any) -> list[str]:
    is_grey = picture.photo.pixels.shape[2] == 1
    source, is_changed = picture.photo.source, picture.is_changed
    return write_beginning(name, picture.save_as, source, is_grey=is_grey, is_changed=is_changed, **options)


def write_stack_program(picture: OpenPicture, layers: Sequence[MapLayer]) -> str:
    """Write a program for the maps of a stack; it ends with `maps`, float32 [height, width] each."""
    has_pooling = any(not isinstance(layer, Convolution) for layer in layers)
    lines = [
        *_begin("image", picture, imports=["from jax import lax"] if has_pooling else []),
        "values = jnp.asarray(image)[None, :, :, None]  # [1, height, width, 1]",
        "maps = []",
        "",
    ]
    if any(isinstance(layer, Convolution) for layer in layers):
        lines += _CONVOLUTION.splitlines()
    if has_pooling:
        lines += _POOLING.splitlines()
    for layer in layers:
        lines += ["", *_write_layer(layer), "maps.append(values[0, :, :, 0])"]
    lines += ["", "for values in maps:", "    print(values.shape, values.min(), values.max())", ""]
    return "\n".join(lines)


def _write_layer(layer: MapLayer) -> list[str]:
    (seen,) = as_seen([layer])
    lines = []
    if layer.padding:
        rows, columns = seen.known_sides(None)
        lines.append(write_padding("values", rows, columns, layer.padding_mode))
    step = f"stride={seen.stride[0]}" + (f", dilation={seen.dilation[0]}" if seen.dilation[0] > 1 else "")
    if not isinstance(layer, Convolution):
        height, width = seen.kernel
        take, start, then = ("max", "-jnp.inf", "") if layer.kind == "max" else ("add", "0.0", f" / {height * width}")
        return [*lines, f"values = pooling(values, {height}, lax.{take}, {start}, {step}){then}"]
    rows = ",\n    ".join(f"[{', '.join(row)}]" for row in to_cells(layer.kernel))
    lines += [f"kernel = [\n    {rows},\n]", f"values = convolution(values, kernel, bias={layer.bias:.10g}, {step})"]
    return [*lines, *(["values = nnx.relu(values)"] if layer.relu else [])]


def write_network_program(picture: OpenPicture, height: int, width: int) -> str:
    """Write a program for the maps of the small network on a photo of this size."""
    lines = [
        *_begin("photo", picture, weights=None),
        'photo = Image.fromarray(np.rint(255 * np.clip(photo, 0, 1)).astype(np.uint8)).convert("RGB")',
        f"photo = photo.resize(({width}, {height}), Image.Resampling.BILINEAR)",
        "image = (jnp.asarray(photo, jnp.float32) - 127.5) / 128  # [height, width, 3]: red, green, blue",
    ]
    return "\n".join(lines) + _NETWORK
