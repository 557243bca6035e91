"""Why convolution, and not one weight for each pixel and each output?

Because of two things that are true of pictures: an object may stand anywhere (`equivariance`), and what belongs
together is close together (`locality`). `weights` counts what both save; `rotation` is what convolution has no answer
to.
"""

from convdemo.why_convolution.equivariance import (
    MODES,
    Convolution,
    FullyConnected,
    ShiftTest,
    shift,
    shift_test,
    small_version,
)
from convdemo.why_convolution.locality import LocalityTest, locality_test
from convdemo.why_convolution.rotation import response_by_angle, response_to_stripes, stripes, turn
from convdemo.why_convolution.weights import WeightCount, count_weights

__all__ = [
    "MODES",
    "Convolution",
    "FullyConnected",
    "LocalityTest",
    "ShiftTest",
    "WeightCount",
    "count_weights",
    "locality_test",
    "response_by_angle",
    "response_to_stripes",
    "shift",
    "shift_test",
    "small_version",
    "stripes",
    "turn",
]
