"""Do Python and JavaScript see the same windows?

geometry_cases.json holds small layers with what the core computes for them; tests/js/geometry.test.js checks
geometry.js against it. The test here fails when the file and the core differ. To write it anew:

    python -m tests.test_geometry_cases
"""

import itertools
import json
from pathlib import Path

import numpy as np

from convdemo.correlation import convolve, cross_correlate, cross_correlate_loops, im2col, output_size, same_padding

TABLE = Path(__file__).with_name("geometry_cases.json")

# None equals its transpose or its flip, but for the last: a swapped row and column shows.
KERNELS = [
    [[1, -2]],
    [[3], [-1], [2]],
    [[1, 2, -1], [0, 4, 3]],
    [[1, 0, -1], [2, 5, -2], [3, 0, -4]],
    [[0, 1], [2, 3]],
    [[-3]],
]
PADDINGS = [  # "same" stands for `same_padding`; the last two differ on all four sides
    ("zeros", ((0, 0), (0, 0))),
    ("zeros", "same"),
    ("reflect", "same"),
    ("replicate", "same"),
    ("zeros", ((2, 1), (0, 3))),
    ("reflect", ((0, 2), (3, 1))),
    ("replicate", ((1, 0), (2, 4))),
]
SIZES = [(7, 9), (9, 8), (8, 7)]  # a 3x3 kernel with dilation 3 spans 7 pixels

# What the sweep leaves out: (size, kernel, stride, mode, padding, dilation, flip).
CORNERS = [
    ((1, 1), [[7]], 1, "zeros", ((0, 0), (0, 0)), 1, False),  # one pixel
    ((1, 1), [[1, 2, -1], [0, 4, 3]], 2, "replicate", ((3, 2), (1, 4)), 1, True),  # padding larger than the image
    ((1, 6), [[1, -2]], 1, "reflect", ((0, 0), (5, 5)), 1, True),  # the most that can be mirrored
    ((5, 2), [[3], [-1], [2]], 2, "reflect", ((4, 4), (1, 0)), 2, False),
    ((3, 4), [[1, 0, -1], [2, 5, -2], [3, 0, -4]], 3, "zeros", ((0, 0), (0, 0)), 1, False),  # one window fits
    ((3, 3), [[0, 1], [2, 3]], 1, "zeros", ((0, 0), (0, 0)), 1, False),  # the shapes of the chapter's figure
    ((2, 3), [[1, 2, -1], [0, 4, 3]], 1, "zeros", ((3, 3), (4, 4)), 1, True),  # some windows see only padding
    ((2, 3), [[1, 0, -1], [2, 5, -2], [3, 0, -4]], 1, "zeros", ((2, 2), (2, 2)), 2, False),  # holes over the image
    ((6, 8), [[1, -1]], 1, "zeros", ((0, 0), (0, 0)), 1, False),  # the shapes of the chapter's edge
]


