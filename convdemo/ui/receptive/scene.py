"""What is looked at? A stack over a photo, and one unit of it."""

import math
from dataclasses import dataclass
from functools import cached_property

from convdemo.images import Photo
from convdemo.receptive_field import AnalysedStack, Layer, ReceptiveField, Sight

Pair = tuple[int, int]

_MARGIN = 0.75  # of the photo's longer side: the most that is drawn around it


@dataclass(frozen=True, eq=False)
class Scene:
    """A stack over a photo, and the unit that is looked from. Pairs are (row, column).

    Attributes:
        photo: the shared picture.
        stack: the stack, analysed on the size of the photo.
        depth: the layer of the unit, from 1.
        unit: its place on that layer's map.
        compared: a second stack, likewise; None if there is none.
    """

    photo: Photo
    stack: AnalysedStack
    depth: int
    unit: Pair
    compared: AnalysedStack | None = None

    @property
    def layer(self) -> Layer:
        """The chosen layer."""
        return self.stack.layers[self.depth - 1]

    @property
    def field(self) -> ReceptiveField:
        """The field of the chosen layer."""
        return self.stack.fields[self.depth - 1]

    @cached_property
    def sight(self) -> Sight:
        """What the chosen unit sees."""
        return self.field.sight(self.unit)

    @cached_property
    def used(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The rows and the columns of the photo that it uses."""
        return self.stack.used_pixels(self.depth, self.unit)

    @property
    def has_holes(self) -> bool:
        """Whether it leaves out pixels of the photo that lie in its field."""
        real = self.sight.real_rows, self.sight.real_columns
        return any(len(used) < len(pixels) for used, pixels in zip(self.used, real, strict=True))

    @cached_property
    def margins(self) -> tuple[int, int, int, int]:
        """The space around the photo that is drawn, as `margins` tells."""
        return margins(self.stack)

    @property
    def is_cut(self) -> bool:
        """Whether the field reaches beyond what is drawn."""
        sight, (height, width) = self.sight, self.photo.size
        beyond = -sight.rows[0], -sight.columns[0], sight.rows[-1] + 1 - height, sight.columns[-1] + 1 - width
        return any(side > most for side, most in zip(beyond, self.margins, strict=True))


def nearest_unit(field: ReceptiveField, place: tuple[float, float]) -> Pair:
    """Return the unit of a layer whose centre is nearest to a place on the photo, (row, column) in pixels.

    >>> from convdemo.receptive_field import receptive_field
    >>> nearest_unit(receptive_field([Layer(3, stride=2)], (9, 9)), (4.4, 99))  # its centres are 1, 3, 5 and 7
    (2, 3)
    """
    first = field.centre((0, 0))
    axes = zip(place, first, field.jump, field.output_size, strict=True)
    return tuple(min(max(math.floor((at - centre) / jump + 0.5), 0), length - 1) for at, centre, jump, length in axes)


def margins(stack: AnalysedStack) -> tuple[int, int, int, int]:
    """Return the space around the photo that fields reach into: top, left, bottom, right, in pixels.

    It is that of the deepest layer, so that the photo stays where it is while one looks from layer to layer.
    """
    deepest, size = stack.fields[-1], stack.input_size
    top_left = deepest.sight((0, 0))
    bottom_right = deepest.sight(tuple(length - 1 for length in deepest.output_size))
    most = round(_MARGIN * max(size))
    sides = (-top_left.rows[0], -top_left.columns[0])
    sides += (bottom_right.rows[-1] + 1 - size[0], bottom_right.columns[-1] + 1 - size[1])
    return tuple(min(max(side, 0), most) for side in sides)


def place_of(position: tuple[float, float], stack: AnalysedStack) -> tuple[float, float]:
    """Return the (row, column) on the photo of a point of the picture that is drawn of it, given as (x, y)."""
    top, left, *_ = margins(stack)
    return position[1] - top, position[0] - left
