"""The page as a visitor uses it, for tests and benchmarks in a real browser."""

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from PIL import Image
from playwright.sync_api import Locator, Page, Request, Route

from tests.serving import HANG

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
"""Options of a page on a phone."""

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
"""Options of a page that may read and write the clipboard."""


LOADING: WeakKeyDictionary[Page, set[Request]] = WeakKeyDictionary()
"""The scripts, styles and pictures that each page is loading."""


def watch_loading(page: Page) -> None:
    """Keep in `LOADING` what the page is loading from now on."""
    loading = LOADING[page] = set()
    kinds = ("script", "stylesheet", "image")
    page.on("request", lambda request: loading.add(request) if request.resource_type in kinds else None)
    page.on("requestfinished", lambda request: loading.discard(request))
    page.on("requestfailed", lambda request: loading.discard(request))


def settle(page: Page) -> None:
    """Wait until all that the page asked for is answered and loaded, and nothing more is asked (in_flight.js).

    A page that is left earlier breaks its requests off, which Gradio writes to the console as errors.
    """
    while True:
        page.evaluate("milliseconds => window.inFlight.settled(milliseconds)", 1000 * HANG)
        if not LOADING[page]:
            return
        page.wait_for_function("() => true")  # lets what the browser says of its requests arrive


def ready(control: Locator) -> Locator:
    """Wait until a control that is just shown keeps what is typed into it, and return it.

    What a section or a tab holds is mounted when it is first opened. Gradio then waits for two ticks and a frame, which
    take their time on a busy machine, and sets all of it once more, to the values that it was built with. `fill` and
    `focus` wait for no frame: what they typed before was gone. (`click` and `check` wait until nothing moves.)
    """
    control.wait_for()
    control.page.evaluate("() => window.inFlight.frames(4)")
    return control


def stop_clock(page: Page) -> None:
    """Stop the time of a fresh page: from now on it passes only as far as `page.clock` is told to run.

    The clock is that of the whole context.
    """
    page.clock.install(time=0)
    page.clock.pause_at(1)


class Held:
    """Requests to an address, held back until they are let go."""

    def __init__(self, page: Page, address: str) -> None:
        self.routes: list[Route] = []
        self.is_open = False
        page.route(address, self._take)

    def _take(self, route: Route) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        """Lets them go on, and all later ones."""
        self.is_open = True
        for route in self.routes:
            route.continue_()


class Lab:
    """The page as a visitor uses it."""

    def __init__(self, page: Page, address: str):
        self.page, self.address = page, address
        page.add_init_script(path=Path(__file__).with_name("in_flight.js"))
        watch_loading(page)

    def open(self, query: str = "", lesson: str = "") -> "Lab":
        """Open the lab, or a lesson's own page, which costs half as much, and wait until it has followed the link."""
        self.page.goto(f"{self.address}/{lesson}{query}")
        self.wait_until_open()
        return self

    def reload(self) -> None:
        """Load the page again when all is answered, and wait until it has followed the link."""
        settle(self.page)
        self.page.reload()
        self.wait_until_open()

    def wait_until_open(self) -> None:
        """Wait until the widgets are there, and what a visit asks for has been answered."""
        if urlsplit(self.page.url).path in ("/", "/feature_map"):
            self.page.wait_for_selector(".lab-figure [data-version]", state="attached")
            self.page.wait_for_selector(".lab-kernel [data-mounted]", state="attached")
        self.page.wait_for_selector(".lab-picture [data-mounted]", state="attached")  # Step by step has no use for it
        # A visit asks what its link says, if there is one (settings of the host are none), a lesson's own page always.
        asks = "() => location.pathname === '/' && !/[?&](?!__)/.test(location.search) || window.inFlight.hasAsked()"
        self.page.wait_for_function(asks)
        settle(self.page)

    @property
    def version(self) -> int:
        """How many feature maps have been drawn."""
        return int(self.page.locator(".lab-figure [data-version]").get_attribute("data-version"))

    @contextmanager
    def redraw(self) -> Iterator[None]:
        """What happens inside must lead to a new feature map."""
        before = self.version
        yield
        self.page.wait_for_function(
            "before => Number(document.querySelector('.lab-figure [data-version]').dataset.version) > before",
            arg=before,
        )

    def pick(self, name: str) -> None:
        """Pick a kernel from the menu."""
        self.page.click(".menu-button")
        self.page.click(f'.menu-list [data-name="{name}"]')

    def cell(self, row: int, column: int) -> Locator:
        """The cell in this row and column, counted from 1."""
        return self.page.locator(f'.kernel-panel .grid [data-row="{row - 1}"][data-column="{column - 1}"]')

    def cells(self) -> list[list[str]]:
        """The exact weights in the grid."""
        exact = self.page.eval_on_selector_all(
            ".kernel-panel .grid input", "cells => cells.map(cell => [cell.dataset.row, cell.dataset.exact])"
        )
        rows: dict[str, list[str]] = {}
        for row, text in exact:
            rows.setdefault(row, []).append(text)
        return list(rows.values())

    def text(self, selector: str) -> str:
        """The text of an element."""
        return self.page.locator(selector).inner_text()

    @property
    def caption(self) -> str:
        """The line under the feature map."""
        return self.text(".figure-panel .caption")

    def has_caption(self, part: str) -> None:
        """Wait until the line under the feature map has this in it."""
        self.page.locator(".figure-panel .caption", has_text=part).wait_for()

    def linked(self, piece: str) -> None:
        """Wait until the address of the page holds this."""
        self.page.wait_for_function("piece => location.search.includes(piece)", arg=piece)

    def pixels(self, selector: str = ".figure-panel .pictures img") -> Image.Image:
        """A picture as the browser has it."""
        png = self.page.eval_on_selector(
            selector,
            """async image => {
                await image.decode();
                const canvas = document.createElement("canvas");
                canvas.width = image.naturalWidth;
                canvas.height = image.naturalHeight;
                canvas.getContext("2d").drawImage(image, 0, 0);
                return canvas.toDataURL("image/png").split(",")[1];
            }""",
        )
        return Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
