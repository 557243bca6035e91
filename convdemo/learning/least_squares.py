"""Which kernel fits best, and what do the pictures say about it?

A feature map is linear in the kernel. With every window of the image as a row of a matrix P (`im2col`), the kernel
laid out as a column k, and the wanted feature map as a column y, the summed squared error is

    |P k - y|^2  =  k' G k - 2 k' P'y + y'y        with the Gram matrix G = P'P

So three sums over all windows say everything about it: G, P'y and y'y. They are gathered in one pass over the
pictures; nothing after that depends on their size. A bias is one cell more, which meets a 1 in every window.

From the sums follow the kernel with the least error, the error that it leaves, and how well the pictures determine
it. The eigenvectors of G are the patterns a kernel can be made of, and an eigenvalue is how much the error notices of
its pattern: the largest limits the learning rate, the smallest says how slowly a kernel is learned, and an eigenvalue
of zero is a pattern that these pictures say nothing about. Taken together they are a picture in miniature, with as
many windows as the kernel has cells and the same squared error: `LeastSquares.windows` and `.targets`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convdemo.correlation import as_float32, im2col, output_size, same_padding

MAX_SIDE = 15
"""Most rows, and most columns, of a kernel to learn."""

MAX_UNKNOWNS = MAX_SIDE**2 + 1
"""Most numbers to learn: the cells of the largest kernel, and a bias."""

MAX_PIXEL = 1e6
"""The largest magnitude of a pixel and of a wanted output, so that no square leaves the range of float32."""

UNNOTICED = 1e-12
"""A pattern counts as undetermined when its eigenvalue is below this share of the largest: about a thousand times
what float64 rounding leaves of a zero."""

MOST_PRODUCTS = 4e10
"""The most products that are summed where some outputs do not count: about two seconds of work."""

_COLUMNS_AT_ONCE = 1024
_NUMBERS_AT_ONCE = 2**19  # 4 MB of rows at a time: a few hundredths of a second of work


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """The summed squared error of every kernel on one pair of pictures, and the kernel with the least.

    All numbers are float64. The error of a kernel k, with its bias as a last cell if there is one, is
    `floor + sum((windows @ k - targets) ** 2)`.

    Attributes:
        kernel: [height, width], the kernel with the least error; of several, the one with the least weights.
        bias: The bias with the least error; 0 when none is learned.
        learns_bias: Whether the bias is one of the unknowns.
        floor: The least summed squared error.
        energy: The error of a kernel of zeros, the sum of the squared outputs that are wanted.
        positions: The number of windows: divide by it to turn a summed error into a mean one.
        eigenvalues: [unknowns], of the Gram matrix, ascending; 0 for each pattern that is not determined.
        windows: [unknowns, unknowns], as few windows as there are unknowns, standing for all.
        targets: [unknowns], the output that is wanted at each of them.
    """

    kernel: np.ndarray
    bias: float
    learns_bias: bool
    floor: float
    energy: float
    positions: int
    eigenvalues: np.ndarray
    windows: np.ndarray
    targets: np.ndarray

    def __post_init__(self) -> None:
        """Make the arrays read-only: several runs may share them."""
        for array in (self.kernel, self.eigenvalues, self.windows, self.targets):
            array.flags.writeable = False

    @property
    def undetermined(self) -> int:
        """How many dimensions of the kernel (and bias) the pictures say nothing about: 0 when it is determined."""
        return int(np.sum(self.eigenvalues == 0))

    @property
    def condition_number(self) -> float:
        """The largest eigenvalue of the Gram matrix by the smallest; inf when the kernel is not determined."""
        return math.inf if self.undetermined else float(self.eigenvalues[-1] / self.eigenvalues[0])


def least_squares(
    image, target, kernel_shape, *, bias=False, stride=1, padding=0, padding_mode="zeros", dilation=1, counted=None
) -> LeastSquares:
    """Find the kernel whose feature map of `image` is closest to `target`, in the summed squared error.

    The chapter's image and edge map determine the kernel completely:

    >>> image = [[1, 1, 0, 0, 0, 0, 1, 1]] * 6
    >>> fit = least_squares(image, [[0, 1, 0, 0, 0, -1, 0]] * 6, (1, 2))
    >>> fit.kernel.round(6), fit.eigenvalues.round(6)
    (array([[ 1., -1.]]), array([ 6., 30.]))

    Args:
        image: [height, width], finite, at most `MAX_PIXEL` in magnitude.
        target: [height, width] of the feature map that these settings make of the image; as finite and as small.
        kernel_shape: the (height, width) of the kernel, at most `MAX_SIDE` each, or one int for both.
        bias: whether to fit a bias too.
        stride: as in `cross_correlate`, as the other settings.
        padding: pixels per side.
        padding_mode: "zeros", "reflect" or "replicate".
        dilation: pixels between the cells of the kernel.
        counted: bool [height, width] like the target: the outputs whose error counts. None: all. Of very many, with a
            large kernel, only those in evenly spread rows count (`MOST_PRODUCTS`).

    Raises:
        ValueError: an argument is not as described, no window fits, no output counts, or the target has another size.
    """
    settings = {"stride": stride, "padding": padding, "padding_mode": padding_mode, "dilation": dilation}
    *_, fit = gather(image, target, kernel_shape, bias=bias, counted=counted, **settings)
    return fit


def gather(
    image, target, kernel_shape, *, bias=False, stride=1, padding=0, padding_mode="zeros", dilation=1, counted=None
) -> Iterator[float | LeastSquares]:
    """Do what `least_squares` does bit by bit, for whoever wants to watch or stop: a large kernel takes a second.

    Arguments and errors are the same, and are checked at once.

    Returns:
        Between two bits of work, the share of it that is done, from 0 to below 1; at last the `LeastSquares`.
    """
    image, target = (_as_picture(name, picture) for name, picture in {"image": image, "target": target}.items())
    kernel_shape = _as_kernel_shape(kernel_shape)
    output = output_size(image.shape, kernel_shape, stride, padding, dilation)
    if target.shape != output:
        raise ValueError(_other_size(image, target, kernel_shape, output, dilation))

    # What a kernel of one cell meets is the padded image itself.
    padded_shape = output_size(image.shape, 1, padding=padding)
    is_padded = padded_shape != image.shape  # else a pixel is enough to check the mode, and no copy is made
    padded = np.asarray(im2col(image if is_padded else image[:1, :1], 1, padding=padding, padding_mode=padding_mode))
    padded = padded.reshape(padded_shape) if is_padded else image
    layer = np.broadcast_to(stride, 2), np.broadcast_to(dilation, 2)
    if counted is None:
        return _gather(padded, target, kernel_shape, bool(bias), *layer)
    counted = np.asarray(counted, bool)
    if counted.shape != target.shape or not counted.any():
        raise ValueError(
            f"counted is {counted.shape} with {counted.sum()} outputs that count, but the target is {target.shape}: "
            "give one truth value for each output, and let some count"
        )
    return _gather_counted(padded, target, kernel_shape, bool(bias), *layer, counted)


def _gather(padded, target, kernel_shape, bias, stride, dilation):
    """The shares of `gather` and the fit. A 1 beside every row of the kernel stands for the bias; one is used."""
    beside = kernel_shape[0], kernel_shape[1] + 1
    products, towards_target = np.zeros((*beside, *beside)), np.zeros(beside)
    # Wide pictures in bands: a product of longer rows would be shared among threads, and wait for them.
    bands = range(0, target.shape[1], _COLUMNS_AT_ONCE)
    rows_at_once = max(1, _NUMBERS_AT_ONCE // (beside[1] * min(target.shape[1], _COLUMNS_AT_ONCE) * int(stride[0])))
    for first in range(0, target.shape[0], rows_at_once):
        yield first / target.shape[0]
        rows, top = target[first : first + rows_at_once], first * stride[0]
        for left in bands:
            image, wanted = padded[top:, left * stride[1] :], rows[:, left : left + _COLUMNS_AT_ONCE]
            more_products, more_towards_target = _sums_over_rows(image, wanted, kernel_shape, stride, dilation)
            products += more_products
            towards_target += more_towards_target

    width, numbers = kernel_shape[1], np.arange(towards_target.size).reshape(beside)
    unknowns = np.append(numbers[:, :-1], numbers[0, width : width + bias])
    gram = products.reshape(numbers.size, -1)[np.ix_(unknowns, unknowns)]
    energy = np.sum(target.astype(np.float64) ** 2)
    yield solve(gram, towards_target.ravel()[unknowns], float(energy), target.size, kernel_shape, bias)


def _gather_counted(padded, target, kernel_shape, bias, stride, dilation, counted):
    """The shares of `gather` and the fit where some outputs do not count: their windows are multiplied out."""
    cells = math.prod(kernel_shape)
    every = math.ceil(counted.sum() * cells**2 / MOST_PRODUCTS)  # rows
    span = [(side - 1) * int(step) + 1 for side, step in zip(kernel_shape, dilation, strict=True)]
    windows = np.lib.stride_tricks.sliding_window_view(padded, span)[
        :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]
    ]
    gram, towards, energy, positions = np.zeros((cells + bias,) * 2), np.zeros(cells + bias), 0.0, 0
    rows = range(0, target.shape[0], every)
    at_once = max(1, _NUMBERS_AT_ONCE // (cells * target.shape[1]))
    for first in range(0, len(rows), at_once):
        yield first / len(rows)
        some = list(rows[first : first + at_once])
        count = counted[some]
        met, wanted = windows[some][count].reshape(-1, cells), target[some][count].astype(np.float64)
        met = np.column_stack([met, np.ones(len(met))[:, None][:, :bias]]).astype(np.float64)
        gram += met.T @ met
        towards += met.T @ wanted
        energy += float(wanted @ wanted)
        positions += wanted.size
    yield solve(gram, towards, energy, max(1, positions), kernel_shape, bias)


def _sums_over_rows(image, target, kernel_shape, stride, dilation):
    """Sum over the windows of some rows: the products of what each two cells meet, and of each with the target.

    All rows of pixels are multiplied once with the rows that lie m rows of the kernel below them; row a of the kernel
    and row a + m then only choose which of these products to add. On a megapixel that takes half the time that
    multiplying all windows takes; and as the products are small, they do not wait for each other's threads on a busy
    machine, where the large product of all windows took ten times as long.

    Args:
        image: [at least the rows that the windows cover, width], padded.
        target: [rows, columns] of outputs, the first at the top of the image.
        kernel_shape: (height, width).
        stride: (row, column).
        dilation: (row, column).

    Returns:
        float64 [height, width + 1, height, width + 1] and [height, width + 1]; last in each row is the 1 of a bias.
    """
    (height, width), (rows, columns) = kernel_shape, target.shape
    (row_stride, column_stride), (row_step, column_step) = stride, dilation
    needed = (rows - 1) * row_stride + (height - 1) * row_step + 1
    met = np.ones((needed, width + 1, columns))  # by each row of pixels: what each column of the kernel meets in it
    for b in range(width):
        left = b * column_step
        met[:, b] = image[:needed, left : left + (columns - 1) * column_stride + 1 : column_stride]

    def under(a, of_rows):
        """Of something for every row of pixels, what is for those under row a of the kernel."""
        return of_rows[a * row_step : a * row_step + (rows - 1) * row_stride + 1 : row_stride]

    products, towards_target = np.empty((height, width + 1) * 2), np.empty((height, width + 1))
    for m in range(height):
        with_rows_below = met[: needed - m * row_step] @ met[m * row_step :].transpose(0, 2, 1)
        for a in range(height - m):
            total = under(a, with_rows_below).sum(axis=0)
            products[a, :, a + m], products[a + m, :, a] = total, total.T
        towards_target[m] = np.sum(under(m, met) @ target[:, :, None].astype(np.float64), axis=(0, 2))
    return products, towards_target


def solve(gram, towards_target, energy, positions, kernel_shape, bias) -> LeastSquares:
    """Find the best kernel from the sums over all windows.

    Args:
        gram: float64 [unknowns, unknowns], the products of what each two cells meet; a bias is the last one.
        towards_target: float64 [unknowns], the products of what each cell meets with the target.
        energy: the sum of the squares of the target.
        positions: the number of windows.
        kernel_shape: (height, width).
        bias: whether the last unknown is one.
    """
    eigenvalues, patterns = np.linalg.eigh(gram)
    determined = eigenvalues > UNNOTICED * eigenvalues[-1]
    eigenvalues = np.where(determined, eigenvalues, 0)

    # G = V diag(lambda) V', so sqrt(lambda) V' are windows with this Gram matrix. The targets follow from
    # windows' targets = P'y; what they leave of the energy is out of reach of every kernel.
    scale = np.sqrt(eigenvalues)
    one_over_scale = np.divide(1, scale, out=np.zeros_like(scale), where=determined)
    targets = one_over_scale * (patterns.T @ towards_target)
    best = patterns @ (one_over_scale * targets)
    cells = math.prod(kernel_shape)
    return LeastSquares(
        kernel=best[:cells].reshape(kernel_shape),
        bias=float(best[cells]) if bias else 0.0,
        learns_bias=bias,
        floor=max(0.0, energy - float(targets @ targets)),
        energy=energy,
        positions=positions,
        eigenvalues=eigenvalues,
        windows=scale[:, None] * patterns.T,
        targets=targets,
    )


def _as_picture(name, value):
    picture = as_float32(name, value, dimensions=2)
    largest = np.abs(picture).max()
    if largest > MAX_PIXEL:
        raise ValueError(
            f"{name} holds numbers up to {largest:.3g}, but they must lie within plus or minus {MAX_PIXEL:.0f}: "
            "scale it, for example to [0, 1]"
        )
    return picture


def _as_kernel_shape(value):
    sides = tuple(value) if isinstance(value, tuple | list) else (value, value)
    whole = all(isinstance(side, int | np.integer) and not isinstance(side, bool) for side in sides)
    if len(sides) != 2 or not whole or not all(1 <= side <= MAX_SIDE for side in sides):
        raise ValueError(
            f"kernel_shape is {value!r:.40}, but it must be a whole number from 1 to {MAX_SIDE}, "
            f"or a (height, width) pair of them: use (3, 3), or {MAX_SIDE} for the largest"
        )
    return tuple(int(side) for side in sides)


def _other_size(image, target, kernel_shape, output, dilation):
    """The two sizes, then what makes them equal."""

    def by(shape):
        return "x".join(map(str, shape))

    if target.shape == image.shape and max(output) < max(image.shape):
        padding = same_padding(kernel_shape, dilation)
        remedy = f"use padding {padding} at stride 1, or crop the target to {by(output)}"
    else:
        remedy = "give pictures of the same size, and the settings that the target was made with"
    return (
        f"target is {by(target.shape)}, but a {by(kernel_shape)} kernel with these settings makes a {by(output)} "
        f"feature map of the {by(image.shape)} image: {remedy}"
    )
