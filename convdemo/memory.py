"""How does the memory of a process stay small that works for long, in many threads?

glibc gives threads heaps of their own, up to eight a core, and what is freed in one is of no use to the others; and it
keeps what is free between things that are still there. With other C libraries nothing of this is done.
"""

import contextlib
import ctypes
import threading

_M_ARENA_MAX = -8  # malloc.h
_HEAPS = 2
_EVERY = 20  # seconds


def give_back() -> None:
    """Give memory that is free back to the system."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def stay_small() -> None:
    """Let all threads share two heaps, and give back what is free from time to time, as long as the process lives."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)

    def trim() -> None:
        while not threading.Event().wait(_EVERY):
            give_back()

    threading.Thread(target=trim, daemon=True).start()
