"""What is learned from what?

The controls of the Learn tab as plain values, and the pair of pictures that they make: an image, and the feature map
that the kernel to be learned has to make of it. The pair comes from the chapter, from a kernel that is kept secret, or
from a photo before and after some other program filtered it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from convdemo.correlation import cross_correlate, same_padding
from convdemo.images import Photo, to_grey
from convdemo.kernels import KERNELS, Kernel
from convdemo.learning import (
    CHAPTER_IMAGE,
    CHAPTER_TARGET,
    LEARNING_RATES,
    LOSSES,
    MAX_STEPS,
    OPTIMIZERS,
    History,
    chapter_run,
    descend,
    largest_stable_learning_rate,
    learn_kernel,
)
from convdemo.least_squares import MAX_SIDE, LeastSquares, least_squares
from convdemo.links import HIDDEN, LEARN_SOURCES, LEARN_STARTS, MAX_HIDDEN, MAX_SEED
from convdemo.ui.settings import Settings
from convdemo.ui.widgets import read_text

_WORDS = read_text("experiment")

CHAPTER = {
    "source": "edge", "rows": 1, "columns": 2, "start": "random", "seed": 2762, "optimizer": "sgd", "rate": 0.03,
    "steps": 10, "loss": "sum", "bias": False,
}  # fmt: skip
"""The settings of the chapter's run."""

_HIDDEN = tuple(
    name for name, kernel in KERNELS.items() if max(kernel.weights.shape) <= 5 and name not in ("identity", "random")
)


@dataclass(frozen=True)
class LearnSettings:
    """The controls of the Learn tab; the names, without "learn_", and the values are those of the links."""

    source: str
    teacher: str
    hidden: int
    rows: int
    columns: int
    start: str
    seed: int
    optimizer: str
    rate: float
    steps: int
    loss: str
    bias: bool
    reveal: bool

    @property
    def shape(self) -> tuple[int, int]:
        """The (height, width) of the kernel to learn."""
        return self.rows, self.columns

    @property
    def keeps_secret(self) -> bool:
        """Whether nobody may read the teacher anywhere."""
        return self.source == "photo" and self.teacher == HIDDEN and not self.reveal

    @property
    def teacher_kernel(self) -> Kernel:
        """The kernel that makes the wanted feature map, for the source "photo"."""
        if self.teacher != HIDDEN:
            return KERNELS[self.teacher]
        return KERNELS[_HIDDEN[int(np.random.default_rng(self.hidden).integers(len(_HIDDEN)))]]


def read_learn_settings(controls: Mapping[str, Any]) -> LearnSettings:
    """Return the controls as settings.

    Raises:
        ValueError: a number is missing or out of range, or a choice is none.
    """
    whole = {
        "hidden": (0, MAX_HIDDEN), "rows": (1, MAX_SIDE), "columns": (1, MAX_SIDE), "seed": (0, MAX_SEED),
        "steps": (1, MAX_STEPS),
    }  # fmt: skip
    for name, (low, high) in whole.items() | {("rate", LEARNING_RATES)}:
        number, called = controls[name], _WORDS["named"].get(name, name)
        limits = _WORDS["limits" if name in whole else "limits_of_rate"].format(low=low, high=high)
        if number in (None, ""):
            raise ValueError(_WORDS["empty"].format(name=called, limits=limits))
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        if not is_number:
            raise ValueError(_WORDS["not_a_number"].format(name=called, value=number, limits=limits))
        if not low <= number <= high:
            nearest = min(max(number, low), high) if name in whole and number == number else 0.01
            raise ValueError(_WORDS["out_of_range"].format(name=called, value=number, limits=limits, nearest=nearest))
        if name in whole and number != int(number):
            raise ValueError(_WORDS["not_whole"].format(name=called, value=number, nearest=round(number)))
    choices = {
        "source": LEARN_SOURCES, "teacher": (HIDDEN, *KERNELS), "start": LEARN_STARTS, "optimizer": OPTIMIZERS,
        "loss": LOSSES, "bias": (False, True), "reveal": (False, True),
    }  # fmt: skip
    for name, options in choices.items():
        if controls[name] not in options:
            listed = ", ".join(map(str, options))
            raise ValueError(_WORDS["choice"].format(name=name, value=str(controls[name])[:40], options=listed))
    numbers = {name: int(controls[name]) for name in whole} | {"rate": float(controls["rate"])}
    return LearnSettings(**numbers, **{name: controls[name] for name in choices})


@dataclass(frozen=True, eq=False)
class Experiment:
    """What to learn from: float32 [height, width] images, and the layer between them.

    Attributes:
        image: what the kernel slides over.
        target: the feature map that is wanted.
        layer: the stride, padding, padding_mode and dilation of `cross_correlate`.
        teacher: the kernel that made the target; None where nobody knows it.
        problem: the squared error of every kernel on this pair.
    """

    image: np.ndarray
    target: np.ndarray
    layer: Mapping[str, Any]
    teacher: Kernel | None
    problem: LeastSquares

    def feature_map(self, kernel: np.ndarray, bias: float) -> np.ndarray:
        """Return what a kernel makes of the image, float32 of the target's shape."""
        return np.asarray(cross_correlate(self.image, kernel, bias=bias, **self.layer))


def set_up(settings: LearnSettings, layer: Settings, photo: Photo, after: Photo | None) -> Experiment:
    """Return what the settings say is to be learned.

    Args:
        settings: those of the tab.
        layer: those of the Feature map tab: its stride, padding and dilation count where a known kernel is the teacher.
        photo: the shared picture.
        after: the same picture after some program filtered it, for the source "pair".

    Raises:
        ValueError: the pictures do not go together, or no window fits.
    """
    teacher = None
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
    else:
        image, target = _pair(photo, after, settings.shape)
    problem = _fit(_Pair(image, target), settings.shape, settings.bias, tuple(arguments.items()))
    return Experiment(image, target, arguments, teacher, problem)


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


def _pair(photo: Photo, after: Photo | None, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return a photo and what a program made of it; where a kernel of `shape` does not fit, nothing is learned."""
    if after is None:
        raise ValueError(_WORDS["no_after"])
    image, target = to_grey(photo.pixels), to_grey(after.pixels)
    if image.shape == target.shape:
        (top, bottom), (left, right) = same_padding(shape)
        target = target[top : target.shape[0] - bottom, left : target.shape[1] - right]
    if target.shape != tuple(size - side + 1 for size, side in zip(image.shape, shape, strict=True)):
        sizes = [f"{width}x{height}" for height, width in (to_grey(after.pixels).shape, image.shape)]
        raise ValueError(_WORDS["other_size"].format(after=sizes[0], before=sizes[1]))
    return image, target


def pad_to(weights: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the kernel in the middle of zeros, [height, width] = shape; for an odd rest the zeros before are fewer."""
    extra = [wanted - side for side, wanted in zip(weights.shape, shape, strict=True)]
    return np.pad(weights, [(more // 2, more - more // 2) for more in extra])


class _Pair:
    """Two pictures, equal when their pixels are: what a cache can be asked for."""

    def __init__(self, image: np.ndarray, target: np.ndarray) -> None:
        self.image, self.target = image, target
        pixels = [np.ascontiguousarray(picture).tobytes() for picture in (image, target)]
        self.digest = hashlib.sha256(b"".join([str(image.shape).encode(), *pixels])).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@lru_cache(maxsize=8)
def _fit(pair: _Pair, shape: tuple[int, int], bias: bool, layer: tuple[tuple[str, Any], ...]) -> LeastSquares:
    return least_squares(pair.image, pair.target, shape, bias=bias, **dict(layer))


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
