"""How is the lab? For whoever watches over it: `/health` answers without a queue, a thread or a file."""

import os
import threading
import time
from pathlib import Path
from typing import Any

from gradio import Blocks
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from convdemo import VERSION

_MEMORY = Path("/proc/self/statm")  # in pages; elsewhere than on Linux there is none


class Health:
    """What is told of a page that is served.

    Args:
        page: the page; its queue holds what is waiting for its turn.

    Attributes:
        is_ready: set when the first visitors need not wait for compilers any more.
    """

    def __init__(self, page: Blocks) -> None:
        self.is_ready = threading.Event()
        self._page = page
        self._since = time.monotonic()

    def tell(self) -> dict[str, Any]:
        """Return "status", "version", "uptime" in seconds, how much is in the "queue", and "memory" in MB.

        The status is "ready" or "warming"; the memory is None where the system does not say.
        """
        return {
            "status": "ready" if self.is_ready.is_set() else "warming",
            "version": VERSION,
            "uptime": round(time.monotonic() - self._since, 1),
            "queue": len(self._page._queue),
            "memory": _memory(),
        }

    @property
    def route(self) -> Route:
        """The address `/health`, with status 503 until the lab is ready."""

        async def answer(_request: Request) -> JSONResponse:
            told = self.tell()
            return JSONResponse(told, 200 if told["status"] == "ready" else 503, {"Cache-Control": "no-store"})

        return Route("/health", answer)


def _memory() -> float | None:
    try:
        pages = int(_MEMORY.read_text().split()[1])
    except OSError:
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
