"""What is to be learned, as plain values, and who is the teacher?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from convdemo.kernels import COURSE, KERNELS, Kernel
from convdemo.ui.learn.pairs import READY, ReadyPair
from convdemo.ui.learn.state import CHAPTER, HIDDEN, STATE

_HIDDEN = tuple(  # the number of one means the same in every lab, whatever a course adds
    name
    for name, kernel in KERNELS.items()
    if max(kernel.weights.shape) <= 5 and name not in ("identity", "random") and kernel.group != COURSE
)


@dataclass(frozen=True)
class LearnSettings:
    """The controls of the Learn tab; the names and the values are those of its state."""

    source: str
    pair: str
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
    compare: str = "all"

    @property
    def shape(self) -> tuple[int, int]:
        """The (height, width) of the kernel to learn."""
        return self.rows, self.columns

    @property
    def is_chapters(self) -> bool:
        """Whether this is the chapter's run."""
        return all(getattr(self, name) == value for name, value in CHAPTER.items())

    @property
    def ready(self) -> ReadyPair | None:
        """The pair that is learned from, if it is one of the ready ones."""
        return READY.get(self.pair) if self.source == "pair" else None

    @property
    def needs_after(self) -> bool:
        """Whether the visitor has to add the second picture."""
        return self.source == "pair" and self.ready is None

    @property
    def hides_teacher(self) -> bool:
        """Whether the teacher is not shown beside the learned kernel."""
        return self.source == "photo" and not self.reveal

    @property
    def keeps_secret(self) -> bool:
        """Whether nobody may read the teacher anywhere."""
        return self.hides_teacher and self.teacher == HIDDEN

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
    return LearnSettings(**STATE.check(controls))
