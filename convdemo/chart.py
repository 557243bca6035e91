"""How is a curve drawn that fits every screen?

A chart is an SVG, of the macro "chart" in showing.html: its lines stretch with the page, its words keep their size.
(Gradio shows Vega charts at a fixed width, which a phone cuts off.)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from convdemo.numbers import format_number
from convdemo.showing import fill

HEIGHT = 190
"""Of the plot, in pixels; the words of the horizontal axis stand below it."""

_MOST_DOTS = 40  # more stand too close to be told apart
_ROUND = (1, 2, 5, 10)


@dataclass(frozen=True)
class Line:
    """One line of a chart: (x, y) points from left to right, and what it is called at its end."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str = "#4f46e5"
    is_dashed: bool = False


def draw_lines(lines: Sequence[Line], *, x_title: str, y_title: str, x_range: tuple[float, float], log: bool) -> str:
    """Return a chart of lines as SVG.

    Args:
        lines: at least one with a point; points that are not finite, or not above 0 on a log scale, are left out.
        x_title: what runs to the right, in words.
        y_title: what runs upwards, in words.
        x_range: the ends of the horizontal axis, on which things are counted: it has whole numbers only.
        log: whether the vertical axis has a log scale.
    """

    def shown(line: Line) -> list[tuple[float, float]]:
        return [(x, y) for x, y in line.points if math.isfinite(y) and (y > 0 or not log)]

    heights = [y for line in lines for _, y in shown(line)] or [1.0]
    ticks = decades(min(heights), max(heights)) if log else even_ticks(min(0.0, *heights), max(heights) or 1.0)
    low, high = (math.log10(end) if log else end for end in (ticks[0], ticks[-1]))
    left, right = x_range

    def place(x: float, y: float) -> tuple[float, float]:
        share = ((math.log10(y) if log else y) - low) / (high - low)
        return round(100 * (x - left) / max(right - left, 1e-9), 3), round(HEIGHT * (1 - share), 2)

    return fill(
        "chart",
        height=HEIGHT,
        x_title=x_title,
        y_title=y_title,
        log=log,
        y_ticks=[(format_number(tick), place(left, tick)[1]) for tick in (ticks if len(ticks) < 9 else ticks[::2])],
        x_ticks=[
            (format_number(tick), place(tick, ticks[0])[0])
            for tick in even_ticks(left, right)
            if left <= tick <= right and tick.is_integer()
        ],
        lines=[
            {
                "name": line.name,
                "colour": line.colour,
                "dashed": line.is_dashed,
                "path": " ".join(f"{10 * x:g},{y:g}" for x, y in (place(*point) for point in shown(line))),
                "dots": [
                    (*place(x, y), f"{x_title} {format_number(x)}, {y_title} {format_number(y)}")
                    for x, y in shown(line)
                ]
                if len(line.points) <= _MOST_DOTS and not line.is_dashed
                else [],
                "end": place(*shown(line)[-1]) if shown(line) else None,
            }
            for line in lines
        ],
    )


def decades(low: float, high: float) -> list[float]:
    """Return powers of ten from below low to above high, at least two.

    >>> decades(0.02, 5)
    [0.01, 0.1, 1.0, 10.0]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def even_ticks(low: float, high: float) -> list[float]:
    """Return round numbers, four to nine, from at most low to at least high.

    >>> even_ticks(0, 43)
    [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]
    """
    span = max(high - low, 1e-9)
    unit = 10.0 ** math.floor(math.log10(span / 4))
    step = unit * max(size for size in _ROUND if unit * size <= span / 4)
    return [step * count for count in range(math.floor(low / step), math.ceil(high / step) + 1)]
