"""How does a machine find a kernel by itself?

`least_squares` says which kernel turns one picture into another best, `descent` walks there step by step, and `chapter`
is the chapter's own run. For pictures that some other program made, `alignment` says which pixel belongs to which, and
`reasons` what the program did besides a convolution.
"""

from convdemo.learning.alignment import Alignment, align, fitting_shape, fitting_sizes
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
from convdemo.learning.reasons import Reason, explain, srgb_to_linear, to_grey_as

__all__ = [
    "CHAPTER_IMAGE",
    "CHAPTER_TARGET",
    "LEARNING_RATES",
    "LOSSES",
    "MAX_SIDE",
    "MAX_STEPS",
    "OPTIMIZERS",
    "Alignment",
    "History",
    "LeastSquares",
    "Reason",
    "align",
    "chapter_run",
    "descend",
    "explain",
    "fitting_shape",
    "fitting_sizes",
    "format_epochs",
    "kernel_error",
    "largest_stable_learning_rate",
    "learn_kernel",
    "srgb_to_linear",
    "to_grey_as",
]
