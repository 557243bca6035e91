"""The best kernel and the sums it comes from, against NumPy's lstsq on windows that are cut out one by one."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from convdemo.correlation import cross_correlate, same_padding
from convdemo.learning.least_squares import MAX_SIDE, LeastSquares, gather, least_squares

EXAMPLES = Path(__file__).parents[2] / "examples"
NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}

# The chapter's 6x8 picture of ones with a dark band in columns 2 to 5, and its edge map.
EDGES = np.ones((6, 8), np.float32)
EDGES[:, 2:6] = 0
EDGE_MAP = np.tile(np.float32([0, 1, 0, 0, 0, -1, 0]), (6, 1))


def picture(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width), np.float32)


def grey(name):
    with Image.open(EXAMPLES / name) as file:
        return np.asarray(file.convert("L"), np.float32) / 255


def windows_one_by_one(image, kernel_shape, bias, stride, padding, padding_mode, dilation):
    """The definition: a row for each window, cut out of the padded image; with a 1 behind it for the bias."""
    padded = np.pad(image.astype(np.float64), padding, NUMPY_MODES[padding_mode])
    rows = np.arange(kernel_shape[0]) * dilation[0]
    columns = np.arange(kernel_shape[1]) * dilation[1]
    tops = range(0, padded.shape[0] - rows[-1], stride[0])
    lefts = range(0, padded.shape[1] - columns[-1], stride[1])
    windows = [padded[np.ix_(top + rows, left + columns)].ravel() for top in tops for left in lefts]
    return np.array([[*window, 1] if bias else window for window in windows]), (len(tops), len(lefts))


@st.composite
def problems(draw):
    """Shapes and settings of which at least one window fits, with more windows than unknowns."""
    kernel_shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 4)))
    sides = st.tuples(st.integers(0, 2), st.integers(0, 2))
    return kernel_shape, {
        "bias": draw(st.booleans()),
        "stride": draw(st.tuples(st.integers(1, 2), st.integers(1, 3))),
        "padding": draw(st.tuples(sides, sides)),
        "padding_mode": draw(st.sampled_from(list(NUMPY_MODES))),
        "dilation": draw(st.tuples(st.integers(1, 2), st.integers(1, 3))),
    }


@settings(max_examples=60)
@given(problems(), st.tuples(st.integers(14, 20), st.integers(22, 29)), st.integers(0, 99))
def test_kernel_and_floor_are_those_of_lstsq_on_all_windows_whatever_the_settings(problem, size, seed):
    kernel_shape, options = problem
    image = picture(*size, seed)
    windows, output = windows_one_by_one(image, kernel_shape, **options)
    target = picture(*output, seed + 1)
    fit = least_squares(image, target, kernel_shape, **options)

    expected, (floor,), rank, _ = np.linalg.lstsq(windows, target.ravel().astype(np.float64))
    found = np.append(fit.kernel, fit.bias) if options["bias"] else fit.kernel.ravel()
    assert rank == windows.shape[1]
    assert fit.undetermined == 0
    assert fit.positions == target.size
    np.testing.assert_allclose(found, expected, atol=1e-9)
    np.testing.assert_allclose(fit.floor, floor, rtol=1e-9)

    # Any kernel's error through the few windows is its error on all of them.
    kernel = np.random.default_rng(seed).normal(size=expected.size)
    error = np.sum((windows @ kernel - target.ravel()) ** 2)
    np.testing.assert_allclose(fit.floor + np.sum((fit.windows @ kernel - fit.targets) ** 2), error, rtol=1e-9)
    np.testing.assert_allclose(fit.eigenvalues, np.linalg.svd(windows)[1][::-1] ** 2, rtol=1e-8)


def test_rows_gathered_a_few_at_a_time_are_all_gathered_once(monkeypatch):
    # Blocks of a row, of a few rows with a remainder, and all at once.
    image, target = picture(23, 17), picture(11, 9, seed=1)
    fits = []
    for numbers in (1, 2 * 3 * 9 * 4, 10**6):  # four rows: stride 2, three numbers beside each other, 9 outputs
        monkeypatch.setattr("convdemo.learning.least_squares._NUMBERS_AT_ONCE", numbers)
        fits.append(least_squares(image, target, (3, 2), stride=2, padding=((0, 1), (1, 1))))
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.kernel, fits[0].kernel, atol=1e-12)
        assert fit.energy == pytest.approx(fits[0].energy, rel=1e-13)


def test_gathering_can_be_watched_and_stopped_between_small_pieces():
    *shares, fit = gather(picture(400, 600), picture(386, 586), 15)
    assert len(shares) > 3
    assert shares[0] == 0
    assert np.all(np.diff(shares) > 0)
    assert shares[-1] < 1
    assert isinstance(fit, LeastSquares)


def test_gathering_is_refused_before_anything_is_gathered():
    with pytest.raises(ValueError, match="target is 3x3, but"):
        gather(picture(5, 6), picture(3, 3), 3)


def test_the_chapters_pictures_have_the_eigenvalues_6_and_30():
    # P'P = [[18, 12], [12, 18]]: of 42 windows 18 have a bright left (or right) pixel, and 12 have both.
    fit = least_squares(EDGES, EDGE_MAP, (1, 2))
    np.testing.assert_allclose(fit.windows.T @ fit.windows, [[18, 12], [12, 18]], atol=1e-12)
    np.testing.assert_allclose(fit.eigenvalues, [6, 30])
    assert fit.condition_number == pytest.approx(5)
    assert fit.energy == 12  # six rows with a 1 and a -1
    assert fit.floor == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("side", "expected"), [(3, "3.2e+03"), (5, "1.2e+04"), (7, "2.7e+04")])
def test_a_photo_determines_a_kernel_badly(side, expected):
    # Measured with another program on coffee.png, in grey, for windows without padding.
    photo = grey("coffee.png")
    fit = least_squares(photo, photo[: 1 - side, : 1 - side], side)
    assert f"{fit.condition_number:.1e}" == expected


@pytest.mark.parametrize(("name", "shape"), [("camera.png", (7, 7)), ("coffee.png", (15, 15)), ("rocket.jpg", (1, 15))])
def test_the_filter_behind_a_photo_is_found_again(name, shape):
    # The teacher is random; float32 rounding of its feature map, 1e-7, grows by at most the root of the condition.
    photo = grey(name)
    teacher = np.random.default_rng(0).normal(size=shape)
    target = cross_correlate(photo, teacher, bias=0.25)
    fit = least_squares(photo, target, shape, bias=True)
    np.testing.assert_allclose(fit.kernel, teacher, atol=1e-5)
    assert fit.bias == pytest.approx(0.25, abs=1e-5)
    assert fit.floor < 1e-11 * fit.energy


def test_what_no_kernel_explains_is_the_floor():
    # On black every kernel gives 0, so that the 30 wanted ones stay as they are; a bias of 1 gives them.
    fit = least_squares(np.zeros((5, 6)), np.ones((5, 6)), 1)
    assert fit.floor == fit.energy == 30
    assert fit.undetermined == 1
    assert least_squares(np.zeros((5, 6)), np.ones((5, 6)), 1, bias=True).floor == pytest.approx(0, abs=1e-12)


# --- Pictures that do not determine the kernel ---


def test_a_constant_picture_determines_only_the_sum_of_the_kernel():
    # Every window is the same nine numbers: one dimension of nine is noticed. With equal shares, each cell is 1/9.
    fit = least_squares(np.full((9, 12), 0.3), np.full((7, 10), 0.3), 3)
    assert fit.undetermined == 8
    assert fit.condition_number == math.inf
    np.testing.assert_allclose(fit.kernel, np.full((3, 3), 1 / 9))
    assert fit.floor == pytest.approx(0, abs=1e-12)


def test_a_bias_beside_a_constant_picture_is_one_more_that_is_not_determined():
    assert least_squares(np.full((9, 12), 0.3), np.full((7, 10), 0.3), 3, bias=True).undetermined == 9


def test_vertical_stripes_determine_only_the_sums_of_the_columns():
    # Rows are all alike: a 4x3 kernel acts as the 3 sums of its columns, so 9 of 12 dimensions are free.
    stripes = np.tile(picture(1, 40), (30, 1))
    assert least_squares(stripes, stripes[:-3, :-2], (4, 3)).undetermined == 9


def test_a_black_picture_determines_nothing():
    fit = least_squares(np.zeros((9, 12)), picture(7, 10), 3)
    assert fit.undetermined == 9
    assert not fit.kernel.any()
    assert fit.floor == pytest.approx(fit.energy)


def test_zero_padding_makes_a_constant_picture_determine_the_kernel():
    # Its borders are edges in every direction.
    image = np.full((9, 12), 0.3, np.float32)
    assert least_squares(image, image, 3, padding=1).undetermined == 0
    assert least_squares(image, image, 3, padding=1, padding_mode="replicate").undetermined == 8


def test_fewer_windows_than_cells_leave_the_rest_open():
    # A 3x4 image has 2 windows of 3x3, for 9 unknowns.
    assert least_squares(picture(3, 4), picture(1, 2), 3).undetermined == 7


# --- What is refused ---

IMAGE = np.zeros((10, 12))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (
            (IMAGE, np.zeros((9, 9)), 3),
            {},
            "target is 9x9, but a 3x3 kernel with these settings makes a 8x10 feature map of the 10x12 image: give",
        ),
        (
            (IMAGE, IMAGE, (3, 2)),
            {},
            "use padding ((1, 1), (0, 1)) at stride 1, or crop the target to 8x11",
        ),
        ((IMAGE, np.zeros((1, 1)), 13), {}, "kernel 13x13 spans 13 pixels, but the padded image is 10x12"),
        ((IMAGE, IMAGE, 16), {}, f"kernel_shape is 16, but it must be a whole number from 1 to {MAX_SIDE}"),
        ((IMAGE, IMAGE, (3, 0)), {}, "kernel_shape is (3, 0), but"),
        ((IMAGE, IMAGE, (3, 3, 3)), {}, "kernel_shape is (3, 3, 3), but"),
        ((IMAGE, IMAGE, 3.0), {}, "kernel_shape is 3.0, but"),
        ((IMAGE, IMAGE, "abc"), {}, "kernel_shape is 'abc', but"),
        ((IMAGE * np.nan, IMAGE, 1), {}, "image holds nan at row 0, column 0"),
        ((IMAGE, IMAGE + np.inf, 1), {}, "target holds inf at row 0, column 0"),
        ((IMAGE[..., None], IMAGE, 1), {}, "image has shape (10, 12, 1), but it must be [height, width]"),
        ((IMAGE, IMAGE - 2e6, 1), {}, "target holds numbers up to 2e+06, but they must lie within plus or minus"),
        ((IMAGE, IMAGE, 1), {"stride": 0}, "stride is 0, but"),
        ((IMAGE, IMAGE, 1), {"padding_mode": "wrap"}, "padding_mode is 'wrap', but"),
        ((IMAGE, IMAGE, 3), {"padding": 12, "padding_mode": "reflect"}, "target is 10x12, but"),
        ((IMAGE, np.zeros((32, 34)), 3), {"padding": 12, "padding_mode": "reflect"}, "can mirror only 9 rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused_in_a_sentence(arguments, options, message):
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared below
        least_squares(*arguments, **options)
    assert message in str(refused.value)


def test_the_padding_that_a_refusal_names_is_the_one_that_works():
    assert least_squares(picture(10, 12), picture(10, 12), (3, 2), padding=same_padding((3, 2))).positions == 120


@pytest.mark.parametrize("bias", [False, True])
def test_outputs_that_do_not_count_are_left_out(bias):
    image, counted = picture(20, 25), np.random.default_rng(3).random((18, 24)) > 0.6
    target = picture(18, 24, seed=1)
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 2)).reshape(-1, 6).astype(np.float64)
    windows = np.column_stack([windows, *([np.ones(len(windows))] if bias else [])])[counted.ravel()]
    wanted = target[counted].astype(np.float64)
    best, (rest,), *_ = np.linalg.lstsq(windows, wanted, rcond=None)
    fit = least_squares(image, target, (3, 2), bias=bias, counted=counted)
    np.testing.assert_allclose(fit.kernel.ravel(), best[:6], atol=1e-9)
    assert fit.floor == pytest.approx(rest)
    assert fit.positions == counted.sum()
    for wrong in (counted[1:], counted & False):
        with pytest.raises(ValueError, match="counted is"):
            least_squares(image, target, (3, 2), counted=wrong)
