"""What cross-correlation is, checked against the chapter, the two loops, SciPy, OpenCV and lax.conv."""

import re

import cv2
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
import scipy.ndimage
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from convdemo import correlation, sums
from convdemo.correlation import (
    convolve,
    cross_correlate,
    cross_correlate_loops,
    im2col,
    output_size,
    same_padding,
    toeplitz,
)

# The chapter's 6x8 picture of ones with a dark band in columns 2 to 5.
EDGES = np.ones((6, 8), np.float32)
EDGES[:, 2:6] = 0
DIFFERENCE = np.array([[1, -1]], np.float32)

BOTH = pytest.mark.parametrize("correlate", [cross_correlate_loops, cross_correlate])


def picture(height, width, seed=0):
    return np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)


def assert_close(actual, expected, cells=25):
    """Equal up to what float32 loses when it adds up so many products of numbers of size 1."""
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6 * cells)


# --- The chapter's worked examples ("Convolutions for Images", Dive into Deep Learning) ---


@BOTH
def test_the_figure_each_output_is_one_window_times_the_kernel_summed(correlate):
    # The chapter's figure; its first cell is spelled out there: 0*0 + 1*1 + 3*2 + 4*3 = 19.
    result = correlate([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])
    np.testing.assert_array_equal(result, [[19, 25], [37, 43]])


@BOTH
def test_a_difference_kernel_finds_vertical_edges_with_their_sign(correlate):
    # The chapter prints this map: 1 where bright turns dark, -1 where dark turns bright, else 0.
    result = correlate(EDGES, DIFFERENCE)
    np.testing.assert_array_equal(result, np.tile([0, 1, 0, 0, 0, -1, 0], (6, 1)))


@BOTH
def test_the_transposed_image_gives_zeros_for_the_kernel_sees_one_direction_only(correlate):
    # The chapter: "the vertical edges vanish". The transposed image is 8x6, so its map is 8x5.
    np.testing.assert_array_equal(correlate(EDGES.T, DIFFERENCE), np.zeros((8, 5)))


@BOTH
def test_the_transposed_kernel_finds_the_transposed_edges(correlate):
    # By symmetry: transposing image and kernel transposes the map.
    np.testing.assert_array_equal(correlate(EDGES.T, DIFFERENCE.T), np.asarray(correlate(EDGES, DIFFERENCE)).T)


@BOTH
def test_the_bias_is_added_to_every_output(correlate):
    # The figure's numbers plus 0.5; the layer of the chapter is corr2d(x, weight) + bias.
    result = correlate([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]], bias=0.5)
    np.testing.assert_array_equal(result, [[19.5, 25.5], [37.5, 43.5]])


def test_true_convolution_flips_the_kernel_both_ways():
    image, kernel = picture(7, 9), picture(3, 2, seed=1)
    # SciPy's convolve2d is the mathematical convolution.
    assert_close(convolve(image, kernel), scipy.signal.convolve2d(image, kernel, "valid"))
    np.testing.assert_array_equal(convolve(image, kernel), cross_correlate(image, kernel[::-1, ::-1]))


def test_the_two_operations_agree_on_symmetric_kernels_and_differ_in_sign_on_edges():
    blur = np.ones((3, 3)) / 9
    np.testing.assert_array_equal(convolve(EDGES, blur), cross_correlate(EDGES, blur))
    np.testing.assert_array_equal(convolve(EDGES, DIFFERENCE), -cross_correlate(EDGES, DIFFERENCE))


def test_convolve_passes_every_setting_on():
    image, kernel = picture(9, 11), picture(2, 3, seed=1)
    options = {"bias": 2.0, "stride": (1, 2), "padding": (2, 1), "padding_mode": "reflect", "dilation": (2, 1)}
    assert_close(convolve(image, kernel, **options), cross_correlate_loops(image, kernel[::-1, ::-1], **options))


