"""How is a lesson shown inside another page?"""

from convdemo.ui.state import State, choice

STATE = State(
    "",
    (
        choice("embed", 0, (0, 1)),
        choice("controls", "all", ("all", "kernel", "none")),
        choice("panel", 0, (0, 1)),
        choice("theme", "auto", ("auto", "light", "dark")),
    ),
    part="embed",
)
