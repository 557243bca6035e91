"""What does every layer make of a picture?"""

from collections.abc import Iterable

import numpy as np

from convdemo.correlation import PADDING_MODES, as_float32, check_fit, cross_correlate
from convdemo.receptive_field import StackError
from convdemo.stacks.layers import Convolution, MapLayer, as_seen


def run_stack(image: np.ndarray, layers: Iterable[MapLayer]) -> tuple[np.ndarray, ...]:
    """Return the map after each layer.

    >>> edge = Convolution([[1, -1]], relu=True)
    >>> [values.tolist() for values in run_stack([[0, 1, 1, 0]], [edge, Convolution([[1, 1]])])]
    [[[0.0, 0.0, 1.0]], [[0.0, 1.0]]]

    Args:
        image: [height, width], real and finite.
        layers: `Convolution` and `Pooling` objects, from the picture on.

    Returns:
        float32 NumPy arrays [height, width], signed and never clipped, as many as there are layers.

    Raises:
        StackError: a layer has nothing left to look at, cannot mirror so many pixels, or makes values that float32
            cannot hold; it names the layer, the size of its map, and what would help.
        ValueError: the image is none.
    """
    layers = tuple(layers)
    as_seen(layers)
    maps = []
    current = as_float32("image", image, dimensions=2)
    for number, layer in enumerate(layers, start=1):
        try:
            current = run_layer(current, layer)
        except StackError as error:
            raise error.at(number) from None
        maps.append(current)
    return tuple(maps)


def run_layer(image: np.ndarray, layer: MapLayer) -> np.ndarray:
    """Return the map that one layer makes of a map, float32 [height, width]; errors as of `run_stack`."""
    image = as_float32("image", image, dimensions=2)
    (seen,) = as_seen([layer])
    seen.output_size(image.shape)  # says how much is left, and what would help
    sides = seen.known_sides(image.shape)
    where = {"padding": sides, "padding_mode": layer.padding_mode, "dilation": seen.dilation}
    try:
        check_fit(image.shape, seen.kernel, **where)
    except ValueError as error:
        raise StackError(str(error), field="padding") from error
    if isinstance(layer, Convolution):
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number any more is told below
            values = np.asarray(cross_correlate(image, layer.kernel, bias=layer.bias, stride=seen.stride, **where))
            values = np.maximum(values, 0) if layer.relu else values
    elif layer.kind == "average":
        mean = layer.effective_kernel.astype(np.float32)
        values = np.asarray(cross_correlate(image, mean, stride=seen.stride, **where))
    else:
        padded = np.pad(image, sides, mode=PADDING_MODES[layer.padding_mode])
        values = _largest(_largest(padded, seen, 0), seen, 1)
    if not np.isfinite(values).all():
        raise StackError(
            "its values are larger than float32 holds: use smaller weights, here or before", field="kernel"
        )
    return values


def _largest(values, seen, axis):
    """The largest value of each window along one axis; that of a rectangle is the largest of those of its rows."""
    cells, step, stride = seen.kernel[axis], seen.dilation[axis], seen.stride[axis]
    count = (values.shape[axis] - seen.span[axis]) // stride + 1
    values = np.moveaxis(values, axis, 0)
    result = None
    for cell in range(cells):
        shifted = values[cell * step : cell * step + (count - 1) * stride + 1 : stride]
        result = shifted.copy() if result is None else np.maximum(result, shifted, out=result)
    return np.ascontiguousarray(np.moveaxis(result, 0, axis))