def test_im2col_turns_the_loops_into_a_matrix_product_exactly():
    # Whole numbers this small add up exactly in float32, so the two must be equal to the last bit.
    generator = np.random.default_rng(0)
    image, kernel = generator.integers(-9, 10, (7, 10)), generator.integers(-9, 10, (2, 3))
    options = {"stride": (2, 1), "padding": ((1, 0), (2, 3)), "padding_mode": "replicate", "dilation": (1, 2)}
    loops = cross_correlate_loops(image, kernel, **options)
    patches = im2col(image, kernel.shape, **options)
    assert patches.dtype == jnp.float32
    assert patches.shape == (loops.size, kernel.size)
    np.testing.assert_array_equal(np.asarray(patches) @ kernel.ravel(), loops.ravel())


def test_im2col_rows_are_the_windows_read_row_by_row():
    # The figure's four windows, by hand.
    rows = [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]
    np.testing.assert_array_equal(im2col(np.arange(9).reshape(3, 3), 2), rows)
    np.testing.assert_array_equal(jax.jit(im2col, static_argnums=1)(jnp.arange(9.0).reshape(3, 3), (2, 2)), rows)


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate"])
def test_the_toeplitz_matrix_times_the_flattened_image_is_the_flattened_output(mode):
    generator = np.random.default_rng(1)
    image, kernel = generator.integers(-9, 10, (5, 8)), generator.integers(-9, 10, (2, 3))
    options = {"stride": (1, 2), "padding": ((1, 0), (2, 3)), "padding_mode": mode, "dilation": (2, 1)}
    matrix = toeplitz(image.shape, kernel, **options)
    loops = cross_correlate_loops(image, kernel, **options)
    assert matrix.dtype == np.float32
    assert matrix.shape == (loops.size, image.size)
    np.testing.assert_array_equal(matrix @ image.ravel(), loops.ravel())


def test_without_padding_it_is_the_toeplitz_matrix_of_scipy():
    # scipy.linalg.toeplitz takes the first column and the first row.
    expected = scipy.linalg.toeplitz([2, 0, 0], [2, 3, 5, 0, 0])
    np.testing.assert_array_equal(toeplitz((1, 5), [[2, 3, 5]]), expected)


@pytest.mark.parametrize(
    ("output", "mode", "row"),
    [  # by hand, for the kernel 1 2 4 on four pixels: weights of a pixel met twice add up, those of zeros are lost
        (1, "zeros", [1, 2, 4, 0]),
        (0, "zeros", [2, 4, 0, 0]),
        (0, "replicate", [3, 4, 0, 0]),
        (0, "reflect", [2, 5, 0, 0]),
        (3, "reflect", [0, 0, 5, 2]),
    ],
)
def test_a_row_of_the_toeplitz_matrix(output, mode, row):
    matrix = toeplitz((1, 4), [[1, 2, 4]], padding=(0, 1), padding_mode=mode)
    np.testing.assert_array_equal(matrix[output], row)


def test_the_gram_matrix_of_the_patches_is_the_curvature_of_the_squared_error():
    # By hand: of 42 windows 18 have a bright left (or right) pixel and 12 have both.
    patches = np.asarray(im2col(EDGES, DIFFERENCE.shape))
    gram = [[18, 12], [12, 18]]
    np.testing.assert_array_equal(patches.T @ patches, gram)

    def squared_error(kernel):
        return jnp.sum((cross_correlate(EDGES, kernel) - cross_correlate(EDGES, DIFFERENCE)) ** 2)

    hessian = jax.jit(jax.hessian(squared_error))(jnp.zeros((1, 2)))
    np.testing.assert_allclose(hessian.reshape(2, 2), 2 * np.array(gram))


