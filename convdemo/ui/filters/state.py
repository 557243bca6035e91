"""What can be set of the bank, of what filters are learned from, and which filter is chosen?"""

from convdemo.filters import COUNTS, MAX_ORIENTATIONS, SIDES
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import State, choice, several, whole

_CALLED = read_text("filters")["called"]

WAVELENGTHS, PHASES = (3, 4, 5, 6, 7, 8, 9), (0, 45, 90, 135)
"""What a bank can be made of: wavelengths in pixels, phases in degrees."""

MAX_BANK = 64
"""The most filters of a bank, and the most orientations times wavelengths times phases."""

SOURCES = ("photos", "photo")
"""What filters are learned from: all example photos, or the shared picture."""

SETS = ("learned", "network")
"""Where a filter that is chosen comes from."""

MAX_SEED = 999_999_999
"""The largest seed of a random start."""

STATE = State(
    "filters",
    (
        whole("orientations", 8, 2, MAX_ORIENTATIONS),
        several("wavelengths", (4, 8), WAVELENGTHS),
        several("phases", (0, 90), PHASES),
        whole("filter", 17, 1, MAX_BANK, called=_CALLED["filter"]),
        whole("wave", 6, WAVELENGTHS[0], WAVELENGTHS[-1], called=_CALLED["wave"]),
        choice("source", "photos", SOURCES),
        choice("count", 64, COUNTS),
        whole("side", 12, *SIDES),
        whole("seed", 0, 0, MAX_SEED),
        choice("from", "learned", SETS),
        whole("pick", 1, 1, COUNTS[-1], called=_CALLED["pick"]),
    ),
)
