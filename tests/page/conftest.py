"""The page as it is built, for tests without a browser."""

import pytest

from convdemo.ui.page import build_page
from tests.page.request import run_async


@pytest.fixture(scope="module")
def page():
    async def build():  # Gradio opens a loop for itself where none runs, and does not close it
        return build_page()[0]

    built = run_async(build())
    built.has_launched = True  # Gradio lets an app that has not been launched read any file
    return built


@pytest.fixture(scope="module")
def events(page):
    """The functions that events of the lab call, Gradio's own and the browser's left out.

    Those of the lessons' own pages are the same.
    """
    return [event for event in page.fns.values() if event.fn and event.page == ""]
