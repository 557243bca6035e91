"""Which pairs of pictures are there to try, for those who have none of their own?

A ready pair is the photo at the side and what a filter that everybody knows makes of it. All values stay in [0, 1], so
that nothing is clipped, and they are rounded as a file with 8 bits holds them: the pair is one that any program could
have saved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from convdemo.correlation import cross_correlate
from convdemo.kernels import KERNELS, Kernel, custom_kernel
from convdemo.ui.parts.widgets import read_text


@dataclass(frozen=True)
class ReadyPair:
    """The filter of a pair.

    Attributes:
        kernel: its kernel, 3 x 3.
        bias: what it adds.
    """

    kernel: Kernel
    bias: float = 0.0

    def filtered(self, image: np.ndarray) -> np.ndarray:
        """Return a grey picture after the filter: float32 [height, width] in [0, 1], whole 255ths; borders repeat."""
        padding = {"padding": 1, "padding_mode": "replicate"}
        values = np.asarray(cross_correlate(image, self.kernel.weights, bias=self.bias, **padding))
        return np.float32(np.rint(255 * np.clip(values, 0, 1)) / 255)


def _with_grey(name: str, weights: np.ndarray) -> ReadyPair:
    """Return a difference, with a grey that is added so that nothing gets negative."""
    return ReadyPair(replace(custom_kernel(weights), title=read_text("learn")[name]), 0.5)


_RELIEF = np.float32([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]) / 6

READY: Mapping[str, ReadyPair] = MappingProxyType(
    {
        "blur": ReadyPair(KERNELS["box_blur"].with_parameters(size=3)),
        "motion": ReadyPair(KERNELS["motion_blur"].with_parameters(length=3, angle=0)),
        "relief": _with_grey("relief", _RELIEF),
        "edges": _with_grey("edges", KERNELS["sobel_x"].weights / 8),
    }
)
"""The pairs by name: an average, a camera that moved sideways, and two differences with a grey that is added."""
