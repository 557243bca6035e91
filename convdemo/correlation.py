"""What is one output pixel?

It is one window of the image, multiplied cell by cell with the kernel, and summed. In the letters of the
chapter ("Convolutions for Images", Dive into Deep Learning), X the image, K the kernel, Y the feature map:

    Y[i, j] = sum over a, b of X[i + a, j + b] K[a, b]

`cross_correlate_loops` is that sentence as two loops. `cross_correlate` computes the same numbers fast, and
`convolve` is the mathematician's variant, which flips the kernel first. `im2col` lays all windows out as the
rows of a matrix, and `output_size` says how many windows there are.
"""

import dataclasses
import math
import operator

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from convdemo.sums import Windows, slide

# PyTorch's names for what padding holds, with NumPy's.
PADDING_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge"}


def output_size(size, kernel, stride=1, padding=0, dilation=1):
    """How many windows fit along an axis: floor((size + padding on both sides - span) / stride) + 1.

    The span of a kernel is the pixels from its first cell to its last: dilation * (kernel - 1) + 1.

    >>> output_size(600, 3)
    598
    >>> output_size((600, 400), 3, stride=2, padding=1)
    (300, 200)

    Args:
        size: pixels along the axis, or a (row, column) pair of them, as for every argument here.
        kernel: cells of the kernel, at least 1.
        stride: pixels from one window to the next, at least 1.
        padding: pixels added on each side. Inside a pair an axis may also be (before, after), as in `np.pad`.
        dilation: pixels from one cell of the kernel to the next, at least 1.

    Returns:
        An int; or a (row, column) tuple of ints if any argument is a pair.

    Raises:
        ValueError: an argument is out of its range, or no window fits.
    """
    arguments = (size, kernel, stride, padding, dilation)
    axes = 2 if any(isinstance(argument, tuple | list) for argument in arguments) else 1
    output = _layout(*arguments, axes=axes).output
    return output if axes == 2 else output[0]


class FitError(ValueError):
    """A kernel that has no place in an image, or padding that the image cannot fill.

    Attributes:
        axis: the first along which it is too large: 0 for the height, 1 for the width.
        span: how many pixels the kernel covers there, or a kernel that would need this padding.
    """

    def __init__(self, message, axis, span):
        super().__init__(message)
        self.axis = axis
        self.span = span


def check_fit(size, kernel_shape, *, padding=0, padding_mode="zeros", dilation=1):
    """Make sure that a kernel has a place in an image: the one judge of it.

    Args:
        size: the image's (height, width), or one int for both.
        kernel_shape: the kernel's (height, width), or one int for both.
        padding: as for `cross_correlate`.
        padding_mode: what stands in the border; "reflect" can mirror all pixels of an axis but one.
        dilation: pixels from one cell of the kernel to the next, an int or a (row, column) pair.

    Raises:
        FitError: it has none; the sentence has the arithmetic and a remedy.
        ValueError: an argument is not as described.
    """
    layout = _layout(size, kernel_shape, 1, padding, dilation)
    _check_padding(_whole_numbers("size", size), layout.padding, padding_mode)


