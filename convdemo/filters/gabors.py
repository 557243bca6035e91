"""What do filters of many directions and sizes see in a picture?

Field modelled the simple cells of the visual cortex by a bank of filters: Gabors of several orientations, wavelengths
and phases, each size laid on the picture at places spaced in proportion to it ("Relations between the statistics of
natural images and the response properties of cortical cells", Field, 1987). `gabor_bank` makes such a bank, `respond`
lays a filter on a picture, and `strongest_orientation` tells at each place which direction is seen most.

An angle is in degrees and tells the direction of the wave: 0 points right, so that the stripes stand upright, and 90
points down, as in `kernels`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convdemo.checks import check_number, check_whole
from convdemo.correlation import cross_correlate
from convdemo.kernels import gabor

SIGMA = 0.56
"""The window's standard deviation in wavelengths: a filter then passes one octave, half the frequency of its upper end
to its lower (measured at half its height), about as simple cells do."""

WAVELENGTHS = (3.0, 9.0)
"""The least and the largest wavelength in pixels: at 9, three sigma to each side still fit into the largest kernel."""

MAX_ORIENTATIONS = 16

MAX_CHOICES = 8
"""The most wavelengths, and the most phases, of a bank."""

SPACING = 0.5
"""The distance of neighbouring places in wavelengths."""


@dataclass(frozen=True, eq=False)
class GaborFilter:
    """A filter of a bank.

    Attributes:
        angle: In degrees, at least 0 and below 180.
        wavelength: In pixels, within `WAVELENGTHS`.
        phase: In degrees: 0 has a bright stripe in the middle, 90 an edge that gets brighter along the angle.
        weights: float32 [size, size], read-only, size odd and at most `MAX_SIZE`. They sum to 0, and answer 1 where a
            wave of the filter's own kind with amplitude 1 lies under it. Filters of all sizes then answer alike to a
            picture whose amplitudes fall as one over the frequency, as those of photos do roughly (Field, 1987).
    """

    angle: float
    wavelength: float
    phase: float
    weights: np.ndarray

    @property
    def step(self) -> int:
        """Pixels from one place to the next, in proportion to the filter's size."""
        return max(1, round(SPACING * self.wavelength))


@dataclass(frozen=True, eq=False)
class Responses:
    """What a filter answers at places that are `step` pixels apart.

    Attributes:
        values: float32 [rows, columns], signed.
        first: The row, and the column, of the pixel under the middle of the first window.
        step: Pixels from one to the next.
    """

    values: np.ndarray
    first: int
    step: int


@dataclass(frozen=True, eq=False)
class Orientations:
    """The strongest orientation at each place.

    Attributes:
        angle: float32 [rows, columns] in degrees, at least 0 and below 180; one of the bank's. Of equals, the first.
        strength: float32 [rows, columns], at least 0: the root of the energy, which is the sum of the squared responses
            at phases 0 and 90. It does not depend on where within the stripes a place lies.
        first: The row, and the column, of the pixel that the first place is.
        step: Pixels from one to the next.
    """

    angle: np.ndarray
    strength: np.ndarray
    first: int
    step: int


def make_filter(angle: float, wavelength: float, phase: float = 0.0) -> GaborFilter:
    """A Gabor whose window is in proportion to its wavelength.

    Args:
        angle: in degrees, at least 0 and below 180 (beyond, the same wave runs the other way).
        wavelength: in pixels, within `WAVELENGTHS`.
        phase: in degrees, from 0 to 360.

    Raises:
        ValueError: a number is out of its range.
    """
    angle = check_number("angle", angle, 0, np.nextafter(180, 0))
    wavelength = check_number("wavelength", wavelength, *WAVELENGTHS)
    phase = check_number("phase", phase, 0, 360)
    sigma = SIGMA * wavelength
    weights = gabor(angle, wavelength, sigma, phase)
    # On paper, window * wave has the length sqrt(pi / 2) * sigma, and meets a wave of its kind with pi * sigma^2.
    weights = np.float32(weights / np.linalg.norm(weights) / (np.sqrt(2 * np.pi) * sigma))
    weights.flags.writeable = False
    return GaborFilter(angle, wavelength, phase, weights)


def gabor_bank(
    orientations: int = 8, wavelengths: Sequence[float] = (4.0, 8.0), phases: Sequence[float] = (0.0, 90.0)
) -> tuple[GaborFilter, ...]:
    """Filters of every wavelength, phase and orientation, in this order, the orientation changing first.

    >>> [(made.phase, made.angle) for made in gabor_bank(4, [5])]
    [(0.0, 0.0), (0.0, 45.0), (0.0, 90.0), (0.0, 135.0), (90.0, 0.0), (90.0, 45.0), (90.0, 90.0), (90.0, 135.0)]

    Args:
        orientations: how many, evenly over half a turn, from 1 to `MAX_ORIENTATIONS`.
        wavelengths: in pixels, as in `make_filter`; from 1 to `MAX_CHOICES` of them.
        phases: in degrees, as in `make_filter`; from 1 to `MAX_CHOICES` of them.

    Raises:
        ValueError: a number is out of its range, or there are too few or too many.
    """
    angles = _angles(orientations)
    check_whole("number of wavelengths", len(wavelengths), 1, MAX_CHOICES)
    check_whole("number of phases", len(phases), 1, MAX_CHOICES)
    return tuple(
        make_filter(angle, wavelength, phase) for wavelength in wavelengths for phase in phases for angle in angles
    )


def respond(image: np.ndarray, made: GaborFilter) -> Responses:
    """What a filter answers to a picture at places in proportion to its size, as in Field's figure.

    Args:
        image: [height, width], at least as large as the filter; nothing is padded.
        made: a filter of a bank.

    Raises:
        ValueError: the image is smaller, or refused by `cross_correlate`.
    """
    values = np.asarray(cross_correlate(image, made.weights, stride=made.step))
    return Responses(values, len(made.weights) // 2, made.step)


def strongest_orientation(
    image: np.ndarray, wavelength: float = 6.0, orientations: int = 8, *, step: int = 1
) -> Orientations:
    """Which direction is seen most at each place, and how strongly.

    >>> columns = np.tile(np.arange(40), (30, 1))
    >>> found = strongest_orientation(np.cos(2 * np.pi * columns / 6))  # upright stripes
    >>> np.unique(found.angle).tolist(), found.first
    ([0.0], 11)

    Args:
        image: [height, width], at least as large as the filters of this wavelength; nothing is padded.
        wavelength: in pixels, within `WAVELENGTHS`.
        orientations: how many are compared, evenly over half a turn, from 2 to `MAX_ORIENTATIONS`.
        step: pixels from one place to the next, at least 1.

    Raises:
        ValueError: a number is out of its range, the image is smaller, or refused by `cross_correlate`.
    """
    check_whole("orientations", orientations, 2, MAX_ORIENTATIONS)
    angle, strength = None, None
    for candidate in _angles(orientations):
        stripe, edge = (make_filter(candidate, wavelength, phase) for phase in (0, 90))
        energy = sum(
            np.square(cross_correlate(image, made.weights, stride=step, is_exact=True)) for made in (stripe, edge)
        )
        if strength is None:
            angle, strength = np.zeros_like(energy), energy
        else:
            angle = np.where(energy > strength, np.float32(candidate), angle)
            strength = np.maximum(energy, strength)
    return Orientations(angle, np.sqrt(strength), len(stripe.weights) // 2, step)


def _angles(orientations: int) -> tuple[float, ...]:
    count = check_whole("orientations", orientations, 1, MAX_ORIENTATIONS)
    return tuple(180 * index / count for index in range(count))
