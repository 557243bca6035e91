"""Every way to make the sums, on pictures of several strips and tiles, against SciPy's sum in float64."""

import tracemalloc

import numpy as np
import pytest
import scipy.signal

from convdemo.correlation import cross_correlate, cross_correlate_loops, same_padding
from convdemo.sums import Way, Windows, choose, factors, warm_up
from convdemo.sums.fourier import SHAPES, shape_for
from convdemo.sums.memory import all_finite, borrow, give_back
from convdemo.sums.programs import LARGE, MIDDLE, SIZES, SMALL
from convdemo.sums.windows import padded_part

NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}  # np.pad's names
RANDOM = np.random.default_rng(0)


def noise(*shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def of_rank(rank, height, width):
    return sum(np.outer(noise(height), noise(width)) for _ in range(rank))


KERNELS = {  # one or more for each way, and what decides between them
    Way.DOWN: [noise(1, 1), np.array([[0, 1.5], [0, 0], [0, -2]]), noise(40, 1)],
    Way.ACROSS: [np.array([[1, 0, -2.5]]), np.array([[0, 0], [3, -1]]), noise(1, 40)],
    Way.CELLS: [np.zeros((2, 3)), noise(3, 3), noise(4, 5), noise(11, 11), np.eye(31)],
    Way.SEPARABLE: [of_rank(1, 11, 11), of_rank(1, 31, 31), of_rank(2, 16, 15)],
    Way.FOURIER: [noise(31, 30), noise(20, 60)],
}
CASES = [pytest.param(kernel, way, id=f"{way.name} {kernel.shape}") for way, all_ in KERNELS.items() for kernel in all_]


def expected(image, kernel, stride=(1, 1), padding=((0, 0), (0, 0)), padding_mode="zeros", dilation=(1, 1)):
    padded = np.pad(image.astype(float), padding, mode=NUMPY_MODES[padding_mode])
    spread = np.zeros([step * (cells - 1) + 1 for step, cells in zip(dilation, kernel.shape, strict=True)])
    spread[:: dilation[0], :: dilation[1]] = kernel
    return scipy.signal.correlate(padded, spread, "valid", method="fft")[:: stride[0], :: stride[1]]


def assert_equal(image, kernel, **layer):
    """All numbers, to 1e-5 of what the largest pixel and the weights could make."""
    result, wanted = np.asarray(cross_correlate(image, kernel, **layer)), expected(image, kernel, **layer)
    assert result.shape == wanted.shape
    scale = np.abs(image).max() * np.linalg.norm(kernel)
    assert np.abs(result - wanted).max() <= 1e-5 * scale


def way_of(kernel, **layer):
    kernel, stride, dilation = np.float32(kernel), layer.get("stride", (1, 1)), layer.get("dilation", (1, 1))
    span = tuple(step * (cells - 1) + 1 for step, cells in zip(dilation, kernel.shape, strict=True))
    return choose(kernel, Windows(stride, dilation, ((0, 0), (0, 0)), "zeros", span, layer.get("output", (700, 960))))[
        0
    ]


@pytest.mark.parametrize(("kernel", "way"), CASES)
def test_each_way_on_pictures_of_several_strips(kernel, way):
    assert way_of(kernel, output=(700, 960)) is way
    assert_equal(noise(1700, 1001), kernel)  # strips of LARGE, of a width that is no multiple of anything
    assert_equal(noise(300, 410), kernel)
    assert_equal(noise(61, 67), kernel)


@pytest.mark.parametrize(("kernel", "way"), CASES)
@pytest.mark.parametrize("mode", NUMPY_MODES)
def test_each_way_at_the_borders(kernel, way, mode):
    height, width = kernel.shape
    for shape in ((height + 9, 900), (640, width + 11)):
        assert_equal(noise(*shape), kernel, padding=same_padding(kernel.shape), padding_mode=mode)
    assert_equal(noise(200, 600), kernel, padding=((5, 0), (0, 7)), padding_mode=mode, dilation=(2, 3))


@pytest.mark.parametrize("stride", [(2, 2), (1, 3), (5, 2), (16, 16)])
@pytest.mark.parametrize("shape", [(1, 2), (3, 3), (7, 6)])
def test_a_stride_and_a_dilation(shape, stride):
    image, kernel = noise(500, 901), noise(*shape)
    assert_equal(image, kernel, stride=stride)
    assert_equal(image, kernel, stride=stride, dilation=(2, 3), padding=((4, 3), (2, 9)), padding_mode="reflect")


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (1, 140_000), (140_000, 1), (3, 70_000), (17, 17)])
def test_pictures_that_are_one_row_one_column_or_hardly_there(shape):
    for kernel in (noise(1, 1), noise(3, 3), of_rank(1, 13, 13), noise(17, 17)):
        height, width = (min(pair) for pair in zip(kernel.shape, shape, strict=True))
        assert_equal(noise(*shape), kernel[:height, :width])
        assert_equal(noise(*shape), kernel, padding=same_padding(kernel.shape), padding_mode="replicate")


