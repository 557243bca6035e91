"""What can be set on the Feature map tab itself? The picture, the kernel and the layer are shared."""

from convdemo.ui.state import State, place

STATE = State("", (place("cell", None, 1, 9_999),), part="feature_map")
"""`cell` is the value of the map that is kept, counted from 1, None if none; beyond the map the nearest counts."""
