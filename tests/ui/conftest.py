"""A real Chromium and pages of the served lab, watched for errors and for requests that leave the machine.

A module has one browser context for each set of options: its cache stays warm, and all else that a page can leave
behind is cleared before the next one. A test that is about a first visit asks for a cold one.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.serving import HANG
from tests.ui.chromium import FLAGS, MISSING, find_chromium
from tests.ui.lab import Lab
from tests.ui.step import Step
from tests.ui.watched import Watched, keep_evidence

LEFT_BEHIND = "cookies,local_storage,indexeddb,cache_storage,service_workers,file_systems"
WATCHED = pytest.StashKey[list[Watched]]()

expect.set_options(timeout=1000 * HANG)  # 5 s are short on a busy machine


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


@pytest.fixture(scope="module")
def contexts(browser) -> Iterator[defaultdict[str, list[BrowserContext]]]:
    """The warm contexts of a module by their options: as many of each as a test has pages at once.

    A second page in a context would put the first one into the background, where nothing is drawn.
    """
    contexts: defaultdict[str, list[BrowserContext]] = defaultdict(list)
    yield contexts
    for context in chain(*contexts.values()):
        context.close()


@pytest.fixture
def new_page(browser, contexts, lab, request) -> Iterator:
    """Opens blank pages. In the end: no console error, no exception, nothing asked of another host.

    A test that breaks the network itself names what the browser says of that: `browser_says`.
    """
    pages = request.node.stash.setdefault(WATCHED, [])
    fresh: list[BrowserContext] = []

    def open_page(*, is_fresh: bool = False, **options) -> Page:
        """is_fresh: in a context of its own, with a cold cache, and a clock that may be stopped."""
        options = {"viewport": {"width": 1280, "height": 800}} | options
        known = fresh if is_fresh else contexts[json.dumps(options, sort_keys=True)]
        context = None if is_fresh else next((context for context in known if not context.pages), None)
        if context is None:
            context = browser.new_context(**options)
            context.set_default_timeout(1000 * HANG)
            known.append(context)
        page = context.new_page()
        clear = {"origin": lab.address, "storageTypes": LEFT_BEHIND}
        context.new_cdp_session(page).send("Storage.clearDataForOrigin", clear)
        pages.append(Watched(page, lab.address))
        return page

    yield open_page
    expected = [words for marker in request.node.iter_markers("browser_says") for words in marker.args]
    unexpected = [problem for watched in pages for problem in watched.unexpected(expected)]
    kept = keep_evidence(request.node.nodeid, pages) if unexpected else ""
    for watched in pages:
        watched.page.close()
        watched.page.context.set_offline(False)
    for context in fresh:
        context.close()
    pages.clear()
    assert unexpected == [], kept


@pytest.fixture
def open_lab(new_page, lab):
    """Opens labs, or lessons' own pages."""

    def open_page(query: str = "", lesson: str = "", **options) -> Lab:
        return Lab(new_page(**options), lab.address).open(query, lesson)

    return open_page


@pytest.fixture
def open_step(open_lab):
    """Opens the lesson's own page."""
    return lambda **options: Step(open_lab("?stride=1", "step", **options))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    pages = item.stash.get(WATCHED, [])
    if report.failed and pages:
        report.sections.append(("browser", keep_evidence(item.nodeid, pages)))
    return report
