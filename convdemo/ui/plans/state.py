"""Which lesson plan is open, and at which step?"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from convdemo.hub import opened_course
from convdemo.plans import MAX_STEPS, OWN_PLANS
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import State, choice, whole

FILES: Mapping[str, Path] = MappingProxyType({**OWN_PLANS, **opened_course().plans})
"""The files of all plans, the lab's own first, by their names."""

_NAMES = replace(
    choice("lesson", "", FILES),
    values=read_text("plans")["values"].format(names=", ".join(f"`{name}`" for name in OWN_PLANS)),
)

STATE = State("lesson", (_NAMES, whole("step", 1, 1, MAX_STEPS)), part="plans")
"""The plan, "" for none, and its step, counted from 1."""
