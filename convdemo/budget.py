"""How much memory may work take that many can ask for at the same time?"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class BusyError(RuntimeError):
    """There was no room in time."""


class Budget:
    """Memory that is shared by all threads of the process.

    Args:
        limit: how much there is, in bytes.
        patience: how long somebody waits for room, in seconds.
    """

    def __init__(self, limit: int, patience: float) -> None:
        self.limit, self.patience = limit, patience
        self._free = limit
        self._changed = threading.Condition()

    @contextmanager
    def room(self, needed: int) -> Iterator[None]:
        """Wait until there is room, and hold it while the block runs; more than all is as good as all.

        Args:
            needed: bytes.

        Raises:
            BusyError: others held it for too long.

        >>> budget = Budget(100, patience=0.01)
        >>> with budget.room(70), budget.room(40):
        ...     pass
        Traceback (most recent call last):
        ...
        convdemo.budget.BusyError: 40 bytes were not free within 0.01 s
        >>> with budget.room(200):  # the room is back, all of it
        ...     budget._free
        0
        """
        taken = min(needed, self.limit)
        with self._changed:
            if not self._changed.wait_for(lambda: taken <= self._free, self.patience):
                raise BusyError(f"{needed} bytes were not free within {self.patience:g} s")
            self._free -= taken
        try:
            yield
        finally:
            with self._changed:
                self._free += taken
                self._changed.notify_all()
