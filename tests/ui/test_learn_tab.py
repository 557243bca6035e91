"""The Learn tab in a real browser: runs that are watched, paused, stepped, stopped, replayed, and left.

Losses come from the chapter (FACTS: "epoch 2, loss 5.003"), kernels from the teachers of the library.
"""

import re
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from scipy import ndimage, signal

from tests.ui.lab import Held, settle

WATCH = """() => {
    window.steps = [];
    window.orders = [];
    const button = (name) => [...document.querySelectorAll("button")].find((one) => one.textContent.trim() === name);
    new MutationObserver(() => {
        const line = [...document.querySelectorAll("[role=status] p")].find((one) => one.checkVisibility());
        const [, word, digits] = /^(Step|Done:) ([0-9\u202f]+)/.exec(line?.textContent) ?? [];
        const step = Number(digits?.replace("\u202f", ""));
        if (!word || step === window.steps.at(-1)) return;
        window.steps.push(step);
        const [order] = window.orders;
        if (word !== "Step" || !(order?.beyond < step) || order.isTaken) return;
        order.isTaken = true;
        setTimeout(() => button(window.orders.shift().name).click()); // when all of this answer is on the page
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""
"""Keeps every step that the line above the run says, and presses buttons at the first step that is beyond another one.

A run ends after some seconds: on a busy machine that is before a test has read a line and pressed a button.
"""


class Learn:
    """The tab as a visitor uses it."""

    def __init__(self, lab):
        self.lab, self.page, self.linked = lab, lab.page, lab.linked
        self.status("Done|Ready|Diverged|Add the filtered picture")

    def press(self, name: str) -> None:
        """Presses a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def watch(self) -> None:
        """Keeps the steps from now on."""
        self.page.evaluate(WATCH)

    def press_beyond(self, step: int, name: str) -> None:
        """Has the page press a button as soon as the run that is to come shows a step beyond this one."""
        self.page.evaluate("order => { window.orders.push(order); }", {"beyond": step, "name": name})

    def steps(self) -> list[int]:
        """The steps that were shown, when all buttons have been pressed and all is answered."""
        self.page.wait_for_function("() => window.orders.length === 0")
        settle(self.page)
        return self.page.evaluate("window.steps")

    def status(self, pattern: str) -> str:
        """Waits until the line above the run says this."""
        line = self.page.locator("[role=status] p").filter(visible=True).filter(has_text=re.compile(pattern)).first
        line.wait_for()
        return line.inner_text()

    @property
    def step(self) -> int:
        """Where the slider stands."""
        return int(self.page.get_by_label("number input for Replay step").input_value())

    def at(self, step: int) -> None:
        """Waits until the slider stands there."""
        self.page.wait_for_function(
            "step => [...document.querySelectorAll('input[type=number]')].some(box =>"
            " box.ariaLabel === 'number input for Replay step' && box.value === String(step))",
            arg=step,
        )

    def filtered(self, path) -> None:
        """Adds the filtered picture of a pair, in place of one that is there."""
        self.page.set_input_files(".gradio-container input[type=file]:not([data-part])", str(path))

    def kernel(self, title: str) -> list[str]:
        """The exact weights of a matrix on screen."""
        titles = self.page.get_by_role("img", name=title).locator("title")
        return titles.all_text_contents()


CHAPTER = "learn_source=edge&learn_rows=1&learn_columns=2&learn_optimizer=sgd&learn_loss=sum"


@pytest.fixture
def open_learn(open_lab):
    def open_page(query="", lesson="learn", **options):
        """Open the tab for someone who wants no movement: no run begins by itself."""
        return Learn(open_lab(f"?tab=learn&{query}", lesson, **{"reduced_motion": "reduce"} | options))

    return open_page


