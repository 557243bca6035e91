"""What does an event ask for?

A request carries everything: the line, the depth, the unit, and in `was`, a component that nobody sees, what was
answered last: the place on the photo that someone chose, so that the unit stays over it while the depth or the stack
changes, and the two lines, so that a change which the server made is told from one that someone typed. After a link was
restored, `was` has its unit instead of a place, since nothing has been drawn yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convdemo.receptive_field import (
    AnalysedStack,
    Measurement,
    ReceptiveField,
    StackError,
    format_stack,
)
from convdemo.stack_notation import StackReading, read_stack
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.picture.opening import PictureGoneError, open_picture
from convdemo.ui.receptive.input import as_network_sees
from convdemo.ui.receptive.scene import Pair, Scene, nearest_unit
from convdemo.ui.receptive.state import CONTROLS, STATE

_MIDDLE = (0.5, 0.5)


@dataclass(frozen=True, eq=False)
class Request:
    """A request, read.

    Attributes:
        scene: what is looked at.
        file: its photo as the browser finds it.
        place: where on the photo, as shares of its height and width.
        stem: what the names of files of this photo begin with.
        resized: whether the photo is the square that a network takes.
        model: the weights that the influence is measured with.
        draws: how often they are drawn.
        seed: where the draws come from.
        understood: what was understood of the text of the stack; "" for the lab's own way of writing.
    """

    scene: Scene
    file: Path | str
    place: tuple[float, float]
    stem: str
    resized: bool
    model: str
    draws: int
    seed: int
    understood: str

    @property
    def line(self) -> str:
        """The stack in one line."""
        return format_stack(self.scene.stack.layers)

    @property
    def compared_line(self) -> str:
        """The compared stack in one line, "" if there is none."""
        return format_stack(self.scene.compared.layers) if self.scene.compared else ""

    @property
    def query(self) -> str:
        """The part of the link that says the same."""
        scene = self.scene
        usual = nearest_unit(scene.field, _on_photo(_MIDDLE, scene.photo.size))
        state = {
            "stack": self.line,
            "compare": self.compared_line,
            "layer": 0 if scene.depth == len(scene.stack.layers) else scene.depth,
            "unit": None if scene.unit == usual else scene.unit,
            "resized": self.resized,
            "model": self.model,
            "draws": self.draws,
            "seed": self.seed,
        }
        return STATE.query(state)

    def plan_measurement(self) -> Measurement:
        """Plan to measure the influence of the pixels."""
        scene = self.scene
        return scene.stack.plan_measurement(scene.depth, scene.unit, self.model, self.draws, self.seed)


def read_request(
    given: Mapping[str, Any],
    *,
    reading: StackReading | None = None,
    unit_counts: bool = False,
    chosen: Pair | None = None,
) -> Request:
    """Read a request.

    Args:
        given: the values of the controls, `was`, and the reference of the shared picture, by name.
        reading: the stack, if it has been read already.
        unit_counts: whether the row and column of the unit are what was chosen last; else it is the place in `was`.
        chosen: the unit that was chosen last, on the photo.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    reading = reading or read_line(given["line"])
    layers = reading.layers
    try:
        picture = open_picture(given["picture"])
    except PictureGoneError as error:
        raise ValueError(str(error)) from error
    settings = STATE.check(given, ("layer", "resized", "model", "draws", "seed"))
    photo, file = as_network_sees(picture.photo) if settings["resized"] else (picture.photo, picture.file)
    stack, was = AnalysedStack(layers, photo.size), what_was(given)
    layer = settings.pop("layer")
    depth = min(layer, len(layers)) or len(layers)
    if layer == was.get("layers"):  # who looked from the deepest layer does so on
        depth = len(layers)
    field, unit = stack.fields[depth - 1], read_unit(was.get("unit"))
    if chosen:
        unit = chosen
    elif unit_counts:
        unit = tuple(place - 1 for place in CONTROLS.check(given, ("row", "column")).values())
    if unit is not None:
        place = _centre_of_nearest(field, unit)
    elif (pixel := read_unit(was.get("pixel"))) is not None:
        place = tuple(float(min(at, length) - 1) for at, length in zip(pixel, photo.size, strict=True))
    else:
        place = _on_photo(_read_place(was.get("place")), photo.size)
    return Request(
        Scene(photo, stack, depth, nearest_unit(field, place), _read_compared(given["other"], photo.size)),
        file,
        tuple((at + 0.5) / length for at, length in zip(place, photo.size, strict=True)),
        picture.stem,
        **settings,
        understood=reading.summary,
    )


def read_line(line: Any) -> StackReading:
    """Read the text of a stack, in any of the ways that people write them.

    Raises:
        StackError: what is wrong with it.
    """
    if not isinstance(line, str) or not line.strip():
        raise StackError(read_text("receptive")["empty"])
    return read_stack(line)


def what_was(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was answered last, if anything."""
    return given["was"] if isinstance(given["was"], Mapping) else {}


def is_answered(given: Mapping[str, Any], name: str) -> bool:
    """Return whether a text is the one that was answered last: a change that the server made is an event as well."""
    was = what_was(given)
    return name in was and was[name] == given[name]


def _read_compared(line: Any, size: Pair) -> AnalysedStack | None:
    if not isinstance(line, str) or not line.strip():
        return None
    try:
        return AnalysedStack(read_stack(line).layers, size)
    except StackError as error:
        raise StackError(read_text("receptive")["compared_problem"].format(problem=error)) from error


def read_unit(unit: Any) -> Pair | None:
    """Return a unit as a link and the photo tell it, (row, column) from 0; None for what is none."""
    match unit:
        case [int(row), int(column)] if row >= 0 and column >= 0:
            return row, column
    return None


def _centre_of_nearest(field: ReceptiveField, unit: Pair) -> tuple[float, float]:
    """Return the middle of what a unit sees; beyond the map it is the last one."""
    return field.centre(tuple(min(at, length - 1) for at, length in zip(unit, field.output_size, strict=True)))


def _read_place(place: Any) -> tuple[float, float]:
    """Return a place on the photo as shares of its height and width; what is none is the middle."""
    match place:
        case [int() | float() as row, int() | float() as column] if -9 < row < 9 and -9 < column < 9:
            return float(row), float(column)
    return _MIDDLE


def _on_photo(place: tuple[float, float], size: Pair) -> tuple[float, float]:
    return tuple(share * length - 0.5 for share, length in zip(place, size, strict=True))
