"""The library of kernels, and operations on a whole kernel.

Unless a test says otherwise, an expected value is worked out on paper from the definition beside it; OpenCV
and SciPy are second opinions on the famous ones.
"""

import copy
import pickle
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage, signal

from convdemo import kernels
from convdemo.kernels import (
    KERNELS,
    MAX_SIZE,
    OPERATIONS,
    Kernel,
    KernelError,
    custom_kernel,
    makes_picture,
    operate,
    parse_kernel,
    to_cells,
    weight_sum,
)
from convdemo.ui.parts.widgets import read_text
from convdemo.words import read_file

MENU = [
    "identity",
    "difference_x",
    "difference_y",
    "box_blur",
    "gaussian_3x3",
    "gaussian",
    "sharpen",
    "outline",
    "emboss",
    "sobel_x",
    "sobel_y",
    "prewitt_x",
    "prewitt_y",
    "scharr_x",
    "scharr_y",
    "roberts_down",
    "roberts_up",
    "second_x",
    "second_y",
    "laplacian_4",
    "laplacian_8",
    "laplacian_of_gaussian",
    "edge",
    "gabor",
    "motion_blur",
    "random",
]
AVERAGES = ["box_blur", "gaussian_3x3", "gaussian", "motion_blur"]
KEEP_BRIGHTNESS = [*AVERAGES, "identity", "sharpen", "emboss"]
DERIVATIVES = [name for name in MENU if name not in [*KEEP_BRIGHTNESS, "random"]]

# Wider than high, so that a swapped height and width shows.
DARK_THEN_BRIGHT = np.repeat([[0.0] * 5 + [1.0] * 6], 9, axis=0)
DARK_ABOVE_BRIGHT = np.repeat([[0.0]] * 4 + [[1.0]] * 5, 11, axis=1)


def response(name, image, **values):
    """The feature map of one kernel, by SciPy, without padding."""
    return signal.correlate2d(image, KERNELS[name].with_parameters(**values).weights, mode="valid")


def every_corner(kernel):
    """Its default, and each parameter at its minimum, at its maximum and one step up."""
    yield kernel
    for p in kernel.parameters:
        for value in (p.minimum, p.maximum, p.minimum + p.step):
            yield kernel.with_parameters(**{p.name: value})


# The library


def test_the_menu_is_in_the_order_of_the_story():
    assert list(KERNELS) == MENU
    assert [kernel.name for kernel in KERNELS.values()] == MENU


def test_each_group_stands_together_in_the_menu():
    groups = [kernel.group for kernel in KERNELS.values()]
    changes = [group for before, group in zip(["", *groups], groups, strict=False) if group != before]
    assert changes == ["The chapter", "Blur", "Sharpen", "Edges", "Second derivatives", "Designed"]


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=MENU)
def test_every_kernel_has_a_title_a_source_and_one_sentence_on_what_it_finds(kernel):
    assert kernel.title
    assert kernel.source
    assert re.fullmatch(r"[A-Z][^.!?]+\.", kernel.note)


def test_titles_differ_so_that_the_menu_is_clear():
    assert len({kernel.title for kernel in KERNELS.values()}) == len(KERNELS)


def test_every_text_belongs_to_a_kernel():
    words = read_file(Path(kernels.__file__).with_suffix(".toml"))
    assert set(words) == {"groups", "parameters", "custom", "kernels"}
    assert set(words["kernels"]) == set(MENU)
    assert set(words["groups"]) - {"course"} == {text["group"] for text in words["kernels"].values()}
    used = {parameter.name for kernel in KERNELS.values() for parameter in kernel.parameters}
    assert set(words["parameters"]) == used


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=MENU)
def test_weights_are_finite_float32_and_small_enough_at_every_limit(kernel):
    for made in every_corner(kernel):
        assert made.weights.dtype == np.float32
        assert made.weights.flags.c_contiguous
        assert np.isfinite(made.weights).all()
        assert made.weights.any()
        assert min(made.weights.shape) >= 1
        assert max(made.weights.shape) <= MAX_SIZE


@pytest.mark.parametrize("name", KEEP_BRIGHTNESS)
def test_a_kernel_that_sums_to_1_keeps_the_brightness(name):
    for made in every_corner(KERNELS[name]):
        assert made.weights.sum(dtype=np.float64) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", AVERAGES)
def test_a_blur_is_an_average_with_no_negative_weight(name):
    assert all((made.weights >= 0).all() for made in every_corner(KERNELS[name]))


