"""Counting weights, against the chapter ("From Fully Connected Layers to Convolutions", Dive into Deep Learning)."""

import pytest

from convdemo.why_convolution import count_weights


def test_a_unit_on_a_one_megapixel_colour_image_needs_three_million_weights():
    unit, *_ = count_weights((1000, 1000), 3, channels=3)
    assert (unit.weights, unit.biases, unit.memory) == (3_000_000, 1, 12_000_000)
    assert unit.arithmetic == "1 000 000 × 3 = 3 000 000"


def test_a_3x3_convolution_has_nine_weights_and_a_bias_whatever_the_size():
    for size in [(3, 3), (400, 600), (100_000, 100_000)]:
        *_, convolution = count_weights(size, 3)
        assert (convolution.weights, convolution.biases, convolution.memory) == (9, 1, 36)


def test_the_four_counts_by_hand():
    # A 5x7 picture of 2 channels, a 2x3 kernel: 4x5 = 20 outputs a map, 3 maps.
    counts = {count.name: count for count in count_weights((5, 7), (2, 3), channels=2, filters=3)}
    assert {name: count.weights for name, count in counts.items()} == {
        "unit": 35 * 2,
        "fully_connected": 35 * 2 * 20 * 3,
        "locally_connected": 6 * 2 * 20 * 3,
        "convolution": 6 * 2 * 3,
    }
    assert [count.biases for count in counts.values()] == [1, 60, 60, 3]
    assert counts["locally_connected"].factors == ((6, "cells"), (2, "channels"), (20, "outputs"), (3, "filters"))


def test_counts_stay_exact_where_floats_would_not():
    _, full, *_ = count_weights(100_000, 1, channels=10_000, filters=9_999)
    assert full.weights == 10**10 * 10**4 * 10**10 * 9_999


def test_a_kernel_as_large_as_the_picture_saves_nothing():
    unit, full, local, convolution = count_weights((4, 6), (4, 6))
    assert unit.weights == full.weights == local.weights == convolution.weights == 24


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"size": 0}, "size is 0, but it must be a whole number from 1 to 100000: use 1"),
        ({"size": (5, 2.5)}, "size is 2.5, but"),
        ({"size": (1, 2, 3)}, r"size is \(1, 2, 3\), but it must be one number or a \(rows, columns\) pair"),
        ({"kernel": 9}, "kernel 9x9 spans 9 pixels, but the padded image is 8x8: use a kernel of at most 8x8"),
        ({"channels": 0}, "channels is 0"),
        ({"filters": 10**6}, "filters is 1000000, but .*: use 10000"),
    ],
)
def test_what_cannot_be_counted_is_said(arguments, said):
    with pytest.raises(ValueError, match=said):
        count_weights(**{"size": 8, "kernel": 3, **arguments})
