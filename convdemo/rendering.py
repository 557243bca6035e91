"""How do signed numbers become a picture without lying?

A feature map is signed and has no natural range; a screen shows bytes. Something has to choose which number
gets which colour, and whoever chooses can mislead: clip the negative half away, or stretch every picture to
its own range and not say so. This module is the only place that makes the choice, and a picture never
leaves it without its legend.

There are four ways to choose (`DISPLAYS`):

- `"signed"`: blue below zero, white at zero, red above, on a scale that is symmetric about zero, so that
  equal strengths of either sign look equally strong;
- `"absolute"`: the strength alone, |value|, from white at zero to black, as a pencil draws edges;
- `"clipped"`: what photo programs do: below 0 is black, above 1 is white, and the sign is lost;
- `"marked"`: a picture that hides nothing: from black at 0 to white at 1, or in colour, and what lies outside is
  counted and has a colour of its own, blue below 0 and red above 1.
"""

import io
import math
import zlib
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from convdemo.numbers import format_number

SIGNED = "signed"
ABSOLUTE = "absolute"
CLIPPED = "clipped"
MARKED = "marked"
DISPLAYS = (SIGNED, ABSOLUTE, CLIPPED, MARKED)

# Cynthia Brewer's palettes, https://colorbrewer2.org: "RdBu" in 11 classes, turned round so that blue is
# negative, and "Greys" in 9. RdBu stays readable with every common colour blindness. Its middle class is
# #f7f7f7; here zero is exactly white. Greys carries no hue, so that a strength without a sign is never
# taken for a signed value.
_RED_BLUE = (
    *("#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0"),
    "#ffffff",
    *("#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f"),
)
_GREYS = ("#ffffff", "#f0f0f0", "#d9d9d9", "#bdbdbd", "#969696", "#737373", "#525252", "#252525", "#000000")
_PHOTO = ("#000000", "#ffffff")
_OUTSIDE = ("#2166ac", "#b2182b")  # below 0 and above 1, in a marked picture: RdBu's second and tenth class

SCALES = {SIGNED: _RED_BLUE, ABSOLUTE: _GREYS, "outside": _OUTSIDE}
"""The "#rrggbb" colours of the scales, evenly spaced, and those of a marked picture for what lies outside."""

_MARKED_GREYS = 254  # greys of a marked picture: a PNG's palette has 256 entries, and two are the marks
_HALF = 127  # steps from zero to either end of the signed scale; zero itself is entry 127
_ROUNDING = 1e-5  # an average of ones in float32 may be 1.000004: that is not outside 0 to 1
_SMALLEST, _LARGEST = 1e-45, float(np.finfo(np.float32).max)  # strengths that float32 can hold


def _rgb(colours: tuple[str, ...]) -> np.ndarray:
    """The bytes of "#rrggbb" colours, uint8 [colours, 3]."""
    return np.array([list(bytes.fromhex(colour.removeprefix("#"))) for colour in colours], np.uint8)


def _palette(stops: tuple[str, ...], entries: int) -> np.ndarray:
    """Straight lines in sRGB between evenly spaced stops, as in a CSS gradient; uint8 [entries, 3]."""
    rgb = _rgb(stops)
    positions = np.linspace(0, len(stops) - 1, entries)
    channels = [np.interp(positions, np.arange(len(stops)), channel) for channel in rgb.T]
    palette = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    palette.setflags(write=False)
    return palette


PALETTE = _palette(_RED_BLUE, 2 * _HALF + 1)
"""The signed palette, uint8 [255, 3], read-only: entry 0 is the most negative, 127 is zero and white, 254
the most positive. Values v and -v get entries equally far from 127."""

ABSOLUTE_PALETTE = _palette(_GREYS, 256)
"""The palette of strengths, uint8 [256, 3], read-only: from white at zero to black."""

PHOTO_PALETTE = _palette(_PHOTO, 256)
"""Grey as a photo shows it, uint8 [256, 3], read-only: from black at 0 to white at 1."""

MARKED_PALETTE = np.concatenate([_rgb(_OUTSIDE[:1]), _palette(_PHOTO, _MARKED_GREYS), _rgb(_OUTSIDE[1:])])
MARKED_PALETTE.setflags(write=False)
"""Marked grey, uint8 [256, 3], read-only: entry 0 is below 0, then 254 greys from black to white, 255 is above 1."""


