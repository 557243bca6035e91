"""What does a stack of one's own make of the shared photo?

The map after every layer, on a scale of its own; and the one kernel that does the same, where there is one. A map is
kept for those who ask next: a change of a layer is worked out from that layer on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from convdemo.images import to_grey
from convdemo.kernels import KERNELS, MAX_SIZE, Kernel, custom_kernel, makes_picture
from convdemo.numbers import format_number, grouped
from convdemo.receptive_field import ReceptiveField, StackError, growth
from convdemo.rendering import MARKED, SIGNED, Picture, Rendered, encode_png, to_picture, vivid_limit
from convdemo.stacks import ComposedKernel, Convolution, MapLayer, as_seen, composed_kernel, run_layer
from convdemo.ui.kernel.state import write_kernel
from convdemo.ui.layers.spec import SHARED, LayerSpec
from convdemo.ui.parts.files import served
from convdemo.ui.parts.hashed import Hashed
from convdemo.ui.parts.once import once
from convdemo.ui.parts.widgets import data_address, read_text
from convdemo.ui.picture.opening import OpenPicture

_NEARLY = 0.1  # of its largest weight, for a kernel that is called nearly a Gaussian
_LONGEST = 400  # pixels that a map travels with; the rows and columns between are left out, never averaged


@dataclass(frozen=True, eq=False)
class OwnStack:
    """A stack over a photo. Maps are made when they are asked for.

    Attributes:
        picture: the shared one.
        specs: its layers, as they are set.
        shared: the kernel of the page.

    Raises:
        StackError: when anything is asked for: what is wrong, and with which layer.
    """

    picture: OpenPicture
    specs: tuple[LayerSpec, ...]
    shared: Kernel

    @cached_property
    def layers(self) -> tuple[MapLayer, ...]:
        """What they compute."""
        return tuple(spec.layer(self.shared) for spec in self.specs)

    @cached_property
    def grey(self) -> np.ndarray:
        """The photo as the first layer sees it, float32 [height, width]."""
        return to_grey(self.picture.photo.pixels)

    @cached_property
    def maps(self) -> tuple[np.ndarray, ...]:
        """The map after every layer, float32 [height, width]."""
        own = write_kernel(self.shared)
        known = tuple(replace(spec, kernel=own) if spec.kernel == SHARED else spec for spec in self.specs)
        photo = Hashed(self.grey)
        return tuple(_map_after(photo, known[: depth + 1]) for depth in range(len(known)))

    @cached_property
    def fields(self) -> tuple[ReceptiveField, ...]:
        """What the values of each map see of the photo."""
        return growth(as_seen(self.layers), self.picture.photo.size)

    def is_picture(self, depth: int) -> bool:
        """Whether the map after so many layers is a picture: all of them have weights that sum to 1, and no bias."""
        return all(
            not isinstance(layer, Convolution) or (makes_picture(layer.kernel) and not layer.bias)
            for layer in self.layers[:depth]
        )

    def rendered(self, depth: int) -> Rendered:
        """Return the map after so many layers as a picture with its legend."""
        values = self.maps[depth - 1]
        if self.is_picture(depth):
            return to_picture(values, display=MARKED)
        return to_picture(values, display=SIGNED, limit=vivid_limit(values))


@once(maxsize=24)
def _map_after(photo: Hashed, layers: tuple[LayerSpec, ...]) -> np.ndarray:
    before = _map_after(photo, layers[:-1]) if len(layers) > 1 else photo.array
    try:
        values = run_layer(before, layers[-1].layer(KERNELS["identity"]))  # none of them is the kernel of the page
    except StackError as error:
        raise error.at(len(layers)) from error
    values.setflags(write=False)
    return values


# ---- as the browser is told --------------------------------------------------------------------------------------


def show_stack(stack: OwnStack) -> dict[str, Any]:
    """Return all that the page shows of a stack.

    Raises:
        StackError: as `OwnStack`.
    """
    text = read_text("layers")["own"]
    return {
        "picture": served(stack.picture.values),
        "packed": stack.picture.values != stack.picture.file,
        "photo": _file(Picture(np.rint(255 * np.clip(stack.grey, 0, 1)).astype(np.uint8))),
        "size": list(stack.picture.photo.size),
        "name": stack.picture.name,
        "maps": [_show_map(stack, depth) for depth in range(1, len(stack.layers) + 1)],
        "field": _tell_field(stack.fields[-1], text),
        "one": _show_one(stack, text),
    }


def _show_map(stack: OwnStack, depth: int) -> dict[str, Any]:
    text, layer, spec = read_text("layers")["own"], stack.layers[depth - 1], stack.specs[depth - 1]
    values, rendered = stack.maps[depth - 1], stack.rendered(depth)
    (seen,) = as_seen([layer])
    before = stack.maps[depth - 2] if depth > 1 else stack.grey
    is_pooling = not isinstance(layer, Convolution)
    weights = layer.effective_kernel if not is_pooling or layer.kind == "average" else np.ones(seen.kernel)
    is_picture, legend = stack.is_picture(depth), rendered.legend
    strongest = np.unravel_index(np.argmax(np.abs(values)), values.shape)
    return {
        "title": name_layer(spec, stack.shared),
        "file": _file(rendered.pictures[0]),
        "size": list(values.shape),
        "strongest": [int(at) for at in strongest],
        "range": text["range"].format(minimum=format_number(rendered.minimum), maximum=format_number(rendered.maximum)),
        "ends": "" if is_picture else text["ends"].format(limit=format_number(legend.high)),
        "is_picture": is_picture,
        "pooling": layer.kind if is_pooling else "",
        # As parts/geometry.js works with it.
        "layer": {
            "size": list(before.shape),
            "shape": list(seen.kernel),
            "weights": weights.tolist(),
            "largest": float(np.abs(weights).max()) or 1.0,
            "brightest": float(np.abs(before).max()) or 1.0,
            "stride": seen.stride[0],
            "padding": [list(sides) for sides in seen.known_sides(before.shape)],
            "mode": layer.padding_mode,
            "dilation": seen.dilation[0],
            "flip": False,
            "bias": 0.0 if is_pooling else float(np.float32(layer.bias)),
            "relu": not is_pooling and layer.relu,
        },
    }


def name_layer(spec: LayerSpec, shared: Kernel) -> str:
    """Return what a layer is called: its kernel, and what else is set."""
    words = read_text("layers")["names"]
    kernel = spec.kernel_of(shared)
    if kernel is None:
        parts = [words[spec.kernel].format(side=spec.side)]
    else:
        title = kernel.title if kernel.name in KERNELS else words["own"].format(size=_by(kernel.weights.shape))
        parts = [words["shared"].format(title=title) if spec.kernel == SHARED else title]
    if spec.stride != (spec.side if spec.is_pooling else 1):
        parts.append(words["stride"].format(stride=spec.stride))
    if spec.dilation > 1:
        parts.append(words["dilation"].format(dilation=spec.dilation))
    if spec.padding != "none":
        parts.append(words["padding"].format(padding=read_text("layers")["padding_choices"][spec.padding]))
    if spec.bias:
        parts.append(words["bias"].format(bias=format_number(spec.bias)))
    if spec.relu:
        parts.append(words["relu"])
    return ", ".join(parts)


def _tell_field(field: ReceptiveField, text: Mapping[str, Any]) -> str:
    return text["field"].format(size=_by(field.size), step=field.jump[0])


def _show_one(stack: OwnStack, text: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one kernel that does the same, or why there is none; as sentences, and its picture."""
    words = text["one"]
    try:
        one = composed_kernel(stack.layers)
    except StackError as error:
        number = error.layer
        if number is None:  # too large
            return {"title": words["none_title"], "sentences": [words["large"].format(problem=error.message)]}
        layer = stack.layers[number - 1]
        why = words["relu" if isinstance(layer, Convolution) else "max"].format(number=number)
        before = [words["before"].format(count=number - 1)] if number > 2 else []
        return {"title": words["none_title"], "sentences": [why, *before]}
    height, width = one.weights.shape
    count = sum(layer.weights for layer in stack.layers)
    sentences = [
        words["size"].format(size=_by(one.weights.shape), field=_by(stack.fields[-1].size)),
        words["weights"].format(one=grouped(height * width), stack=grouped(count)),
    ]
    if one.bias:
        sentences.append(words["bias"].format(bias=format_number(one.bias)))
    if one.stride != (1, 1):
        sentences.append(words["stride"].format(stride=one.stride[0]))
    sentences += _compare(one, stack, words)
    if (bell := one.bell) and bell.apart <= _NEARLY:
        down, across = map(format_number, bell.sigma)
        sigma = down if down == across else f"{down} × {across}"
        sentences.append(words["bell"].format(sigma=sigma, percent=format_number(100 * bell.apart, 2)))
    limit = float(np.abs(one.weights).max()) or 1.0
    shown = {
        "title": words["title"].format(size=_by(one.weights.shape)),
        "sentences": sentences,
        "size": [height, width],
        "file": _file(to_picture(one.weights, limit=limit).pictures[0]),
        "range": words["range"].format(
            least=format_number(float(one.weights.min())), most=format_number(float(one.weights.max()))
        ),
    }
    if max(height, width) <= MAX_SIZE and one.stride == (1, 1):
        shown["take"] = write_kernel(custom_kernel(one.weights.astype(np.float32)))
    return shown