@pytest.mark.parametrize(("rows", "shape"), [(482, SHAPES[0]), (546, SHAPES[1])])
def test_every_shape_of_tiles(rows, shape):
    kernel, output = noise(31, 31), (rows, 950)  # 546 = 576 - 31 + 1 windows lie in a column of a tile
    windows = Windows((1, 1), (1, 1), ((0, 0), (0, 0)), "zeros", (31, 31), output)
    assert shape_for(windows) == (shape, 2 * shape[0] * shape[1])
    assert way_of(kernel, output=output) is Way.FOURIER
    assert_equal(noise(rows + 30, 980), kernel)


def test_cells_that_lie_very_far_apart():
    kernel = noise(3, 3)
    assert_equal(noise(1300, 1400), kernel, dilation=(640, 690))  # a shift of more floats than any program has room for
    assert_equal(noise(1300, 1400), kernel, dilation=(300, 690), stride=(2, 3))


@pytest.mark.parametrize(("kernel", "way"), CASES)
@pytest.mark.parametrize("size", [1e-30, 1, 1e30])
def test_tiny_constant_and_huge_pictures(kernel, way, size):
    kernel = kernel / max(1, np.abs(kernel).sum())
    assert_equal(np.full((90, 333), size, np.float32), kernel)
    assert_equal(np.float32(size) * noise(90, 333), kernel)


def test_where_a_picture_lies_in_memory_makes_no_difference():
    room = noise(1, 900 * 1000 + 16).ravel()
    for kernel in (noise(2, 3), of_rank(1, 9, 9)):
        maps = []
        for skip in (0, 1, 7, 15):
            image = room[skip : skip + 900 * 1000].reshape(900, 1000)
            image[...] = room[:900_000].reshape(900, 1000) * 0 + np.arange(1000, dtype=np.float32) % 7
            maps.append(np.asarray(cross_correlate(image, kernel)))
        assert all(np.array_equal(one, maps[0]) for one in maps)
        wide = np.repeat(image, 2, axis=1)[:, ::2]  # rows apart, and columns
        np.testing.assert_array_equal(cross_correlate(wide, kernel), maps[0])
        np.testing.assert_array_equal(cross_correlate(np.asfortranarray(image), kernel), maps[0])


