"""What does every layer of a stack make of a picture, and when do all of them together do no more than one?

`layers` says what a layer is, `running` makes one map after the other, and `composing` finds the one kernel that does
the same as a stack, where there is one.
"""

from convdemo.stacks.composing import Bell, ComposedKernel, composed_kernel
from convdemo.stacks.layers import POOLINGS, Convolution, MapLayer, Pooling, as_seen
from convdemo.stacks.running import run_layer, run_stack

__all__ = [
    "POOLINGS",
    "Bell",
    "ComposedKernel",
    "Convolution",
    "MapLayer",
    "Pooling",
    "as_seen",
    "composed_kernel",
    "run_layer",
    "run_stack",
]
