"""What does a plain Gradio app of the same idea look like? The peer of tests.benchmarks.first_visit.

The same photo, a menu of the same kernels, and the feature map, by the same core; all else is as Gradio makes it. The
map is worked out when the page is opened and when a kernel is picked, by events through the queue.
`python -m tests.benchmarks.trivial_app` serves it.
"""

import contextlib
import os
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # nothing is asked of other hosts

import gradio as gr
import numpy as np

from convdemo.correlation import cross_correlate
from convdemo.images import to_grey
from convdemo.kernels import KERNELS
from convdemo.rendering import to_picture, vivid_limit

PHOTO = Path(__file__).parents[2] / "examples" / "coffee.png"


def feature_map(picture, kernel):
    """The feature map as an RGB picture."""
    image = to_grey(picture.astype(np.float32) / 255)
    answer = cross_correlate(image, KERNELS[kernel].weights)
    return to_picture(answer, limit=vivid_limit(answer)).pictures[0].rgb


def main():
    with gr.Blocks(title="Convolution") as demo:
        with gr.Row():
            picture = gr.Image(PHOTO, label="Picture")
            answer = gr.Image(format="png", label="Feature map", elem_id="map")
        choices = [(known.title, name) for name, known in KERNELS.items()]
        kernel = gr.Dropdown(choices, value="sobel_x", label="Kernel", elem_id="kernel")
        kernel.change(feature_map, [picture, kernel], answer)
        demo.load(feature_map, [picture, kernel], answer)
    demo.launch(ssr_mode=False)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