# --- Sizes ---


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((600, 3), 598),  # the chapter: n - k + 1
        ((7, 7), 1),
        ((224, 7, 2, 3), 112),  # ResNet's first layer, He et al. 2016, table 1
        ((227, 11, 4), 55),  # AlexNet's first layer, Krizhevsky et al. 2012
        ((10, 3, 1, 0, 4), 2),  # spans 9
        (((6, 8), (1, 2)), (6, 7)),  # the chapter's edge map
        ((8, 3, (1, 2)), (6, 3)),  # one pair makes a pair
        ((8, [3, 2]), (6, 7)),
        ((8, 2, 1, ((0, 1), (2, 3))), (8, 12)),  # padding before and after
        ((np.int64(8), np.int32(3)), 6),
    ],
)
def test_output_size_counts_the_windows(arguments, expected):
    result = output_size(*arguments)
    assert result == expected
    assert type(result) is type(expected)


@given(
    size=st.integers(1, 30),
    kernel=st.integers(1, 6),
    stride=st.integers(1, 5),
    padding=st.integers(0, 4),
    dilation=st.integers(1, 4),
)
def test_output_size_is_the_number_of_starts_from_which_the_span_fits(size, kernel, stride, padding, dilation):
    # Counted one by one instead of by formula.
    last = size + 2 * padding - (dilation * (kernel - 1) + 1)
    starts = range(0, last + 1, stride)
    if starts:
        assert output_size(size, kernel, stride, padding, dilation) == len(starts)
    else:
        with pytest.raises(ValueError, match="but the padded image is"):
            output_size(size, kernel, stride, padding, dilation)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(1, 4))
def test_same_padding_keeps_the_size_of_an_image_even_of_even_kernels(height, width, down, across):
    padding = same_padding((height, width), (down, across))
    assert output_size((13, 17), (height, width), padding=padding, dilation=(down, across)) == (13, 17)
    for before, after in padding:
        assert 0 <= after - before <= 1


def test_same_padding_puts_the_odd_pixel_after():
    assert same_padding(4) == ((1, 2), (1, 2))
    assert same_padding((1, 2), dilation=3) == ((0, 0), (1, 2))


# --- The fast version against the loops ---

sides = st.tuples(st.integers(0, 3), st.integers(0, 3))


@st.composite
def problems(draw):
    """An image, a kernel that fits it, and settings."""
    mode = draw(st.sampled_from(list(correlation.PADDING_MODES)))
    kernel_shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 5)))
    dilation = draw(st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3))))
    padding = draw(st.one_of(st.integers(0, 3), sides, st.tuples(sides, sides)))
    per_axis = dilation if isinstance(dilation, tuple) else (dilation, dilation)
    least = [step * (cells - 1) + 1 for cells, step in zip(kernel_shape, per_axis, strict=True)]
    height, width = (draw(st.integers(max(size, 4), size + 8)) for size in least)
    options = {
        "bias": draw(st.sampled_from([0.0, -1.5])),
        "stride": draw(st.one_of(st.integers(1, 3), st.tuples(st.integers(1, 3), st.integers(1, 3)))),
        "padding": padding,
        "padding_mode": mode,
        "dilation": dilation,
    }
    return picture(height, width, seed=draw(st.integers(0, 9))), picture(*kernel_shape, seed=99), options


@settings(max_examples=150)
@given(problems())
def test_the_fast_version_equals_the_loops(problem):
    image, kernel, options = problem
    loops = cross_correlate_loops(image, kernel, **options)
    fast = cross_correlate(image, kernel, **options)
    sizes = {name: options[name] for name in ("stride", "padding", "dilation")}
    assert fast.shape == output_size(image.shape, kernel.shape, **sizes)
    assert isinstance(fast, jax.Array)
    assert fast.dtype == jnp.float32
    assert_close(fast, loops)

    settings_of_windows = {name: value for name, value in options.items() if name != "bias"}
    patches = np.asarray(im2col(image, kernel.shape, **settings_of_windows))
    assert_close(patches @ kernel.ravel() + np.float32(options["bias"]), loops.ravel())


