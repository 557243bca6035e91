"""When is a tab drawn?

When it is opened, if it has not been drawn yet or what it shows has changed since; and while it is on screen, when the
shared picture changes, as nothing else of another part of the page can change then. A tab that nobody has opened costs
neither work nor pictures: it is not even part of the page that is sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

RESTORED = -1
"""What `opened` becomes when the link has been restored: the visitor may have been quicker to open the tab."""


@dataclass(frozen=True)
class Following:
    """What a tab that follows the rest of the page needs to know.

    Attributes:
        name: its name in links.
        screen: holds the name of the tab that is on screen.
        opened: counts up when the tab is opened; with `screen`, so that no change can fall in between.
        drawn: the data that the tab was drawn from; empty until it has been opened, and again when a link was restored.
    """

    name: str
    screen: gr.Textbox
    opened: gr.Number
    drawn: gr.JSON

    @property
    def restored(self) -> tuple[gr.JSON, gr.Number]:
        """What an event that restores a link sets: the data that it drew the tab from, if any, and `RESTORED`."""
        return self.drawn, self.opened

    def connect(
        self,
        draw: Callable[..., tuple[Any, ...]],
        request: Sequence[gr.Component],
        results: Sequence[gr.Component],
        *,
        first: Callable[..., tuple[Any, ...]] | None = None,
        data: int = 1,
        **options: Any,
    ) -> None:
        """Draw the tab whenever it is on screen and was not drawn from the data that there are.

        Args:
            draw: draws it.
            first: draws it for the first time, if that is another thing.
            request: what `draw` takes; first the data of other parts of the page, the shared picture before all.
            results: what `draw` returns updates of, the header last. Pictures and words are pale until they arrive.
            data: how many of the request these data are.
            options: settings of the event.
        """
        pictures = [place for place in results[:-1] if isinstance(place, gr.HTML | gr.Image)]
        gr.on(
            [self.opened.change, request[0].input],
            partial(draw_if_due, self.name, draw, first or draw, data, len(results)),
            [self.screen, self.drawn, *request],
            [*results, self.drawn],
            **options | {"show_progress": "minimal", "show_progress_on": pictures},
        )


def follow_as(name: str, screen: gr.Textbox) -> Following:
    """Add what a tab needs to follow the page."""
    return Following(name, screen, gr.Number(0, visible="hidden"), gr.JSON([], visible=False))


def draw_if_due(
    name: str,
    draw: Callable[..., tuple[Any, ...]],
    first: Callable[..., tuple[Any, ...]],
    data: int,
    places: int,
    screen: str,
    drawn: Any,
    *request: Any,
) -> tuple[Any, ...]:
    """Return what `draw` or `first` answers and the data that it was drawn from; or nothing, in as many places."""
    now = list(request[:data])
    if screen != name or drawn == now:
        return tuple(gr.skip() for _ in range(places + 1))
    return *(draw if drawn else first)(*request), now
