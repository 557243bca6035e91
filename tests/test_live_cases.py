"""Does the browser make the maps that the core makes, and in the same colours?

live_cases.json holds pictures, kernels and settings, drawn with a seed, with the maps of the core's two loops and the
colours of `rendering`; tests/js/live.test.js and tests/ui/test_live.py hold every way of the browser to them. The test
here fails when the file and the core differ by more than rounding. To write it anew:

    python -m tests.test_live_cases
"""

import base64
import json
from pathlib import Path

import numpy as np

from convdemo import rendering
from convdemo.correlation import cross_correlate_loops
from convdemo.edges import both_directions
from convdemo.images import to_grey
from convdemo.kernels import KERNELS, custom_kernel
from convdemo.ui.layer.fit import fits
from convdemo.ui.layer.settings import Settings, display_of, sliding_weights
from convdemo.ui.layer.state import CHANNELS, DIRECTIONS, DISPLAYS, FLIPS, PADDINGS, SCALES
from convdemo.ui.parts.widgets import scales

TABLE = Path(__file__).with_name("live_cases.json")
COUNT = 240
DESIGNED = {
    "box_blur": [{"size": size} for size in (3, 7, 31)],
    "gaussian": [{"sigma": sigma} for sigma in (0.3, 1.0, 2.4, 5.0)],
    "laplacian_of_gaussian": [{"sigma": sigma} for sigma in (0.5, 1.4, 5.0)],
    "edge": [{"angle": float(angle)} for angle in (0, 45, 60, 95, 180, 270, 355)],
    "gabor": [
        {"angle": angle, "wavelength": wavelength, "sigma": sigma, "phase": phase}
        for angle, wavelength, sigma, phase in ((0.0, 4.0, 2.0, 0.0), (35.0, 7.5, 5.0, 90.0), (120.0, 3.0, 0.5, 15.0))
    ],
    "motion_blur": [{"length": length, "angle": angle} for length, angle in ((9, 0.0), (3, 45.0), (31, 75.0))],
}


def make_table():
    """All cases; numbers as the bytes of their float32, little end first, in base64."""
    draw = np.random.default_rng(17)
    designs = [
        {"name": name, "parameters": each, "weights": _base64(KERNELS[name].with_parameters(**each).weights)}
        for name, all_of_them in DESIGNED.items()
        for each in all_of_them
    ]
    palettes = {
        "signed": rendering.PALETTE,
        "absolute": rendering.ABSOLUTE_PALETTE,
    }
    return {
        "scales": scales(),
        "palettes": {name: palette.tobytes().hex() for name, palette in palettes.items()},
        "designs": designs,
        "cases": [_case(draw) for _ in range(COUNT)],
    }


def _base64(numbers):
    return base64.b64encode(np.ascontiguousarray(numbers, "<f4").tobytes()).decode()


def _case(draw):
    """One picture, kernel and setting that fit, and what becomes of them."""
    while True:
        size = tuple(int(side) for side in draw.integers(1, 13, 2))
        kernel = custom_kernel(_weights(draw))
        settings = Settings(
            stride=int(draw.choice([1, 1, 1, 2, 3])),
            padding=str(draw.choice(PADDINGS)),
            dilation=int(draw.choice([1, 1, 2, 3])),
            bias=float(draw.choice([0, 0, 0.5, -4, 3.95])),
            activation=str(draw.choice(["none", "relu"])),
            flip=str(draw.choice(FLIPS)),
            channels=str(draw.choice(CHANNELS)),
            directions=str(draw.choice(DIRECTIONS)),
            display=str(draw.choice(DISPLAYS)),
            scale=str(draw.choice(SCALES)),
        )
        if fits(size, sliding_weights(kernel, settings).shape, settings.padding, settings.dilation):
            break
    pixels = _pixels(draw, size)
    maps = _maps(pixels, kernel, settings)
    display = display_of(kernel, settings)
    vivid = settings.scale == "vivid" and display in ("signed", "absolute")
    rendered = rendering.to_picture(maps, display=display, limit=rendering.vivid_limit(maps) if vivid else None)
    return {
        "size": size,
        "rgb": pixels.tobytes().hex(),
        "weights": [[float(weight) for weight in row] for row in kernel.weights],
        "settings": vars(settings) | {"relu": settings.activation == "relu"},
        "output": maps.shape[:2],
        "map": _base64(np.moveaxis(maps, -1, 0) if maps.ndim == 3 else maps),
        "display": display,
        "ends": [rendered.legend.low, rendered.legend.high],
        "ticks": [[tick.text, tick.position] for tick in rendered.legend.ticks],
        "outside": [rendered.below, rendered.above],
        "pictures": [picture.rgb.tobytes().hex() for picture in rendered.pictures],
    }


