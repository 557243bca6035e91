"""Whose turn is it? Tests run side by side in several processes, but for those that must be alone."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def in_turn(path: Path, *, alone: bool) -> Iterator[None]:
    """Wait for those that must be alone, and if `alone` for all others.

    Who waits holds the gate, so that nobody else can begin before it has had its turn.

    Args:
        path: of two files that all processes share, without their suffixes.
        alone: whether nothing may run beside what runs inside.
    """
    with path.with_suffix(".gate").open("w") as gate, path.with_suffix(".turn").open("w") as turn:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(turn, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
