"""How do many visitors watch the same filters being learned?

A run is a pure function of the pictures and the settings. It is worked out as far as somebody has asked for, and kept
in a cache with a limit: the example photographs are learned from once, and not for every visitor.
"""

import threading
from functools import cache

import numpy as np

from convdemo.filters import GaborFit, LearnedFilters, example_photographs, fit_gabors, learn_filters, trained_network
from convdemo.ui.parts.hashed import Hashed
from convdemo.ui.parts.once import once

EVERY = 5
"""Iterations from one look to the next."""

MOST = 200
"""Iterations after which a run ends, converged or not."""


AT_ONCE = 2
"""How many runs are worked on at once: each takes memory while it is, and on two cores more are no quicker."""

_WORK = threading.BoundedSemaphore(AT_ONCE)


class FilterRun:
    """Filters on their way, look by look.

    Args:
        images: grey, each [height, width] in [0, 1].
        count: how many filters.
        side: their rows and columns.
        seed: where the patches and the start come from.

    Raises:
        ValueError: nothing can be learned from these pictures with these settings.
    """

    def __init__(self, images: list[np.ndarray], count: int, side: int, seed: int) -> None:
        self._frames: list[LearnedFilters] = []
        with _WORK:  # cutting and whitening patches takes the most memory of all
            self._coming = learn_filters(images, count=count, side=side, seed=seed, iterations=MOST, every=EVERY)
        self._lock = threading.Lock()

    def look(self, index: int) -> LearnedFilters:
        """Return the filters of a look, 0 for the start; beyond the end, the last."""
        with self._lock:
            while len(self._frames) <= index and self._coming is not None:
                with _WORK:
                    frame = next(self._coming, None)
                if frame is None:
                    self._coming = None  # lets go of the patches
                else:
                    self._frames.append(frame)
            return self._frames[min(index, len(self._frames) - 1)]

    @property
    def done(self) -> int:
        """How many looks there are already, without work."""
        return len(self._frames)


@once(maxsize=6)
def find_run(image: Hashed | None, count: int, side: int, seed: int) -> FilterRun:
    """Return the run on a grey picture, or without one on the example photographs."""
    return FilterRun(example_photographs() if image is None else [image.array], count, side, seed)


@cache
def network_filters() -> np.ndarray:
    """Return the filters of the shipped network, [count, side, side]."""
    return trained_network().filters


def fits_of(filters: np.ndarray) -> tuple[GaborFit, ...]:
    """Return the Gabor that is most like each filter."""
    return _fits(Hashed(filters))


@once(maxsize=16)
def _fits(filters: Hashed) -> tuple[GaborFit, ...]:
    return fit_gabors(filters.array)
