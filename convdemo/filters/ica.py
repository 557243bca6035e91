"""Which filters would a visual system learn from photographs?

Cut many small patches out of photos, and look for filters whose responses are as independent of each other as can be:
independent component analysis. The filters that come out are local, oriented and band-pass, as the receptive fields of
simple cells are ("The 'independent components' of natural scenes are edge filters", Bell and Sejnowski, 1997;
"Independent component filters of natural images compared with simple cells in primary visual cortex", van Hateren and
van der Schaaf, 1998). Nobody tells them about edges: they come from the photos alone.

The method is FastICA ("Fast and robust fixed-point algorithms for independent component analysis", Hyvarinen, 1999):
logarithms of the intensities, each patch less its mean; turned and scaled by its principal components so that all
directions have variance 1 (whitening); then, over and over, for all filters w at once, with z the whitened patches,

    w = mean of z tanh(w . z) - w mean of (1 - tanh(w . z)^2)

and the filters made orthogonal again. The step stands in `_improve`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from convdemo.checks import check_choice, check_whole
from convdemo.correlation import as_float32

PATCHES = 30_000
"""How many patches filters are learned from: always as many, so that compiled programs are few."""

COUNTS = (16, 25, 36, 49, 64, 100)
"""How many filters can be learned: one compiled program for each."""

SIDES = (6, 20)
"""The least and the largest side of a patch."""

MAX_ITERATIONS = 500

CONVERGED = 1e-3
"""Filters have converged when none turns by more in an iteration: 1 less the cosine of the angle."""

DARKEST = 1 / 255
"""Added to intensities before their logarithm is taken, for black has none."""

_FLAT = 1e-4  # a standard deviation of log intensity that 8-bit pictures have only where nothing is to be seen


@dataclass(frozen=True, eq=False)
class LearnedFilters:
    """Filters on their way. Arrays are read-only.

    Attributes:
        iterations: How many were made.
        change: How much the last one turned the filter that it turned most: 1 less the cosine of the angle, 0 to 1.
        converged: Whether that is at most `CONVERGED`.
        filters: float32 [count, side, side], to be laid on a patch of log intensity less its mean, as on any: the
            weights of each sum to 0. Their responses to the patches that they were learned from are uncorrelated, with
            variance 1. A sign means nothing, and neither does their order, but both stay as they are from one iteration
            to the next.
        kurtosis: float32 [count], the excess kurtosis of these responses: 0 for a Gaussian, large where a response is
            mostly near 0 and now and then far from it (sparse).
    """

    iterations: int
    change: float
    converged: bool
    filters: np.ndarray
    kurtosis: np.ndarray


def sample_patches(images: Sequence[np.ndarray], side: int = 12, seed: int = 0) -> np.ndarray:
    """Cut `PATCHES` patches out of pictures at random places, as logarithms of their intensity less the patch's mean.

    Args:
        images: each [height, width] in [0, 1], at least a patch large; all give as many patches, up to one.
        side: rows and columns of a patch, within `SIDES`.
        seed: where the places come from, at least 0.

    Returns:
        float32 [`PATCHES`, side, side]. Places may be taken twice.

    Raises:
        ValueError: an argument is not as described, there is no picture, or all of them are blank.
    """
    check_whole("side", side, *SIDES)
    check_whole("seed", seed, 0, 2**32 - 1)
    images = [np.asarray(as_float32("image", image, dimensions=2)) for image in images]
    if not images:
        raise ValueError("images is empty, but filters are learned from pictures: give at least one")
    for image in images:
        if min(image.shape) < side:
            height, width = image.shape
            raise ValueError(
                f"image is {width} × {height}, smaller than a patch of {side}x{side}: "
                "take a larger picture, or smaller filters"
            )
        minimum, maximum = image.min(), image.max()
        if minimum < 0 or maximum > 1:
            raise ValueError(
                f"image has values from {minimum:.3g} to {maximum:.3g}, but they must lie between 0 and 1: "
                "divide by the largest"
            )
    numbers = np.random.default_rng(seed)
    shares = [len(share) for share in np.array_split(np.arange(PATCHES), len(images))]
    logarithms = (np.log(image + np.float32(DARKEST)) for image in images)
    patches = np.concatenate(
        [_cut(logarithm, side, share, numbers) for logarithm, share in zip(logarithms, shares, strict=True)]
    )
    patches -= patches.mean(axis=(1, 2), keepdims=True)
    if patches.std() < _FLAT:
        raise ValueError("the pictures are blank, and there is nothing to learn from: take one that shows something")
    return patches


def learn_filters(
    images: Sequence[np.ndarray],
    *,
    count: int = 64,
    side: int = 12,
    seed: int = 0,
    iterations: int = 200,
    every: int = 5,
) -> Iterator[LearnedFilters]:
    """Learn filters from pictures: at the start, then after every few iterations, until they have converged.

    Between two of them nothing runs: ask for the next later to pause, and not at all to stop. Errors come at once.

    Args:
        images: each [height, width] in [0, 1], at least a patch large, as in `sample_patches`.
        count: how many filters, one of `COUNTS`, at most as many as a patch has independent pixels: side^2 - 1.
        side: their rows and columns, within `SIDES`.
        seed: where the patches and the first filters come from, at least 0: the same seed gives the same filters.
        iterations: when to stop at the latest, from 1 to `MAX_ITERATIONS`.
        every: iterations from one to the next, at least 1.

    Raises:
        ValueError: an argument is not as described, or the pictures are blank, or vary in fewer ways than filters are
            asked for.
    """
    check_choice("count", count, COUNTS)
    check_whole("iterations", iterations, 1, MAX_ITERATIONS)
    check_whole("every", every, 1, MAX_ITERATIONS)
    patches = sample_patches(images, side, seed)
    whitened, whitening = _whiten(patches.reshape(PATCHES, -1), count)
    start = np.random.default_rng((seed, 1)).normal(size=(count, count)).astype(np.float32)
    return _learn(whitened, whitening, start, side, iterations, every)


def excess_kurtosis(values: np.ndarray) -> np.ndarray:
    """The mean fourth power of columns [samples, columns] over the squared variance, less 3: 0 for a Gaussian.

    >>> excess_kurtosis(np.array([[-1.0], [1.0]]))  # never near 0: the least there is
    array([-2.])
    """
    squares = np.square(values - values.mean(axis=0))
    return np.mean(np.square(squares), axis=0) / np.square(squares.mean(axis=0)) - 3


# --- How it is done -----------------------------------------------------------------------------------------


def _cut(image: np.ndarray, side: int, count: int, numbers: np.random.Generator) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(image, (side, side))
    return windows[tuple(numbers.integers(length, size=count) for length in windows.shape[:2])]


def _whiten(patches: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` directions in which patches [patches, pixels] vary most, each scaled to variance 1.

    Returns:
        The whitened patches [patches, count], and what makes them of the others, [pixels, count]; both float32.
    """
    exact = patches.astype(np.float64)  # both factors: NumPy multiplies two kinds of numbers four times as slowly
    variances, directions = np.linalg.eigh(exact.T @ exact / len(patches))
    variances, directions = variances[::-1], directions[:, ::-1]  # the largest first
    ways = int(np.sum(variances > 1e-6 * variances[0]))
    if ways < count:
        fitting = [choice for choice in COUNTS if choice <= ways]
        fewer = f"learn {fitting[-1]} filters, or " if fitting else ""
        raise ValueError(
            f"count is {count}, but patches of these pictures vary in only {ways} ways: "
            f"{fewer}take a picture with more in it, or larger patches"
        )
    whitening = np.float32(directions[:, :count] / np.sqrt(variances[:count]))
    return patches @ whitening, whitening