def test_the_tab_opens_on_a_run_that_is_played_and_the_found_kernel_is_carried_over_to_the_feature_map(open_lab):
    lab = open_lab()
    lab.page.evaluate(WATCH)
    lab.page.get_by_role("tab", name="Learn a kernel").click()
    learn = Learn(lab)
    learn.status("Done: 300 steps")
    shown = learn.steps()
    assert len(shown) > 3, shown  # it was watched
    assert shown == sorted(shown), shown
    expect(lab.page.get_by_role("img", name="Teacher: hidden")).to_be_visible()
    expect(lab.page.get_by_role("img", name="Error")).to_be_visible()
    lab.page.get_by_label("Reveal the teacher").check()
    learn.status("Ready")  # a change of the settings starts a new run
    learn.press("▶ Learn")
    learn.status("Done")
    weights = [float(text.replace("−", "-")) for text in learn.kernel("Learned, step 300")]
    teacher = [float(text.replace("−", "-")) for text in learn.kernel("Teacher: Prewitt x")]
    assert teacher == [-1, 0, 1] * 3  # Prewitt, Object Enhancement and Extraction (1970)
    assert weights == pytest.approx(teacher, abs=0.05)
    learn.linked("learn_reveal=yes")

    learn.press("Use this kernel in the Feature map tab")
    learn.page.locator(".figure-panel .caption", has_text="Your kernel").wait_for()
    learn.linked("kernel=-")
    assert "tab=learn" not in learn.page.url


def test_the_chapters_run_is_downloaded_replayed_printed_and_diverges_above_the_stable_rate(open_learn):
    learn = open_learn(f"{CHAPTER}&learn_rate=0.03&learn_steps=10&learn_start=zeros")
    learn.press("▶ Learn")
    learn.status("Done: 10 steps")
    settle(learn.page)
    with learn.page.expect_download() as download:
        learn.page.get_by_text("↓ History (CSV)").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[0] == 'step,loss,bias,"kernel[0,0]","kernel[0,1]"'
    assert [float(number) for number in lines[1].split(",")] == [1, 12, 0, 0, 0]  # FACTS: 12 before the first update
    assert len(lines) == 12
    with learn.page.expect_download() as download:
        learn.page.get_by_text("↓ Kernel").click()
    # FACTS: 1 - 0.64^10 = 0.98847
    assert [float(number) for number in download.value.path().read_text().split()] == pytest.approx(
        [0.98847, -0.98847], abs=1e-4
    )

    # The slider replays the run.
    slider = learn.page.get_by_label("range slider for Replay step")
    slider.focus()
    for _ in range(9):
        learn.page.keyboard.press("ArrowLeft")
    learn.at(1)
    # From zero the kernel after t steps is (1 - 0.64^t) [1, -1], and the loss 12 * 0.4096^t (FACTS, section 1).
    learn.page.get_by_role("img", name="Learned, step 1", exact=True).wait_for()
    assert learn.kernel("Learned, step 1") == ["0.36", "−0.36"]
    assert "4.92" in learn.status("Step 1 of 10")

    # The chapter's own run, from other settings, prints the chapter's lines.
    learn.page.get_by_label("the photo and a kernel as teacher").check()
    learn.page.get_by_label("Adam").check()
    learn.page.get_by_label("Learning rate", exact=True).fill("0.2")
    learn.linked("learn_rate=0.2")
    settle(learn.page)
    learn.press("The chapter's run")
    learn.status("Done: 10 steps")
    lines = learn.page.locator(".lab-code pre").filter(visible=True).inner_text().split("\n")
    assert lines == [
        "epoch 2, loss 5.003", "epoch 4, loss 0.842", "epoch 6, loss 0.142", "epoch 8, loss 0.024",
        "epoch 10, loss 0.004", "kernel [[0.9902, -0.9866]]",
    ]  # fmt: skip
    learn.linked("learn_rate=0.03")

    # Above the stable rate it diverges, and says what to choose.
    learn.page.get_by_label("Steps", exact=True).fill("300")
    learn.page.get_by_label("Learning rate", exact=True).fill("0.05")
    learn.linked("learn_rate=0.05")
    learn.status("Ready")
    settle(learn.page)
    learn.press("▶ Learn")
    said = learn.status("Diverged")
    assert "0.0333" in said
    assert "at most 0.03" in said
    expect(learn.page.get_by_role("img", name="Learning rate 0.05; largest stable 0.0333")).to_be_visible()


