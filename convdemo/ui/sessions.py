"""What does the server remember of a visit? Nothing: a request carries its whole state.

Gradio keeps for each visit the configuration of every component, and a new component for each update: with our pages
70 ms of work for each visitor who asks for anything, and 1 to 5 MB. So a session of ours lasts for one request.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from gradio import Blocks
from gradio.state_holder import SessionState, StateHolder


class RequestState(SessionState):
    """The components as they were built, and the one that Gradio has just updated: it asks for that once more.

    Args:
        page: what is served.
    """

    def __init__(self, page: Blocks) -> None:
        self.blocks_config = page.default_config
        self.config_values: dict[int, dict] = {}
        self.state_data: dict[int, Any] = {}
        self.is_closed = False
        self._updated: tuple[int | None, Any] = None, None

    def __getitem__(self, key: int) -> Any:
        """Return a component."""
        number, updated = self._updated
        return updated if key == number else self.blocks_config.blocks[key]

    def __setitem__(self, key: int, value: Any) -> None:
        """Remember a component until the next one is updated."""
        self._updated = key, value

    def _update_config(self, key: int) -> None:
        """Keep no configuration: only Gradio's "deep links" ask for one."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Keep no value either."""


class Sessions(StateHolder):
    """What Gradio asks for the session of a visit."""

    def __getitem__(self, session_id: str) -> RequestState:
        """Return a new one: nothing is kept."""
        return RequestState(self.blocks)


def forget_visits(page: Blocks) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return the lifespan of an app that serves the page and remembers no visit."""

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        app.state_holder = Sessions()
        app.state_holder.set_blocks(page)
        yield

    return lifespan
