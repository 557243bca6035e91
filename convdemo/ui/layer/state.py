"""What can be set of the lab's one layer, and of how its feature map is shown?"""

from convdemo.rendering import ABSOLUTE, CLIPPED, SIGNED
from convdemo.ui.state import State, choice, number, switch, whole

PADDINGS = ("none", "zeros", "reflect", "replicate")
"""No padding, or padding that keeps the size, by what stands in the border."""

FLIPS = ("no", "yes")
"""Whether the kernel is flipped: cross-correlation, or true convolution."""

CHANNELS = ("grey", "colour")
"""The luminance of a picture, or each of its colours separately."""

ONE, OTHER, ALL = "one", "other", "all"
DIRECTIONS = (ONE, OTHER, ALL)
"""Whose map is shown: the kernel's, that of its transpose, or of both together the strength of the change."""

AUTO = "auto"
DISPLAYS = (AUTO, SIGNED, ABSOLUTE, CLIPPED)
"""How a feature map is shown: as its kernel asks for (`display_of`), or in one of the ways of `rendering`."""

SCALES = ("vivid", "full")
"""Where the colours of a feature map end: at the strongest 1 % of its values, or at the largest."""

MAX_STEP = 16
"""The largest stride and the largest dilation of the lab."""

MAX_BIAS = 4.0
"""The largest bias of the lab, either way."""

TICK = switch("relu", False)
"""How the control says whether there is a ReLU, the one activation."""

STATE = State(
    "",
    (
        whole("stride", 1, 1, MAX_STEP),
        choice("padding", "none", PADDINGS),
        whole("dilation", 1, 1, MAX_STEP),
        number("bias", 0.0, -MAX_BIAS, MAX_BIAS),
        choice("activation", "none", ("none", "relu")),
        choice("flip", "no", FLIPS),
        choice("channels", "grey", CHANNELS),
        choice("directions", ONE, DIRECTIONS),
        choice("display", DISPLAYS[0], DISPLAYS),
        choice("scale", "vivid", SCALES),
    ),
    part="layer",
)