@pytest.mark.parametrize("name", DERIVATIVES)
def test_a_kernel_that_sums_to_0_finds_nothing_in_an_even_area(name):
    for made in every_corner(KERNELS[name]):
        assert made.weights.sum(dtype=np.float64) == pytest.approx(0, abs=1e-5)


def test_nobody_can_change_the_library():
    with pytest.raises(TypeError):
        KERNELS["mine"] = KERNELS["identity"]
    with pytest.raises(ValueError, match="read-only"):
        KERNELS["sobel_x"].weights[0, 0] = 7
    with pytest.raises(AttributeError):
        KERNELS["sobel_x"].name = "mine"


def test_kernels_are_equal_when_name_and_weights_are():
    gaussian = KERNELS["gaussian"]
    assert gaussian == gaussian.with_parameters(sigma=1)
    assert hash(gaussian) == hash(gaussian.with_parameters(sigma=1))
    assert gaussian != gaussian.with_parameters(sigma=2)
    assert gaussian != KERNELS["box_blur"]
    assert gaussian != "gaussian"


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=MENU)
def test_a_kernel_can_be_copied_and_sent_to_another_process(kernel):
    assert copy.deepcopy(kernel) == kernel
    assert pickle.loads(pickle.dumps(kernel)) == kernel  # noqa: S301 - our own bytes


def test_a_kernel_made_by_hand_is_checked_and_copied():
    weights = np.array([[1, 2]])
    kernel = Kernel("mine", weights, title="Mine", group="Mine", note="Mine.", source="Me")
    weights[0, 0] = 7
    assert kernel.weights.tolist() == [[1, 2]]
    with pytest.raises(KernelError, match="weights of shape 2 are not a kernel; give 1 to 31 rows and columns"):
        Kernel("mine", [1, 2], title="Mine", group="Mine", note="Mine.", source="Me")


def test_a_typed_kernel_is_named_custom_and_stands_outside_the_library():
    kernel = custom_kernel(parse_kernel("1 -1"))
    assert kernel.name == "custom"
    assert kernel.name not in KERNELS
    assert kernel.weights.tolist() == [[1, -1]]
    assert kernel.values == {}
    assert all((kernel.title, kernel.group, kernel.note, kernel.source))


# What each kernel finds


def test_identity_gives_the_picture_back():
    image = np.random.default_rng(0).random((6, 8))
    np.testing.assert_array_equal(response("identity", image), image[1:-1, 1:-1])


def test_the_chapters_difference_gives_the_edge_map_printed_in_the_chapter():
    image = np.ones((6, 8))
    image[:, 2:6] = 0
    # "Object Edge Detection in Images": 1 from white to black, -1 from black to white.
    assert response("difference_x", image).tolist() == [[0, 1, 0, 0, 0, -1, 0]] * 6
    assert not response("difference_x", image.T).any()
    np.testing.assert_array_equal(response("difference_y", image.T), response("difference_x", image).T)


@pytest.mark.parametrize(("operator", "strength"), [("sobel", 4), ("prewitt", 3), ("scharr", 16)])
def test_an_edge_kernel_finds_its_own_edge_and_nothing_on_the_other(operator, strength):
    # A step of 1 weighs as much as one outer column: 1 + 2 + 1, 1 + 1 + 1 or 3 + 10 + 3.
    across = response(f"{operator}_x", DARK_THEN_BRIGHT)
    np.testing.assert_array_equal(across, [[0, 0, 0, strength, strength, 0, 0, 0, 0]] * 7)
    assert not response(f"{operator}_x", DARK_ABOVE_BRIGHT).any()
    down = response(f"{operator}_y", DARK_ABOVE_BRIGHT)
    np.testing.assert_array_equal(down.T, [[0, 0, strength, strength, 0, 0, 0]] * 9)
    assert not response(f"{operator}_y", DARK_THEN_BRIGHT).any()


def test_sobel_is_the_kernel_of_the_books():
    assert KERNELS["sobel_x"].weights.tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert KERNELS["sobel_y"].weights.tolist() == [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]


@pytest.mark.parametrize(("name", "dx", "dy"), [("x", 1, 0), ("y", 0, 1)])
def test_sobel_and_scharr_agree_with_opencv(name, dx, dy):
    row, column = cv2.getDerivKernels(dx, dy, 3)
    np.testing.assert_array_equal(KERNELS[f"sobel_{name}"].weights, np.outer(column, row))
    image = np.random.default_rng(1).random((7, 10)).astype(np.float32)
    inside = (slice(1, -1), slice(1, -1))
    for operator, theirs in (("sobel", cv2.Sobel), ("scharr", cv2.Scharr)):
        np.testing.assert_allclose(
            response(f"{operator}_{name}", image), theirs(image, cv2.CV_32F, dx, dy)[inside], atol=1e-5
        )


