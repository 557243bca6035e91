"""Which picture does a link name? An example: a visitor's own photo is not part of a link."""

from convdemo.ui.state import State, choice

EXAMPLES = ("coffee", "camera", "chelsea", "astronaut", "brick", "rocket")
"""The example pictures by name, in the order of the page."""

STATE = State("", (choice("picture", EXAMPLES[0], EXAMPLES),), part="picture")
