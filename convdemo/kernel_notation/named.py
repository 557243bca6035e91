"""Which kernels does MATLAB's fspecial make?

Source: the documentation of fspecial, Image Processing Toolbox, and the same function in Octave's image package.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def _sides(size: Any) -> tuple[int, int]:
    """Return rows and columns of a size: one number, or two."""
    rows, columns = (size if isinstance(size, list) else [size, size])[:2]
    if min(rows, columns) < 1 or max(rows, columns) > 100 or rows != int(rows) or columns != int(columns):
        raise ValueError("no size")
    return int(rows), int(columns)


def _distances(size: Any) -> np.ndarray:
    """Return the square of the distance of each weight from the middle."""
    rows, columns = ((np.arange(side) - (side - 1) / 2) ** 2 for side in _sides(size))
    return rows[:, None] + columns


def _gaussian(size: Any = 3.0, sigma: float = 0.5) -> np.ndarray:
    weights = np.exp(-_distances(size) / (2 * sigma**2))
    weights[weights < np.finfo(float).eps * weights.max()] = 0
    return weights / weights.sum()


def _average(size: Any = 3.0) -> np.ndarray:
    rows, columns = _sides(size)
    return np.full((rows, columns), 1 / (rows * columns))


def _laplacian(alpha: float = 0.2) -> np.ndarray:
    if not 0 <= alpha <= 1:
        raise ValueError("alpha goes from 0 to 1")
    corner, side = alpha / (alpha + 1), (1 - alpha) / (alpha + 1)
    return np.array([[corner, side, corner], [side, -4 / (alpha + 1), side], [corner, side, corner]])


def _log(size: Any = 5.0, sigma: float = 0.5) -> np.ndarray:
    """Return the Laplacian of a Gaussian, whose weights sum to 0."""
    gaussian, distances = _gaussian(size, sigma), _distances(size)
    weights = gaussian * (distances - 2 * sigma**2) / sigma**4
    return weights - weights.mean()


def _unsharp(alpha: float = 0.2) -> np.ndarray:
    return np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]) - _laplacian(alpha)


FSPECIAL: Mapping[str, Callable[..., np.ndarray]] = {
    "average": _average,
    "gaussian": _gaussian,
    "laplacian": _laplacian,
    "log": _log,
    "prewitt": lambda: np.array([[1.0, 1, 1], [0, 0, 0], [-1, -1, -1]]),
    "sobel": lambda: np.array([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]]),
    "unsharp": _unsharp,
}
"""Each takes fspecial's further arguments, with its defaults, and returns float64 [height, width]."""