@pytest.mark.parametrize(("name", "axis"), [("x", 1), ("y", 0)])
def test_sobel_and_prewitt_agree_with_scipy(name, axis):
    image = np.random.default_rng(2).random((7, 10))
    for operator, theirs in (("sobel", ndimage.sobel), ("prewitt", ndimage.prewitt)):
        np.testing.assert_allclose(response(f"{operator}_{name}", image), theirs(image, axis)[1:-1, 1:-1], atol=1e-12)


def test_roberts_is_as_printed_and_positive_where_it_gets_darker_along_its_diagonal():
    assert KERNELS["roberts_down"].weights.tolist() == [[1, 0], [0, -1]]
    assert KERNELS["roberts_up"].weights.tolist() == [[0, 1], [-1, 0]]
    darker_to_the_lower_right = -np.add.outer(np.arange(4.0), np.arange(5.0))
    assert (response("roberts_down", darker_to_the_lower_right) == 2).all()
    assert (response("roberts_up", darker_to_the_lower_right) == 0).all()
    assert (response("roberts_up", darker_to_the_lower_right[:, ::-1]) == 2).all()


def test_a_second_derivative_ignores_a_slope_and_finds_a_line():
    slope = np.tile(np.arange(9.0), (3, 1))
    dark_line = np.ones((3, 7))
    dark_line[:, 3] = 0
    assert not response("second_x", slope).any()
    assert response("second_x", dark_line).tolist() == [[0, -1, 2, -1, 0]] * 3
    np.testing.assert_array_equal(response("second_y", dark_line.T), response("second_x", dark_line).T)


def test_the_laplacian_agrees_with_opencv_and_scipy():
    image = np.random.default_rng(3).random((7, 10))
    ours = response("laplacian_4", image)
    np.testing.assert_allclose(ours, cv2.Laplacian(image, cv2.CV_64F, ksize=1)[1:-1, 1:-1], atol=1e-12)
    np.testing.assert_allclose(ours, ndimage.laplace(image)[1:-1, 1:-1], atol=1e-12)


def test_the_laplacian_with_8_neighbours_sees_diagonal_neighbours_too():
    assert KERNELS["laplacian_8"].weights.tolist() == [[1, 1, 1], [1, -8, 1], [1, 1, 1]]
    np.testing.assert_array_equal(KERNELS["outline"].weights, -KERNELS["laplacian_8"].weights)


def test_sharpen_is_the_picture_minus_its_laplacian():
    assert KERNELS["sharpen"].weights.tolist() == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]