def _learn(whitened, whitening, weights, side, iterations, every) -> Iterator[LearnedFilters]:
    """The filters of `learn_filters`, whose arguments are checked."""
    as_rows, as_columns = jax.device_put(whitened), jax.device_put(np.ascontiguousarray(whitened.T))
    weights, change, done = _make_orthogonal(weights), 1.0, 0
    while True:
        filters = (whitening @ np.asarray(weights).T).T.reshape(-1, side, side)
        kurtosis = excess_kurtosis(whitened @ np.asarray(weights).T)
        converged = change <= CONVERGED
        yield LearnedFilters(done, float(change), converged, _read_only(filters), _read_only(kurtosis))
        if converged or done == iterations:
            return
        count = min(every, iterations - done)
        weights, change = _improve(weights, as_rows, as_columns, np.int32(count))
        done += count


@jax.jit
def _improve(weights, as_rows, as_columns, count):
    """Make `count` iterations; the weights [filters, filters], one filter a row, and the largest change of the last.

    The patches come both ways round, so that neither product turns them in every iteration, which took 0.4 of the time.
    """

    def iterate(_, state):
        weights, _ = state
        responses = jnp.tanh(weights @ as_columns)
        slopes = jnp.mean(1 - responses**2, axis=1)
        better = _make_orthogonal(responses @ as_rows / len(as_rows) - slopes[:, None] * weights)
        cosines = jnp.sum(better * weights, axis=1)
        # The step may turn a filter round, which means nothing.
        return better * jnp.sign(cosines)[:, None], 1 - jnp.min(jnp.abs(cosines))

    return lax.fori_loop(0, count, iterate, (weights, jnp.float32(1)))


@jax.jit
def _make_orthogonal(weights):
    """The orthogonal matrix nearest to a square one: (W W^T)^(-1/2) W. No filter is preferred."""
    left, _, right = jnp.linalg.svd(weights)
    return left @ right


def _read_only(array):
    array = np.array(array, np.float32)
    array.flags.writeable = False
    return array
