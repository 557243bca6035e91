"""How does the log tell of what happens again and again, so that nobody fills it?"""

import logging
import time

_MINUTE = 60.0


class AtMost(logging.Filter):
    """A filter of a log that lets through so many warnings and errors a minute; the next line says how many were not.

    Args:
        lines: how many.
    """

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._most = lines
        self._since, self._count = time.monotonic(), 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line may be written."""
        if record.levelno < logging.WARNING:
            return True
        now, left_out = time.monotonic(), 0
        if now - self._since > _MINUTE:
            left_out = max(0, self._count - self._most)
            self._since, self._count = now, 0
        self._count += 1
        if left_out:
            record.msg = f"(+{left_out}) {record.msg}"
        return self._count <= self._most