def test_emboss_is_bright_where_it_gets_brighter_to_the_lower_right():
    assert KERNELS["emboss"].weights.tolist() == [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    slope = np.add.outer(np.arange(5.0), np.arange(6.0))
    assert (response("emboss", slope) > slope[1:-1, 1:-1]).all()


@pytest.mark.parametrize("size", [3, 5, 31])
def test_a_box_blur_is_the_plain_average(size):
    image = np.random.default_rng(4).random((size, size))
    assert response("box_blur", image, size=size)[0, 0] == pytest.approx(image.mean())


def test_the_binomial_gaussian_is_pascals_triangle():
    expected = [["1/16", "1/8", "1/16"], ["1/8", "1/4", "1/8"], ["1/16", "1/8", "1/16"]]
    assert to_cells(KERNELS["gaussian_3x3"].weights) == expected


@pytest.mark.parametrize(("sigma", "size"), [(0.3, 3), (1.0, 7), (1.4, 11), (5.0, 31)])
def test_a_gaussian_of_any_sigma_agrees_with_opencv(sigma, size):
    line = cv2.getGaussianKernel(size, sigma)
    weights = KERNELS["gaussian"].with_parameters(sigma=sigma).weights
    np.testing.assert_allclose(weights, line @ line.T, atol=1e-7)


@pytest.mark.parametrize("sigma", [1.0, 1.4, 3.0])
def test_the_laplacian_of_gaussian_is_its_formula_up_to_a_small_constant(sigma):
    weights = KERNELS["laplacian_of_gaussian"].with_parameters(sigma=sigma).weights
    radius = weights.shape[0] // 2
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    # Marr and Hildreth 1980, written with r^2 = x^2 + y^2 and the normalised Gaussian of the plane.
    r2, s2 = x**2 + y**2, sigma**2
    formula = (r2 / s2 - 2) / s2 * np.exp(-r2 / (2 * s2)) / (2 * np.pi * s2)
    constant = weights - formula
    assert np.ptp(constant) < 0.01 * np.abs(formula).max()
    assert np.abs(constant).max() < 0.02 * np.abs(formula).max()


def test_the_laplacian_of_gaussian_answers_a_dark_blob_positively_and_a_bright_one_negatively():
    y, x = np.mgrid[-10:11, -10:11]
    bright_blob = np.exp(-(x**2 + y**2) / (2 * 1.4**2))
    bright = response("laplacian_of_gaussian", bright_blob)
    assert np.unravel_index(bright.argmin(), bright.shape) == (5, 5)  # the middle of 21 - 11 + 1 = 11
    np.testing.assert_allclose(response("laplacian_of_gaussian", 1 - bright_blob), -bright, atol=1e-5)


def test_an_edge_at_0_is_sobel_x_and_at_90_sobel_y_because_rows_count_downwards():
    edge = KERNELS["edge"]
    np.testing.assert_array_equal(edge.with_parameters(angle=0).weights, KERNELS["sobel_x"].weights)
    np.testing.assert_array_equal(edge.with_parameters(angle=90).weights, KERNELS["sobel_y"].weights)
    np.testing.assert_array_equal(edge.with_parameters(angle=180).weights, -KERNELS["sobel_x"].weights)
    np.testing.assert_array_equal(edge.with_parameters(angle=360).weights, KERNELS["sobel_x"].weights)


@given(angle=st.floats(0, 360))
def test_an_edge_at_an_angle_answers_a_slope_by_how_far_it_runs_along_the_angle(angle):
    y, x = np.mgrid[0:3, 0:3]
    right, down = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    # Sobel answers a slope of 1 with 8, which is 2 pixels times the 4 of its smoothing.
    assert response("edge", right * x + down * y, angle=angle)[0, 0] == pytest.approx(8, rel=1e-5)
    assert response("edge", down * x - right * y, angle=angle)[0, 0] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(("angle", "wavelength", "sigma", "phase"), [(0, 4, 2, 0), (30, 5.5, 1.7, 90), (250, 9, 3, 45)])
def test_gabor_is_opencvs_less_a_multiple_of_its_window(angle, wavelength, sigma, phase):
    # OpenCV's theta is our angle and its psi our phase: it stores cos(wave + psi) turned by half a turn, and
    # so cos(wave - psi), as ours. It does not make the sum zero.
    weights = KERNELS["gabor"].with_parameters(angle=angle, wavelength=wavelength, sigma=sigma, phase=phase).weights
    size, theta, psi = weights.shape, np.radians(angle), np.radians(phase)
    theirs = cv2.getGaborKernel(size, sigma, theta, wavelength, 1, psi)
    window = cv2.getGaborKernel(size, sigma, theta, 1e9, 1, 0)
    np.testing.assert_allclose(weights, theirs - window * theirs.sum() / window.sum(), atol=1e-6)


def test_gabor_answers_stripes_of_its_own_direction_and_width_most():
    def strength(angle, wavelength):
        y, x = np.mgrid[0:40, 0:44]
        direction = np.radians(angle)
        stripes = np.cos(2 * np.pi * (np.cos(direction) * x + np.sin(direction) * y) / wavelength)
        return np.abs(response("gabor", stripes, angle=60, wavelength=5, sigma=2.5)).max()

    assert strength(60, 5) > 3 * strength(120, 5)
    assert strength(60, 5) > 3 * strength(150, 5)
    assert strength(60, 5) > 3 * strength(60, 10)


def test_a_gabor_of_phase_90_is_positive_where_it_gets_brighter_along_its_angle():
    image = np.repeat([[0.0] * 6 + [0.5] + [1.0] * 6], 13, axis=0)
    assert response("gabor", image, angle=0, phase=90)[0, 0] > 1
    assert response("gabor", image.T, angle=90, phase=90)[0, 0] > 1


def test_motion_blur_lies_along_its_angle():
    motion = KERNELS["motion_blur"]
    flat = np.zeros((5, 5))
    flat[2] = 1 / 5
    np.testing.assert_allclose(motion.with_parameters(length=5, angle=0).weights, flat, atol=1e-8)
    np.testing.assert_allclose(motion.with_parameters(length=5, angle=90).weights, flat.T, atol=1e-8)
    slanted = motion.with_parameters(length=5, angle=45).weights
    # 45 degrees runs to the lower right, so it lies on the main diagonal and not on the other.
    assert np.diag(slanted).sum() > 0.5
    assert np.diag(slanted[:, ::-1]).sum() < 0.25


@given(angle=st.floats(0, 180), half=st.integers(1, 15))
def test_motion_blur_is_the_same_forwards_and_backwards(angle, half):
    weights = KERNELS["motion_blur"].with_parameters(length=2 * half + 1, angle=angle).weights
    np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=0.01 / (2 * half + 1))


