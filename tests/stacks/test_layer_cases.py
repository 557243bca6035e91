"""Cases for the browser (tests/js/fields.test.js): what a value sees on every map before it, and the last map's values.

`python -m tests.stacks.test_layer_cases` writes them anew, from `convdemo.receptive_field` and `convdemo.stacks`.
"""

import json
from pathlib import Path

import numpy as np

from convdemo.correlation import same_padding
from convdemo.receptive_field import receptive_field, used_pixels
from convdemo.stacks import Convolution, Pooling, as_seen, run_stack

FILE = Path(__file__).parents[1] / "layer_cases.json"
SIZE = (17, 22)
PHOTO = np.round(np.random.default_rng(1).random(SIZE), 3).astype(np.float32)
SHARP = [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
STACKS = {
    "four layers": [
        Convolution([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], relu=True), Pooling(2, "max"),
        Convolution([[1, 2]], bias=-0.5, relu=True), Pooling(2, "average", stride=1),
    ],
    "holes": [Convolution(SHARP, dilation=2), Convolution(SHARP, dilation=2)],
    "zeros around": [
        Convolution(SHARP, padding=same_padding(3)), Convolution(SHARP, stride=2, padding=same_padding(3)),
    ],
    "reflected": [
        Convolution([[1, -1, 2]], padding=same_padding((1, 3)), padding_mode="reflect"),
        Pooling(3, "max", stride=2, padding=1, padding_mode="replicate"),
    ],
}  # fmt: skip


def browser_layer(layer, size):
    (seen,) = as_seen([layer])
    is_pooling = isinstance(layer, Pooling)
    weights = layer.effective_kernel if is_pooling and layer.kind == "average" else np.ones(seen.kernel)
    return {
        "size": list(size),
        "shape": list(seen.kernel),
        "weights": (weights if is_pooling else layer.kernel).tolist(),
        "stride": seen.stride[0],
        "padding": [list(sides) for sides in seen.known_sides(size)],
        "mode": layer.padding_mode,
        "dilation": seen.dilation[0],
        "flip": False,
        "bias": 0.0 if is_pooling else layer.bias,
        "relu": not is_pooling and layer.relu,
    }


def unit_case(layers, sizes, depth, unit):
    """The window on each map, by the arithmetic of a field from that map on."""
    windows = []
    for below in range(depth):
        rows, columns = receptive_field(as_seen(layers[below:depth]), sizes[below]).window(unit)
        windows.append([rows.start, columns.start, len(rows), len(columns)])
    is_plain = all(layer.padding_mode == "zeros" for layer in layers)  # else a border stands for its padding too
    used = used_pixels(as_seen(layers[:depth]), unit, SIZE) if is_plain else None
    return {"depth": depth, "unit": list(unit), "windows": windows, "used": used and [list(axis) for axis in used]}


def make_cases():
    cases = []
    for name, layers in STACKS.items():
        maps = run_stack(PHOTO, layers)
        sizes = [SIZE, *(made.shape for made in maps)]
        units = [
            unit_case(layers, sizes, depth, unit)
            for depth in range(1, len(layers) + 1)
            for rows, columns in [sizes[depth]]
            for unit in {(0, 0), (rows // 2, columns // 3), (rows - 1, columns - 1)}
        ]
        cases.append(
            {
                "name": name,
                "layers": [browser_layer(layer, size) for layer, size in zip(layers, sizes[:-1], strict=True)],
                "kinds": [getattr(layer, "kind", "") for layer in layers],
                "photo": [[round(float(value), 3) for value in row] for row in PHOTO],
                "units": sorted(units, key=lambda one: (one["depth"], one["unit"])),
                "last": [[round(float(value), 5) for value in row] for row in maps[-1]],
            }
        )
    return cases


def test_the_cases_are_what_the_core_makes():
    written, made = json.loads(FILE.read_text()), json.loads(json.dumps(make_cases()))
    for one, other in zip(written, made, strict=True):
        np.testing.assert_allclose(one.pop("last"), other.pop("last"), atol=1e-4)
        assert one == other


if __name__ == "__main__":
    FILE.write_text(json.dumps(make_cases()) + "\n")
