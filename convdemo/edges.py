"""How strongly does a picture change at a place, in whatever direction?

A kernel such as Sobel's answers to changes in one direction: across the picture, or down, and with a sign. Its
transpose answers in the other direction. Together they are a vector at each place, whose length says how strong the
edge is there, and not which way it runs: an edge picture.
"""

import numpy as np

from convdemo.correlation import as_float32, cross_correlate


def both_directions(kernel):
    """Return a kernel and its transpose, float32 and of one shape.

    One that is not square is first filled up with zeros to a square, half of them before and half after (an odd row or
    column goes after, as in `same_padding`), so that both maps have one size and their pixels one place.

    >>> first, second = both_directions([[-1, 1]])
    >>> first.tolist(), second.tolist()
    ([[-1.0, 1.0], [0.0, 0.0]], [[-1.0, 0.0], [1.0, 0.0]])

    Args:
        kernel: [height, width], real and finite.

    Raises:
        ValueError: the kernel is not as described.
    """
    kernel = as_float32("kernel", kernel, dimensions=2)
    missing = [max(kernel.shape) - side for side in kernel.shape]
    square = np.pad(kernel, [(pixels // 2, pixels - pixels // 2) for pixels in missing])
    return square, square.T


def edge_strength(image, kernel, *, slide=cross_correlate, **layer):
    """The root of the sum of the squares of two feature maps: that of a kernel, and that of its transpose.

    >>> edge_strength([[0, 0, 3], [0, 0, 3], [4, 4, 4]], [[-1, 1]]).tolist()  # 5 is the root of 3² + 4²
    [[0.0, 3.0], [4.0, 5.0]]

    Args:
        image: [height, width], real and finite.
        kernel: [height, width]; both maps are those of `both_directions`.
        slide: `cross_correlate`, or `convolve`, which flips both kernels.
        layer: "stride", "padding", "padding_mode" and "dilation", as `slide` takes them. There is no bias: a length
            has no sign that it could move.

    Returns:
        A float32 NumPy array [output height, output width], at least 0. It is not differentiable.

    Raises:
        ValueError: an argument is not as described, or no window fits.
    """
    first, second = (np.asarray(slide(image, weights, **layer)) for weights in both_directions(kernel))
    return np.hypot(first, second)
