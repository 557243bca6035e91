"""Turned pictures: ramps and stripes, whose answers are known on paper, and OpenCV as a second opinion."""

import cv2
import numpy as np
import pytest

from convdemo.kernels import KERNELS, gabor
from convdemo.learning import CHAPTER_IMAGE
from convdemo.why_convolution.rotation import central_square, response_by_angle, response_to_stripes, stripes, turn

SOBEL = KERNELS["sobel_x"].weights
ANGLES = np.arange(-360, 361, 15)


def picture(height, width):
    return np.random.default_rng(0).random((height, width), np.float32)


def test_the_chapters_kernel_finds_nothing_in_the_transposed_picture():
    # By hand: of the 6x6 square's 26 windows in its disc, 8 lie on an edge of the band and answer 1 or -1.
    responses = response_by_angle(CHAPTER_IMAGE, [[1, -1]], [0, 90, 180, 270])
    np.testing.assert_allclose(responses, np.sqrt([8 / 26, 0, 8 / 26, 0]), atol=1e-7)
    assert response_by_angle(CHAPTER_IMAGE.T, [[1, -1]], [0]) == 0


def test_sobel_answers_to_a_ramp_by_the_cosine_of_the_angle():
    # The ramp gets brighter by 0.01 a column; turned, by 0.01 cos(angle). Sobel's weights make 8 of it.
    ramp = np.tile(np.arange(61, dtype=np.float32) * 0.01, (41, 1))
    expected = 0.08 * np.abs(np.cos(np.radians(ANGLES)))
    np.testing.assert_allclose(response_by_angle(ramp, SOBEL, ANGLES), expected, atol=1e-4)


@pytest.mark.parametrize("angle", [0, 37, 90, -120])
def test_stripes_are_a_wave_along_their_angle_and_the_answer_is_its_slope(angle):
    side, wavelength = 60, 12
    drawn = stripes(side, wavelength, angle)
    # A turned wave moves on by 2 pi / 12 (cos a, sin a) a pixel: neighbours differ by twice the sine of half of that.
    radians = np.radians(angle)
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    right, down = 2 * np.pi / wavelength * np.cos(radians), 2 * np.pi / wavelength * np.sin(radians)
    np.testing.assert_allclose(drawn, (1 + np.cos(right * columns + down * rows)) / 2, atol=1e-5)
    (response,) = response_to_stripes(side, wavelength, [[1, -1]], [angle])
    expected = abs(np.sin(right / 2)) * np.sqrt(0.5)  # the mean square of a sine is 1/2
    assert response == pytest.approx(expected, abs=0.01)


def test_a_gabor_answers_most_to_stripes_turned_to_its_own_angle():
    columns = np.tile(np.arange(120), (90, 1))
    stripes = np.cos(2 * np.pi * columns / 6).astype(np.float32)  # the wave runs to the right: angle 0
    angles = np.arange(0, 180, 15)
    responses = response_by_angle(stripes, gabor(60, 6, 3, 0), angles)
    assert angles[responses.argmax()] == 60
    assert responses.max() > 5 * np.median(responses)


def test_quarter_turns_are_exact_and_clockwise():
    image = picture(9, 14)
    square = image[:, 2:11]
    for quarters in range(-4, 5):
        np.testing.assert_array_equal(turn(image, 90 * quarters), np.rot90(square, -quarters))


@pytest.mark.parametrize("angle", [10, 45, 200])
def test_turning_is_what_opencv_does(angle):
    image = cv2.GaussianBlur(picture(40, 40), None, 2)
    matrix = cv2.getRotationMatrix2D((19.5, 19.5), -angle, 1)  # OpenCV too counts the other way round
    expected = cv2.warpAffine(image, matrix, (40, 40), flags=cv2.INTER_LINEAR)
    rows, columns = np.mgrid[:40, :40] - 19.5
    disc = rows**2 + columns**2 < 19**2
    np.testing.assert_allclose(turn(image, angle)[disc], expected[disc], atol=2e-3)


def test_all_angles_see_the_same_disc():
    # Brightness itself does not depend on direction: a kernel of one cell answers alike at every angle.
    image = cv2.GaussianBlur(picture(80, 120), None, 3)
    responses = response_by_angle(image, [[1]], ANGLES)
    assert np.ptp(responses) < 1e-3 * responses.mean()


def test_the_central_square():
    image = np.arange(24).reshape(4, 6)
    np.testing.assert_array_equal(central_square(image), image[:, 1:5])
    np.testing.assert_array_equal(central_square(image.T), image.T[1:5])


def test_a_kernel_as_large_as_the_picture_has_one_window():
    image = picture(5, 7)
    expected = np.abs((image[:, 1:6] * np.ones((5, 5))).sum())
    np.testing.assert_allclose(response_by_angle(image, np.ones((5, 5)), [0]), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("image", "kernel", "angle", "said"),
    [
        (picture(5, 9), np.ones((1, 6)), 0, "kernel 1x6 spans .* but the padded image is 5x5"),
        (picture(5, 9), SOBEL, float("nan"), "angle is nan, but it must be a number from -360 to 360"),
        (picture(5, 9), SOBEL, 400, "angle is 400, but .*: use 360"),
        (np.ones((5, 9, 3)), SOBEL, 0, "image has shape"),
        (picture(5, 9), [1, 2], 0, "kernel has shape"),
    ],
)
def test_what_cannot_be_turned_is_said(image, kernel, angle, said):
    with pytest.raises(ValueError, match=said):
        response_by_angle(image, kernel, [angle])
