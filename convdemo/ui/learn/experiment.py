"""What is learned from what?

A pair of pictures: an image, and the feature map that the kernel to be learned has to make of it. The pair comes from
the chapter, from a kernel that is kept secret, from a photo before and after some other program filtered it, or from a
ready pair.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convdemo.correlation import check_fit, cross_correlate
from convdemo.images import Photo, to_grey
from convdemo.kernels import KERNELS, Kernel
from convdemo.learning import (
    CHAPTER_IMAGE,
    CHAPTER_TARGET,
    OPTIMIZERS,
    History,
    chapter_run,
    descend,
    largest_stable_learning_rate,
    learn_kernel,
)
from convdemo.learning.least_squares import LeastSquares, least_squares
from convdemo.ui.layer.settings import Settings
from convdemo.ui.learn.own_pair import Study, study_pair
from convdemo.ui.learn.settings import LearnSettings
from convdemo.ui.parts.hashed import Hashed
from convdemo.ui.parts.once import once
from convdemo.ui.parts.widgets import read_text

_WORDS = read_text("learn")["experiment"]


@dataclass(frozen=True, eq=False)
class Experiment:
    """What to learn from: float32 [height, width] images, and the layer between them.

    Attributes:
        image: what the kernel slides over.
        target: the feature map that is wanted.
        layer: the stride, padding, padding_mode and dilation of `cross_correlate`.
        teacher: the kernel that made the target; None where nobody knows it.
        bias: what it added.
        problem: the squared error of every kernel on this pair.
        study: what was found out about a visitor's own pair; None of all else.
    """

    image: np.ndarray
    target: np.ndarray
    layer: Mapping[str, Any]
    teacher: Kernel | None
    bias: float
    problem: LeastSquares
    study: Study | None = None

    def feature_map(self, kernel: np.ndarray, bias: float) -> np.ndarray:
        """Return what a kernel makes of the image, float32 of the target's shape."""
        return np.asarray(cross_correlate(self.image, kernel, bias=bias, **self.layer))

    def every_nth(self, kernel: np.ndarray, bias: float, step: int) -> np.ndarray:
        """Return every `step`-th row and column of the feature map of a pair, without the others being worked out."""
        windows = sliding_window_view(self.image, kernel.shape)[::step, ::step]
        return np.float32(np.tensordot(windows, kernel, axes=2) + bias)


def set_up(settings: LearnSettings, layer: Settings, photo: Photo, after: Photo | None) -> Experiment:
    """Return what the settings say is to be learned.

    Args:
        settings: those of the tab.
        layer: those of the Feature map tab: its stride, padding and dilation count where a known kernel is the teacher.
        photo: the shared picture.
        after: the same picture after some program filtered it, for a pair of the visitor's own.

    Raises:
        ValueError: the pictures do not go together, or no window fits.
    """
    teacher, bias = None, 0.0
    arguments = {"stride": 1, "padding": 0, "padding_mode": "zeros", "dilation": 1}
    if settings.source == "edge":
        image, teacher = CHAPTER_IMAGE, KERNELS["difference_x"]
        target = CHAPTER_TARGET
        if settings.shape != (1, 2):
            image, target = _with_teacher(image, np.float32([[1, -1]]), settings.shape, Settings())
    elif settings.source == "photo":
        teacher = settings.teacher_kernel
        image, target = _with_teacher(to_grey(photo.pixels), teacher.weights, settings.shape, layer)
        arguments |= {
            "stride": layer.stride,
            "padding": layer.padding_for(settings.shape),
            "padding_mode": "zeros" if layer.padding == "none" else layer.padding,
            "dilation": layer.dilation,
        }
    elif settings.ready:
        teacher, bias = settings.ready.kernel, settings.ready.bias
        image = to_grey(photo.pixels)
        check_fit(image.shape, settings.shape)
        target = _cut(settings.ready.filtered(image), settings)
    else:
        if after is None:
            raise ValueError(_WORDS["no_after"])
        image, target, problem, study = study_pair(photo, after, settings)
        return Experiment(image, target, arguments, None, 0.0, problem, study)
    problem = _fit(Hashed(image), Hashed(target), settings.shape, settings.bias, tuple(arguments.items()))
    return Experiment(image, target, arguments, teacher, bias, problem)