def _weights(draw):
    """Small, huge, tiny, or whole numbers; some of rank 1, some that sum to 1, some with zeros."""
    shape = tuple(int(side) for side in draw.integers(1, 6, 2))
    kind = draw.integers(0, 6)
    if kind == 0:
        return np.outer(draw.integers(-3, 4, shape[0]), draw.integers(-3, 4, shape[1])) + np.eye(*shape)
    if kind == 1:
        return draw.normal(size=shape) * draw.choice([1e5, 1e-5])
    if kind == 2:
        weights = draw.random(shape)
        return weights / weights.sum()
    if kind == 3:
        return np.full(shape, 1 / (shape[0] * shape[1]))
    weights = draw.integers(-2, 3, shape).astype(float)
    return weights if kind == 4 else weights * draw.normal(size=shape)


def _pixels(draw, size):
    """A colour picture or a grey one, noise, two flat halves, or one brightness; uint8 [height, width, 3]."""
    kind = draw.integers(0, 4)
    if kind == 0:
        return draw.integers(0, 256, (*size, 3), np.uint8)
    if kind == 1:
        return np.repeat(draw.integers(0, 256, (*size, 1), np.uint8), 3, axis=2)
    levels = draw.integers(0, 256, (2, 3), np.uint8)
    pixels = np.empty((*size, 3), np.uint8)
    pixels[:], pixels[:, : size[1] // 2] = levels[0], levels[kind % 2]
    return pixels


def _maps(pixels, kernel, settings):
    """The map by the two loops, float32 [height, width] or [height, width, 3]."""
    shares = pixels.astype(np.float32) / np.float32(255)
    planes = np.moveaxis(shares, 2, 0) if settings.channels == "colour" else [to_grey(shares)]
    weights = sliding_weights(kernel, settings)
    kernels = both_directions(kernel.weights) if settings.directions == "all" else [weights]
    if settings.flip == "yes":
        kernels = [one[::-1, ::-1] for one in kernels]
    maps = []
    for plane in planes:
        first, *second = (
            cross_correlate_loops(
                plane,
                one,
                bias=0 if settings.directions == "all" else settings.bias,
                stride=settings.stride,
                padding=settings.padding_for(weights.shape),
                padding_mode="zeros" if settings.padding == "none" else settings.padding,
                dilation=settings.dilation,
            )
            for one in kernels
        )
        if second:
            maps.append(np.hypot(first, second[0]))
        else:
            maps.append(np.maximum(first, 0) if settings.activation == "relu" else first)
    return np.stack(maps, axis=-1) if settings.channels == "colour" else maps[0]


def _numbers(text):
    return np.frombuffer(base64.b64decode(text), "<f4").astype(float)


def test_the_file_holds_what_the_core_makes():
    """To the rounding of float32: NumPy adds up in another order on another processor."""
    kept, made = json.loads(TABLE.read_text()), json.loads(json.dumps(make_table()))
    for old, new in zip(kept["designs"], made["designs"], strict=True):
        np.testing.assert_allclose(_numbers(new.pop("weights")), _numbers(old.pop("weights")), atol=1e-7)
    for old, new in zip(kept["cases"], made["cases"], strict=True):
        rounding = 1e-6 * (np.abs(old["weights"]).sum() + abs(old["settings"]["bias"]))
        np.testing.assert_allclose(_numbers(new.pop("map")), _numbers(old.pop("map")), atol=rounding)
        np.testing.assert_allclose(new.pop("ends"), old.pop("ends"), atol=rounding)
    assert made == kept


def test_the_cases_cover_every_setting():
    cases = json.loads(TABLE.read_text())["cases"]
    assert len(cases) >= 200
    for name, values in {
        "padding": PADDINGS,
        "flip": FLIPS,
        "channels": CHANNELS,
        "directions": DIRECTIONS,
        "display": DISPLAYS,
        "scale": SCALES,
    }.items():
        assert {case["settings"][name] for case in cases} == set(values), name
    assert {case["display"] for case in cases} == set(rendering.DISPLAYS)
    assert any(1 in case["size"] for case in cases)
    assert sum(len(set(case["size"])) == 2 for case in cases) > 200
    largest = [np.abs(case["weights"]).max() for case in cases]
    assert min(one for one in largest if one) < 1e-4 < 1e4 < max(largest)


if __name__ == "__main__":
    TABLE.write_text(json.dumps(make_table()) + "\n")
