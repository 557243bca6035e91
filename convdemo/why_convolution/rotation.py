"""Does a kernel find the same thing in a turned picture?

No: a kernel is sensitive to direction. The chapter's [1, -1] finds the vertical edges of its black band, and nothing in
the transposed picture ("Convolutions for Images", Dive into Deep Learning). `response_by_angle` turns a picture by any
angle and measures how strongly the kernel answers.

An angle is in degrees and turns the picture clockwise on the screen, as in `kernels`.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from convdemo.checks import check_number, check_whole
from convdemo.correlation import as_float32, cross_correlate, output_size


def central_square(image: np.ndarray) -> np.ndarray:
    """Cut the largest square out of the middle of an image [height, width]; a half pixel goes to the top and left."""
    image = np.asarray(as_float32("image", image, dimensions=2))
    side = min(image.shape)
    top, left = ((length - side) // 2 for length in image.shape)
    return image[top : top + side, left : left + side]


def turn(image: np.ndarray, angle: float) -> np.ndarray:
    """Turn the central square of a picture about its middle, clockwise.

    Quarter turns are exact; between them pixels are interpolated (bilinear), which blurs a little. Beyond the disc
    that the square holds, corners that nothing is known of are 0.

    >>> turn([[1, 0], [2, 0]], 90)
    array([[2., 1.],
           [0., 0.]], dtype=float32)

    Args:
        image: [height, width].
        angle: in degrees, from -360 to 360.

    Returns:
        float32 [side, side], side the lesser of height and width.

    Raises:
        ValueError: an argument is not as described.
    """
    angle = check_number("angle", angle, -360, 360)
    square = Image.fromarray(np.ascontiguousarray(central_square(image)))
    return np.array(square.rotate(-angle, Image.Resampling.BILINEAR))  # Pillow counts the other way round


def response_by_angle(image: np.ndarray, kernel: np.ndarray, angles: Sequence[float]) -> np.ndarray:
    """How strongly a kernel answers to a picture turned by each angle: the root mean square of the feature map.

    Only windows within the disc that the central square holds count (at least the middle one), for it has the same
    content at every angle. Between quarter turns the blur of the interpolation takes 5 to 10 % off the answer of
    Sobel's kernel to a photo: in a curve, quarter turns stand a little above their neighbours.

    >>> edge = [[1, 1, 0, 0, 0, 0, 1, 1]] * 6  # the chapter's picture and kernel
    >>> [round(float(response), 2) for response in response_by_angle(edge, [[1, -1]], [0, 90, 180])]
    [0.55, 0.0, 0.55]

    Args:
        image: [height, width].
        kernel: [height, width], at most as large as the image's shorter side.
        angles: in degrees, each from -360 to 360.

    Returns:
        float64 [angles], at least 0.

    Raises:
        ValueError: an argument is not as described.
    """
    return _responses([turn(image, angle) for angle in angles], kernel)


def stripes(side: int, wavelength: float, angle: float) -> np.ndarray:
    """Draw a wave of stripes, turned clockwise: upright at 0 degrees, with a bright one in the middle.

    It is drawn for its angle, so nothing is interpolated.

    >>> stripes(4, 2, 0).round(1).tolist()[0] == stripes(4, 2, 90).round(1).T.tolist()[0]
    True

    Args:
        side: rows and columns, from 1 to 4096.
        wavelength: pixels from one stripe to the next.
        angle: in degrees, from -360 to 360.

    Returns:
        float32 [side, side] in [0, 1].
    """
    radians = np.radians(check_number("angle", angle, -360, 360))
    places = np.arange(check_whole("side", side, 1, 4096)) - (side - 1) / 2
    along = np.cos(radians) * places[None, :] + np.sin(radians) * places[:, None]
    return np.float32(0.5 + 0.5 * np.cos(2 * np.pi * along / wavelength))


def response_to_stripes(side: int, wavelength: float, kernel: np.ndarray, angles: Sequence[float]) -> np.ndarray:
    """Return how strongly a kernel answers to `stripes` at each angle, as `response_by_angle` does for a picture."""
    return _responses([stripes(side, wavelength, angle) for angle in angles], kernel)


def _responses(squares: Sequence[np.ndarray], kernel: np.ndarray) -> np.ndarray:
    kernel = np.asarray(as_float32("kernel", kernel, dimensions=2))
    counted = _windows_in_disc(len(squares[0]), kernel.shape)
    return np.array([_root_mean_square(cross_correlate(square, kernel), counted) for square in squares])


def _root_mean_square(feature_map: np.ndarray, counted: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(np.asarray(feature_map, np.float64)[counted]))))


def _windows_in_disc(side: int, kernel_shape: tuple[int, int]) -> np.ndarray:
    """Which windows hold only pixels whose centres lie within the disc? The one in the middle is always taken."""
    rows, columns = (
        np.abs(np.arange(outputs) + (cells - 1) / 2 - (side - 1) / 2)
        for outputs, cells in zip(output_size((side, side), kernel_shape), kernel_shape, strict=True)
    )
    farthest_row, farthest_column = rows + (kernel_shape[0] - 1) / 2, columns + (kernel_shape[1] - 1) / 2
    within = farthest_row[:, None] ** 2 + farthest_column[None, :] ** 2 <= (side / 2) ** 2
    middle = (rows[:, None] == rows.min()) & (columns[None, :] == columns.min())
    return within | middle