def make_table():
    """All cases; exact but for "rounding", which holds sums that float32 has to round."""
    swept = [
        (SIZES[n // 2 % 3], kernel, 1 + n % 3, mode, padding, 1 + n // 3 % 3, n % 2 == 1)
        for n, (kernel, (mode, padding)) in enumerate(itertools.product(KERNELS, PADDINGS))
    ]
    return {"cases": [_case(*settings) for settings in swept + CORNERS], "rounding": _rounding_cases()}


def _case(size, kernel, stride, mode, padding, dilation, flip):
    image = _image(size)
    shape = np.shape(kernel)
    sides = same_padding(shape, dilation) if padding == "same" else padding
    settings = {"stride": stride, "padding": sides, "padding_mode": mode, "dilation": dilation}
    output = convolve(image, kernel, **settings) if flip else cross_correlate_loops(image, kernel, **settings)
    # Windows of an image that holds the number of each pixel, from 1, name the pixels; zero padding is 0.
    numbered = np.arange(1, image.size + 1, dtype=np.float32).reshape(size)
    values, pixels = (_integers(im2col(array, shape, **settings)) for array in (image, numbered))
    rows, columns = output_size(size, shape, stride, sides, dilation)
    places = sorted({(i, j) for i in (0, rows // 2, rows - 1) for j in (0, columns // 3, columns - 1)})
    return {
        "layer": _layer(shape, stride, sides, mode, dilation, flip),
        "image": _integers(image),
        "kernel": kernel,
        "output": _integers(output),
        "windows": [
            {"place": [i, j], "values": values[i * columns + j], "pixels": pixels[i * columns + j]} for i, j in places
        ],
    }


def _layer(shape, stride, padding, mode, dilation, flip):
    """The settings as geometry.js takes them."""
    return {
        "shape": list(shape),
        "stride": stride,
        "padding": [list(sides) for sides in padding],
        "mode": mode,
        "dilation": dilation,
        "flip": flip,
    }


def _image(size):
    """Small integers, irregular along both axes."""
    i, j = np.indices(size)
    return ((3 * i * i + 5 * j * j + 7 * i * j + 2 * i + j) % 17 - 6).astype(np.float32)


def _integers(array):
    numbers = np.asarray(array)
    integers = numbers.astype(int)
    assert (integers == numbers).all(), "the table would round a number"
    return integers.tolist()


# --- Rounding -----------------------------------------------------------------------------------------------


def _rounding_cases():
    """Worked sums of numbers that are not whole, step by step in float32."""
    pixels = (_image((4, 5)) + 6) / np.float32(16.7)
    ninths = [[1 / 9] * 3] * 3
    uneven = [[0.1, -0.7, 1 / 3], [2.5e-3, 1.9, -1e-9]]
    same = (((1, 1), (1, 1)), "zeros")
    return [
        _rounding_case(pixels, ninths, ((0, 0), (0, 0)), "zeros", False, (1, 2)),
        _rounding_case(pixels, uneven, ((1, 0), (1, 1)), "reflect", False, (0, 0)),
        _rounding_case(pixels, uneven, ((1, 0), (1, 1)), "reflect", True, (3, 4)),
        _rounding_case(pixels, uneven, *same, True, (0, 4)),
        # 2**24 is followed by 2**24 + 2 in float32: the ones are lost, if they are added after it.
        _rounding_case(np.float32([[2**24, 1, 1]]), [[1, 1, 1]], ((0, 0), (0, 0)), "zeros", False, (0, 0)),
        _rounding_case(np.float32([[1, 1, 2**24]]), [[1, 1, 1]], ((0, 0), (0, 0)), "zeros", False, (0, 0)),
        # The order is that of the window: the small products of a flipped kernel still come first.
        _rounding_case(np.float32([[1, 1, 1]]), [[2**24, 1, 1]], ((0, 0), (0, 0)), "zeros", True, (0, 0)),
    ]


def _rounding_case(image, kernel, padding, mode, flip, place):
    shape = np.shape(kernel)
    _, columns = output_size(image.shape, shape, padding=padding)
    values = np.asarray(im2col(image, shape, padding=padding, padding_mode=mode))[place[0] * columns + place[1]]
    weights = np.float32(kernel)
    weights = (weights[::-1, ::-1] if flip else weights).ravel()  # as they lie on the window
    products, total = [], np.float32(0)
    for value, weight in zip(values, weights, strict=True):
        products.append(value * weight + np.float32(0))  # without -0, which JSON readers treat differently
        total = total + products[-1]
    return {
        "layer": _layer(shape, 1, padding, mode, 1, flip),
        "image": image.tolist(),
        "kernel": kernel,
        "place": list(place),
        "values": values.tolist(),
        "weights": weights.tolist(),
        "products": [float(product) for product in products],
        "sum": float(total),
    }


# --- The file -----------------------------------------------------------------------------------------------


def to_text(table):
    """The table as JSON, one case a line."""
    sections = [
        f'"{name}":[\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]"
        for name, cases in table.items()
    ]
    return "{\n" + ",\n".join(sections) + "\n}\n"


def test_the_table_is_what_the_core_computes():
    assert TABLE.read_text(encoding="utf-8") == to_text(make_table()), "run: python -m tests.test_geometry_cases"


def test_the_table_meets_every_pair_of_settings():
    layers = [case["layer"] for case in make_table()["cases"]]
    for one, other in itertools.combinations(["stride", "mode", "dilation", "flip"], 2):
        pairs = {(layer[one], layer[other]) for layer in layers}
        choices = [{layer[name] for layer in layers} for name in (one, other)]
        assert pairs == set(itertools.product(*choices)), (one, other)


def test_the_table_has_a_sum_that_float64_would_not_give():
    assert any(case["sum"] != np.float32(np.dot(case["values"], case["weights"])) for case in make_table()["rounding"])


def test_worked_sums_agree_with_the_feature_map_to_float32_rounding():
    """Each step is off by half an eps at most, and so the sum by (steps) * eps * sum |product| at most."""
    for case in make_table()["rounding"]:
        layer, (i, j) = case["layer"], case["place"]
        slide = convolve if layer["flip"] else cross_correlate
        feature_map = slide(case["image"], case["kernel"], padding=layer["padding"], padding_mode=layer["mode"])
        bound = len(case["products"]) * np.finfo(np.float32).eps * np.abs(case["products"]).sum()
        assert abs(float(feature_map[i, j]) - case["sum"]) <= bound


if __name__ == "__main__":
    TABLE.write_text(to_text(make_table()), encoding="utf-8")
    print(f"{TABLE}: {TABLE.stat().st_size:,} bytes")