def same_padding(kernel_shape, dilation=1):
    """The padding ((top, bottom), (left, right)) that keeps an image's size at stride 1.

    It adds span - 1 pixels per axis, half before and half after; an odd pixel goes after, as in Flax.

    >>> same_padding((3, 3))
    ((1, 1), (1, 1))
    >>> same_padding((1, 2))
    ((0, 0), (0, 1))

    Args:
        kernel_shape: the (height, width) of the kernel, or one int for both.
        dilation: pixels from one cell of the kernel to the next, an int or a (row, column) pair.

    Raises:
        ValueError: a number is not whole, or less than 1.
    """
    cells = _whole_numbers("kernel_shape", kernel_shape)
    steps = _whole_numbers("dilation", dilation)
    added = [step * (count - 1) for count, step in zip(cells, steps, strict=True)]
    return tuple((pixels // 2, pixels - pixels // 2) for pixels in added)


def cross_correlate_loops(image, kernel, *, bias=0.0, stride=1, padding=0, padding_mode="zeros", dilation=1):
    """The definition: slide the kernel over the image; at each stop multiply, sum, and add the bias.

    Slow and plain: it is what `cross_correlate` is tested against. Arguments and errors are the same.

    >>> cross_correlate_loops([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])
    array([[19., 25.],
           [37., 43.]], dtype=float32)

    Returns:
        The feature map, a float32 NumPy array, added up in float64.
    """
    padded, kernel, bias, layout = _prepare(image, kernel, bias, stride, padding, padding_mode, dilation)
    padded = padded.astype(np.float64)
    (row_stride, column_stride), (row_step, column_step) = layout.stride, layout.dilation
    row_span, column_span = layout.span

    feature_map = np.zeros(layout.output)
    for i in range(layout.output[0]):
        for j in range(layout.output[1]):
            top, left = i * row_stride, j * column_stride
            window = padded[top : top + row_span : row_step, left : left + column_span : column_step]
            feature_map[i, j] = (window * kernel).sum() + bias
    return feature_map.astype(np.float32)


def cross_correlate(image, kernel, *, bias=0.0, stride=1, padding=0, padding_mode="zeros", dilation=1, is_exact=False):
    """The feature map of an image: what a convolutional layer computes, for one channel.

    Instead of visiting every window, visit every cell of the kernel: the whole feature map is a sum of
    shifted images, each times one weight (`_sum_of_shifts`).

    It is differentiable in image, kernel and bias, and works under `jax.jit`, `jax.grad` and `jax.vmap`.
    Outside of these, the sum is worked out by `convdemo.sums` in the way that is the quickest for a kernel: matrix
    products, or a few compiled programs that images and kernels of all shapes share.

    >>> print(cross_correlate([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]]))
    [[19. 25.]
     [37. 43.]]

    Args:
        image: [height, width], real and finite. Integers are taken as they are: 255 becomes 255.0.
        kernel: [height, width], real and finite.
        bias: one number, added to every output.
        stride: pixels from one window to the next, an int or a (row, column) pair.
        padding: pixels added on each side, an int or a (row, column) pair; inside the pair an axis may also
            be (before, after), as `same_padding` gives it.
        padding_mode: what the added pixels hold: "zeros", the image mirrored about its border pixels
            ("reflect"), or the border pixels repeated ("replicate").
        dilation: pixels from one cell of the kernel to the next, an int or a (row, column) pair.
        is_exact: whether a window must have the same sum, bit for bit, wherever it lies and whatever the stride. Else a
            kernel may be taken apart into columns and rows, and the largest have Fourier transforms of 512x512 pixels,
            where a sum is exact to the rounding of the largest pixel.

    Returns:
        A float32 JAX array [output height, output width], as `output_size` counts. Signed, never clipped.

    Raises:
        ValueError: an argument is not as described, or no window fits. While JAX is tracing an array its
            numbers are unknown, so nan and inf are not found there.
    """
    given, image = image, as_float32("image", image, dimensions=2, is_checked=False)
    kernel, bias = as_float32("kernel", kernel, dimensions=2), as_float32("bias", bias, dimensions=0)
    layout = _layout(image.shape, kernel.shape, stride, padding, dilation)
    if any(isinstance(array, jax.core.Tracer) for array in (image, kernel, bias)):
        return _sum_of_shifts(_pad(image, layout.padding, padding_mode), kernel, bias, layout)

    _check_padding(image.shape, layout.padding, padding_mode)
    windows = Windows(layout.stride, layout.dilation, layout.padding, padding_mode, layout.span, layout.output)
    sums = slide(image, kernel, bias, windows, is_exact=is_exact)
    if sums is None:
        as_float32("image", given, dimensions=2)  # says where it is not finite
    with jax.ensure_compile_time_eval():  # now, even if this call stands in a function that is being traced
        return jax.device_put(sums)  # `jnp.asarray` would compile a copy for each shape


def convolve(image, kernel, *, bias=0.0, stride=1, padding=0, padding_mode="zeros", dilation=1):
    """True convolution: flip the kernel left-right and top-bottom, then cross-correlate.

    A layer that learns its kernel would just learn the flipped one: hence "convolution" for both. Arguments,
    result and errors are those of `cross_correlate`.

    >>> print(convolve([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[3, 2], [1, 0]]))
    [[19. 25.]
     [37. 43.]]
    """
    flipped = as_float32("kernel", kernel, dimensions=2)[::-1, ::-1]
    settings = {"stride": stride, "padding": padding, "padding_mode": padding_mode, "dilation": dilation}
    return cross_correlate(image, flipped, bias=bias, **settings)


def im2col(image, kernel_shape, *, stride=1, padding=0, padding_mode="zeros", dilation=1):
    """All windows of the image as the rows of a matrix: cross-correlation becomes a matrix product.

    `im2col(image, kernel.shape) @ kernel.ravel()` is the feature map, row after row. The matrix holds the
    image once for each cell of the kernel: mind the memory. `kernel_shape` is a (height, width) pair or one
    int for both; the other arguments and the errors are those of `cross_correlate`.

    >>> im2col([[0, 1, 2], [3, 4, 5]], (2, 2)).tolist()
    [[0.0, 1.0, 3.0, 4.0], [1.0, 2.0, 4.0, 5.0]]

    Returns:
        A float32 JAX array [positions, kernel height * kernel width].
    """
    image = as_float32("image", image, dimensions=2)
    kernel_shape = _whole_numbers("kernel_shape", kernel_shape)
    layout = _layout(image.shape, kernel_shape, stride, padding, dilation)
    padded = _pad(image, layout.padding, padding_mode)

    def pixels_under(cell):
        """What one cell of the kernel meets while the window moves over the image."""
        first = [step * index for step, index in zip(layout.dilation, cell, strict=True)]
        moves = zip(first, layout.output, layout.stride, strict=True)
        rows, columns = (slice(start, start + count * stride, stride) for start, count, stride in moves)
        return padded[rows, columns].ravel()

    stack = jnp.stack if isinstance(padded, jax.core.Tracer) else np.stack
    return jax.device_put(stack([pixels_under(cell) for cell in np.ndindex(kernel_shape)], axis=1))


def toeplitz(size, kernel, *, stride=1, padding=0, padding_mode="zeros", dilation=1):
    """The kernel as a banded matrix: cross-correlation becomes a product with the flattened image.

    `toeplitz(image.shape, kernel) @ image.ravel()` is the feature map, row after row. `size` is the image's (height,
    width); the other arguments and the errors are those of `cross_correlate`. A pixel that a window meets twice, as
    mirrored padding does, has the sum of its weights.

    >>> toeplitz((1, 4), [[1, -1]]).tolist()
    [[1.0, -1.0, 0.0, 0.0], [0.0, 1.0, -1.0, 0.0], [0.0, 0.0, 1.0, -1.0]]

    Returns:
        A float32 NumPy array [positions, height * width]: mind the memory.
    """
    size = _whole_numbers("size", size)
    kernel = np.asarray(as_float32("kernel", kernel, dimensions=2))
    pixels = size[0] * size[1]
    numbered = np.arange(1, pixels + 1).reshape(size)  # 0 is left for padding with zeros
    layer = {"stride": stride, "padding": padding, "padding_mode": padding_mode, "dilation": dilation}
    seen = np.asarray(im2col(numbered, kernel.shape, **layer)).astype(int)
    matrix = np.zeros((len(seen), pixels + 1), np.float32)
    np.add.at(matrix, (np.arange(len(seen))[:, np.newaxis], seen), kernel.ravel())
    return matrix[:, 1:]


# --- While JAX traces ---------------------------------------------------------------------------------------

# Shifted images that XLA adds up in one pass over memory: 8 was the fastest of 4, 8 and 16 from 7x7 upwards.
GROUP = 8


def _sum_of_shifts(padded, kernel, bias, layout):
    """The feature map as a sum of shifted images, of which each is one slice: exact shapes, and a program for each."""
    height, width = padded.shape
    rows, columns = height - layout.span[0] + 1, width - layout.span[1] + 1

    # Lay the rows of the image end to end: a shift by a rows and b columns is one by a * width + b.
    a, b = (step * np.arange(cells) for step, cells in zip(layout.dilation, kernel.shape, strict=True))
    shifts = (a[:, None] * width + b[None, :]).ravel().astype(np.int32)
    length = rows * width
    flat = jnp.pad(padded.ravel(), (0, layout.span[1] - 1))  # `lax.dynamic_slice` would move a slice that sticks out
    groups = math.ceil(shifts.size / GROUP)
    unused = (0, groups * GROUP - shifts.size)
    shifts, weights = np.pad(shifts, unused), jnp.pad(kernel.ravel(), unused)

    @jax.checkpoint  # a gradient cuts the slices anew, rather than keep a copy of the image for every cell
    def add_group(group, total):
        for cell in range(GROUP):
            shift, weight = jnp.asarray(shifts)[group * GROUP + cell], weights[group * GROUP + cell]
            total = total + weight * lax.dynamic_slice(flat, [shift], [length])
        return total

    sums = lax.fori_loop(0, groups, add_group, jnp.full(length, bias))
    # Past the last column, a window runs on into the next row. Of the others the stride keeps some.
    row_stride, column_stride = layout.stride
    return sums.reshape(rows, width)[::row_stride, :columns:column_stride]


# --- What is accepted, and what is refused ------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Layout:
    """How the windows lie on an image: checked settings, each with one value an axis."""

    stride: tuple
    padding: tuple  # (before, after) for each axis
    dilation: tuple
    span: tuple  # pixels from a kernel's first cell to its last
    output: tuple  # the number of windows


def _layout(size, kernel, stride, padding, dilation, axes=2):
    """Check the settings and count the windows."""
    size = _whole_numbers("size", size, axes)
    kernel = _whole_numbers("kernel", kernel, axes)
    stride = _whole_numbers("stride", stride, axes)
    padding = _padding_per_side(padding, axes)
    dilation = _whole_numbers("dilation", dilation, axes)

    span = tuple(step * (cells - 1) + 1 for cells, step in zip(kernel, dilation, strict=True))
    padded = tuple(pixels + sum(sides) for pixels, sides in zip(size, padding, strict=True))
    if any(pixels > room for pixels, room in zip(span, padded, strict=True)):
        axis = next(axis for axis in range(axes) if span[axis] > padded[axis])
        raise FitError(_does_not_fit(size, padded, kernel, dilation, span), axis, span[axis])
    windows = zip(padded, span, stride, strict=True)
    return _Layout(stride, padding, dilation, span, tuple((room - n) // step + 1 for room, n, step in windows))


def _does_not_fit(size, padded, kernel, dilation, span):
    """The arithmetic, then what does fit: the largest dilation, or else kernel; and the least padding."""

    def by(numbers):
        return "x".join(map(str, numbers))

    def each_or_all(numbers, together):
        return str(numbers[0]) if len(set(numbers)) == 1 else together(numbers)

    axes = list(zip(padded, kernel, dilation, strict=True))
    fitting = tuple(min(step, (room - 1) // (cells - 1)) if cells > 1 else step for room, cells, step in axes)
    if min(fitting) < 1:
        largest = by((room - 1) // step + 1 for room, _, step in axes)
        remedy = f"a kernel of at most {largest}"
    else:
        largest = min(fitting) if len(set(dilation)) == 1 else fitting
        remedy = f"dilation {largest}"
    per_side = max(math.ceil((pixels - room) / 2) for pixels, room in zip(span, size, strict=True))
    dilated = f" with dilation {each_or_all(dilation, str)}" if max(dilation) > 1 else ""
    return (
        f"kernel {by(kernel)}{dilated} spans {each_or_all(span, by)} pixels, but the padded image is {by(padded)}: "
        f"use {remedy}, or zero padding {per_side}"
    )


def _whole_numbers(name, value, axes=2):
    """`value`, an int of at least 1 or a (row, column) pair of them, as one int for each axis."""
    numbers = tuple(value) if isinstance(value, tuple | list) else (value,) * axes
    if len(numbers) != axes or not all(_is_whole(number) and number >= 1 for number in numbers):
        raise ValueError(
            f"{name} is {value!r}, but it must be a whole number of at least 1, or a (row, column) pair of them: "
            "use 1 or more"
        )
    return tuple(operator.index(number) for number in numbers)


def _padding_per_side(padding, axes):
    """`padding` as a (before, after) pair for each axis."""
    per_axis = tuple(padding) if isinstance(padding, tuple | list) else (padding,) * axes
    sides = [tuple(axis) if isinstance(axis, tuple | list) else (axis, axis) for axis in per_axis]
    well_formed = len(sides) == axes and all(len(axis) == 2 for axis in sides)
    if not well_formed or not all(_is_whole(number) and number >= 0 for axis in sides for number in axis):
        raise ValueError(
            f"padding is {padding!r}, but it must be a whole number of at least 0, or a (row, column) pair of numbers "
            "or (before, after) pairs: use 0 for none, 1 for a pixel on each side"
        )
    return tuple(tuple(operator.index(number) for number in axis) for axis in sides)


def _is_whole(number):
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def _prepare(image, kernel, bias, stride, padding, padding_mode, dilation):
    """Check everything; the padded image, kernel and bias as float32, and the layout of the windows."""
    image = as_float32("image", image, dimensions=2)
    kernel = as_float32("kernel", kernel, dimensions=2)
    bias = as_float32("bias", bias, dimensions=0)
    layout = _layout(image.shape, kernel.shape, stride, padding, dilation)
    return _pad(image, layout.padding, padding_mode), kernel, bias, layout


def _check_padding(size, sides, mode):
    if mode not in PADDING_MODES:
        modes = ", ".join(PADDING_MODES)
        raise ValueError(f"padding_mode is {mode!r}, but the modes are {modes}: use zeros")
    height, width = size
    too_far = [axis for axis, pixels in enumerate(size) if max(sides[axis]) >= pixels]
    if mode == "reflect" and too_far:
        raise FitError(
            f"padding is {sides}, but padding_mode 'reflect' can mirror only {height - 1} rows and {width - 1} columns "
            f"of a {height}x{width} image: use padding_mode 'replicate'",
            too_far[0],
            sum(sides[too_far[0]]) + 1,
        )


def _pad(image, sides, mode):
    """The image with `sides`, a (before, after) pair for each axis, of added pixels."""
    _check_padding(image.shape, sides, mode)
    if not np.any(sides):
        return image
    pad = jnp.pad if isinstance(image, jax.core.Tracer) else np.pad
    return pad(image, sides, mode=PADDING_MODES[mode])


def as_float32(name, value, *, dimensions, is_checked=True):
    """`value` as float32: a NumPy array with finite numbers, or a JAX array if JAX is tracing it.

    Args:
        name: what an error calls it.
        value: real numbers, in anything that NumPy or JAX takes for an array.
        dimensions: how many axes it must have: 2 for [height, width], 0 for one number.
        is_checked: whether a number that is not finite is looked for. Whoever says no looks for it later.

    Raises:
        ValueError: it is not real, not finite as float32, empty, ragged, or has other axes.
    """
    unwrap = getattr(value, "__jax_array__", None)  # a Flax parameter has one
    value = unwrap() if unwrap else value
    traced = isinstance(value, jax.core.Tracer)
    try:
        array = value if traced else np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} has rows of different lengths: give every row as many numbers") from error
    # NumPy's own kinds are told by a letter, in a tenth of the time; bfloat16 and the like only JAX knows.
    is_real = array.dtype.kind in "fiub"
    if not is_real and not any(jnp.issubdtype(array.dtype, kind) for kind in (jnp.floating, jnp.integer, jnp.bool_)):
        raise ValueError(f"{name} holds {array.dtype} values, not real numbers: convert it first")
    if array.ndim != dimensions:
        wanted = "[height, width]: take one channel, or add an axis" if dimensions else "one number: pass a scalar"
        raise ValueError(f"{name} has shape {array.shape}, but it must be {wanted}")
    if 0 in array.shape:
        raise ValueError(f"{name} is empty, with shape {array.shape}: give it at least one row and column")
    if traced:
        return array.astype(jnp.float32)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes inf, and is refused just below
        numbers = array.astype(np.float32, copy=False)
    if is_checked and not np.isfinite(numbers).all():
        place = tuple(int(index) for index in np.argwhere(~np.isfinite(numbers))[0])
        if not place:
            raise ValueError(f"{name} holds {array[place]}, but float32 must hold it as a finite number: replace it")
        row, column = place
        raise ValueError(
            f"{name} holds {array[place]} at row {row}, column {column}, "
            "but float32 must hold it as a finite number: replace it"
        )
    return numbers
