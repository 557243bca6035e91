"""The bank against gratings and ramps, whose answers are known on paper, and against OpenCV's Gabors."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy import signal

from convdemo.filters import (
    MAX_ORIENTATIONS,
    gabor_bank,
    make_filter,
    respond,
    strongest_orientation,
)
from convdemo.filters.gabors import SIGMA, WAVELENGTHS
from convdemo.kernels import MAX_SIZE

EXAMPLES = Path(__file__).parents[2] / "examples"


def grey(name):
    with Image.open(EXAMPLES / name) as file:
        return np.asarray(file.convert("L"), np.float32) / 255


def grating(angle, wavelength, shape=(61, 83)):
    """A wave that runs along `angle`, in degrees clockwise from the right: by its definition."""
    rows, columns = np.indices(shape)
    along = np.cos(np.radians(angle)) * columns + np.sin(np.radians(angle)) * rows
    return np.float32(0.5 + 0.5 * np.cos(2 * np.pi * along / wavelength))


# --- The bank ---


def test_a_bank_has_every_orientation_wavelength_and_phase_once():
    bank = gabor_bank(6, (3, 4.5, 9), (0, 45, 90))
    assert len({(made.angle, made.wavelength, made.phase) for made in bank}) == len(bank) == 6 * 3 * 3
    assert [made.angle for made in bank[:6]] == [0, 30, 60, 90, 120, 150]


@pytest.mark.parametrize("wavelength", [*WAVELENGTHS, 4.7])
@pytest.mark.parametrize("phase", [0, 60, 90])
def test_filters_sum_to_zero_and_answer_1_to_their_own_wave(wavelength, phase):
    weights = make_filter(35, wavelength, phase).weights
    assert weights.dtype == np.float32
    assert not weights.flags.writeable
    assert weights.shape == (len(weights), len(weights)) <= (MAX_SIZE, MAX_SIZE)
    assert weights.sum() == pytest.approx(0, abs=1e-5)
    # `grating` goes from 0 to 1, so its amplitude is 1/2; its highest answer is where the phases agree.
    answers = signal.correlate2d(grating(35, wavelength), weights, mode="valid")
    assert answers.max() == pytest.approx(1 / 2, rel=0.03)


def test_an_edge_filter_is_opencvs_gabor():
    # At phase 90 the constant is 0. OpenCV subtracts nothing, and its phase is added where ours is subtracted.
    weights = make_filter(30, 6, 90).weights
    expected = cv2.getGaborKernel(weights.shape, SIGMA * 6, np.radians(30), 6, 1, -np.pi / 2, cv2.CV_64F)
    # OpenCV lays its kernels out flipped: a point reflection.
    expected = expected[::-1, ::-1]
    scale = np.linalg.norm(weights) / np.linalg.norm(expected)
    np.testing.assert_allclose(weights, scale * expected, atol=1e-6)


def test_a_filter_passes_one_octave():
    # Where its spectrum falls to half of the peak's height: an octave is a factor of 2 between both ends.
    wavelength = 6
    weights = np.zeros((512, 512))
    weights[:31, :31] = np.pad(make_filter(0, wavelength, 90).weights, (31 - len(make_filter(0, 6).weights)) // 2)
    spectrum = np.abs(np.fft.fft2(weights))[0, :256]
    passed = np.flatnonzero(spectrum >= spectrum.max() / 2)
    assert passed[-1] / passed[0] == pytest.approx(2, rel=0.05)
    assert spectrum.argmax() == pytest.approx(512 / wavelength, abs=2)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: gabor_bank(0), "orientations is 0, but it must be a whole number from 1 to 16: use 1"),
        (lambda: gabor_bank(99), "orientations is 99, .*: use 16"),
        (lambda: gabor_bank(4, ()), "number of wavelengths is 0"),
        (lambda: gabor_bank(4, [2]), "wavelength is 2, but it must be a number from 3 to 9: use 3"),
        (lambda: gabor_bank(4, [4], [400]), "phase is 400, but it must be a number from 0 to 360: use 360"),
        (lambda: make_filter(180, 4), "angle is 180, but"),
        (lambda: strongest_orientation(np.ones((50, 60)), orientations=1), "orientations is 1, but .*: use 2"),
        (lambda: strongest_orientation(np.ones((50, 60)), step=0), "stride is 0"),
        (lambda: respond(np.ones((9, 60)), make_filter(0, 6)), "kernel 23x23 spans 23 pixels, but the padded image"),
    ],
)
def test_what_is_out_of_range_is_said(make, said):
    with pytest.raises(ValueError, match=said):
        make()


# --- Responses ---


@pytest.mark.parametrize("wavelength", [3, 4, 9])
def test_places_are_spaced_in_proportion_to_the_filter(wavelength):
    made = make_filter(45, wavelength, 90)
    image = grey("chelsea.png")
    found = respond(image, made)
    assert found.step == made.step == pytest.approx(wavelength / 2, abs=0.5)
    assert found.first == len(made.weights) // 2
    everywhere = signal.correlate2d(image, made.weights, mode="same")
    rows, columns = (found.first + found.step * np.arange(count) for count in found.values.shape)
    np.testing.assert_allclose(found.values, everywhere[np.ix_(rows, columns)], atol=1e-4)
    for places, length in ((rows, 300), (columns, 451)):  # as many as fit
        assert length - found.first - found.step <= places[-1] + found.step / 2 + found.step
        assert places[-1] + found.first < length <= places[-1] + found.first + found.step


def test_even_brightness_gives_nothing():
    for made in gabor_bank(3, (3, 9), (0, 30, 90)):
        assert np.abs(respond(np.full((40, 50), 0.8), made).values).max() < 1e-5


def test_filters_of_all_sizes_answer_alike_where_amplitudes_fall_as_one_over_the_frequency():
    # Field 1987: equal octaves then hold equal energy. White noise, divided by the frequency, is such a picture.
    down, right = np.fft.fftfreq(256)[:, None], np.fft.fftfreq(320)[None, :]
    frequency = np.hypot(down, right)
    frequency[0, 0] = np.inf
    noise = np.random.default_rng(0).normal(size=frequency.shape)
    image = np.fft.ifft2(np.fft.fft2(noise) / frequency).real
    sizes = [
        np.mean([np.mean(respond(image, made).values ** 2) for made in gabor_bank(8, [wavelength])]) ** 0.5
        for wavelength in (3, 4.5, 6, 9)
    ]
    assert max(sizes) < 1.15 * min(sizes)


# --- The strongest orientation ---


@pytest.mark.parametrize("angle", np.arange(0, 180, 22.5))
def test_the_orientation_of_a_grating_is_recovered(angle):
    found = strongest_orientation(grating(angle, 6), wavelength=6, orientations=8)
    assert (found.angle == angle).all()
    # The energy does not depend on where in the stripes a place lies.
    assert np.ptp(found.strength) < 0.02 * found.strength.mean()
    assert found.strength.shape == (61 - 2 * found.first, 83 - 2 * found.first)


@pytest.mark.parametrize("angle", [10, 77, 100, 171])
def test_between_two_orientations_the_nearer_is_found(angle):
    found = strongest_orientation(grating(angle, 5), wavelength=5, orientations=16)
    apart = np.abs((found.angle - angle + 90) % 180 - 90)
    assert apart.max() <= 180 / 16 / 2


def test_two_halves_of_a_picture_have_two_orientations():
    image = np.concatenate([grating(0, 6, (60, 50)), grating(90, 6, (60, 50))], axis=1)
    found = strongest_orientation(image, 6, orientations=4)
    assert (found.angle[:, :20] == 0).all()
    assert (found.angle[:, -20:] == 90).all()


def test_steps_take_some_of_the_places():
    image = grey("chelsea.png")
    every, third = strongest_orientation(image, 4), strongest_orientation(image, 4, step=3)
    np.testing.assert_array_equal(third.angle, every.angle[::3, ::3])
    np.testing.assert_array_equal(third.strength, every.strength[::3, ::3])
    assert (third.first, third.step) == (every.first, 3)


@pytest.mark.parametrize("name", ["brick.png", "rocket.jpg", "chelsea.png"])
def test_on_a_photo_the_orientation_is_that_of_the_strongest_gradients(name):
    # The structure tensor (Bigun and Granlund 1987), blurred about as wide as the filters, by OpenCV.
    image = grey(name)
    found = strongest_orientation(image, 6, orientations=MAX_ORIENTATIONS)
    right, down = (cv2.GaussianBlur(cv2.Sobel(image, cv2.CV_32F, *axis), None, 1) for axis in ((1, 0), (0, 1)))
    xx, xy, yy = (cv2.GaussianBlur(part, None, 3) for part in (right * right, right * down, down * down))
    expected = np.degrees(np.arctan2(2 * xy, xx - yy) / 2)[found.first : -found.first, found.first : -found.first]
    strong = found.strength > np.quantile(found.strength, 0.95)
    apart = np.abs((found.angle - expected + 90) % 180 - 90)[strong]
    assert np.median(apart) < 180 / MAX_ORIENTATIONS
