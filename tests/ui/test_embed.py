"""Lessons inside a course page of another host: examples/course/plain.html, and what may be forbidden there."""

import html
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.serving import HANG, ROOT
from tests.ui.lab import CLIPBOARD, Lab, settle
from tests.ui.test_lost_and_found import photo
from tests.ui.wire import Wire, total

FITS = "() => Math.abs(document.querySelector('.gradio-container').offsetHeight - innerHeight) <= 1"
"""Whether a frame is as tall as the lesson in it."""

COURSE = ROOT / "examples" / "course" / "plain.html"


@pytest.fixture
def course(lab, tmp_path):
    """Writes pages of a course, with the lab's address in place of LAB; the address of each."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text.replace("LAB", lab.address), encoding="utf-8")
        return f"http://127.0.0.1:{server.server_port}/{name}"

    yield write
    server.shutdown()
    server.server_close()


def framed(address: str, attributes: str = "") -> str:
    return f'<!DOCTYPE html><iframe src="LAB/{html.escape(address)}" width="700" height="500" {attributes}></iframe>'


@pytest.fixture
def open_course(new_page, course):
    def open_page(name, text, **options):
        page = new_page(**options)
        page.goto(course(name, text))
        return page

    return open_page


@pytest.mark.browser_says("plain.html")
def test_a_course_page_has_three_lessons_that_are_used_and_as_tall_as_they_are(open_course):
    page = open_course("plain.html", COURSE.read_text(encoding="utf-8"))
    frames = page.locator("iframe")
    for number in range(3):
        frames.nth(number).scroll_into_view_if_needed()
    first, learn, last = (page.frame_locator("iframe").nth(number) for number in range(3))
    captions = [frame.locator(".figure-panel .caption") for frame in (first, last)]
    expect(captions[0]).to_contain_text("Sobel y")
    expect(captions[1]).to_contain_text("Brick")
    # No title, no list of lessons, and of the controls only what is asked for.
    for frame in (first, learn, last):
        expect(frame.locator(".lab-page")).to_be_visible()
        for hidden in (".lab-title h1", "[role=tablist]", "footer"):
            expect(frame.locator(hidden).filter(visible=True)).to_have_count(0)
    for frame, kernel, panel, stride in ((first, 1, 1, 0), (last, 0, 0, 0)):
        for place, count in ((".kernel-panel", kernel), (".picture-panel", panel), ("[aria-label*=Stride]", stride)):
            expect(frame.locator(place).filter(visible=True)).to_have_count(count)
    assert "dark" in last.locator("body").get_attribute("class")
    # An upload changes the first figure alone.
    first.locator("[data-part=file]").set_input_files(photo(60, 41))
    expect(captions[0]).to_contain_text("found.png, Sobel y: 58 × 39")
    expect(captions[1]).to_contain_text("Brick")
    # One points at a value.
    last.locator(".figure-panel .stage").first.hover(position={"x": 40, "y": 40})
    expect(last.locator(".figure-panel .sentence").first).to_contain_text("sum of 9 products")
    check_full_screen(page, frames.nth(2), last)
    # One learns.
    learn.get_by_role("button", name="▶ Learn", exact=True).click()
    expect(learn.locator("[role=status] p", has_text="Done: 300 steps")).to_be_visible()
    # Each frame is as tall as its lesson, on a phone too, and grows where a section is opened.
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for number, frame in enumerate(page.frames[1:]):
            frames.nth(number).scroll_into_view_if_needed()  # a frame that is out of sight is not laid out
            frame.wait_for_function(FITS)
            assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    before = frames.nth(1).bounding_box()["height"]
    learn.get_by_text("Show the code").click()
    page.wait_for_function("before => document.querySelectorAll('iframe')[1].offsetHeight > before", arg=before)


@pytest.fixture
def bytes_of(new_page, course, lab):
    """Opens a page of a course in a browser that has kept nothing; the bytes of the lab until all was still."""

    def load(name, text, width):
        page = new_page(is_fresh=True, viewport={"width": width, "height": 900})
        Lab(page, lab.address)  # which counts what its frames ask for
        wire = Wire(page)
        page.goto(course(name, text))
        for frame, place in zip(page.frames[1:], page.locator("iframe").all(), strict=True):
            place.scroll_into_view_if_needed()
            place.content_frame.locator(".whole-lab").wait_for()
            frame.wait_for_function("() => window.inFlight.hasAsked()")
            frame.evaluate("milliseconds => window.inFlight.settled(milliseconds)", 1000 * HANG)
        settle(page)
        while wire.is_waiting:
            page.wait_for_function("() => true")  # lets what the browser tells arrive
        return total([asked for asked in wire.requests if asked.address.startswith(lab.address)])

    return load


@pytest.mark.browser_says("three.html", "one.html")
@pytest.mark.parametrize("width", [1280, 390])  # columns of 700, and of 366
def test_three_lessons_load_in_at_most_twice_the_bytes_of_one(bytes_of, width):
    three = COURSE.read_text(encoding="utf-8")
    one = re.sub(r"</iframe>.*</iframe>", "</iframe>", three, flags=re.DOTALL)
    assert [text.count("<iframe") for text in (one, three)] == [1, 3]
    alone, together = bytes_of("one.html", one, width), bytes_of("three.html", three, width)
    assert 500_000 < alone < together <= 2 * alone  # measured: 830,000 and 1,610,000


def check_full_screen(page, frame, lesson):
    """The map with its legend fills the screen from within a frame, and Escape leaves it."""
    lesson.get_by_role("button", name="Full screen").click()
    page.wait_for_function("frame => document.fullscreenElement === frame", arg=frame.element_handle())
    panel = lesson.locator(".figure-panel:fullscreen")
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 800}
    stage, legend = (panel.locator(part).bounding_box() for part in (".stage", ".legend"))
    assert stage["height"] > 600  # of the 800, for a picture of 512 × 512; the frame has some 400
    assert stage["width"] == pytest.approx(stage["height"], abs=1)
    assert stage["y"] >= 0
    assert stage["y"] + stage["height"] <= legend["y"]
    assert legend["y"] + legend["height"] <= 800
    panel.locator(".stage").hover(position={"x": 300, "y": 200})
    expect(panel.locator(".sentence")).to_be_visible()
    expect(panel.get_by_role("button", name="Leave full screen")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.fullscreenElement === null")
    expect(lesson.get_by_role("button", name="Full screen", exact=True)).to_be_visible()
    frame.element_handle().content_frame().wait_for_function(FITS)


@pytest.mark.browser_says(".html", "sandboxed", "origin 'null'", "ERR_FAILED", "Failed to load", "Failed to fetch")
def test_a_frame_that_may_not_run_says_what_the_author_can_add(open_course):
    for name, sandbox, words in (
        ("origin.html", "allow-scripts", "allow-same-origin"),
        ("scripts.html", "allow-same-origin", "allow-scripts"),
    ):
        page = open_course(name, framed("feature_map?embed=1", f'sandbox="{sandbox}"'))
        expect(page.frame_locator("iframe").locator(".early-blocked").filter(visible=True)).to_contain_text(words)


@pytest.mark.browser_says("blank.html", "frame.html")
def test_a_frame_that_may_keep_nothing_works(open_course, course):
    page = open_course("blank.html", "<!DOCTYPE html>")
    page.add_init_script(
        "for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, "
        "{get() { throw new DOMException('Access is denied for this document.', 'SecurityError'); }});"
    )
    page.goto(course("frame.html", framed("feature_map?embed=1&panel=1")))
    frame = page.frame_locator("iframe")
    expect(frame.locator(".figure-panel .caption")).to_contain_text("Sobel x")
    frame.locator("[data-part=file]").set_input_files(photo(60, 41))
    expect(frame.locator(".figure-panel .caption")).to_contain_text("found.png")
    # Nor may it fill the screen: the frame has no allow="fullscreen".
    frame.get_by_role("button", name="Full screen").click()
    expect(frame.get_by_role("status").filter(has_text='allow="fullscreen"')).to_be_visible()


def test_share_offers_the_lines_for_a_course_page(open_lab):
    lab = open_lab("?kernel=emboss&stride=2", **CLIPBOARD)
    page = lab.page
    page.click("[data-part=share]")
    page.click("[data-part=embed]")
    dialog = page.get_by_role("dialog", name="Show this inside a course page")
    preview = page.frame_locator(".embedding iframe")
    expect(preview.locator(".figure-panel .caption")).to_contain_text("Emboss: 299 × 199")
    dialog.get_by_label("To adjust:").select_option("none")
    dialog.get_by_label("Colours:").select_option("dark")
    code = dialog.get_by_label("The lines for the course page")
    expect(preview.locator("html")).to_have_attribute("data-controls", "none")
    expect(preview.locator("body.dark .figure-panel .caption")).to_contain_text("Emboss: 299 × 199")
    page.frames[-1].wait_for_function(FITS)
    page.wait_for_function(
        "() => document.querySelector('.embedding textarea').value.includes("
        "`height=\"${document.querySelector('.embedding iframe').height}\"`)"
    )
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == code.input_value()
    box = page.evaluate(
        """code => {
            const frame = new DOMParser().parseFromString(code, "text/html").querySelector("iframe");
            return Object.fromEntries([...frame.attributes].map(({ name, value }) => [name, value]));
        }""",
        code.input_value(),
    )
    assert int(box.pop("height")) > 300
    assert box == {
        "src": f"{lab.address}/feature_map?embed=1&controls=none&theme=dark&kernel=emboss&stride=2",
        "title": "Convolution Lab: Feature map",
        "width": "100%",
        "style": "border: 0",
        "loading": "lazy",
        "allow": "camera; clipboard-write; fullscreen",
    }
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
