"""What does one table of a plan hold? Each value is checked once, and what is wrong is said with its line."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from convdemo.plans.lines import Lines, Path

_BARE = re.compile(r"[A-Za-z0-9_-]{1,40}")

ReadState = Callable[[str], Mapping[str, str | None]]
"""From a link's query to the values that it names, each as the lab writes it, None at its default; or ValueError."""


@dataclass(frozen=True)
class Table:
    """A table: the plan itself, a step, or a wrong answer.

    Attributes:
        values: what was read.
        lines: where it stood.
        read_state: reads links.
        faults: what was found wrong in the whole plan, as lines and sentences.
        place: the way to it.
    """

    values: Mapping[str, Any]
    lines: Lines
    read_state: ReadState
    faults: list[tuple[int, str]] = field(default_factory=list)
    place: Path = ()

    def fault(self, key: str, sentence: str) -> None:
        """Note that something is wrong."""
        self.faults.append((self.lines.of(*self.place, key), sentence))

    def know(self, keys: Collection[str]) -> None:
        """Note keys that mean nothing here."""
        for key in self.values:
            if key not in keys:
                told = key if _BARE.fullmatch(key) else _shown(key)
                self.fault(key, f"{told} means nothing here: write one of {', '.join(keys)}, or take it away")

    def text(self, key: str, most: int, *, default: str | None = None) -> str:
        """Return a text of at most so many characters, without line ends; "" if it is wrong."""
        value = self.values.get(key, default)
        if value is None:
            self.fault(key, f'{key} is missing: write {key} = "…"')
        elif not isinstance(value, str):
            self.fault(key, f"{key} is {_shown(value)}, but must be a text: write it in quotes")
        elif not _is_seen(text := " ".join(value.split())) and default is None:
            self.fault(key, f"{key} is empty: write a sentence")
        elif len(text) > most:
            self.fault(key, f"{key} has {len(text)} characters, but at most {most} fit: make it shorter")
        else:
            return text
        return ""

    def number(self, key: str, default: float | None = None) -> float:
        """Return a finite number; 0 if it is wrong."""
        value = self.values.get(key, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and abs(value) <= 1e15 and math.isfinite(value):
            return float(value)
        self.fault(key, f"{key} is {_shown(value)}, but must be a number: write one such as {key} = 14")
        return 0.0

    def state(self, key: str) -> Mapping[str, str | None]:
        """Return the values that a link names, by their names."""
        query = self.text(key, 2000, default="").removeprefix("/").removeprefix("?")
        if "://" in query.partition("=")[0]:
            self.fault(key, f"{key} is a whole address: write only what stands after its question mark")
            return {}
        try:
            return self.read_state(query)
        except ValueError as error:
            self.fault(key, f"{key} is no link of the lab: {error}")
            return {}

    def tables(self, key: str, most: int) -> list["Table"]:
        """Return the tables of a list, [[key]]."""
        values = self.values.get(key, [])
        header = f"[[{'.'.join(part for part in (*self.place, key) if isinstance(part, str))}]]"
        if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
            self.fault(key, f"{key} must be a list of tables: begin each with {header} on a line of its own")
            return []
        if len(values) > most:
            self.fault(key, f"there are {len(values)} of {header}, but at most {most} are read: take some away")
        return [
            Table(value, self.lines, self.read_state, self.faults, (*self.place, key, number))
            for number, value in enumerate(values[:most])
        ]

    def texts(self, key: str, least: int, most: int) -> tuple[str, ...]:
        """Return a list of different short texts; none if it is wrong."""
        value = self.values.get(key)
        is_list = isinstance(value, list) and all(
            isinstance(text, str) and len(text) <= 200 and _is_seen(text) for text in value
        )
        if is_list and least <= len(value) <= most and len({" ".join(text.split()) for text in value}) == len(value):
            return tuple(value)
        self.fault(key, f'{key} must be {least} to {most} different texts: write {key} = ["one", "another"]')
        return ()


def _is_seen(text: str) -> bool:
    """Tell whether a text has a sign that can be seen."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return "a number of thousands of digits"
    return text if len(text) <= 40 else f"{text[:40]}…"