def _cycle(entries: int) -> np.ndarray:
    """Once around the colours of one lightness and one chroma (0.72 and 0.12 in OKLCH); uint8 [entries, 3].

    OKLab and its matrices are Bjorn Ottosson's ("A perceptual color space for image processing", 2020).
    """
    hue = 2 * np.pi * np.arange(entries) / entries
    green_red, blue_yellow = 0.12 * np.cos(hue), 0.12 * np.sin(hue)
    cones = [
        (0.72 + part * green_red + other * blue_yellow) ** 3
        for part, other in (
            (0.3963377774, 0.2158037573),
            (-0.1055613458, -0.0638541728),
            (-0.0894841775, -1.2914855480),
        )
    ]
    to_red_green_blue = [
        (4.0767416621, -3.3077115913, 0.2309699292),
        (-1.2684380046, 2.6097574011, -0.3413193965),
        (-0.0041960863, -0.7034186147, 1.7076147010),
    ]
    linear = np.clip(np.array(to_red_green_blue) @ np.array(cones), 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    palette = np.rint(255 * srgb.T).astype(np.uint8)
    palette.setflags(write=False)
    return palette


CYCLE = _cycle(180)
"""The palette of directions, uint8 [180, 3], read-only: an entry for each degree of half a turn, where 180 is 0 again.
All are equally light, so that none looks stronger than another."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture, ready for a PNG file.

    `pixels` is uint8: [height, width] entries of `palette` (uint8 [entries, 3]), or [height, width, 3] RGB
    values where `palette` is None.
    """

    pixels: np.ndarray
    palette: np.ndarray | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self.pixels.shape[:2]

    @property
    def rgb(self) -> np.ndarray:
        """The colours, uint8 [height, width, 3]."""
        return self.pixels if self.palette is None else np.take(self.palette, self.pixels, axis=0)


@dataclass(frozen=True)
class Tick:
    """One number beside a legend: its value, how to write it, and where, from 0 (low end) to 1 (high end)."""

    value: float
    text: str
    position: float


@dataclass(frozen=True)
class Legend:
    """What the colours mean.

    The scale runs from `low` to `high` through `colours`, evenly spaced "#rrggbb" stops: a CSS gradient
    through them has the picture's own colours. Where the map goes beyond an end, that tick says so: "≥ 1.2".
    A marked picture has colours of its own for what lies below and above the scale instead: `outside`.
    """

    display: str
    low: float
    high: float
    colours: tuple[str, ...]
    ticks: tuple[Tick, ...]
    outside: tuple[str, str] | None = None


@dataclass(frozen=True, eq=False)
class Rendered:
    """A feature map drawn: its pictures, their one legend, and the range of the numbers that were drawn.

    One picture per channel, all on the same scale; a clipped or marked colour image is a single RGB picture.
    `minimum` and `maximum` are those of the feature map itself, whatever the display does with them. Of its
    values, in all channels, `below` lie below 0 and `above` above 1, by more than rounding: a marked picture
    marks these.
    """

    pictures: tuple[Picture, ...]
    legend: Legend
    minimum: float
    maximum: float
    below: int
    above: int


def to_picture(feature_map: np.ndarray, *, display: str = SIGNED, limit: float | None = None) -> Rendered:
    """Draws a feature map, or anything else that is signed: a kernel, the products in a window.

    Args:
        feature_map: real numbers of any range, [height, width] or [height, width, channels] with 1 or 3
            channels; drawn in float32.
        display: one of `DISPLAYS`; this module's docstring says what each shows.
        limit: the strength at the end of the scale, -limit to limit (signed) or 0 to limit (absolute).
            Values beyond it get the colour of the end, and the legend says so. None takes the largest
            strength in `feature_map`, over all channels. The clipped and the marked scale are always 0 to 1
            and have no limit.

    Returns:
        The pictures with their legend. All zeros give a white picture and a legend that says 0; a black one where
        the scale is 0 to 1. A marked pixel in colour is one of which any channel lies outside; red comes before blue.

    Raises:
        ValueError: a shape, a display or a limit that is none, or numbers that are not finite.

    >>> rendered = to_picture([[-2.0, 0.0, 1.0]])
    >>> rendered.pictures[0].rgb.tolist()
    [[[5, 48, 97], [255, 255, 255], [228, 129, 102]]]
    >>> [tick.text for tick in rendered.legend.ticks]
    ['−2', '0', '2']
    >>> to_picture([[-0.5, 0.0, 1.0, 1.5]], display=MARKED).pictures[0].rgb.tolist()
    [[[33, 102, 172], [0, 0, 0], [255, 255, 255], [178, 24, 43]]]
    """
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and refused below
        values = np.asarray(feature_map, np.float32)
    if values.ndim == 2:
        values = values[:, :, np.newaxis]
    if values.ndim != 3 or values.size == 0 or values.shape[2] not in (1, 3):
        raise ValueError(
            f"feature_map has shape {np.shape(feature_map)}: it must be [height, width] or "
            "[height, width, channels] with 1 or 3 channels, and at least one pixel"
        )
    minimum, maximum = float(values.min()), float(values.max())
    if not (math.isfinite(minimum) and math.isfinite(maximum)):
        count = np.count_nonzero(~np.isfinite(values))
        raise ValueError(
            f"feature_map holds {count} numbers of {values.size} that are not finite in float32 and have no place on "
            "a scale: look for a division by zero, or a run that diverged"
        )
    if display not in DISPLAYS:
        displays = ", ".join(map(repr, DISPLAYS))
        raise ValueError(f"display is {display!r}: it must be one of {displays}")
    if display in (CLIPPED, MARKED) and limit is not None:
        raise ValueError(f"limit is {limit}, but the {display} scale always runs from 0 to 1: leave limit out")
    if limit is not None and not _SMALLEST <= limit <= _LARGEST:
        raise ValueError(f"limit is {limit}: it must be finite and above 0, or None for the largest strength")

    below, above = values < -_ROUNDING, values > 1 + _ROUNDING
    largest = max(-minimum, maximum)
    limit = largest if limit is None else float(np.float32(limit))
    if display == SIGNED:
        indices, palette = np.rint(_HALF * _fraction(values, limit)) + _HALF, PALETTE
        legend = _legend(display, _RED_BLUE, (-limit, 0.0, limit), minimum, maximum)
    elif display == ABSOLUTE:
        indices, palette = np.rint(255 * _fraction(np.abs(values), limit)), ABSOLUTE_PALETTE
        legend = _legend(display, _GREYS, (0.0, limit), 0.0, largest)
    else:
        indices, palette = np.rint(255 * np.clip(values, 0, 1)), PHOTO_PALETTE
        legend = _legend(display, _PHOTO, (0.0, 1.0), minimum, maximum)
    if display == MARKED:
        legend = replace(_legend(display, _PHOTO, (0.0, 1.0), 0.0, 1.0), outside=_OUTSIDE)

    indices = indices.astype(np.uint8)
    if display == MARKED and (below.any() or above.any()):
        pictures = (_marked(indices, values, below, above),)
    elif display in (CLIPPED, MARKED) and indices.shape[2] == 3:
        pictures = (Picture(indices),)
    else:
        pictures = tuple(Picture(channel, palette) for channel in np.moveaxis(indices, 2, 0))
    return Rendered(pictures, legend, minimum, maximum, int(below.sum()), int(above.sum()))


def _marked(greys: np.ndarray, values: np.ndarray, below: np.ndarray, above: np.ndarray) -> Picture:
    """A picture from 0 to 1, as bytes and as numbers [height, width, 1 or 3], with what lies outside in its colours."""
    low, high = below.any(axis=2), above.any(axis=2)
    if greys.shape[2] == 1:  # two of the palette's entries are the marks, and 254 are left for the greys
        entries = 1 + np.rint((_MARKED_GREYS - 1) * np.clip(values[:, :, 0], 0, 1)).astype(np.uint8)
        entries[low], entries[high] = 0, _MARKED_GREYS + 1
        return Picture(entries, MARKED_PALETTE)
    pixels = greys.copy()
    pixels[low], pixels[high] = _rgb(_OUTSIDE)
    return Picture(pixels)


def to_directions(angle: np.ndarray, strength: np.ndarray, *, limit: float | None = None) -> Picture:
    """Draws directions: the hue is the angle, and what is weak is pale.

    Args:
        angle: [height, width] in degrees; 180 is 0 again.
        strength: [height, width], at least 0.
        limit: the strength from which on the colour is full. None takes the largest.

    Returns:
        The picture, in RGB. Where all is 0 it is white.

    >>> to_directions([[0.0, 90.0]], [[1.0, 0.0]]).pixels.tolist()
    [[[225, 131, 161], [255, 255, 255]]]
    """
    strength = np.asarray(strength, np.float32)
    limit = float(strength.max()) if limit is None else limit
    share = _fraction(strength, limit)[..., np.newaxis]
    colours = CYCLE[np.rint(np.asarray(angle)).astype(int) % len(CYCLE)]
    return Picture(np.rint(255 + share * (colours - np.float32(255))).astype(np.uint8))


def vivid_limit(feature_map: np.ndarray) -> float | None:
    """Returns a limit that lets the strongest 1 % of the responses saturate, so that the rest can be seen.

    On a photo a few strong edges set the largest value, and on a scale up to it all others are pale. The zeros of a map
    are no responses: in a sparse map they must not pull the limit down, nor may what rounding makes of them, as in the
    flat parts of a drawing. None where there is nothing but zeros.

    >>> vivid_limit(np.array([[0.0] * 300 + [-1.0] * 199 + [50.0]]))
    1.0
    """
    strengths = np.abs(np.asarray(feature_map, np.float32))
    strengths = strengths[strengths > _ROUNDING * strengths.max(initial=0)]
    return float(_percentile(strengths, 0.99)) if strengths.size else None


def _percentile(numbers: np.ndarray, share: float) -> np.float32:
    """The number above which no more than the rest of the share lies, as `np.percentile` with "lower" finds it.

    It is looked for among the largest only, in a third of the time; how large these are, some of all tell.
    """
    place = int((numbers.size - 1) * share)
    some = numbers[::16]
    doubled = int((some.size - 1) * (2 * share - 1))  # twice as many lie above
    largest = numbers[numbers >= np.partition(some, doubled)[doubled]]
    wanted = numbers.size - place
    if largest.size < wanted:  # some were not like all
        largest = numbers
    return np.partition(largest, largest.size - wanted)[largest.size - wanted]


def _fraction(values: np.ndarray, limit: float) -> np.ndarray:
    """`values` as fractions of the limit, in [-1, 1]; a blank map has limit 0 and is zero everywhere."""
    if limit == 0:
        return np.zeros_like(values)
    return np.clip(values, -limit, limit) / np.float32(limit)


def _legend(
    display: str, colours: tuple[str, ...], numbers: tuple[float, ...], minimum: float, maximum: float
) -> Legend:
    """The legend of a scale with evenly spaced `numbers`; what is drawn runs from minimum to maximum."""
    low, high = numbers[0], numbers[-1]
    if low == high:  # a blank map: 0 says it all, in the middle of a signed scale, at the start of the other
        return Legend(display, 0.0, 0.0, colours, (Tick(0.0, "0", 0.5 if display == SIGNED else 0.0),))
    ticks = []
    for step, number in enumerate(numbers):
        text = format_number(number)
        if number == low and minimum < low:
            text = f"≤ {text}"
        if number == high and maximum > high:
            text = f"≥ {text}"
        ticks.append(Tick(number, text, step / (len(numbers) - 1)))
    return Legend(display, low, high, colours, tuple(ticks))


def encode_png(picture: Picture) -> bytes:
    """The picture as a PNG file, lossless.

    With its palette a picture travels as one byte a pixel: a 1024x683 feature map is written in about 15 ms
    and 400 kB, against 100 ms and 1 MB as RGB. Compression stays at its quickest level: the slower ones
    save under 10 %. In a map of responses nothing is found again but runs: to look for no more takes 0.65 of the time,
    and 3 % fewer bytes. A picture of greys would have 12 % more.
    """
    is_map = picture.palette is PALETTE or picture.palette is ABSOLUTE_PALETTE
    image = Image.fromarray(picture.pixels)
    if picture.palette is not None:
        image.putpalette(picture.palette.tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1, compress_type=zlib.Z_RLE if is_map else zlib.Z_DEFAULT_STRATEGY)
    return file.getvalue()
