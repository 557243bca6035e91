"""What the visitor typed or chose is not lost: a reload, a network that is gone, a drop that goes astray."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.ui.lab import Held, settle, stop_clock


def photo(width: int, height: int) -> dict:
    """A noisy picture file, as `set_input_files` takes it."""
    file = io.BytesIO()
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return {"name": "found.png", "mimeType": "image/png", "buffer": file.getvalue()}


def test_a_reload_keeps_the_photo_and_the_kernel_but_a_link_that_is_opened_is_not_overruled(open_lab, lab):
    page = open_lab("?stride=2")
    with page.redraw():
        page.page.set_input_files("[data-part=file]", photo(60, 41))
    with page.redraw():
        page.cell(1, 1).fill("7")
    page.reload()
    page.has_caption("found.png, Your kernel: 29 × 20")  # (60 - 3) / 2 + 1, (41 - 3) / 2 + 1
    assert page.cells()[0][0] == "7"
    assert "found.png: 60 × 41" in page.text(".picture-panel .caption")

    # A photo whose server is gone is sent again after a reload.
    settle(page.page)
    for folder in lab.uploads.glob("*/*"):  # as a server that was started anew finds it
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    page.reload()
    page.has_caption("found.png, Your kernel: 29 × 20")  # (60 - 3) / 2 + 1, (41 - 3) / 2 + 1
    assert page.text(".picture-panel .problem") == ""
    # An example that is chosen takes its place for good.
    with page.redraw():
        page.page.click('.examples [data-name="camera"]')
    page.reload()
    page.has_caption("Photographer")
    # Nor does it overrule a link that is opened.
    settle(page.page)
    page.open("?kernel=sobel_y")
    page.has_caption("Coffee cup, Sobel y")


@pytest.mark.browser_says("ERR_INTERNET_DISCONNECTED", "Failed to fetch")
def test_what_is_typed_without_a_network_is_drawn_when_it_is_back(open_map):
    lab = open_map("?picture=rocket")
    lab.has_caption("Rocket")
    settle(lab.page)
    lab.page.context.set_offline(True)
    lab.page.locator(".figure-panel .stale").wait_for(state="visible")  # at once: what follows will not be answered
    with lab.page.expect_event("requestfailed", lambda request: "/run/predict" in request.url):
        lab.cell(2, 2).fill("1/3")
    assert lab.cell(2, 2).input_value() == "1/3"
    lab.page.context.set_offline(False)
    lab.has_caption("Rocket, Your kernel")  # Gradio loads the page again
    assert lab.cells()[1] == ["-2", "1/3", "2"]
    lab.page.locator(".figure-panel .stale").wait_for(state="hidden")


def test_a_map_whose_answer_does_not_come_is_marked_as_old(open_lab):
    lab = open_lab(is_fresh=True)
    stale = lab.page.locator(".figure-panel .stale")
    Held(lab.page, "**/live/live.js")  # a map that follows the hand is not old
    held = Held(lab.page, "**/gradio_api/run/predict*")
    stop_clock(lab.page)
    clock = lab.page.clock
    lab.cell(2, 2).fill("5")
    clock.run_for(3_900)
    expect(stale).to_be_hidden()
    clock.run_for(200)
    expect(stale).to_be_visible()
    clock.resume()
    lab.cell(2, 2).fill("6")
    with lab.page.expect_request("**/gradio_api/run/predict*"):  # for 6, once that for 5 is answered
        held.routes.pop(0).continue_()
    expect(stale).to_be_visible()
    held.let_go()
    expect(stale).to_be_hidden()


DRAG = """([event, target, content]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], "a.png", { type: "image/png" }));
    const made = new DragEvent(event, { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector(target).dispatchEvent(made);
    return made.defaultPrevented;
}"""


@pytest.mark.browser_says("ERR_FAILED")
def test_what_falls_astray_is_taken_what_is_pasted_can_be_mended_and_a_photo_is_there_before_it_is_sent(open_map):
    lab = open_map()
    targets = {
        ".figure-panel .stage": ("x", "text file"),
        ".kernel-panel": ("<html>", "web page"),
        "body": ("<svg/>", "SVG drawing"),
    }
    for target, (content, kind) in targets.items():
        assert lab.page.evaluate(DRAG, ["dragover", target, content])
        assert lab.page.evaluate(DRAG, ["drop", target, content])
        # It is taken as it would be in its place: this one is no picture, and the page says so.
        lab.page.locator(".picture-panel .problem", has_text=kind).wait_for()

    # Text can still be dragged into a field.
    text = """() => {
        const transfer = new DataTransfer();
        transfer.setData("text/plain", "1 0 -1");
        const made = new DragEvent("dragover", { dataTransfer: transfer, bubbles: true, cancelable: true });
        document.querySelector(".kernel-panel textarea").dispatchEvent(made);
        return made.defaultPrevented;
    }"""
    assert lab.page.evaluate(text) is False

    # What was pasted and cannot be read stands there to be mended.
    lab.cell(1, 1).evaluate(
        """cell => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", "1 & 2; 3 & 4");
            cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }"""
    )
    lab.page.locator(".kernel-panel .problem", has_text='"&" is not a number').wait_for()
    assert lab.page.locator(".as-text textarea").is_visible()
    assert lab.page.locator(".as-text textarea").input_value() == "1 & 2; 3 & 4"
    assert lab.page.locator(".kernel-panel .grid .wrong").count() == 0  # no cell of the last good kernel is to blame
    assert lab.text(".kernel-panel [data-part=name]") == "Your kernel"
    with lab.redraw():
        lab.page.fill(".as-text textarea", "1 2; 3 4")
    assert lab.cells() == [["1", "2"], ["3", "4"]]

    # A photo that does not arrive gives way to the one that is there.
    settle(lab.page)
    lab.page.route("**/gradio_api/upload*", lambda route: route.abort())
    lab.page.set_input_files("[data-part=file]", photo(60, 41))
    lab.page.locator(".picture-panel .problem", has_text="did not reach the server").wait_for()
    image = lab.page.locator(".picture-panel .stage img").element_handle()
    lab.page.wait_for_function("image => image.naturalWidth === 600", arg=image)  # the coffee cup

    # One's own photo is there before the server has answered.
    lab.page.route("**/gradio_api/upload*", lambda route: None)  # a line on which nothing moves
    lab.page.set_input_files("[data-part=file]", photo(60, 41))
    image = lab.page.locator(".picture-panel .stage img")
    lab.page.wait_for_function(
        "image => image.naturalWidth === 60 && image.naturalHeight === 41", arg=image.element_handle()
    )
    assert lab.text(".picture-panel [role=status]") != ""


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_jumps_while_the_page_opens(open_lab, width):
    lab = open_lab(viewport={"width": width, "height": 800}, is_fresh=True)
    # The mark is there in any case: of a page that never moves, nobody would tell the observer anything.
    shifts = lab.page.evaluate(
        """() => new Promise((done) => {
            const shifted = (entry) => entry.entryType === "layout-shift" ? entry.value : 0;
            const observer = new PerformanceObserver((list) => done(list.getEntries().map(shifted)));
            performance.mark("asked");
            for (const type of ["layout-shift", "mark"]) observer.observe({ type, buffered: true });
        })"""
    )
    assert sum(shifts) < 0.1, shifts  # "good" by the Core Web Vitals' threshold of cumulative layout shift