def test_a_run_is_paused_stepped_continued_stopped_restarted_begun_again_and_ends_with_the_page(open_learn, lab):
    learn = open_learn("learn_steps=1000")
    learn.watch()
    learn.press_beyond(0, "❚❚ Pause")
    learn.press("▶ Learn")
    learn.steps()  # the run has ended: nothing is under way that could move anything
    paused = learn.step
    assert 0 < paused < 1000
    learn.press("Step")
    learn.at(paused + 1)
    learn.press_beyond(paused + 1, "■ Stop")
    learn.press("Continue")
    learn.steps()
    learn.status("Done")
    stopped = learn.step
    assert paused + 1 < stopped < 1000
    learn.linked(f"learn_steps={stopped}")
    learn.press("Restart")
    learn.status("Ready")
    learn.at(0)

    # Learn again ends the run before, however late that is heard.
    learn.page.get_by_label("Steps", exact=True).fill("1000")
    learn.linked("learn_steps=1000")
    settle(learn.page)
    learn.page.evaluate("window.steps = []")
    end = Held(learn.page, "**/cancel")
    learn.press_beyond(0, "▶ Learn")
    learn.press("▶ Learn")
    # The server would end all that the function does, the new run as well: so that one waits.
    learn.page.wait_for_function("() => window.orders.length === 0 && window.steps.length > 6")
    assert len(end.routes) == 1
    end.let_go()
    steps = learn.steps()
    steps = steps[steps.index(0) :]  # where the first of the two begins
    # One run ends and another begins, which goes forward to its end: two at once would jump to and fro.
    assert sum(after < before for before, after in pairwise(steps)) == 1, steps
    assert steps[-1] == 1000
    assert "Done: 1000 steps" in learn.status("Done")

    # Closing the page ends the run.
    learn.page.get_by_label("Steps", exact=True).fill("19997")  # a number that no other test has
    learn.status("Ready")
    settle(learn.page)
    learn.page.evaluate("window.steps = []")
    learn.press("▶ Learn")
    learn.page.wait_for_function("() => window.steps.some(step => 0 < step && step < 19997)")
    learn.page.close()
    ended = lab.log.wait_for(r"a run of 19997 steps ended at step (\d+)")
    assert int(ended[1]) < 19997


def test_ready_pairs_secret_kernels_and_bad_numbers_are_answered_and_a_phone_does_not_scroll_sideways(open_learn):
    learn = open_learn(has_touch=True)
    # A pair begins with an empty state, and a ready one is a press away.
    learn.press("▶ Learn")
    learn.status("Done")
    page, run = learn.page, ["▶ Learn", "Use this kernel in the Feature map tab"]
    page.get_by_label("a photo before and after").check()
    learn.status("Add the filtered picture, or try a ready pair")
    settle(page)
    assert not page.get_by_role("alert").filter(visible=True).count()
    for name in ("Teacher: hidden", "Now", "Learned, step 300"):
        assert not page.get_by_role("img", name=name).count()  # the run before is gone
    for name in run:
        expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
    learn.linked("learn_source=pair&learn_bias=yes")
    page.get_by_label("relief").check()
    learn.status("Ready")
    learn.linked("learn_source=pair&learn_pair=relief&learn_bias=yes")
    learn.press("▶ Learn")
    learn.status("Done: 300 steps")
    weights = [float(text.replace("−", "-")) for text in learn.kernel("Learned, step 300")]
    # A sixth for each of the three pixels beyond the diagonal, and less a sixth for each of those before it.
    assert weights == pytest.approx(np.array([-1, -1, 0, -1, 0, 1, 0, 1, 1]) / 6, abs=0.02)
    page.get_by_label("my own").check()
    learn.status("Add the filtered picture, or try a ready pair")
    page.get_by_label("the photo and a kernel as teacher").check()
    learn.status("Ready")
    page.wait_for_function("() => !location.search.includes('learn_')")  # no bias is learned again

    # Another secret kernel is a press away.
    settle(page)
    learn.press("Another secret kernel")
    learn.status("Done: 300 steps")
    learn.linked("learn_hidden=")
    learn.page.get_by_label("Reveal the teacher").check()
    learn.status("Ready")
    assert not learn.page.get_by_role("img", name="Teacher: Prewitt x").count()  # that was the first one

    # Bad numbers are answered, and nothing is lost.
    settle(page)
    kernel = learn.kernel("Learned, step 0")
    assert len(kernel) == 9
    box = learn.page.get_by_label("Steps", exact=True)
    box.fill("10000000")
    learn.status("steps is 10\u202f000\u202f000: it must be a whole number from 1 to 20\u202f000")
    assert box.input_value() == "10000000"
    assert learn.kernel("Learned, step 0") == kernel
    rate = learn.page.get_by_label("Learning rate", exact=True)
    box.fill("30")
    rate.fill("-1")
    learn.status("learning rate is -1: it must be a number above 0")
    rate.fill("")
    learn.status("learning rate is empty")
    rate.fill("0.2")
    learn.status("Ready")
    learn.linked("learn_rate=0.2&learn_steps=30")
    slider = learn.page.get_by_label("Learning rate, on a logarithmic scale")
    assert float(slider.input_value()) == pytest.approx(np.log10(0.2), abs=0.005)  # it has two decimals of the power
    slider.fill("-1.5")
    learn.linked("learn_rate=0.0316&")  # the root of a thousandth
    assert rate.input_value() == "0.0316"

    # On a phone nothing scrolls sideways.
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    assert learn.page.evaluate("document.documentElement.scrollWidth") <= 390
    learn.page.get_by_role("button", name="▶ Learn", exact=True).tap()
    learn.status("Done")


