"""How far each control can go, against trying every value; and the remedies that an error names, tried."""

import itertools
import re

import numpy as np
import pytest

from convdemo.images import Photo
from convdemo.kernels import MAX_SIZE, custom_kernel
from convdemo.ui.layer.fit import Limits, check_fit, find_limits
from convdemo.ui.layer.settings import Settings, make_feature_map
from convdemo.ui.layer.state import MAX_STEP

SIZES = [(1, 1), (1, 7), (9, 5), (4, 13), (33, 12), (40, 70)]
SHAPES = [(1, 1), (3, 3), (1, 2), (2, 5), (7, 1), (15, 15)]
PADDINGS = ["none", "zeros", "reflect", "replicate"]
CASES = list(itertools.product(SIZES, SHAPES, PADDINGS, [1, 2, 5]))


def works(size, shape, padding, dilation):
    """Whether a kernel fits, by first principles."""
    spans = [dilation * (cells - 1) + 1 for cells in shape]
    if padding == "none":
        return all(span <= pixels for span, pixels in zip(spans, size, strict=True))
    if padding == "reflect":  # a mirror about the border pixel shows at most the pixels behind it, on either side
        return all(span // 2 <= pixels - 1 for span, pixels in zip(spans, size, strict=True))
    return True  # the size is kept, so that there is a place for each pixel


def computes(size, shape, padding, dilation, stride=1):
    """Whether the page has a feature map there."""
    photo = Photo(np.full((*size, 1), 0.5, np.float32), size)
    kernel = custom_kernel(np.ones(shape))
    try:
        make_feature_map(photo, kernel, Settings(stride=stride, padding=padding, dilation=dilation))
    except ValueError:
        return False
    return True


def largest_by_trying(most, test):
    """The largest number up to which each one works; 1, where a control ends, even if that does not."""
    working = list(itertools.takewhile(test, range(1, most + 1)))
    return max(working, default=1)


@pytest.mark.parametrize("padding", PADDINGS)
def test_each_limit_is_what_trying_every_value_finds(padding):
    for size, shape, _, dilation in (case for case in CASES if case[2] == padding):
        limits = find_limits(size, shape, padding, dilation)
        height, width = shape
        expected = {
            "rows": largest_by_trying(MAX_SIZE, lambda n: works(size, (n, width), padding, dilation)),  # noqa: B023
            "columns": largest_by_trying(MAX_SIZE, lambda n: works(size, (height, n), padding, dilation)),  # noqa: B023
            "dilation": largest_by_trying(MAX_STEP, lambda n: works(size, shape, padding, n)),  # noqa: B023
        }
        assert {name: getattr(limits, name) for name in expected} == expected, (size, shape, padding, dilation)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize(
    ("size", "shape", "dilation"),
    [((9, 5), (3, 3), 1), ((4, 13), (2, 5), 2), ((33, 12), (15, 2), 2), ((40, 70), (3, 5), 5), ((1, 7), (1, 2), 3)],
)
def test_the_page_computes_at_each_limit_and_not_one_beyond(size, shape, dilation, padding):
    limits = find_limits(size, shape, padding, dilation)
    rows, columns = shape
    assert computes(size, shape, padding, dilation)
    assert computes(size, (limits.rows, columns), padding, dilation)
    assert computes(size, (rows, limits.columns), padding, dilation)
    assert computes(size, shape, padding, limits.dilation)
    if limits.rows < MAX_SIZE:
        assert not computes(size, (limits.rows + 1, columns), padding, dilation)
    if limits.columns < MAX_SIZE:
        assert not computes(size, (rows, limits.columns + 1), padding, dilation)
    if limits.dilation < MAX_STEP:
        assert not computes(size, shape, padding, limits.dilation + 1)


@pytest.mark.parametrize("padding", PADDINGS)
def test_no_stride_below_its_limit_is_idle_and_every_one_above_it_would_be(padding):
    # Any stride works: beyond the limit there is one window, and the next stride makes no difference.
    for size, shape, _, dilation in (case for case in CASES if case[2] == padding and works(*case)):
        limit = find_limits(size, shape, padding, dilation).stride
        lost = [0 if padding != "none" else dilation * (cells - 1) for cells in shape]
        places = [pixels - pixels_lost for pixels, pixels_lost in zip(size, lost, strict=True)]
        windows = [tuple(len(range(0, n, stride)) for n in places) for stride in range(1, MAX_STEP + 1)]
        assert limit == next((stride for stride, count in enumerate(windows, 1) if count == (1, 1)), MAX_STEP)


def test_a_stride_at_the_limit_leaves_one_window():
    # By hand: 9 rows and 5 columns have 7 and 3 places for a 3x3 kernel, so that stride 7 leaves the first of each.
    assert find_limits((9, 5), (3, 3), "none", 1) == Limits(rows=9, columns=5, stride=7, dilation=2)
    photo, kernel = Photo(np.full((9, 5, 1), 0.5, np.float32), (9, 5)), custom_kernel(np.ones((3, 3)))
    assert make_feature_map(photo, kernel, Settings(stride=7)).shape == (1, 1)
    assert make_feature_map(photo, kernel, Settings(stride=6)).shape == (2, 1)


def test_limits_are_given_even_where_nothing_fits():
    # A 5x5 kernel has no place on 3x4 pixels, whatever the dilation: the limits say what would, one at a time.
    limits = find_limits((3, 4), (5, 5), "none", 4)
    assert limits.dilation == 1
    assert min(limits.rows, limits.columns, limits.stride) >= 1


@pytest.mark.parametrize("padding", PADDINGS)
def test_every_remedy_works_and_is_the_nearest(padding):
    refused = 0
    for size, shape, _, dilation in (case for case in CASES if case[2] == padding):
        if works(size, shape, padding, dilation):
            check_fit(size, shape, padding, dilation)  # says nothing
            continue
        refused += 1
        with pytest.raises(ValueError, match="span") as error:
            check_fit(size, shape, padding, dilation)
        sentence = str(error.value)
        least = re.search(r"use dilation (\d+)", sentence)
        largest = largest_by_trying(MAX_STEP, lambda step: works(size, shape, padding, step))  # noqa: B023
        if works(size, shape, padding, largest):
            assert int(least[1]) == largest, sentence
        else:
            assert least is None, sentence
        rows, columns = map(int, re.search(r"at most (\d+) rows and (\d+) columns", sentence).groups())
        assert works(size, (rows, columns), padding, dilation), sentence
        assert rows == shape[0] or not works(size, (rows + 1, 1), padding, dilation), sentence
        assert columns == shape[1] or not works(size, (1, columns + 1), padding, dilation), sentence
        other = re.search(r"padding “(\w+)”$", sentence)[1]
        assert works(size, shape, other, dilation), sentence
    assert refused or padding in ("zeros", "replicate")  # these keep the size, and fit always


@pytest.mark.parametrize(
    ("arguments", "arithmetic"),
    [
        # By hand: the span is dilation * (cells - 1) + 1; a mirrored border is half of it, rounded down.
        (((48, 64), (5, 3), "none", 16), "5 rows span 16·(5 − 1) + 1 = 65 pixels, but the picture's height is 48"),
        (((9, 5), (1, 4), "none", 3), "4 columns span 3·(4 − 1) + 1 = 10 pixels, but the picture's width is 5"),
        (((3, 40), (5, 5), "none", 1), "5 rows span 5 pixels, but the picture's height is 3"),
        (((2, 9), (5, 5), "reflect", 1), "mirrors 2 rows on a side, but a picture of height 2 has 1 to mirror"),
        (((20, 9), (3, 7), "reflect", 3), "mirrors 9 columns on a side, but a picture of width 9 has 8 to mirror"),
    ],
)
def test_the_arithmetic_of_what_does_not_fit_is_spelled_out(arguments, arithmetic):
    with pytest.raises(ValueError, match=re.escape(arithmetic)):
        check_fit(*arguments)