def test_random_weights_repeat_with_their_seed():
    random = KERNELS["random"]
    assert random == random.with_parameters(seed=0)
    assert random != random.with_parameters(seed=1)
    # The first draw of NumPy's default_rng(0), as its documentation shows, over the size.
    assert random.weights[0, 0] == pytest.approx(0.12573022 / 3)
    assert np.square(random.with_parameters(size=31).weights).sum() == pytest.approx(1, abs=0.15)


# Parameters


def test_parameters_have_text_and_a_default_within_their_limits():
    for kernel in KERNELS.values():
        for p in kernel.parameters:
            assert p.label
            assert p.hint
            assert p.check(p.default) == p.default == kernel.values[p.name]
            assert p.check(p.maximum) == p.maximum
        assert list(kernel.values) == [p.name for p in kernel.parameters]


def test_a_parameter_that_is_not_named_keeps_its_value():
    gabor = KERNELS["gabor"].with_parameters(angle=30).with_parameters(sigma=1)
    assert gabor.values == {"angle": 30.0, "wavelength": 4.0, "sigma": 1.0, "phase": 0.0}
    assert KERNELS["gabor"].values["angle"] == 0
    assert gabor.note == KERNELS["gabor"].note


def test_a_whole_parameter_takes_a_slider_s_float():
    values = KERNELS["box_blur"].with_parameters(size=np.float64(5)).values
    assert values == {"size": 5}
    assert isinstance(values["size"], int)


def test_a_kernel_with_fixed_weights_stays_as_it_is():
    assert KERNELS["identity"].with_parameters() is KERNELS["identity"]