def _compare(one: ComposedKernel, stack: OwnStack, words: Mapping[str, str]) -> list[str]:
    """Return how far the two ways are apart on the photo, inside and at the borders."""
    last, size = stack.maps[-1], stack.picture.photo.size
    rows, columns = one.inside(size)
    mode = stack.layers[0].padding_mode
    try:
        apart = np.abs(one.apply(stack.grey, mode) - last)
    except StackError:  # too few pixels to mirror for all layers at once
        return [words["no_border"]]
    inside = apart[rows.start : rows.stop, columns.start : columns.stop]
    told = []
    if inside.size:
        largest = format_number(float(inside.max()), 2)
        told.append(words["apart"].format(apart=largest, most=format_number(float(np.abs(last).max()))))
    if inside.size < apart.size:
        border = grouped(apart.size - inside.size)
        if one.is_padded_once:
            told.append(words["border_same"].format(count=border, apart=format_number(float(apart.max()), 2)))
        else:
            told.append(words["border"].format(count=border, apart=format_number(float(apart.max()), 2)))
    return told


def _file(picture: Picture) -> str:
    step = max(1, -(-max(picture.size) // _LONGEST))
    small = Picture(np.ascontiguousarray(picture.pixels[::step, ::step]), picture.palette)
    return data_address(encode_png(small), "image/png")


def _by(size: Sequence[int]) -> str:
    return f"{size[0]} × {size[1]}"
