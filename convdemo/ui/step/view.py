"""What does the browser need to work out every position of the Step by step tab by itself?"""

from typing import Any

import numpy as np

from convdemo.correlation import im2col, toeplitz
from convdemo.rendering import encode_png, to_picture
from convdemo.ui.layer.settings import Settings, browser_layer
from convdemo.ui.parts.widgets import data_address


def step_layer(image: np.ndarray, kernel: np.ndarray, settings: Settings) -> dict[str, Any]:
    """Return the layer as parts/geometry.js takes it, with the image, and the same sums as two matrix products.

    The browser adds up the outputs itself, and compares them with the products.

    Raises:
        ValueError: no window fits, or too little can be mirrored; the message has the arithmetic and a remedy.
    """
    weights = kernel[::-1, ::-1] if settings.flip == "yes" else kernel
    how = {
        "stride": settings.stride,
        "padding": settings.padding_for(kernel.shape),
        "padding_mode": "zeros" if settings.padding == "none" else settings.padding,
        "dilation": settings.dilation,
    }
    windows, band = np.asarray(im2col(image, kernel.shape, **how)), toeplitz(image.shape, weights, **how)
    return browser_layer(image.shape, kernel, settings) | {
        "image": image.tolist(),
        "brightest": float(np.abs(image).max()) or 1.0,
        "band": data_address(encode_png(to_picture(band).pictures[0]), "image/png"),
        "products": {"im2col": (windows @ weights.ravel()).tolist(), "toeplitz": (band @ image.ravel()).tolist()},
    }