@pytest.mark.parametrize(
    ("name", "values", "sentence"),
    [
        ("sobel_x", {"angle": 3}, 'sobel_x has no parameter "angle"; it has no parameters'),
        ("gabor", {"size": 3}, 'gabor has no parameter "size"; it has angle, wavelength, sigma, phase'),
        ("gaussian", {"sigma": 9}, "sigma 9 is out of range; choose a number from 0.3 to 5"),
        ("gaussian", {"sigma": -0.5}, "sigma -0.5 is out of range; choose a number from 0.3 to 5"),
        ("gaussian", {"sigma": float("nan")}, "sigma nan is out of range; choose a number from 0.3 to 5"),
        ("gaussian", {"sigma": float("inf")}, "sigma inf is out of range; choose a number from 0.3 to 5"),
        ("gaussian", {"sigma": 10**400}, f"sigma {10**19} is out of range; choose a number from 0.3 to 5"),
        ("gaussian", {"sigma": "2"}, "sigma '2' is not a number; choose a number from 0.3 to 5"),
        ("gaussian", {"sigma": None}, "sigma is empty; choose a number from 0.3 to 5"),
        ("gaussian", {"sigma": True}, "sigma True is not a number; choose a number from 0.3 to 5"),
        ("random", {"seed": 1.5}, "seed 1.5 is between two steps; choose a whole number from 0 to 9999"),
        (
            "box_blur",
            {"size": 4},
            "size 4 is between two steps; choose a whole number from 3 to 31 in steps of 2",
        ),
        (
            "box_blur",
            {"size": 33},
            "size 33 is out of range; choose a whole number from 3 to 31 in steps of 2",
        ),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_in_one_sentence(name, values, sentence):
    with pytest.raises(KernelError) as error:
        KERNELS[name].with_parameters(**values)
    assert str(error.value) == sentence
    assert (error.value.row, error.value.column) == (None, None)


# ---- operations on a whole kernel ----------------------------------------------------------------------------------

TALL = [[1, 2], [3, 4], [5, 6]]  # 3 rows, 2 columns: a swapped height and width would show


@pytest.mark.parametrize(
    ("operation", "weights", "expected"),
    [  # by hand
        ("transpose", TALL, [[1, 3, 5], [2, 4, 6]]),
        ("rotate", TALL, [[5, 3, 1], [6, 4, 2]]),
        ("flip_columns", TALL, [[2, 1], [4, 3], [6, 5]]),
        ("flip_rows", TALL, [[5, 6], [3, 4], [1, 2]]),
        ("negate", [[1, -2, 0]], [[-1, 2, 0]]),
        ("normalise", [[1, 2], [1, 4]], [[1 / 8, 1 / 4], [1 / 8, 1 / 2]]),
        ("normalise", [[-1, -1]], [[1 / 2, 1 / 2]]),
        ("centre", [[1, 0], [0, 0]], [[3 / 4, -1 / 4], [-1 / 4, -1 / 4]]),
    ],
)
def test_operations_change_the_whole_kernel(operation, weights, expected):
    changed = operate(weights, operation)
    assert changed.dtype == np.float32
    np.testing.assert_array_equal(changed, np.float32(expected))


def test_four_rotations_are_none_and_both_flips_are_the_flip_of_true_convolution():
    turned = TALL
    for _ in range(4):
        turned = operate(turned, "rotate")
    np.testing.assert_array_equal(turned, TALL)
    flipped = operate(operate(TALL, "flip_rows"), "flip_columns")
    impulse = np.zeros((5, 3))
    impulse[2, 1] = 1
    np.testing.assert_array_equal(signal.correlate2d(impulse, np.array(TALL), "valid"), flipped)


@pytest.mark.parametrize("weights", [[[1, -1]], [[0.1, 0.2, -0.3]], [[0, 0]]])
def test_weights_that_sum_to_0_cannot_be_made_to_sum_to_1(weights):
    with pytest.raises(KernelError, match="sum to 0"):
        operate(weights, "normalise")


def test_every_operation_is_named_on_the_page_and_others_are_refused():
    assert set(OPERATIONS) == set(read_text("kernel")["operations"]) == set(read_text("kernel")["operation_hints"])
    with pytest.raises(KernelError, match="must be one of transpose"):
        operate(TALL, "invert")
    with pytest.raises(KernelError, match="cannot be a weight"):
        operate([[1e6, -1e6, -1e6]], "centre")


# ---- which kernels make a picture ----------------------------------------------------------------------------------


def test_the_kernels_of_the_library_that_make_a_picture():
    """By what they are for: averages, and what adds to the pixel itself; not edges, not random weights."""
    found = {name for name, kernel in KERNELS.items() if makes_picture(kernel.weights)}
    assert found == {"identity", "box_blur", "gaussian_3x3", "gaussian", "sharpen", "emboss", "motion_blur"}


@pytest.mark.parametrize("name", ["box_blur", "gaussian", "motion_blur"])
def test_a_blur_makes_a_picture_with_any_parameters(name):
    for parameter in KERNELS[name].parameters:
        steps = np.arange(parameter.minimum, parameter.maximum + 1e-9, parameter.step)
        for value in steps.round(9).tolist():
            kernel = KERNELS[name].with_parameters(**{parameter.name: value})
            assert makes_picture(kernel.weights), (parameter.name, value)


@pytest.mark.parametrize(
    ("weights", "total", "is_picture"),
    [
        ([[1]], 1, True),
        ([[0.99]], 0.99, True),  # the tolerance: 1 %
        ([[1.01]], 1.01, True),
        ([[0.989]], 0.989, False),
        ([[1.011]], 1.011, False),
        ([[0.33, 0.33, 0.33]], 0.99, True),  # as people type thirds and ninths
        ([[0.11] * 3] * 3, 0.99, True),
        ([[1] * 3] * 3, 9, False),
        ([[-1]], -1, False),
        ([[0.1, 0.2, -0.3]], 0, False),
        ([[0, 0]], 0, False),
        ([[1000, -999]], 1, True),
    ],
)
def test_the_sum_and_whether_it_is_1(weights, total, is_picture):
    weights = np.float32(weights)
    assert weight_sum(weights) == pytest.approx(total, abs=1e-6)  # float32's own rounding
    assert makes_picture(weights) is is_picture


@given(arrays(np.float32, (3, 4), elements=st.floats(-2, 2, width=32)))
def test_turning_a_kernel_does_not_change_the_way_it_is_drawn(weights):
    for turned in (weights[::-1, ::-1], weights.T, np.rot90(weights)):
        assert makes_picture(turned) == makes_picture(weights)
