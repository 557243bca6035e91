"""Which weights find what?

A kernel is a small picture of what it looks for. It is laid on the image as it is printed
(cross-correlation, nothing is flipped), and the feature map is positive where the image under it looks alike.
So a column of -1 to the left of a column of 1 is positive where the image gets brighter from left to right.
The gradient kernels here follow that convention, as OpenCV and SciPy do; the chapter's [1, -1] and Roberts'
crosses are kept as they were printed, with the other sign.

An angle is in degrees and gives a direction in the image: 0 points right, 90 points down, because rows are
counted downwards. On the screen it turns clockwise.

`KERNELS` is the library, in the order of the menu. What people read about each kernel stands in
kernels.toml.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from types import MappingProxyType

import numpy as np

from convdemo.kernel_notation import parse_kernel
from convdemo.kernel_text import (
    MAX_SIZE,
    MAX_WEIGHT,
    KernelError,
    check_weights,
    exact_sum,
    format_kernel,
    format_weight,
    parse_cells,
    to_cells,
    weight_sum,
)
from convdemo.showing import show_matrix
from convdemo.words import read_tables

__all__ = [
    "COURSE",
    "KERNELS",
    "MAX_SIZE",
    "MAX_WEIGHT",
    "Kernel",
    "KernelError",
    "Parameter",
    "add_kernels",
    "course_kernel",
    "custom_kernel",
    "format_kernel",
    "format_weight",
    "makes_picture",
    "parse_cells",
    "parse_kernel",
    "to_cells",
    "weight_sum",
]

_TABLES = read_tables(Path(__file__).with_suffix(".toml"))


@dataclass(frozen=True)
class Parameter:
    """One number that a kernel is computed from, with the limits of its slider.

    When the default is an int, only whole steps from the minimum are allowed; otherwise any number within the
    limits is, and the step is a suggestion.

    Attributes:
        name: How code and links call it, for example "sigma".
        default: From minimum to maximum, as every value.
        label, unit, hint: What people read, from kernels.toml; the unit may be empty.
    """

    name: str
    default: float
    minimum: float
    maximum: float
    step: float
    label: str
    unit: str
    hint: str

    def check(self, value: float) -> float:
        """Return the value, as an int where the parameter is one.

        Raises:
            KernelError: The value is not a number, out of range or between two whole steps.
        """
        if value is None:
            raise KernelError(f"{self.name} is empty; choose {self._range()}")
        if not isinstance(value, Real) or isinstance(value, bool):
            raise KernelError(f"{self.name} {value!r:.20} is not a number; choose {self._range()}")
        if not self.minimum <= value <= self.maximum:
            raise KernelError(f"{self.name} {value!s:.20} is out of range; choose {self._range()}")
        if not isinstance(self.default, int):
            return float(value)
        if (value - self.minimum) % self.step:
            raise KernelError(f"{self.name} {value:g} is between two steps; choose {self._range()}")
        return int(value)

    def _range(self) -> str:
        limits = f"from {self.minimum:g} to {self.maximum:g}"
        if not isinstance(self.default, int):
            return f"a number {limits}"
        return f"a whole number {limits} in steps of {self.step}" if self.step > 1 else f"a whole number {limits}"


@dataclass(frozen=True, eq=False)
class Kernel:
    """A named kernel. Two kernels are equal when they have the same name and the same weights.

    Attributes:
        name: How code and links call it, for example "sobel_x".
        weights: float32 [height, width], at most `MAX_SIZE` a side, finite, C-contiguous, read-only.
        title: Its label in the menu.
        group: The part of the menu that it stands in.
        note: One sentence on what it finds.
        source: The book, paper or section that it is taken from.
        parameters: What it is computed from; empty when the weights are fixed.
        settings: The value of each parameter, in the same order.
        formula: From the parameters, by name, to the weights; None when they are fixed.
    """

    name: str
    weights: np.ndarray
    title: str
    group: str
    note: str
    source: str
    parameters: tuple[Parameter, ...] = ()
    settings: tuple[float, ...] = ()
    formula: Callable[..., np.ndarray] | None = None

    def __post_init__(self) -> None:
        """Keep a read-only copy of the weights, so that nobody can change a kernel of the library."""
        weights = check_weights(self.weights)
        weights.flags.writeable = False
        object.__setattr__(self, "weights", weights)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Kernel):
            return NotImplemented
        return self.name == other.name and np.array_equal(self.weights, other.weights)

    def __hash__(self) -> int:
        return hash((self.name, self.weights.shape, self.weights.tobytes()))

    def _repr_html_(self) -> str:
        return show_matrix(self.weights.tolist(), self.title, self.note)

    @property
    def values(self) -> dict[str, float]:
        """The value of each parameter by its name, in the order of `parameters`."""
        return {parameter.name: value for parameter, value in zip(self.parameters, self.settings, strict=True)}

    def with_parameters(self, /, **values: float) -> "Kernel":
        """Compute the kernel again with other values; a parameter that is not named keeps its value.

        Raises:
            KernelError: The kernel has no parameter of that name, or the value is not allowed.

        >>> KERNELS["box_blur"].with_parameters(size=5).weights.shape
        (5, 5)
        >>> KERNELS["edge"].with_parameters(angle=90).weights
        array([[-1., -2., -1.],
               [ 0.,  0.,  0.],
               [ 1.,  2.,  1.]], dtype=float32)
        """
        for name in values:
            if name not in self.values:
                known = ", ".join(self.values) or "no parameters"
                raise KernelError(f'{self.name} has no parameter "{name:.40}"; it has {known}')
        if self.formula is None:
            return self
        values = self.values | values
        settings = tuple(parameter.check(values[parameter.name]) for parameter in self.parameters)
        checked = dict(zip(values, settings, strict=True))
        return replace(self, settings=settings, weights=self.formula(**checked))


# One dimension first. The famous 3x3 kernels smooth along one axis and take the difference along the other,
# so each is the outer product of a column (down the rows) and a row (along the columns).
DIFFERENCE = (-1, 0, 1)
SECOND_DIFFERENCE = (1, -2, 1)
PREWITT_SMOOTH = (1, 1, 1)
SOBEL_SMOOTH = BINOMIAL = (1, 2, 1)
SCHARR_SMOOTH = (3, 10, 3)

IDENTITY = ((0, 0, 0), (0, 1, 0), (0, 0, 0))
LAPLACIAN_4 = ((0, 1, 0), (1, -4, 1), (0, 1, 0))
LAPLACIAN_8 = ((1, 1, 1), (1, -8, 1), (1, 1, 1))


def box_blur(size: int) -> np.ndarray:
    """Average a square of pixels: every weight is 1 / size^2.

    Returns:
        float64 [size, size], with the sum 1.
    """
    return np.full((size, size), 1 / size**2)


def gaussian(sigma: float) -> np.ndarray:
    """Average under a bell curve, exp(-(row^2 + column^2) / (2 sigma^2)), sampled at the pixels.

    Returns:
        float64 [size, size], size = 2 ceil(3 sigma) + 1 and at most `MAX_SIZE`, with the sum 1.
    """
    rows, columns = _offsets(sigma)
    bell = np.exp(-(rows**2 + columns**2) / (2 * sigma**2))
    return bell / bell.sum()


def laplacian_of_gaussian(sigma: float) -> np.ndarray:
    """Blur and take the Laplacian at once: (row^2 + column^2 - 2 sigma^2) / sigma^4 times the Gaussian.

    Cutting the bell off and sampling it leaves a small sum; it is taken off every weight alike, so that an
    even area gives zero.

    Returns:
        float64 [size, size], sized as `gaussian`, with the sum 0; negative in the middle as the Laplacian is.
    """
    rows, columns = _offsets(sigma)
    weights = (rows**2 + columns**2 - 2 * sigma**2) / sigma**4 * gaussian(sigma)
    return weights - weights.mean()


def edge_at_angle(angle: float) -> np.ndarray:
    """Find edges orthogonal to a direction v = (cos angle, sin angle), the chapter's exercise.

    The slope along v is the sum of v's parts times the slopes along the axes, so the kernel is that sum of
    Sobel's two. Angle 0 is Sobel x, 90 is Sobel y, and half a turn changes the sign.

    Returns:
        float64 [3, 3], with the sum 0; positive where the image gets brighter along v.

    >>> np.round(edge_at_angle(45), 2)
    array([[-1.41, -1.41,  0.  ],
           [-1.41,  0.  ,  1.41],
           [ 0.  ,  1.41,  1.41]])
    """
    right, down = _direction(angle)
    return right * np.outer(SOBEL_SMOOTH, DIFFERENCE) + down * np.outer(DIFFERENCE, SOBEL_SMOOTH)


def gabor(angle: float, wavelength: float, sigma: float, phase: float) -> np.ndarray:
    """Find stripes: a wave along the direction `angle`, seen through a round Gaussian window.

    weights = exp(-distance^2 / (2 sigma^2)) * (cos(2 pi along / wavelength - phase) - constant)

    where `along` is how far the pixel lies along the direction. The phase, in degrees, moves the wave along
    it: 0 puts a bright stripe on the middle, 90 an edge that gets brighter. The constant makes the sum 0, so
    that even brightness gives zero; but for it, this is OpenCV's getGaborKernel with the same angles and
    gamma 1.

    Returns:
        float64 [size, size], sized as `gaussian`, with the sum 0.
    """
    rows, columns = _offsets(sigma)
    right, down = _direction(angle)
    along = right * columns + down * rows
    window = gaussian(sigma)
    wave = np.cos(2 * np.pi * along / wavelength - np.radians(phase))
    return (window / window.max()) * (wave - (window * wave).sum())


def motion_blur(length: int, angle: float) -> np.ndarray:
    """Average along a line, one pixel wide and `length` long, through the middle of the kernel.

    A weight is the share of its pixel that the line covers, counted on a grid of 8 x 8 points a pixel, so
    that a slanted line has no steps.

    Returns:
        float64 [length, length], with the sum 1.

    >>> motion_blur(3, 0) * 3
    array([[0., 0., 0.],
           [1., 1., 1.],
           [0., 0., 0.]])
    """
    fine = 8
    points = (np.arange(length * fine) + 0.5) / fine - length / 2
    rows, columns = np.meshgrid(points, points, indexing="ij")
    right, down = _direction(angle)
    along, across = right * columns + down * rows, right * rows - down * columns
    inside = (np.abs(along) <= length / 2) & (np.abs(across) <= 1 / 2)
    cover = inside.reshape(length, fine, length, fine).sum(axis=(1, 3))
    return cover / cover.sum()


def random_normal(size: int, seed: int) -> np.ndarray:
    """Draw every weight from the normal distribution with mean 0 and standard deviation 1 / size.

    So the squares of the weights sum to about 1, whatever the size.

    Returns:
        float64 [size, size], the same for the same seed.
    """
    return np.random.default_rng(seed).normal(size=(size, size)) / size


def _offsets(sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Give each pixel's row and column from the middle of a square that reaches three sigma to each side."""
    radius = min(math.ceil(3 * sigma), MAX_SIZE // 2)
    steps = np.arange(-radius, radius + 1)
    return steps[:, None], steps[None, :]


def _direction(angle: float) -> tuple[float, float]:
    """Give the parts to the right and down of the unit vector at an angle, exact at 0, 60 and 90 degrees."""
    return round(math.cos(math.radians(angle)), 12), round(math.sin(math.radians(angle)), 12)


def _parameter(name: str, default: float, minimum: float, maximum: float, step: float) -> Parameter:
    return Parameter(name, default, minimum, maximum, step, **_TABLES["parameters"][name])


def _fixed(name: str, weights: np.ndarray) -> Kernel:
    text = _TABLES["kernels"][name]
    return Kernel(name, weights, **text | {"group": _TABLES["groups"][text["group"]]})


def _computed(name: str, formula: Callable[..., np.ndarray], *parameters: Parameter) -> Kernel:
    settings = {parameter.name: parameter.default for parameter in parameters}
    kernel = _fixed(name, formula(**settings))
    return replace(kernel, parameters=parameters, settings=tuple(settings.values()), formula=formula)


def custom_kernel(weights: np.ndarray) -> Kernel:
    """Return weights that someone typed as a kernel named "custom", which is not part of the library.

    Raises:
        KernelError: The weights are not [height, width], or not all of them are allowed.
    """
    return Kernel("custom", weights, **_TABLES["custom"])


def course_kernel(name: str, weights: np.ndarray) -> Kernel:
    """Return weights of a course as a kernel with a name of its own, to be added to the library (`add_kernels`).

    Raises:
        KernelError: The weights are not [height, width], or not all of them are allowed.
    """
    return Kernel(name, weights, name, COURSE, "", "")


def makes_picture(weights: np.ndarray) -> bool:
    """Return whether the weights sum to 1, to within 1 %, as in an average: then a picture stays a picture.

    An even area keeps its brightness, so the feature map has a picture's range, but for what stands out. With any other
    sum it has not: with 0 (edges) it is as often below 0 as above. Typed weights such as 0.33, 0.33, 0.33 are meant to
    sum to 1.

    >>> makes_picture(KERNELS["sharpen"].weights), makes_picture(KERNELS["sobel_x"].weights)
    (True, False)
    """
    return abs(weight_sum(weights) - 1) <= 0.01 + 1e-6


def _normalise(weights):
    total = weight_sum(weights)
    if total == 0:
        raise KernelError("these weights sum to 0, and nothing can scale them to sum to 1; change a weight first")
    return weights / np.float64(total)  # in float64, as the browser divides


_OPERATIONS = {
    "transpose": np.transpose,
    "rotate": lambda weights: np.rot90(weights, -1),
    "flip_columns": np.fliplr,
    "flip_rows": np.flipud,
    "negate": np.negative,
    "normalise": _normalise,
    "centre": lambda weights: weights - exact_sum(weights) / weights.size,
}
OPERATIONS = tuple(_OPERATIONS)
"""What `operate` can do to a whole kernel."""


def operate(weights: np.ndarray, operation: str) -> np.ndarray:
    """Change a whole kernel: turn or mirror it, change its signs, its sum (to 1) or its mean (to 0).

    Args:
        weights: A [height, width] array, as `check_weights` wants it.
        operation: One of `OPERATIONS`; "rotate" is a quarter turn clockwise, "flip_columns" mirrors left and right.

    Returns:
        A new float32 array, [width, height] after "transpose" and "rotate".

    Raises:
        KernelError: There is no such operation, the weights sum to 0 and cannot be made to sum to 1, or a new weight
            is too large.

    >>> operate([[1, 2, 1]], "normalise")
    array([[0.25, 0.5 , 0.25]], dtype=float32)
    >>> operate([[1, 2, 3]], "centre")
    array([[-1.,  0.,  1.]], dtype=float32)
    """
    if operation not in OPERATIONS:
        operations = ", ".join(OPERATIONS)
        raise KernelError(f"operation is {str(operation)[:20]!r}; it must be one of {operations}")
    return check_weights(_OPERATIONS[operation](check_weights(weights)))


_ANGLE = _parameter("angle", 0.0, 0.0, 360.0, 5.0)

COURSE = _TABLES["groups"]["course"]
"""The group of the kernels that a course brings along."""

_LIBRARY = (
    _fixed("identity", IDENTITY),
    _fixed("difference_x", [[1, -1]]),
    _fixed("difference_y", [[1], [-1]]),
    _computed("box_blur", box_blur, _parameter("size", 3, 3, MAX_SIZE, 2)),
    _fixed("gaussian_3x3", np.outer(BINOMIAL, BINOMIAL) / 16),
    _computed("gaussian", gaussian, _parameter("sigma", 1.0, 0.3, 5.0, 0.1)),
    _fixed("sharpen", np.subtract(IDENTITY, LAPLACIAN_4)),
    _fixed("outline", np.negative(LAPLACIAN_8)),
    _fixed("emboss", [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
    _fixed("sobel_x", np.outer(SOBEL_SMOOTH, DIFFERENCE)),
    _fixed("sobel_y", np.outer(DIFFERENCE, SOBEL_SMOOTH)),
    _fixed("prewitt_x", np.outer(PREWITT_SMOOTH, DIFFERENCE)),
    _fixed("prewitt_y", np.outer(DIFFERENCE, PREWITT_SMOOTH)),
    _fixed("scharr_x", np.outer(SCHARR_SMOOTH, DIFFERENCE)),
    _fixed("scharr_y", np.outer(DIFFERENCE, SCHARR_SMOOTH)),
    _fixed("roberts_down", [[1, 0], [0, -1]]),
    _fixed("roberts_up", [[0, 1], [-1, 0]]),
    _fixed("second_x", [SECOND_DIFFERENCE]),
    _fixed("second_y", np.transpose([SECOND_DIFFERENCE])),
    _fixed("laplacian_4", LAPLACIAN_4),
    _fixed("laplacian_8", LAPLACIAN_8),
    _computed("laplacian_of_gaussian", laplacian_of_gaussian, _parameter("sigma", 1.4, 0.5, 5.0, 0.1)),
    _computed("edge", edge_at_angle, replace(_ANGLE, default=45.0)),
    _computed(
        "gabor",
        gabor,
        _ANGLE,
        _parameter("wavelength", 4.0, 3.0, 16.0, 0.5),
        _parameter("sigma", 2.0, 0.5, 5.0, 0.1),
        _parameter("phase", 0.0, 0.0, 360.0, 15.0),
    ),
    _computed("motion_blur", motion_blur, _parameter("length", 9, 3, MAX_SIZE, 2), replace(_ANGLE, maximum=180.0)),
    _computed("random", random_normal, _parameter("size", 3, 1, MAX_SIZE, 1), _parameter("seed", 0, 0, 9999, 1)),
)

_KERNELS = {kernel.name: kernel for kernel in _LIBRARY}
KERNELS: Mapping[str, Kernel] = MappingProxyType(_KERNELS)
"""The library: each kernel by its name, in the order of the menu; those of a course stand at its end."""


def add_kernels(kernels: Iterable[Kernel]) -> None:
    """Add the kernels of a course to the library, before anything is made of it."""
    _KERNELS.update((kernel.name, kernel) for kernel in kernels)
