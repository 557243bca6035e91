"""What is learned from a visitor's own pair: a photo, and what some program made of it?

Both are taken pixel by pixel: a picture that was reduced is another picture, and reducing does not commute with any
kernel. Where the two lie on each other, and what no kernel explains, the core finds out (convdemo.learning).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convdemo.images import ImageError, Photo, Source, to_one_white
from convdemo.learning import Alignment, LeastSquares, Reason, align, explain, fitting_shape, fitting_sizes, to_grey_as
from convdemo.learning.least_squares import least_squares
from convdemo.learning.reasons import GREYS
from convdemo.ui.learn.settings import LearnSettings
from convdemo.ui.parts.hashed import Hashed
from convdemo.ui.parts.once import once
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.picture.opening import PictureGoneError, exact_size, open_picture, read_upload

_WORDS = read_text("learn")["own_pair"]


class WantedError(Exception):
    """The browser has to send a pair whole; `of` is the upload of the shared picture, `problem` what went wrong."""

    def __init__(self, of: str, problem: str = "") -> None:
        super().__init__(of)
        self.of, self.problem = of, problem


class SizesError(ValueError):
    """Two pictures that no kernel of the shape brings together; `offer` are the settings with which one would."""

    def __init__(self, sentence: str, offer: Mapping[str, int]) -> None:
        super().__init__(sentence)
        self.offer = offer


@dataclass(frozen=True)
class Cut:
    """Which part of two pictures the browser sent, as more may not be: its place and size in the one before."""

    row: int
    column: int
    height: int
    width: int


@dataclass(frozen=True)
class Study:
    """What was found out about a pair.

    Attributes:
        sizes: (height, width) of the picture before, and of the one after.
        alignment: how they lie on each other.
        reasons: what explains the one after, as `explain` says.
        sources: how their files hold them.
        are_grey: whether they have one channel.
    """

    sizes: tuple[tuple[int, int], tuple[int, int]]
    alignment: Alignment
    reasons: tuple[Reason, ...]
    sources: tuple[Source, Source] = (Source("L"), Source("L"))
    are_grey: tuple[bool, bool] = (True, True)

    @property
    def offer(self) -> Mapping[str, Any]:
        """The settings that help, by name."""
        return next((reason.offer for reason in self.reasons if reason.offer), {})


# ---- the pictures ------------------------------------------------------------------------------------------------


def open_pair(reference: Mapping[str, Any], held: Any) -> tuple[Photo, Photo]:
    """Open both pictures as they are.

    Args:
        reference: that of the shared picture, which is the one before.
        held: what the place for the picture after holds (learn/filtered.js): the "path" of its upload; as "before" the
            "path" of the shared picture, sent whole, and which upload it is the whole "of", or that it is "lost".

    Raises:
        ValueError: a picture cannot be read, or the whole one is lost.
        WantedError: the browser has to send the shared picture whole, or both anew.
    """
    reference, held = (given if isinstance(given, Mapping) else {} for given in (reference, held))
    upload = reference.get("upload")
    whole = held.get("before") if isinstance(held.get("before"), Mapping) else {}
    is_sent = whole.get("of") == (upload or "")
    # One that is larger than may be sent is to be cut with the other, and what was cut with another one to be cut anew.
    if (held.get("waits") and not whole) or (held.get("cut") and not is_sent):
        raise WantedError(str(upload or ""))
    try:
        after = read_upload(held.get("path"))
        if is_sent and not whole.get("lost"):
            return to_one_white(read_upload(whole.get("path")), after)
    except ImageError as error:
        if whole.get("lost"):  # it was never sent
            raise ValueError(_WORDS["both_lost"]) from error
        raise
    except PictureGoneError as error:
        if whole.get("lost"):
            raise ValueError(_WORDS["both_lost"]) from error
        raise WantedError(str(upload or ""), str(error)) from error
    if not upload:
        return to_one_white(open_picture(reference).photo, after)
    try:
        before = read_upload(upload, stays=True)
    except PictureGoneError as error:
        raise ValueError(str(error)) from error
    size = exact_size(reference, before)
    if size is None:
        return to_one_white(before, after)
    if not is_sent:
        raise WantedError(str(upload))
    raise ValueError(_WORDS["lost"].format(whole=written(size), size=written(before.size)))


def read_cut(held: Any) -> Cut | None:
    """Return which part was sent, if the place for the picture after says so in whole numbers."""
    match held:
        case {"cut": {"row": int(row), "column": int(column), "height": int(height), "width": int(width)}}:
            return Cut(row, column, height, width)
    return None


def written(size: tuple[int, int]) -> str:
    """Return a (height, width) as people say it.

    >>> written((30, 40))
    '40 × 30'
    """
    return f"{size[1]} × {size[0]}"


# ---- what is learned from them -----------------------------------------------------------------------------------


def study_pair(
    before: Photo, after: Photo, settings: LearnSettings
) -> tuple[np.ndarray, np.ndarray, LeastSquares, Study]:
    """Return the parts of a pair that are learned from, the squared error on them, and what was found out.

    Raises:
        SizesError: they do not go together.
        ValueError: the kernel does not fit, or nothing is left to learn from.
    """
    pixels = Hashed(before.pixels), Hashed(after.pixels)
    study, problem = _study(*pixels, settings.shape, settings.bias, settings.compare)
    are_grey = before.pixels.shape[2] == 1, after.pixels.shape[2] == 1
    study = replace(study, sources=(before.source, after.source), are_grey=are_grey)
    image, target = study.alignment.cut(*_values(before.pixels, after.pixels, settings.compare))
    return image, target, problem, study


def _values(before: np.ndarray, after: np.ndarray, compare: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of both pictures that are compared: greys, float32 [height, width]."""
    grey, linear = compare if compare in GREYS else "rec601", compare == "linear"
    return to_grey_as(before, grey, linear=linear), to_grey_as(after, grey, linear=linear)


