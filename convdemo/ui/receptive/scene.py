"""What is looked at? A stack over a photo, and one unit of it."""

import math
from dataclasses import dataclass
from functools import cached_property

from convdemo.images import Photo
from convdemo.receptive_field import AnalysedStack, Layer, ReceptiveField, Sight

Pair = tuple[int, int]


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


def nearest_unit(field: ReceptiveField, place: tuple[float, float]) -> Pair:
    """Return the unit of a layer whose centre is nearest to a place on the photo, (row, column) in pixels.

    >>> from convdemo.receptive_field import receptive_field
    >>> nearest_unit(receptive_field([Layer(3, stride=2)], (9, 9)), (4.4, 99))  # its centres are 1, 3, 5 and 7
    (2, 3)
    """
    first = field.centre((0, 0))
    axes = zip(place, first, field.jump, field.output_size, strict=True)
    return tuple(min(max(math.floor((at - centre) / jump + 0.5), 0), length - 1) for at, centre, jump, length in axes)
