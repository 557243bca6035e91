"""What no kernel explains, against pictures that NumPy, SciPy and Pillow made in a known way."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from convdemo.learning.alignment import align
from convdemo.learning.reasons import GREYS, explain, srgb_to_linear, to_grey_as

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], float)
SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], float)
LOPSIDED = np.array([[4, 3, 2], [3, 1, 1], [1, 1, 0]]) / 16
BOX = np.ones((3, 3)) / 9


def picture(shape=(160, 200), seed=5):
    """An example without its black and white pixels, its detail as it is: float32 [height, width], or with colours."""
    with Image.open("examples/coffee.png") as file:
        pixels = np.asarray(file.convert("RGB"), np.float32)[100 : 100 + shape[0], 150 : 150 + shape[1]] / 255
    noise = np.random.default_rng(seed).normal(0, 0.02, pixels.shape)
    pixels = rounded((0.08 + 0.84 * pixels + noise).clip(0.02, 0.98))
    return pixels if len(shape) == 3 else rounded(pixels @ [0.299, 0.587, 0.114])


def rounded(values):
    return np.float32(np.rint(255 * np.clip(values, 0, 1)) / 255)


def filtered(before, kernel, **options):
    return ndimage.correlate(before.astype(float), np.asarray(kernel, float), mode="mirror", **options)


def linear_to_srgb(light):
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def as_jpeg(values, quality):
    file = io.BytesIO()
    Image.fromarray(np.uint8(np.rint(255 * np.clip(values, 0, 1)))).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32) / 255


def reasons(before, after, shape=(3, 3), *, bias=False):
    before, after = (np.float32(values).reshape(*values.shape[:2], -1) for values in (before, after))
    alignment = align(to_grey_as(before, "rec601"), to_grey_as(after, "rec601"), shape, bias=bias)
    return explain(before, after, alignment, shape, bias=bias)


def first(*arguments, **options):
    return reasons(*arguments, **options)[0]


@pytest.mark.parametrize("kernel", [BOX, LOPSIDED, [[0, 0, 0], [0, 1, 0], [0, 0, 0]]])
def test_what_a_kernel_explains_is_exact_and_a_lopsided_one_may_be_turned(kernel):
    exact, *more = reasons(picture(), rounded(filtered(picture(), kernel)))
    assert exact.kind == "exact"
    assert exact.numbers["levels"] < 0.4  # rounding leaves 1 / sqrt(12) = 0.29
    assert [reason.kind for reason in more] == (["turned"] if kernel is LOPSIDED else [])


@pytest.mark.parametrize("kernel", [SOBEL, SOBEL.T, SHARPEN, 3 * SHARPEN - 2 * BOX])
def test_what_was_cut_off_is_counted_and_may_be_left_out(kernel):
    after = rounded(filtered(picture(), kernel))
    reason = first(picture(), after)
    assert (reason.kind, reason.offer) == ("clipped", {"compare": "inside"})
    inner = after[1:-1, 1:-1]
    assert reason.numbers["black"] == pytest.approx(np.mean(inner == 0))
    assert reason.numbers["white"] == pytest.approx(np.mean(inner == 1))
    assert reason.numbers["ratio"] > 20


@pytest.mark.parametrize(
    ("kernel", "text"), [(SOBEL, "-1 0 1; -2 0 2; -1 0 1"), ([[0, 1, 0], [1, -4, 1], [0, 1, 0]], None)]
)
def test_an_absolute_value_is_told_with_its_kernel(kernel, text):
    reason = first(picture(), rounded(np.abs(filtered(picture(), kernel))))
    assert reason.kind == "absolute"
    assert text is None or reason.numbers["kernel"] == text


def test_the_size_of_an_edge_in_all_directions_is_told():
    before = picture()
    assert first(before, rounded(np.hypot(filtered(before, SOBEL), filtered(before, SOBEL.T)) / 4)).kind == "magnitude"


def test_sums_that_wrap_around_at_8_bits_are_told():
    before = picture()
    after = np.float32(np.rint(255 * filtered(before, SOBEL)).astype(int) % 256 / 255)
    assert first(before, after).kind == "wrapped"


@pytest.mark.parametrize("kernel", [BOX, LOPSIDED])
def test_linear_light_is_told_by_its_power(kernel):
    # Detail with much contrast, since light and numbers differ little where all is alike.
    rng = np.random.default_rng(2)
    before = rounded(0.5 + 0.25 * rng.standard_normal((160, 200)).clip(-1.9, 1.9))
    reason = first(before, rounded(linear_to_srgb(filtered(srgb_to_linear(before), kernel))))
    assert (reason.kind, reason.offer) == ("gamma", {"compare": "linear"})
    assert 2 <= reason.numbers["gamma"] <= 2.5  # the curve of sRGB is about a power of 2.2
    assert reason.numbers["ratio"] > 10


def test_a_curve_on_the_result_alone_is_told():
    before = picture()
    reason = first(before, rounded(filtered(before, BOX) ** 0.5))
    assert (reason.kind, reason.numbers["gamma"]) == ("curve", 2.0)


@pytest.mark.parametrize("grey", ["rec709", "mean", "swapped", "green"])
def test_another_grey_is_told_by_its_weights(grey):
    before = picture((160, 200, 3))
    reason = first(before, rounded(filtered(before @ np.array(GREYS[grey]), BOX)))
    assert (reason.kind, reason.numbers["name"]) == ("grey", grey)
    weights = [reason.numbers[colour] for colour in ("red", "green", "blue")]
    np.testing.assert_allclose(weights, GREYS[grey], atol=0.02)
    assert reason.offer == ({"compare": grey} if grey in ("rec709", "mean") else {})


@pytest.mark.parametrize("sigma", [3, 8])
def test_noise_is_told_with_its_size(sigma):
    before = picture()
    noise = np.random.default_rng(4).normal(0, sigma / 255, before.shape)
    reason = first(before, rounded(filtered(before, BOX) + noise))
    assert reason.kind == "noise"
    assert reason.numbers["levels"] == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize("quality", [20, 50, 80])
def test_a_jpeg_is_told_by_its_blocks(quality):
    reason = first(picture(), as_jpeg(filtered(picture(), LOPSIDED), quality))
    assert reason.kind == "jpeg"


def test_a_jpeg_of_what_was_cut_off_is_told_with_both():
    kinds = [reason.kind for reason in reasons(picture(), as_jpeg(filtered(picture(), 2 * SHARPEN - BOX), 30))]
    assert kinds == ["jpeg", "clipped"]


@pytest.mark.parametrize(
    ("rank", "make"),
    [("median", ndimage.median_filter), ("least", ndimage.minimum_filter), ("largest", ndimage.maximum_filter)],
)
@pytest.mark.parametrize("side", [3, 5])
def test_a_value_of_the_window_is_told(rank, make, side):
    reason = first(picture(), make(picture(), side))
    assert (reason.kind, reason.numbers["rank"], reason.numbers["side"]) == ("rank", rank, side)


def test_something_that_is_added_is_told_while_no_bias_is_learned():
    after = rounded(filtered(picture(), SOBEL) / 8 + 128 / 255)
    reason = first(picture(), after)
    assert (reason.kind, reason.offer) == ("bias", {"bias": True})
    assert reason.numbers["bias"] == pytest.approx(128 / 255, abs=0.01)
    assert first(picture(), after, bias=True).kind == "exact"


def test_a_result_that_was_stretched_is_told_with_a_bias_and_without():
    sums = filtered(picture(), SOBEL)
    after = rounded((sums - sums.min()) / np.ptp(sums))
    without, (exact, with_bias, *_) = first(picture(), after), reasons(picture(), after, bias=True)
    assert (without.kind, without.offer) == ("stretched", {"bias": True})
    assert (exact.kind, with_bias.kind) == ("exact", "stretched")
    assert with_bias.numbers["bias"] == pytest.approx(-sums.min() / np.ptp(sums), abs=0.01)  # where 0 has come to lie


@pytest.mark.parametrize(("side", "shape"), [(5, (5, 5)), (7, (7, 7))])
def test_a_larger_kernel_is_told_with_its_size(side, shape):
    kernel = np.random.default_rng(side).random((side, side))
    reason = first(picture(), rounded(filtered(picture(), kernel / kernel.sum())))
    assert reason.kind == "larger"
    assert reason.offer == dict(zip(("rows", "columns"), shape, strict=True))


def test_a_longer_row_is_told_as_a_row():
    reason = first(picture(), rounded(filtered(picture(), np.ones((1, 7)) / 7)), (1, 3))
    assert reason.offer == {"rows": 1, "columns": 7}


def test_two_values_are_told_as_a_threshold():
    assert first(picture(), np.float32(filtered(picture(), BOX) > 0.4)).kind == "threshold"
    assert first(picture(), np.zeros((160, 200), np.float32), bias=True).kind == "exact"


def test_what_was_done_besides_cutting_off_is_told_too():
    before = picture((160, 200, 3))
    emboss = rounded(0.5 + 3 * filtered(before.mean(axis=2), [[-1, 0, 0], [0, 0, 0], [0, 0, 1]]))
    clipped, grey = reasons(before, emboss, bias=True)
    assert (clipped.kind, grey.kind, grey.numbers["name"]) == ("clipped", "grey", "mean")


def test_what_nobody_knows_is_told_as_such():
    mixed = np.random.default_rng(0).permutation(picture().ravel()).reshape(picture().shape)
    smooth = ndimage.gaussian_filter(mixed, 2)
    assert first(picture(), smooth, bias=True).kind == "unknown"
    assert reasons(picture()[:4, :5], picture()[:4, :5]) == []
