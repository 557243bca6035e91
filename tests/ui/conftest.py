"""A served lab and a real Chromium; every page is watched for errors and for requests that leave the machine."""

import base64
import io
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, sync_playwright

from tests.ui.chromium import MISSING, find_chromium

# A run in the background ignores Ctrl-C, and would hand that down to the labs that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """Runs `python app.py` as a visitor's host would, with its files in `folder`; yields its address and process."""
    port = free_port()
    environment = os.environ | {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "files"),
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            if process.poll() is not None:
                break
            try:
                urllib.request.urlopen(address, timeout=5).close()
            except urllib.error.HTTPError as error:
                error.close()
                time.sleep(0.5)
            except OSError:
                time.sleep(0.5)
            else:
                yield address, process
                return
        pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """What the server writes to."""
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="session")
def uploads(folder) -> Path:
    """Where the server keeps uploads."""
    return folder / "files"


@pytest.fixture(scope="session")
def address(folder) -> Iterator[str]:
    """Where the lab is served for the whole run."""
    with serving(folder) as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium with a camera that shows a test pattern. None on the machine is a failure, not a skip."""
    path = find_chromium()
    if path is None:
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


class InFlight:
    """What a page has asked for and not been answered yet, and since when nothing has moved."""

    def __init__(self, page: Page):
        self.open, self.moved = set(), time.monotonic()
        page.on("request", lambda request: self._move(self.open.add, request))
        page.on("requestfinished", lambda request: self._move(self.open.discard, request))
        page.on("requestfailed", lambda request: self._move(self.open.discard, request))

    def _move(self, act, request: Request) -> None:
        if "/heartbeat/" not in request.url:  # Gradio's sign of life, which goes on for ever
            act(request)
            self.moved = time.monotonic()


IN_FLIGHT: dict[Page, InFlight] = {}


def settle(page: Page) -> None:
    """Waits until all is answered and nothing is asked for a second: all tabs follow a new picture or link.

    Gradio may keep a stream of answers open that has none to bring: five seconds without a move are the end of it.
    A page that is left earlier breaks its requests off, which Gradio writes to the console as errors.
    """
    in_flight = IN_FLIGHT[page]
    while time.monotonic() - in_flight.moved < (5 if in_flight.open else 1):
        page.wait_for_timeout(100)


class Lab:
    """The page as a visitor uses it."""

    def __init__(self, page: Page, address: str):
        self.page, self.address = page, address

    def open(self, query: str = "") -> "Lab":
        """Opens the lab and waits until it has a feature map, be it on another tab."""
        self.page.goto(f"{self.address}/{query}")
        self.page.wait_for_selector(".lab-figure [data-version]", state="attached")
        self.page.wait_for_selector(".lab-kernel [data-mounted]", state="attached")
        self.page.wait_for_selector(".lab-picture [data-mounted]")
        return self

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
        """Picks a kernel from the menu."""
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


@pytest.fixture
def open_lab(browser, address, request) -> Iterator:
    """Opens labs in pages of their own. In the end: no console error, no exception, nothing asked of another host.

    A test that breaks the network itself names, by indirect parametrization, what the browser says of that.
    """
    expected = getattr(request, "param", ())
    problems: list[str] = []
    contexts = []

    def is_foreign(url: str) -> bool:
        return not url.startswith((f"{address}/", "data:", "blob:"))

    def open_page(query: str = "", **options) -> Lab:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        IN_FLIGHT[page] = InFlight(page)
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: problems.append(request.url) if is_foreign(request.url) else None)
        return Lab(page, address).open(query)

    yield open_page
    for context in contexts:
        for page in context.pages:
            page.evaluate("0")  # all that the console has said has arrived now
    unexpected = [problem for problem in problems if not any(words in problem for words in expected)]
    for context in contexts:
        context.close()  # this breaks requests off, which Gradio calls errors
    IN_FLIGHT.clear()
    assert unexpected == []
