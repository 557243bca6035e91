"""What does a notebook get of the library by `import convdemo`?

The functions that README names, from one place. They are imported when the first of them is asked for: `import
convdemo` alone costs nothing.
"""

from collections.abc import Sequence

from convdemo.correlation import convolve, cross_correlate, im2col, output_size
from convdemo.edges import edge_strength
from convdemo.filters import gabor_bank, learn_filters, respond
from convdemo.images import decode_image, to_grey
from convdemo.kernels import KERNELS, format_kernel, parse_kernel
from convdemo.launching import lab
from convdemo.layers import Conv2D
from convdemo.learning import align, chapter_run, explain, kernel_error, learn_kernel
from convdemo.learning.least_squares import least_squares
from convdemo.maps import FeatureMap, feature_map, open_image, read_kernel
from convdemo.receptive_field import (
    NETWORKS,
    AnalysedStack,
    Layer,
    effective_receptive_field,
    measure_receptive_field,
)
from convdemo.rendering import encode_png, to_picture
from convdemo.small_network import face_map, load_small_network
from convdemo.stack_notation import read_stack
from convdemo.stacks import composed_kernel, run_stack
from convdemo.why_convolution import count_weights, shift_test

__all__ = [
    "KERNELS",
    "NETWORKS",
    "AnalysedStack",
    "Conv2D",
    "FeatureMap",
    "Layer",
    "align",
    "analyse_stack",
    "chapter_run",
    "composed_kernel",
    "convolve",
    "count_weights",
    "cross_correlate",
    "decode_image",
    "edge_strength",
    "effective_receptive_field",
    "encode_png",
    "explain",
    "face_map",
    "feature_map",
    "format_kernel",
    "gabor_bank",
    "im2col",
    "kernel_error",
    "lab",
    "learn_filters",
    "learn_kernel",
    "least_squares",
    "load_small_network",
    "measure_receptive_field",
    "open_image",
    "output_size",
    "parse_kernel",
    "read_kernel",
    "read_stack",
    "respond",
    "run_stack",
    "shift_test",
    "to_grey",
    "to_picture",
]


def analyse_stack(stack: str | Sequence[Layer], input_size: int | tuple[int, int] | None = None) -> AnalysedStack:
    """Return what there is to know of a stack of layers: what their units see, layer by layer.

    >>> analyse_stack("3,1,1,0;3,2,1,0", 32).fields[-1].size
    (5, 5)

    Args:
        stack: layers; or a text: the name of a known network ("VGG-16"), "kernel,stride,dilation,padding;…", or lines
            of PyTorch, Keras or Flax.
        input_size: the (height, width) of the input, or one int for both; None if it is endless.

    Raises:
        StackError: there is no such stack, or it does not fit on the input.
    """
    if not isinstance(stack, str):
        return AnalysedStack(tuple(stack), input_size)
    return AnalysedStack(NETWORKS[stack].layers if stack in NETWORKS else read_stack(stack).layers, input_size)