def inside(target: np.ndarray, compare: str) -> np.ndarray | None:
    """Return which outputs count, bool [height, width]; None: all."""
    return (target > 0) & (target < 1) if compare == "inside" else None


@once(maxsize=6)  # they hold the pictures
def _study(
    before: Hashed, after: Hashed, shape: tuple[int, int], bias: bool, compare: str
) -> tuple[Study, LeastSquares]:
    values = _values(before.array, after.array, compare)
    alignment = align(*values, shape, bias=bias)
    sizes = tuple(picture.shape for picture in values)
    if alignment is None:
        raise _other_sizes(*sizes, shape)
    image, target = alignment.cut(*values)
    counted = inside(target, compare)
    if counted is not None and not counted.any():
        raise ValueError(_WORDS["nothing_inside"])
    problem = least_squares(image, target, shape, bias=bias, counted=counted)
    reasons = explain(before.array, after.array, alignment, shape, bias=bias) if compare == "all" else []
    return Study(sizes, alignment, tuple(reasons)), problem


def _other_sizes(before: tuple[int, int], after: tuple[int, int], shape: tuple[int, int]) -> SizesError:
    fitting, other = _WORDS["or"].join(map(written, fitting_sizes(before, shape))), fitting_shape(before, after)
    was, wanted, (rows, columns) = written(before), written(after), shape
    if other is None or other == shape:
        sentence = _WORDS["other_size"].format(after=wanted, before=was, rows=rows, columns=columns, fitting=fitting)
        return SizesError(sentence, {})
    sentence = _WORDS["other_kernel"].format(
        after=wanted,
        before=was,
        rows=rows,
        columns=columns,
        fitting=fitting,
        other_rows=other[0],
        other_columns=other[1],
    )
    return SizesError(sentence, {"rows": other[0], "columns": other[1]})
