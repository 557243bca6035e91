"""Convolutions for images, as a small library and an interactive page.

Read it in the order of the story; of a package, its first lines say what each of its modules is for. `correlation` says
what one output pixel is; `kernels` names the weights that people use, with their sources, and `kernel_text` reads and
writes them; `layers` makes a trainable layer of both. `learning` finds the kernel that turns one picture into another,
`receptive_field` says what a unit of a deep layer sees, `why_convolution` tries what shared weights and small windows
are good for, and `filters` looks at the filters of the visual cortex, of photographs and of trained networks. Around
them, `images` turns a file into numbers, `decoder` does it in a process of its own, `rendering` turns numbers back into
pictures, and `links` writes the state of the page into a URL; `numbers` writes numbers, `checks` refuses them, and
`words` reads the names and notes that stand in files. `ui` is the page itself; it alone knows Gradio.

In a notebook, `import convdemo` gives the functions of all of them from one place (`notebook`). `maps`, `showing` and
`chart` let results show themselves, and `launching` opens the lab in a frame; `course` and `hub` are for a course's own
lab.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convdemo.notebook import *  # noqa: F403

VERSION = "1.0.0"
"""Of all of it: the library and the page."""

_NAMES = (
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
)
"""What `convdemo.notebook` has; it is imported when one of them is asked for."""


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        import convdemo.notebook

        return getattr(convdemo.notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*_NAMES, "VERSION"]
