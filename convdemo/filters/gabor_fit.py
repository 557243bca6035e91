"""Which Gabor is this filter most like?

A Gabor is a wave seen through a Gaussian window. Simple cells of the visual cortex are described by the one that fits
their receptive field best ("An evaluation of the two-dimensional Gabor filter model of simple receptive fields in cat
striate cortex", Jones and Palmer, 1987), and so can any filter be that was learned:

    weights = amplitude * exp(-(along / width_along)^2 / 2 - (across / width_across)^2 / 2)
              * cos(2 pi along / wavelength - phase)

`along` and `across` are distances from the centre along the direction of the wave and at right angles to it. It is
`kernels.gabor` with a centre, two widths and an amplitude of its own, and without the constant that makes the sum 0.

The fit lessens the sum of squared errors by Levenberg and Marquardt's method: Gauss and Newton's steps, held back as
far as needed for the error to fall. It starts from the peak of the filter's spectrum, with several centres and widths,
for one start may end in a poor fit; the best end counts.
"""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from convdemo.checks import check_whole

SIDES = (5, 31)
"""The least and the largest side of a filter."""

GOOD = 0.7
"""A filter is called Gabor-like when its fit explains at least this share of its squares."""

_ITERATIONS = 60
_SPECTRUM = 64  # frequencies a side of the spectrum in which the peak is sought
_WIDTHS = (0.12, 0.25)  # of the window, as shares of the filter's side, to start from
_AT_ONCE = 16  # filters that are fitted by one run of the program
_ROOM = (16, 32)  # filters are filled up to squares of these sides, so that two programs serve all


@dataclass(frozen=True, eq=False)
class GaborFit:
    """The Gabor that is most like a filter.

    Attributes:
        angle: The direction of the wave, in degrees, at least 0 and below 180: 0 is along the columns (stripes stand
            upright), 90 along the rows, as in `kernels`.
        wavelength: Pixels from one bright stripe to the next, at least 1.4; for a blot, which has one, many.
        phase: In degrees, at least 0 and below 360: 0 has a bright stripe on the centre, 90 an edge that gets brighter
            along the direction, 180 a dark stripe.
        row, column: The centre, in pixels from the middle of the first pixel; it may lie a little outside.
        width_along, width_across: Standard deviations of the window, in pixels.
        amplitude: The height of the wave, at least 0.
        explained: The share of the filter's squares that the fit explains: 1 for a Gabor, 0 for no likeness at all.
        weights: float32 [height, width], the Gabor itself, read-only.
    """

    angle: float
    wavelength: float
    phase: float
    row: float
    column: float
    width_along: float
    width_across: float
    amplitude: float
    explained: float
    weights: np.ndarray

    @property
    def frequency(self) -> float:
        """Waves a pixel."""
        return 1 / self.wavelength


def fit_gabors(filters: np.ndarray) -> tuple[GaborFit, ...]:
    """Fit a Gabor to each filter.

    >>> from convdemo.kernels import gabor
    >>> (fit,) = fit_gabors(gabor(angle=30, wavelength=5, sigma=2, phase=90)[None])
    >>> round(fit.angle, 1), round(fit.wavelength, 1), round(fit.phase), round(fit.width_along, 1)
    (30.0, 5.0, 90, 2.0)

    Args:
        filters: [count, height, width], real and finite; sides within `SIDES`.

    Returns:
        A fit for each, in the same order. That of a filter of zeros explains nothing, with amplitude 0.

    Raises:
        ValueError: the filters are not as described.
    """
    filters = np.asarray(filters, np.float64)
    if filters.ndim != 3:
        raise ValueError(f"filters has shape {filters.shape}, but it must be [count, height, width]: add an axis")
    height, width = (check_whole("side of a filter", side, *SIDES) for side in filters.shape[1:])
    if not np.isfinite(filters).all():
        raise ValueError("filters holds nan or inf, but every weight must be a finite number: replace them")
    sizes = np.sqrt(np.sum(filters**2, axis=(1, 2)))
    scaled = filters / np.where(sizes > 0, sizes, 1)[:, None, None]  # so that the fit works on one scale

    room = next(side for side in _ROOM if side >= max(height, width))
    pixels = np.zeros((room, room), np.float32)
    pixels[:height, :width] = 1
    fits = []
    for first in range(0, len(filters), _AT_ONCE):
        some = scaled[first : first + _AT_ONCE]
        filled = np.zeros((_AT_ONCE, room, room), np.float32)
        filled[: len(some), :height, :width] = some
        starts = np.zeros((_AT_ONCE, len(_WIDTHS) * 2, 8), np.float32)
        starts[: len(some)] = [_starts(weights) for weights in some]
        found, gabors = _descend(starts, filled, pixels, _limits(height, width))
        found, gabors = np.asarray(found, np.float64), np.asarray(gabors, np.float64)[:, :height, :width]
        sizes_of_some = sizes[first : first + _AT_ONCE]
        fits += [_describe(*parts) for parts in zip(found, gabors, some, sizes_of_some, strict=False)]
    return tuple(fits)


# --- The model ----------------------------------------------------------------------------------------------

