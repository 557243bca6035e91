"""What can be set in the lesson "Why convolution"?"""

from convdemo.ui.state import State, choice, whole
from convdemo.why_convolution import MODES

COUNTS = ("photo", "other")
"""What weights are counted for: the shared photo, or a square picture of any size."""

LAYERS = ("convolution", "stride", "pooling", "full")
"""The layers of the shift test: with the kernel of the page at stride 1, at stride 2, with pooling; fully connected."""

MAX_SIDE, MAX_CHANNELS, MAX_KERNEL = 4000, 512, 31
"""The largest picture side, channels and kernel side that weights are counted for."""

MAX_SHIFT = 100
"""How far the shift test moves a picture, either way."""

SMALL_SIDE = 32
"""The longer side of the small version of a picture that a fully connected layer sees."""

SUBJECTS = ("stripes", "photo")
"""What is turned: stripes, drawn anew for every angle, or the shared photo."""

MAX_PATCH = 8
"""The largest side of the patch of the locality test."""

STATE = State(
    "why",
    (
        choice("count", "photo", COUNTS),
        whole("side", 1000, 1, MAX_SIDE),
        whole("channels", 3, 1, MAX_CHANNELS),
        whole("kernel", 3, 1, MAX_KERNEL),
        choice("layer", "convolution", LAYERS),
        choice("mode", "wrap", MODES),
        whole("rows", 9, -MAX_SHIFT, MAX_SHIFT),
        whole("columns", 15, -MAX_SHIFT, MAX_SHIFT),
        whole("row", 11, 1, SMALL_SIDE),
        whole("column", 16, 1, SMALL_SIDE),
        whole("patch", 1, 1, MAX_PATCH),
        choice("subject", "stripes", SUBJECTS),
        whole("angle", 30, 0, 360),
    ),
)
