"""What a visitor is told when the host fails: a disk that is full, a folder that is gone, a lab that is full."""

import resource
import shutil
import time
import urllib.error
import urllib.request

import pytest

from tests.serving import HANG
from tests.ui.lab import settle, stop_clock
from tests.ui.test_lost_and_found import photo

FULL = "The disk of the lab's host is full"


def is_ready(lab) -> bool:
    """Whether the lab has compiled what its first visitors need."""
    try:
        with urllib.request.urlopen(f"{lab.address}/health", timeout=HANG) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        error.close()
        return False


@pytest.fixture
def full_disk(lab):
    """While it lasts the lab cannot write a byte: the system refuses it, as it does when a disk is full.

    It is warm by then: half of a program that it compiles would be kept for all tests.
    """
    limit = time.monotonic() + HANG
    while not is_ready(lab):
        assert time.monotonic() < limit, "the lab does not become ready"
    before = resource.prlimit(lab.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(lab.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield lambda: resource.prlimit(lab.process.pid, resource.RLIMIT_FSIZE, before)
    resource.prlimit(lab.process.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.browser_says("507")
def test_a_full_disk_is_told_and_nothing_is_lost(open_map, full_disk):
    lab = open_map()
    lab.cell(2, 2).fill("0.123")
    lab.page.get_by_text(FULL).filter(visible=True).first.wait_for()
    assert lab.cell(2, 2).input_value() == "0.123"
    lab.page.set_input_files("[data-part=file]", photo(60, 41))
    lab.page.locator(".picture-panel .problem", has_text=FULL).wait_for()
    full_disk()
    with lab.redraw():
        lab.page.set_input_files("[data-part=file]", photo(60, 41))
    lab.has_caption("found.png, Your kernel: 58 × 39")  # 60 - 2, 41 - 2
    lab.page.get_by_text(FULL).filter(visible=True).first.wait_for(state="hidden")


def test_a_folder_that_is_gone_is_made_again(open_map, lab):
    (folder,) = [path for path in lab.uploads.glob("lab-*") if path.is_dir()]
    shutil.rmtree(folder)
    opened = open_map()  # a new visitor gets the whole page
    with opened.redraw():
        opened.page.set_input_files("[data-part=file]", photo(60, 41))
    with opened.redraw():
        opened.pick("sobel_y")
    opened.has_caption("found.png, Sobel y: 58 × 39")
    # A map that was on screen when its file went: the next change draws one.
    shutil.rmtree(folder)
    with opened.redraw():
        opened.pick("laplacian_4")
    opened.has_caption("Laplacian")
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.browser_says("503")
def test_a_full_lab_says_when_it_tries_again_and_tries(open_lab):
    lab = open_lab("?receptive_stack=3,1,1,1&receptive_model=relu&receptive_draws=3", "receptive", is_fresh=True)
    page, asked = lab.page, []

    def refuse(route):
        asked.append(route.request.post_data)
        if len(asked) > 2:
            route.continue_()
        else:
            route.fulfill(status=503, json={"detail": "Queue is full. Max size is 32 and size is 32."})

    stop_clock(page)
    page.route("**/queue/join*", refuse)
    page.get_by_role("button", name="▶ Measure", exact=True).click()
    notice = page.get_by_text("The lab is full: it tries again in")
    notice.wait_for()
    while not page.get_by_text("3 of 3").first.is_visible():
        page.clock.run_for(1000)
    assert asked[0] == asked[1] == asked[2]
    notice.wait_for(state="hidden")
    settle(page)