def _with_teacher(
    image: np.ndarray, weights: np.ndarray, shape: tuple[int, int], layer: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Return the image and the teacher's feature map of it, cut so that a kernel of `shape` has as many windows."""
    step = {"stride": layer.stride, "dilation": layer.dilation}
    if layer.padding != "none":
        padding = {"padding": layer.padding_for(weights.shape), "padding_mode": layer.padding}
        return image, np.asarray(cross_correlate(image, weights, **step, **padding))
    larger = tuple(map(max, weights.shape, shape))
    target = np.asarray(cross_correlate(image, pad_to(weights, larger), **step))
    rows, columns = (
        slice(layer.dilation * ((most - side) // 2), size - layer.dilation * ((most - side + 1) // 2))
        for most, side, size in zip(larger, shape, image.shape, strict=True)
    )
    return image[rows, columns], target


def borders(settings: LearnSettings) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how much of a ready picture after is border, ((top, bottom), (left, right)), where no window lies.

    A kernel that is smaller than the filter of a ready pair has its place in it as `pad_to` gives it one.
    """
    first = [
        (most - 1) // 2 + max(0, side - most) // 2 - max(0, most - side) // 2
        for side, most in zip(settings.shape, settings.ready.kernel.weights.shape, strict=True)
    ]
    (top, left), (rows, columns) = first, settings.shape
    return (top, rows - 1 - top), (left, columns - 1 - left)


def _cut(after: np.ndarray, settings: LearnSettings) -> np.ndarray:
    """Return a picture after without its border."""
    (top, bottom), (left, right) = borders(settings)
    return after[top : after.shape[0] - bottom, left : after.shape[1] - right]


def pad_to(weights: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the kernel in the middle of zeros, [height, width] = shape; for an odd rest the zeros before are fewer."""
    extra = [wanted - side for side, wanted in zip(weights.shape, shape, strict=True)]
    return np.pad(weights, [(more // 2, more - more // 2) for more in extra])


@once(maxsize=8)
def _fit(
    image: Hashed, target: Hashed, shape: tuple[int, int], bias: bool, layer: tuple[tuple[str, Any], ...]
) -> LeastSquares:
    return least_squares(image.array, target.array, shape, bias=bias, **dict(layer))


def run(
    experiment: Experiment, settings: LearnSettings, *, every: int = 256, steps: int | None = None
) -> Iterator[History]:
    """Go down step by step, as `descend` does; `steps` is how far, for those who do not want the whole run.

    Raises:
        ValueError: a number is out of range.
    """
    return descend(
        experiment.problem,
        learning_rate=settings.rate,
        steps=settings.steps if steps is None else steps,
        optimizer=settings.optimizer,
        seed=settings.seed,
        start=settings.start,
        loss=settings.loss,
        every=every,
    )


def history_at(experiment: Experiment, settings: LearnSettings, step: int) -> History:
    """Return the run after `step` updates; 0 is the start."""
    histories = run(experiment, settings, steps=max(1, step))
    first = next(histories)
    *_, last = [first] if step == 0 else histories
    return last


def stable_rate(experiment: Experiment, settings: LearnSettings) -> float | None:
    """Return the learning rate below which this run converges; None for Adam, infinite for a black picture."""
    return largest_stable_learning_rate(experiment.problem, optimizer=settings.optimizer, loss=settings.loss)


def warm_up() -> None:
    """Compile the programs of every run, so that no visitor waits for one."""
    for optimizer in OPTIMIZERS:
        learn_kernel(CHAPTER_IMAGE, CHAPTER_TARGET, (1, 2), learning_rate=0.01, steps=1, optimizer=optimizer)
    chapter_run()