@settings(max_examples=8)
@given(problems())
def test_the_traced_version_equals_the_loops(problem):
    image, kernel, options = problem
    traced = jax.jit(lambda image, kernel: cross_correlate(image, kernel, **options))(image, kernel)
    assert_close(traced, cross_correlate_loops(image, kernel, **options))


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 2), (3, 3), (7, 7), (15, 15), (31, 31), (33, 40)])
def test_large_kernels_equal_scipy(shape):
    # SciPy's direct sum in float64.
    image, kernel = picture(61, 83), picture(*shape, seed=1)
    expected = scipy.signal.correlate2d(image.astype(np.float64), kernel.astype(np.float64), "valid")
    assert_close(cross_correlate(image, kernel), expected, cells=kernel.size)


def test_positions_past_the_last_column_never_reach_the_result():
    # A window that ran on into the next row would meet the 1000s of the first column.
    image = np.zeros((40, 50))
    image[:, 0] = 1000
    assert np.all(cross_correlate(image, np.ones((3, 3)))[:, 1:] == 0)


# --- Second opinions ---

SCIPY_MODES = {"zeros": "constant", "reflect": "mirror", "replicate": "nearest"}
OPENCV_MODES = {
    "zeros": cv2.BORDER_CONSTANT,
    "reflect": cv2.BORDER_REFLECT_101,
    "replicate": cv2.BORDER_REPLICATE,
}


@pytest.mark.parametrize("mode", SCIPY_MODES)
@pytest.mark.parametrize("shape", [(3, 3), (5, 1), (3, 7)])
def test_padding_modes_mean_what_scipy_and_opencv_mean(mode, shape):
    image, kernel = picture(20, 33), picture(*shape, seed=1)
    ours = cross_correlate(image, kernel, padding=same_padding(shape), padding_mode=mode)
    assert_close(ours, scipy.ndimage.correlate(image, kernel, mode=SCIPY_MODES[mode]))
    assert_close(ours, cv2.filter2D(image, cv2.CV_32F, kernel, borderType=OPENCV_MODES[mode]))


@pytest.mark.parametrize(
    ("stride", "padding", "dilation"),
    [((1, 1), ((0, 0), (0, 0)), (1, 1)), ((2, 3), ((1, 2), (0, 3)), (1, 2))],
)
def test_the_result_and_its_gradients_equal_those_of_lax_conv(stride, padding, dilation):
    image, kernel, bias = jnp.asarray(picture(12, 17)), jnp.asarray(picture(2, 3, seed=1)), jnp.float32(0.5)

    def ours(image, kernel, bias):
        return cross_correlate(image, kernel, bias=bias, stride=stride, padding=padding, dilation=dilation)

    def theirs(image, kernel, bias):
        result = lax.conv_general_dilated(image[None, None], kernel[None, None], stride, padding, rhs_dilation=dilation)
        return result[0, 0] + bias

    def loss(correlate):
        return lambda *arguments: jnp.sum(jnp.sin(correlate(*arguments)))

    assert_close(jax.jit(ours)(image, kernel, bias), theirs(image, kernel, bias))
    gradients, expected = (jax.jit(jax.grad(loss(each), (0, 1, 2)))(image, kernel, bias) for each in (ours, theirs))
    jax.tree.map(lambda mine, other: assert_close(mine, other, cells=100), gradients, expected)


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
def test_gradients_flow_through_mirrored_and_repeated_borders(mode):
    # The feature map is linear in the image, so a central difference with any step is exact.
    image, kernel = picture(5, 6), picture(3, 4, seed=1)
    weights = picture(*output_size((5, 6), (3, 4), padding=2), seed=2).astype(np.float64)

    def loss(image, correlate):
        return (weights * correlate(image, kernel, padding=2, padding_mode=mode)).sum()

    expected = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        step = np.zeros(image.shape)
        step[place] = 1
        expected[place] = (loss(image + step, cross_correlate_loops) - loss(image - step, cross_correlate_loops)) / 2
    weights = weights.astype(np.float32)
    assert_close(jax.jit(jax.grad(loss), static_argnums=1)(image, cross_correlate), expected)


