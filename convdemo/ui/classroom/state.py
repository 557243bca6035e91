"""Is a lesson shown to a whole class?"""

from convdemo.ui.state import State, choice

STATE = State("", (choice("present", 0, (0, 1)),), part="classroom")
