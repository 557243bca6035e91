"""What is told of each event, for an operator who asks for it?

One line of JSON an event: the time, which event, how long its function worked, and how much it answered; no address, no
picture, nothing that a visitor typed. CONVDEMO_EVENTS=1 asks for it.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any


def _is_asked_for() -> bool:
    return os.environ.get("CONVDEMO_EVENTS", "0") != "0"


class Entry:
    """An event that is being answered."""

    def __init__(self) -> None:
        self.bytes = 0

    def answered(self, values: Any) -> Any:
        """Count what is answered, as it would travel; the same values."""
        if _is_asked_for():
            self.bytes += len(json.dumps(values, default=str))
        return values


@contextmanager
def noted(event: str) -> Iterator[Entry]:
    """Write a line about an event on the standard output when the block is left."""
    began, entry = time.perf_counter(), Entry()
    try:
        yield entry
    finally:
        if _is_asked_for():
            when = datetime.now(UTC).isoformat(timespec="milliseconds")
            milliseconds = round(1000 * (time.perf_counter() - began), 1)
            line = json.dumps({"time": when, "event": event, "ms": milliseconds, "bytes": entry.bytes})
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