# --- Inside JAX ---


def test_vmap_runs_over_images_and_over_kernels():
    images, kernels = (
        np.stack([picture(6, 7, seed=i) for i in range(3)]),
        np.stack([picture(2, 3, seed=9 + i) for i in range(3)]),
    )
    over_images = jax.vmap(lambda image: cross_correlate(image, kernels[0], padding=1))(images)
    over_kernels = jax.vmap(lambda kernel: cross_correlate(images[0], kernel, padding=1))(kernels)
    for i in range(3):
        assert_close(over_images[i], cross_correlate_loops(images[i], kernels[0], padding=1))
        assert_close(over_kernels[i], cross_correlate_loops(images[0], kernels[i], padding=1))


def test_constants_inside_a_traced_function_are_computed_at_once():
    constant = cross_correlate_loops(EDGES, DIFFERENCE)
    result = jax.jit(lambda number: number * cross_correlate(EDGES, DIFFERENCE))(jnp.float32(2))
    np.testing.assert_array_equal(result, 2 * constant)


def test_one_program_serves_all_kernels_and_settings_on_a_picture(compilations):
    photo = picture(683, 1024)
    jax.jit(lambda number: number + 0.123)(1.0)
    assert compilations, "the listener must hear a compilation"
    sums.warm_up()
    jax_photo = jnp.asarray(photo)
    compilations.clear()

    cross_correlate(photo, picture(3, 3))
    cross_correlate(photo, picture(5, 5), bias=1.0)
    cross_correlate(photo, picture(31, 31), padding=15)
    cross_correlate(photo, picture(3, 3), padding=same_padding(3), padding_mode="reflect")
    cross_correlate(photo, picture(3, 3), stride=(2, 3))
    cross_correlate(photo, picture(5, 5), dilation=8)
    cross_correlate(jax_photo, picture(4, 2))
    convolve((photo * 99).astype(np.int16), picture(4, 2))
    cross_correlate(photo.T, picture(3, 3), padding=1)  # upright: as many pixels
    cross_correlate(picture(768, 1000), picture(3, 3), padding=1)
    im2col(picture(20, 30), (3, 4))
    assert compilations == []


# --- What goes in, and what is refused ---


def test_integer_images_are_taken_as_they_are():
    image = np.array([[0, 255], [128, 1]], np.uint8)
    for kind in (np.uint8, np.int64, np.float16, np.float64):
        np.testing.assert_array_equal(cross_correlate(image.astype(kind), [[1]]), [[0, 255], [128, 1]])
    np.testing.assert_array_equal(cross_correlate(image > 9, [[2]]), [[0, 2], [2, 0]])
    np.testing.assert_array_equal(cross_correlate(jnp.ones((1, 1), jnp.bfloat16), [[2]]), [[2]])


def test_the_callers_arrays_are_left_alone_and_the_result_is_its_own():
    image, kernel = np.ones((3, 3), np.float32), np.ones((1, 1), np.float32)
    result = cross_correlate(image, kernel)
    patches = im2col(image, 1)
    image[:] = 7
    np.testing.assert_array_equal(result, np.ones((3, 3)))
    np.testing.assert_array_equal(patches, np.ones((9, 1)))


