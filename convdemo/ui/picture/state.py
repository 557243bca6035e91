"""Which picture does a link name? An example: a visitor's own photo is not part of a link."""

from convdemo.course import title_of
from convdemo.hub import opened_course
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import State, choice

_TITLES = read_text("picture")["example_names"]

COURSE = opened_course().pictures
"""The files of the pictures that a course brings along, by name."""

EXAMPLES = (*_TITLES, *COURSE)
"""The example pictures by name, in the order of the page: the lab's own, then those of a course."""


def example_title(name: str) -> str:
    """Return what an example is called."""
    return _TITLES.get(name) or title_of(name)


STATE = State("", (choice("picture", EXAMPLES[0], EXAMPLES),), part="picture")
