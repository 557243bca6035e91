"""Pages that are watched: what their console says, what they ask of other hosts, and what is kept of a failure."""

import re
import shutil

from playwright.sync_api import Error, Page

from tests.serving import ROOT

FAILURES = ROOT / "test-failures"
"""Where screenshots and consoles of failed browser tests are kept; .gitignore names it."""


BROKEN_OFF = ("AbortError: signal is aborted", "Unexpected error Connection errored out")
"""What Gradio writes to the console when a page is left whose stream of answers is open.

It stays open, though all is answered, where an event was completed before Gradio had read the answer to its join: then
Gradio never forgets that event (`event_callbacks`).
"""


OF_THE_BROWSER = ("data:", "blob:", "about:")
"""How addresses begin of which no host is asked; Chromium tells now and then of the "about:blank" of a new frame."""


class Watched:
    """A page, with all that its console says and the problems that no visitor may cause."""

    def __init__(self, page: Page, address: str):
        self.page, self.console, self.problems = page, [], []
        self._is_left = False
        self._address = address
        page.on("console", lambda message: self._say(message.type, message.text, message.type == "error"))
        page.on("pageerror", lambda error: self._say("exception", str(error), True))
        page.on("request", lambda request: self._ask(request.url))
        page.on("framenavigated", lambda frame: self._arrive() if frame == page.main_frame else None)

    def _say(self, kind: str, text: str, is_problem: bool) -> None:
        self.console.append(f"{kind}: {text}")
        self._is_left |= text == "the page is left"
        if is_problem and not (self._is_left and text.startswith(BROKEN_OFF)):
            self.problems.append(text)

    def _arrive(self) -> None:
        self._is_left = False

    def _ask(self, url: str) -> None:
        if not url.startswith((f"{self._address}/", *OF_THE_BROWSER)):
            self._say("asked of another host", url, True)

    def unexpected(self, expected: list[str]) -> list[str]:
        """Return the problems so far that hold none of the expected words."""
        if not self.page.is_closed():
            self.page.evaluate("0")  # all that the console has said has arrived now
        return [problem for problem in self.problems if not any(words in problem for words in expected)]


def keep_evidence(test: str, pages: list[Watched]) -> str:
    """Keep a screenshot and the console of each page of a failed test; tell where they are."""
    folder = FAILURES / re.sub(r"[^\w.-]+", "-", test.removeprefix("tests/ui/")).strip("-")[:150]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, watched in enumerate(pages, start=1):
        console = "\n".join([watched.page.url, *watched.console])
        (folder / f"console-{number}.txt").write_text(console, encoding="utf-8")
        try:
            watched.page.screenshot(path=folder / f"page-{number}.png", full_page=True)
        except Error as error:  # it has been closed, or hangs
            (folder / f"page-{number}.txt").write_text(str(error), encoding="utf-8")
    return f"The page as it was, and its console: {folder.relative_to(ROOT)}/"