@pytest.mark.parametrize("size", [SMALL, MIDDLE, LARGE])
def test_pictures_as_long_as_a_program_takes_or_makes_and_a_little_more_or_less(size):
    draw = np.random.default_rng(4)
    kernel = np.array([[2, -3], [0, 1], [5, 4]], np.float32)
    room = draw.integers(-9, 10, 3 * size.pixels + 200).astype(np.float32)
    for count in (size.length, size.pixels, 3 * size.length, 3 * size.pixels):
        for more in (-33, -16, -1, 0, 1, 15, 31, 64):
            for width in (2, 3, count // 4):
                height, skip = (count + more) // width, more % 16
                image = room[skip : skip + height * width].reshape(height, width)
                wanted = sum(
                    kernel[row, column] * image[row : height - 2 + row, column : width - 1 + column]
                    for row, column in np.argwhere(kernel)
                )
                np.testing.assert_array_equal(cross_correlate(image, kernel), wanted)  # whole numbers: no rounding


def test_equal_windows_have_equal_sums_wherever_they_lie_and_whatever_the_stride():
    image = noise(800, 1100)
    for kernel in (noise(1, 2), noise(3, 3), noise(6, 7), of_rank(2, 15, 15), noise(16, 16)):
        rows, columns = 800 - len(kernel) + 1, 1100 - len(kernel[0]) + 1
        whole = np.asarray(cross_correlate(image, kernel, is_exact=True))
        moved = np.asarray(cross_correlate(image[13:, 29:], kernel, is_exact=True))
        assert whole.shape == (rows, columns)
        np.testing.assert_array_equal(moved, whole[13:, 29:])
        np.testing.assert_array_equal(cross_correlate(image, kernel, stride=3, is_exact=True), whole[::3, ::3])


def test_a_kernel_whose_weights_cancel_gives_exact_zeros_on_equal_pixels():
    flat = np.full((600, 900), 0.3, np.float32)
    for kernel in (
        [[1, -1]],
        [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
        np.outer(np.ones(11), np.r_[np.ones(5), 0, -np.ones(5)]),
    ):
        assert not np.any(cross_correlate(flat, kernel))


def test_a_pixel_that_is_not_finite_is_found_in_every_strip_and_named():
    for kernel in (noise(1, 2), noise(3, 3), of_rank(1, 11, 11), noise(17, 17)):
        for row, column in ((0, 0), (1609, 3), (1699, 1000)):
            image = noise(1700, 1001)
            image[row, column] = np.nan
            with pytest.raises(ValueError, match=f"image holds nan at row {row}, column {column}"):
                cross_correlate(image, kernel, stride=3 if row else 1)


def test_the_two_loops_agree_in_every_way():
    image = noise(40, 45)
    for kernel in (noise(1, 2), noise(4, 3), of_rank(1, 11, 11), noise(17, 18)):
        loops = cross_correlate_loops(image, kernel, bias=0.5, padding=3)
        np.testing.assert_allclose(cross_correlate(image, kernel, bias=0.5, padding=3), loops, rtol=1e-5, atol=1e-4)


def test_after_the_warm_up_nothing_is_compiled_whatever_the_sizes(compilations):
    warm_up()
    compilations.clear()
    sides = np.exp(RANDOM.uniform(0, np.log(1200), (1000, 2))).astype(int)
    for number, (height, width) in enumerate(sides):
        rows, columns = min(height, number % 31 + 1), min(width, number // 31 % 31 + 1)
        kernel = noise(rows, columns) if number % 3 else of_rank(1, rows, columns)
        image = np.zeros((height, width), np.float32)
        cross_correlate(image, kernel, stride=1 + number % 4 // 3, padding=number % 5)
    assert compilations == []


def test_memory_beside_picture_and_map_does_not_grow_with_the_picture():
    # What NumPy and Python hold: XLA's sums of a strip are 2 MB each, of which AHEAD + 1 are alive.
    for kernel in (noise(3, 3), of_rank(1, 15, 15), noise(17, 17), noise(1, 2)):
        image = np.zeros((3000, 2000), np.float32)
        cross_correlate(image, kernel)
        tracemalloc.start()
        result = cross_correlate(image, kernel)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak - result.nbytes < 0.6 * image.nbytes


# ---- the rank of a kernel --------------------------------------------------------------------------------------------


def test_the_terms_of_a_kernel_are_the_kernel():
    for rank in (1, 2, 3, 4):
        kernel = np.float32(of_rank(rank, 12, 9))
        terms = factors(kernel)
        assert len(terms.rows) == rank
        np.testing.assert_allclose(terms.columns.T @ terms.rows, kernel, atol=1e-6 * np.abs(kernel).max())
    assert factors(noise(12, 9)) is None


def test_a_kernel_that_is_almost_of_rank_one_is_not_taken_for_one():
    kernel = np.float32(np.outer(np.arange(1, 12), np.arange(1, 12)))
    assert way_of(kernel) is Way.SEPARABLE
    kernel[0, 0] += 1e-5  # ten steps of float32
    assert len(factors(kernel).rows) == 2


def test_sobels_factors_are_whole():
    terms = factors(np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]))
    assert np.array_equal(terms.columns, [[1, 2, 1]])
    assert np.array_equal(terms.rows, [[1, 0, -1]])


def test_with_a_stride_and_where_it_must_be_exact_no_transforms_are_made():
    assert way_of(noise(31, 31), stride=(2, 1)) is not Way.FOURIER
    assert way_of(noise(31, 31)) is Way.FOURIER
    assert way_of(noise(31, 31), dilation=(17, 17)) is Way.CELLS  # one window would fill a tile
    assert way_of(noise(31, 31), output=(40, 40)) is Way.CELLS  # a tile has many pixels more
    exact = Windows((1, 1), (1, 1), ((0, 0), (0, 0)), "zeros", (31, 31), (700, 1000))
    assert choose(noise(31, 31), exact, is_exact=True) == (Way.CELLS, None)


# ---- pixels under windows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", NUMPY_MODES)
def test_part_of_a_padded_picture_is_what_numpy_pads(mode):
    image = noise(5, 7)
    padded = np.pad(image, ((4, 3), (2, 6)), mode=NUMPY_MODES[mode])
    for top, left, height, width in (
        (0, 0, 12, 15),
        (0, 0, 3, 2),
        (4, 2, 5, 7),
        (6, 1, 6, 9),
        (10, 11, 2, 3),
        (5, 0, 1, 15),
    ):
        part = padded_part(image, (top - 4, left - 2), (height, width), mode)
        np.testing.assert_array_equal(part, padded[top : top + height, left : left + width])


@pytest.mark.parametrize("odd", [np.nan, -np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_found_beside_any_other(odd):
    for others in (0.0, 1.0, -1.0, 3e38, -3e38):
        numbers = np.full((3, 5), others, np.float32)
        assert all_finite(numbers)
        numbers[1, 2] = odd
        assert not all_finite(numbers)
    assert all_finite(np.zeros((0, 3), np.float32))


@pytest.mark.parametrize(("kernel", "way"), CASES)
def test_what_lies_in_memory_that_was_used_before_is_never_seen(kernel, way):
    shapes = [(size.pixels,) for size in SIZES] + [*SHAPES] + [(2**power,) for power in range(10, 21)]
    room = np.zeros(300 * 411 + 16, np.float32)
    for skip in (1, 9):
        image = room[skip : skip + 300 * 411].reshape(300, 411)
        image[...] = noise(300, 411)
        for options in ({}, {"stride": (3, 2)}, {"padding": ((1, 0), (0, 1))}):
            for shape in shapes:
                used = borrow(shape)
                used[...] = np.nan
                give_back(used)
            assert_equal(image, kernel, **options)


@pytest.mark.parametrize("stride", [(1, 1), (3, 3), (2, 1)])
@pytest.mark.parametrize("shape", [(3, 1), (1, 4), (3, 3), (5, 5), (11, 11)])
def test_whole_pixels_and_weights_give_whole_sums(shape, stride):
    """Exactly those of SciPy's integers, of kernels of any rank."""
    draw = np.random.default_rng(3)
    image = draw.integers(-9, 10, (61, 47))
    for kernel in (
        draw.integers(-4, 5, shape),
        np.outer(draw.integers(2, 5, shape[0]), draw.integers(-4, 5, shape[1])),
    ):
        whole = scipy.signal.correlate2d(image, kernel, "valid")[:: stride[0], :: stride[1]]
        assert (np.asarray(cross_correlate(np.float32(image), np.float32(kernel), stride=stride)) == whole).all()