# What is fitted, in this order: the centre, the logarithms of the two widths, the frequency down the rows and along the
# columns in waves a pixel, and the amplitudes of the cosine and the sine, which hold the phase.


def _gabor(parameters, pixels):
    """The Gabor with these 8 parameters at the pixels of an array of ones, [height, width]; 0 where that holds 0."""
    row, column, log_along, log_across, down, right, cosine, sine = parameters
    rows = jnp.arange(pixels.shape[0], dtype=jnp.float32)[:, None] - row
    columns = jnp.arange(pixels.shape[1], dtype=jnp.float32)[None, :] - column
    frequency = jnp.sqrt(down**2 + right**2 + 1e-12)
    along = (down * rows + right * columns) / frequency
    across = (right * rows - down * columns) / frequency
    window = jnp.exp(-((along / jnp.exp(log_along)) ** 2 + (across / jnp.exp(log_across)) ** 2) / 2)
    wave = 2 * jnp.pi * frequency * along
    return pixels * window * (cosine * jnp.cos(wave) + sine * jnp.sin(wave))


def _limits(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """What the parameters are held within, so that no window loses the filter: the least and the most of each."""
    widest = np.log(2 * max(height, width))
    least = [-height / 2, -width / 2, np.log(0.4), np.log(0.4), -0.5, -0.5, -np.inf, -np.inf]
    most = [1.5 * height, 1.5 * width, widest, widest, 0.5, 0.5, np.inf, np.inf]
    return np.float32(least), np.float32(most)


def _starts(weights: np.ndarray) -> list[list[float]]:
    """Where to start, [starts, parameters]: at the peak of the spectrum, with two centres and two widths.

    The amplitudes are 0: the first step finds them.
    """
    power = np.abs(np.fft.fft2(weights, (_SPECTRUM, _SPECTRUM)))
    power[0, 0] = 0
    peak = np.unravel_index(power.argmax(), power.shape)
    down, right = np.fft.fftfreq(_SPECTRUM)[list(peak)]
    energy = weights**2 / max(np.sum(weights**2), 1e-30)
    centroid = [np.sum(energy * places) for places in np.indices(weights.shape)]
    strongest = np.unravel_index(energy.argmax(), energy.shape)
    log_widths = [np.log(share * max(weights.shape)) for share in _WIDTHS]
    return [
        [*centre, log_width, log_width, down, right, 0, 0]
        for centre in (centroid, strongest)
        for log_width in log_widths
    ]


@jax.jit
def _descend(starts, filters, pixels, limits):
    """Fit each filter from each of its starts, and keep the best.

    Returns:
        The parameters [filters, 8], and the Gabors [filters, height, width].
    """
    least, most = limits

    def fit(start, weights):
        def residuals(parameters):
            return (_gabor(parameters, pixels) - weights).ravel()

        def step(_, state):
            parameters, error, damping = state
            slopes, rest = jax.jacfwd(residuals)(parameters), residuals(parameters)
            gram = slopes.T @ slopes
            damped = gram + jnp.diag(damping * jnp.diag(gram) + 1e-6)
            new = jnp.clip(parameters - jnp.linalg.solve(damped, slopes.T @ rest), least, most)
            new_error = jnp.sum(residuals(new) ** 2)
            better = new_error < error  # false for nan too
            damping = jnp.clip(jnp.where(better, damping / 3, damping * 3), 1e-6, 1e6)
            return jnp.where(better, new, parameters), jnp.where(better, new_error, error), damping

        start = jnp.clip(start, least, most)
        error = jnp.sum(residuals(start) ** 2)
        parameters, error, _ = lax.fori_loop(0, _ITERATIONS, step, (start, error, jnp.float32(1e-2)))
        return parameters, error

    def best(starts, weights):
        parameters, errors = jax.vmap(fit, (0, None))(starts, weights)
        parameters = parameters[jnp.argmin(errors)]
        return parameters, _gabor(parameters, pixels)

    return jax.vmap(best)(starts, filters)


def _describe(parameters: np.ndarray, gabor: np.ndarray, weights: np.ndarray, size: float) -> GaborFit:
    """The fit of a filter `size` times `weights`, which have length 1."""
    row, column, log_along, log_across, down, right, cosine, sine = map(float, parameters)
    angle = np.degrees(np.arctan2(down, right))
    if not 0 <= angle < 180:  # the same wave, run through the other way
        angle, sine = angle % 180 % 180, -sine  # twice, for -1e-20 % 180 is 180
    explained = 1 - np.sum((weights - gabor) ** 2) if size else 0.0
    gabor = np.float32(size * gabor)
    gabor.flags.writeable = False
    return GaborFit(
        angle=float(angle),
        wavelength=float(1 / max(np.hypot(down, right), 1e-6)),
        phase=float(np.degrees(np.arctan2(sine, cosine)) % 360),
        row=row,
        column=column,
        width_along=float(np.exp(log_along)),
        width_across=float(np.exp(log_across)),
        amplitude=float(size * np.hypot(cosine, sine)),
        explained=float(explained),
        weights=gabor,
    )
