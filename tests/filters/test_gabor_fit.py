"""Fitting Gabors: parameters that are known must come back, and what is no Gabor must be told from one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdemo.filters import GOOD, fit_gabors, gabor_fit
from convdemo.kernels import KERNELS, gabor


def gabor_at(shape, row, column, angle, wavelength, phase, along_width, across_width, amplitude=1.0):
    """A Gabor by its definition, pixel for pixel."""
    rows, columns = np.indices(shape)
    right, down = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along = right * (columns - column) + down * (rows - row)
    across = right * (rows - row) - down * (columns - column)
    window = np.exp(-((along / along_width) ** 2) / 2 - (across / across_width) ** 2 / 2)
    return amplitude * window * np.cos(2 * np.pi * along / wavelength - np.radians(phase))


def apart(one, other, turn):
    """How far two angles are from each other, when they are the same after a turn."""
    return abs((one - other + turn / 2) % turn - turn / 2)


@settings(max_examples=20, derandomize=True)
@given(
    shape=st.sampled_from([(12, 12), (11, 15), (16, 10)]),
    row=st.floats(-1, 1),
    column=st.floats(-1, 1),
    angle=st.floats(0, 179),
    wavelength=st.floats(3, 6),
    phase=st.floats(0, 359),
    along_width=st.floats(1.5, 2.5),
    across_width=st.floats(1.5, 3),
    amplitude=st.sampled_from([1e-3, 1.0, 50.0]),
)
def test_known_parameters_are_recovered(
    shape, row, column, angle, wavelength, phase, along_width, across_width, amplitude
):
    row, column = row + (shape[0] - 1) / 2, column + (shape[1] - 1) / 2
    weights = gabor_at(shape, row, column, angle, wavelength, phase, along_width, across_width, amplitude)
    (fit,) = fit_gabors(weights[None])
    assert fit.explained > 0.999
    np.testing.assert_allclose(fit.weights, weights, atol=0.03 * amplitude)
    assert apart(fit.angle, angle, 180) < 1
    assert fit.wavelength == pytest.approx(wavelength, rel=0.05)
    assert fit.frequency == 1 / fit.wavelength
    turned = abs(fit.angle - angle) > 90  # the angle went past 0 or 180: the wave runs the other way
    assert apart(-fit.phase if turned else fit.phase, phase, 360) < 8
    assert (fit.row, fit.column) == pytest.approx((row, column), abs=0.15)
    assert (fit.width_along, fit.width_across) == pytest.approx((along_width, across_width), rel=0.05)
    assert fit.amplitude == pytest.approx(amplitude, rel=0.05)


@pytest.mark.parametrize("phase", [0, 90, 180, 270])
def test_a_gabor_of_the_library_is_fitted(phase):
    (fit,) = fit_gabors(gabor(120, 5, 2, phase)[None])
    assert (fit.angle, fit.wavelength) == pytest.approx((120, 5), rel=0.02)
    assert apart(fit.phase, phase, 360) < 2
    assert (fit.row, fit.column) == pytest.approx((6, 6), abs=0.05)  # 13x13: the middle
    assert fit.explained > 0.98  # but for the constant


def test_noise_does_not_lead_far_astray():
    clean = gabor_at((12, 12), 5, 6, 40, 4, 100, 2, 3)
    noise = np.random.default_rng(0).normal(scale=0.1, size=(20, 12, 12))
    for fit in fit_gabors(clean + noise):
        assert apart(fit.angle, 40, 180) < 5
        assert fit.wavelength == pytest.approx(4, rel=0.1)
        assert fit.explained > 0.8


def test_noise_alone_is_no_gabor():
    fits = fit_gabors(np.random.default_rng(1).normal(size=(40, 12, 12)))
    assert max(fit.explained for fit in fits) < 0.4 < GOOD


def test_what_is_explained_is_the_share_of_squares():
    filters = np.random.default_rng(2).normal(size=(3, 9, 14))
    for weights, fit in zip(filters, fit_gabors(filters), strict=True):
        share = 1 - np.square(weights - fit.weights).sum() / np.square(weights).sum()
        assert fit.explained == pytest.approx(share, abs=1e-4)
        assert 0 <= fit.explained <= 1


def test_the_fit_of_a_filter_does_not_depend_on_the_others():
    filters = np.random.default_rng(3).normal(size=(19, 8, 8))
    together = fit_gabors(filters)
    assert len(together) == 19
    for index in (0, 15, 16, 18):
        (alone,) = fit_gabors(filters[index : index + 1])
        assert alone.explained == pytest.approx(together[index].explained, abs=1e-3)


def test_sobel_is_an_upright_edge():
    (fit,) = fit_gabors(np.pad(KERNELS["sobel_x"].weights, 2)[None])
    assert apart(fit.angle, 0, 180) < 1
    assert fit.explained > 0.95


def test_a_filter_of_zeros_explains_nothing():
    zeros, other = fit_gabors(np.stack([np.zeros((12, 12)), gabor_at((12, 12), 5, 5, 0, 4, 0, 2, 2)]))
    assert (zeros.explained, zeros.amplitude) == (0, 0)
    assert not zeros.weights.any()
    assert other.explained > 0.999
    assert fit_gabors(np.zeros((0, 12, 12))) == ()


def test_two_programs_serve_filters_of_all_sizes(compilations):
    gabor_fit._descend.clear_cache()
    for shape in ((5, 5), (31, 31)):
        fit_gabors(np.ones((1, *shape)))
    assert len(compilations) >= 2, "the listener must hear a compilation"
    compilations.clear()
    for shape in ((3, 12, 12), (20, 16, 5), (1, 17, 31)):
        fit_gabors(np.ones(shape))
    assert compilations == []


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (np.ones((12, 12)), r"filters has shape \(12, 12\), but it must be \[count, height, width\]: add an axis"),
        (np.ones((1, 4, 12)), "side of a filter is 4, but it must be a whole number from 5 to 31: use 5"),
        (np.ones((1, 12, 32)), "side of a filter is 32, .*: use 31"),
        (np.full((1, 12, 12), np.nan), "filters holds nan or inf"),
    ],
)
def test_what_cannot_be_fitted_is_said(filters, said):
    with pytest.raises(ValueError, match=said):
        fit_gabors(filters)
