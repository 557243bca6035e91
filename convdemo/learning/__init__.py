"""How does a machine find a kernel by itself?

`least_squares` says which kernel turns one picture into another best, `descent` walks there step by step, and `chapter`
is the chapter's own run.
"""

from convdemo.learning.chapter import CHAPTER_IMAGE, CHAPTER_TARGET, chapter_run, format_epochs
from convdemo.learning.descent import (
    LEARNING_RATES,
    LOSSES,
    MAX_STEPS,
    OPTIMIZERS,
    History,
    descend,
    kernel_error,
    largest_stable_learning_rate,
    learn_kernel,
)
from convdemo.learning.least_squares import MAX_SIDE, LeastSquares

__all__ = [
    "CHAPTER_IMAGE",
    "CHAPTER_TARGET",
    "LEARNING_RATES",
    "LOSSES",
    "MAX_SIDE",
    "MAX_STEPS",
    "OPTIMIZERS",
    "History",
    "LeastSquares",
    "chapter_run",
    "descend",
    "format_epochs",
    "kernel_error",
    "largest_stable_learning_rate",
    "learn_kernel",
]