def test_a_filter_is_recovered_from_uploads_and_what_helps_is_a_press_away(open_learn, tmp_path):
    with Image.open("examples/camera.png") as picture:
        grey = np.asarray(picture.convert("L"), np.float64)
    blurred = ndimage.uniform_filter(grey, 3)  # some other program: SciPy
    Image.fromarray(np.rint(blurred).astype(np.uint8)).save(tmp_path / "blurred.png")
    learn = open_learn("picture=camera&learn_source=pair&learn_steps=1000&learn_optimizer=momentum")
    learn.status("Add the filtered picture")
    learn.filtered(tmp_path / "blurred.png")
    learn.status("Ready")
    learn.press("▶ Learn")
    learn.status("Done: 1000 steps")
    best = [float(text.replace("−", "-")) for text in learn.kernel("Least squares")]
    assert best == pytest.approx([1 / 9] * 9, abs=0.01)  # rounded to whole grey levels

    # What helps is a press away.
    settle(learn.page)
    edges = ndimage.correlate(grey, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    Image.fromarray(np.clip(edges, 0, 255).astype(np.uint8)).save(tmp_path / "edges.png")
    learn.filtered(tmp_path / "edges.png")
    learn.status("was it clipped?")
    learn.press("Leave these pixels out")
    learn.status("Done: 1000 steps")
    learn.status("Compared without what is exactly 0 or 1")
    best = [value(text) for text in learn.kernel("Least squares")]
    assert best == pytest.approx([-1, 0, 1, -2, 0, 2, -1, 0, 1], abs=0.01)
    learn.linked("learn_source=pair&")
    learn.linked("&learn_compare=inside")


def value(text):
    """A number as the page writes it: with a true minus sign, and a power of ten behind very small ones."""
    digits, _, power = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")).partition("×10")
    return float(digits) * 10.0 ** int(power or 0)


def test_large_pairs_travel_whole_and_are_not_reduced_and_larger_ones_are_cut_alike(open_learn, tmp_path):
    pixels = np.random.default_rng(1).integers(40, 215, (1100, 1300), dtype=np.uint8)
    kernel = np.array([[4, 3, 2], [3, 1, 1], [1, 1, 0]]) / 16
    Image.fromarray(pixels).save(tmp_path / "before.png")
    filtered = signal.correlate2d(pixels.astype(float), kernel, "valid")
    Image.fromarray(np.rint(filtered).astype(np.uint8)).save(tmp_path / "after.png")
    learn = open_learn("learn_source=pair")
    page = learn.page
    page.set_input_files("input[data-part=file]", str(tmp_path / "before.png"))
    page.locator(".picture-panel .caption", has_text="reduced from 1300 × 1100").wait_for()
    settle(page)
    learn.filtered(tmp_path / "after.png")
    learn.status("Ready")
    learn.status("The after is 1298 × 1098 of 1300 × 1100")
    best = [value(text) for text in learn.kernel("Least squares")]
    assert best == pytest.approx(kernel.ravel(), abs=0.01)

    # One that is larger than may be sent. Noise in colour is as large as a PNG gets: 3 bytes a pixel, 9.4 MB.
    settle(page)
    pixels = np.random.default_rng(1).integers(40, 215, (1600, 1960, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "before.png", compress_level=1)
    moved = np.roll(pixels // 2, (1, 0), axis=(0, 1))
    Image.fromarray(moved).save(tmp_path / "after.png", compress_level=1)
    page.set_input_files("input[data-part=file]", str(tmp_path / "before.png"))
    page.locator(".picture-panel .caption", has_text="reduced from 1960 × 1600").wait_for()
    settle(page)
    learn.filtered(tmp_path / "after.png")
    learn.status("Ready")
    learn.status("pixels of both are compared, from row")
    best = [value(text) for text in learn.kernel("Least squares")]
    assert best == pytest.approx([0, 0.5, 0, 0, 0, 0, 0, 0, 0], abs=0.01)
