"""What can be set of a run: what is learned from what, and how?"""

from convdemo.kernels import KERNELS
from convdemo.learning import LEARNING_RATES, LOSSES, MAX_SIDE, MAX_STEPS, OPTIMIZERS
from convdemo.ui.learn.pairs import READY
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import State, choice, number, switch, whole

_CALLED = read_text("learn")["called"]

SOURCES = ("edge", "photo", "pair")
"""What a kernel is learned from: the chapter's edge image, the shared photo, a photo before and after."""

OWN = "own"
"""The pair whose second picture the visitor adds."""

STARTS = ("random", "zeros", "identity")
"""The kernels that a run can start from."""

HIDDEN = "hidden"
"""The teacher whose name is not told; which one it is follows from a number."""

MAX_HIDDEN = 9999
"""The largest number of a hidden teacher."""

RATES = (-8, 2)
"""The powers of ten that the slider of the learning rate, and the scale below it, reach."""

MAX_SEED = 999_999_999
"""The largest seed of a random start."""

COMPARE = ("all", "inside", "linear", "rec709", "mean")
"""What is compared of a pair: all values; those that are neither 0 nor 1 in the one after; the light that values stand
for; greys that weigh colours as Rec. 709 does, or alike."""

STATE = State(
    "learn",
    (
        choice("source", "photo", SOURCES),
        choice("pair", OWN, (OWN, *READY)),
        choice("teacher", HIDDEN, (HIDDEN, *KERNELS)),
        whole("hidden", 1, 0, MAX_HIDDEN, called=_CALLED["hidden"]),
        whole("rows", 3, 1, MAX_SIDE),
        whole("columns", 3, 1, MAX_SIDE),
        choice("start", "random", STARTS),
        whole("seed", 0, 0, MAX_SEED),
        choice("optimizer", "momentum", OPTIMIZERS),
        number("rate", 0.4, *LEARNING_RATES, called=_CALLED["rate"], rule=_CALLED["rate_rule"], try_instead=0.01),
        whole("steps", 300, 1, MAX_STEPS),
        choice("loss", "mean", LOSSES),
        switch("bias", False),
        switch("reveal", False),
        choice("compare", "all", COMPARE),
    ),
)

CHAPTER = {
    "source": "edge", "rows": 1, "columns": 2, "start": "random", "seed": 2762, "optimizer": "sgd", "rate": 0.03,
    "steps": 10, "loss": "sum", "bias": False,
}  # fmt: skip
"""The settings of the chapter's run."""