IMAGE = np.zeros((10, 12))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (
            (IMAGE, np.ones((5, 5))),
            {"dilation": 3},
            (
                "kernel 5x5 with dilation 3 spans 13 pixels, but the padded image is 10x12: "
                "use dilation 2, or zero padding 2"
            ),
        ),
        (
            (IMAGE, np.ones((5, 2))),
            {"dilation": (3, 1)},
            (
                "kernel 5x2 with dilation (3, 1) spans 13x2 pixels, but the padded image is 10x12: "
                "use dilation (2, 1), or zero padding 2"
            ),
        ),
        (
            (np.zeros((1, 3)), np.ones((5, 5))),
            {"padding": (1, 0)},
            "kernel 5x5 spans 5 pixels, but the padded image is 3x3: use a kernel of at most 3x3, or zero padding 2",
        ),
        (
            (np.zeros((4, 12)), np.ones((5, 5))),
            {"dilation": 2},
            (
                "kernel 5x5 with dilation 2 spans 9 pixels, but the padded image is 4x12: "
                "use a kernel of at most 2x6, or zero padding 3"
            ),
        ),
        (
            (IMAGE, np.ones((3, 3))),
            {"stride": 0},
            "stride is 0, but it must be a whole number of at least 1, or a (row, column) pair of them: use 1 or more",
        ),
        ((IMAGE, np.ones((3, 3))), {"stride": (1, 0)}, "stride is (1, 0), but"),
        ((IMAGE, np.ones((3, 3))), {"stride": (1, 2, 3)}, "stride is (1, 2, 3), but"),
        ((IMAGE, np.ones((3, 3))), {"stride": 1.0}, "stride is 1.0, but it must be a whole number"),
        ((IMAGE, np.ones((3, 3))), {"stride": True}, "stride is True, but it must be a whole number"),
        ((IMAGE, np.ones((3, 3))), {"stride": "2"}, "stride is '2', but it must be a whole number"),
        ((IMAGE, np.ones((3, 3))), {"dilation": 0}, "dilation is 0, but it must be a whole number of at least 1"),
        (
            (IMAGE, np.ones((3, 3))),
            {"padding": -1},
            (
                "padding is -1, but it must be a whole number of at least 0, or a (row, column) pair of numbers or "
                "(before, after) pairs: use 0 for none, 1 for a pixel on each side"
            ),
        ),
        ((IMAGE, np.ones((3, 3))), {"padding": "same"}, "padding is 'same', but it must be a whole number"),
        ((IMAGE, np.ones((3, 3))), {"padding": ((1, 1, 1), 0)}, "padding is ((1, 1, 1), 0), but"),
        ((IMAGE, np.ones((3, 3))), {"padding": ((0, 1.5), 0)}, "padding is ((0, 1.5), 0), but"),
        (
            (IMAGE, np.ones((3, 3))),
            {"padding_mode": "wrap"},
            "padding_mode is 'wrap', but the modes are zeros, reflect, replicate: use zeros",
        ),
        (
            (np.zeros((3, 5)), np.ones((3, 3))),
            {"padding": (3, 4), "padding_mode": "reflect"},
            (
                "padding is ((3, 3), (4, 4)), but padding_mode 'reflect' can mirror only 2 rows and 4 columns of "
                "a 3x5 image: use padding_mode 'replicate'"
            ),
        ),
        (
            (np.zeros((4, 5, 3)), np.ones((3, 3))),
            {},
            "image has shape (4, 5, 3), but it must be [height, width]: take one channel, or add an axis",
        ),
        ((IMAGE, [1, -1]), {}, "kernel has shape (2,), but it must be [height, width]"),
        ((np.zeros((0, 5)), np.ones((3, 3))), {}, "image is empty, with shape (0, 5): give it at least one row"),
        ((IMAGE, [[]]), {}, "kernel is empty, with shape (1, 0): give it at least one row and column"),
        (([[1, 2], [3]], [[1]]), {}, "image has rows of different lengths: give every row as many numbers"),
        ((IMAGE, [[1j]]), {}, "kernel holds complex128 values, not real numbers: convert it first"),
        (([["a"]], [[1]]), {}, "image holds <U1 values, not real numbers: convert it first"),
        (([[None]], [[1]]), {}, "image holds object values, not real numbers: convert it first"),
        (
            ([[1, 2], [3, np.nan]], [[1]]),
            {},
            "image holds nan at row 1, column 1, but float32 must hold it as a finite number: replace it",
        ),
        ((IMAGE, [[np.inf]]), {}, "kernel holds inf at row 0, column 0, but"),
        (([[1e300]], [[1]]), {}, "image holds 1e+300 at row 0, column 0, but"),
        ((IMAGE, [[1]]), {"bias": np.nan}, "bias holds nan, but float32 must hold it as a finite number"),
        ((IMAGE, [[1]]), {"bias": [1.0]}, "bias has shape (1,), but it must be one number: pass a scalar"),
    ],
)
@pytest.mark.parametrize("correlate", [cross_correlate_loops, cross_correlate, convolve])
def test_an_error_names_the_argument_its_value_the_rule_and_a_remedy(correlate, arguments, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        correlate(*arguments, **options)


def test_im2col_and_the_sizes_refuse_with_the_name_of_their_own_arguments():
    with pytest.raises(ValueError, match=r"kernel_shape is \(0, 1\), but it must be a whole number of at least 1"):
        im2col(IMAGE, (0, 1))
    with pytest.raises(ValueError, match=r"kernel_shape is \(3, 3, 3\), but"):
        same_padding((3, 3, 3))
    with pytest.raises(ValueError, match="dilation is 0, but"):
        same_padding(3, dilation=0)
    with pytest.raises(ValueError, match="size is 0, but"):
        output_size(0, 3)
    with pytest.raises(ValueError, match=r"kernel is 3\.0, but"):
        output_size(3, 3.0)
    with pytest.raises(
        ValueError, match="kernel 5 spans 5 pixels, but the padded image is 4: use a kernel of at most 4"
    ):
        output_size(4, 5)
    with pytest.raises(ValueError, match="the padded image is 10x12: use a kernel of at most 10x12"):
        im2col(IMAGE, 13)


def test_traced_arrays_are_checked_for_shape_and_kind():
    with pytest.raises(ValueError, match=r"image has shape \(4,\)"):
        jax.jit(cross_correlate)(jnp.ones(4), jnp.ones((1, 1)))
    with pytest.raises(ValueError, match="kernel holds complex64 values"):
        jax.jit(cross_correlate)(jnp.ones((4, 4)), jnp.ones((1, 1), jnp.complex64))
    with pytest.raises(ValueError, match="use a kernel of at most 4x4, or zero padding 1"):
        jax.jit(cross_correlate)(jnp.ones((4, 4)), jnp.ones((5, 5)))


@settings(max_examples=300)
@given(
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    kernel=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    dilation=st.one_of(st.integers(1, 5), st.tuples(st.integers(1, 5), st.integers(1, 5))),
    padding=st.one_of(st.integers(0, 2), st.tuples(st.integers(0, 2), sides)),
)
def test_following_the_remedy_works_and_nothing_nearer_does(size, kernel, dilation, padding):
    def fits(**changes):
        try:
            return output_size(**({"size": size, "kernel": kernel, "dilation": dilation, "padding": padding} | changes))
        except ValueError:
            return False

    try:
        output_size(size, kernel, dilation=dilation, padding=padding)
    except ValueError as error:
        message = str(error)
    else:
        return
    least = int(re.search(r"zero padding (\d+)$", message)[1])
    assert fits(padding=least)
    assert not fits(padding=least - 1)
    if largest := re.search(r"use dilation (\d+),", message):
        assert fits(dilation=int(largest[1]))
        assert not fits(dilation=int(largest[1]) + 1)
    elif largest := re.search(r"use dilation \((\d+), (\d+)\),", message):
        down, across = int(largest[1]), int(largest[2])
        assert fits(dilation=(down, across))
        assert down == dilation[0] or not fits(dilation=(down + 1, across))
        assert across == dilation[1] or not fits(dilation=(down, across + 1))
    else:
        height, width = map(int, re.search(r"use a kernel of at most (\d+)x(\d+),", message).groups())
        assert fits(kernel=(height, width))
        assert not fits(kernel=(height + 1, width))
        assert not fits(kernel=(height, width + 1))
        assert not fits(dilation=1)
