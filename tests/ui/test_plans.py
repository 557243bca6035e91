"""A lesson plan from its menu to the summary, a teacher's file dropped on the page, and the guessing of kernels."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import expect
from scipy.signal import correlate2d

from tests.serving import ROOT
from tests.ui.lab import PHONE, settle

BAR, SAID = ".plan-bar", ".plan-bar .plan-feedback"
FILE = """title = "Mine"
[[steps]]
say = "<b>Look</b> at it."
[[steps]]
state = "stride=2"
say = "Every second place."
ask = "Reach stride 3."
reach = "stride=3"
right = "There."
"""

DROP = """([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def check(page, answer):
    page.locator(f"{BAR} input").fill(answer)
    page.locator(f"{BAR} form button").click()


def press(page, name):
    page.locator(BAR).get_by_role("button", name=name, exact=True).click()


def test_a_plan_is_gone_through_answered_kept_and_summed_up_and_a_teacher_tries_a_file(open_lab):
    lab = open_lab("?picture=brick")
    page = lab.page
    page.get_by_role("button", name="Guide", exact=True).click()
    page.locator('[data-plan="chapter"]').click()

    # A likely wrong answer is spoken of; the right one shows what was hidden. The photo stays.
    outputs = page.locator(".step-panel [data-part=output] button")
    expect(outputs.first).to_have_text("?")
    check(page, "many")
    expect(page.locator(SAID)).to_contain_text("“many” is no number")
    check(page, "5")
    expect(page.locator(SAID)).to_contain_text("the kernel turned by 180 degrees")
    check(page, "19")
    expect(page.locator(SAID)).to_contain_text("0·0 + 1·1 + 3·2 + 4·3 = 19.")
    expect(outputs.first).to_have_text("19")
    assert (
        page.locator(".picture-panel").locator("xpath=ancestor::*[@data-picture]").get_attribute("data-picture")
        == "brick"
    )

    # The link names the step; by presenters' keys to the next ones, and a kernel that is asked for.
    lab.linked("lesson=chapter")
    for _ in range(5):
        page.evaluate("() => document.dispatchEvent(new CustomEvent('plan', { detail: 1 }))")
    lab.linked("lesson_step=6")
    lab.has_caption("Difference x")
    press(page, "Check the kernel on screen")
    expect(page.locator(SAID)).to_contain_text("This one compares left with right")
    with lab.redraw():
        lab.pick("prewitt_y")
    press(page, "Check the kernel on screen")
    expect(page.locator(SAID)).to_contain_text("Right. A column of 1 and −1")

    # A reload keeps the step and the answers; the summary tells them, and is saved without a server.
    lab.reload()
    expect(page.locator(SAID)).to_contain_text("Right. A column of 1 and −1")
    expect(page.locator(f"{BAR} .dots .right")).to_have_count(2)
    press(page, "Answers…")
    dialog = page.get_by_role("dialog", name="My answers")
    expect(dialog.locator("tbody tr").first).to_contain_text("right at try 2")
    dialog.get_by_label("Name").fill("<i>Ada</i>")
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Save as a page").click()
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert "&lt;i&gt;Ada&lt;/i&gt; · Convolution Lab · " in saved
    assert "2 of 12 questions answered rightly." in saved
    dialog.get_by_role("button", name="Forget my answers").click()
    expect(page.locator(f"{BAR} .dots .right")).to_have_count(0)

    # A teacher's file with a mistake is told its line, and the plan that is open stays; mended, it is tried.
    page.evaluate(DROP, ["mine.toml", FILE.replace("reach =", "reaches =")])
    told = page.get_by_role("dialog", name="mine.toml cannot be used yet")
    expect(told.get_by_role("listitem").first).to_contain_text("Line 7: nothing says how the answer is checked")
    expect(told.get_by_role("listitem").nth(1)).to_contain_text("Line 8: reaches means nothing here")
    told.get_by_role("button", name="Close").click()
    expect(page.locator(BAR)).to_contain_text("The chapter")
    page.evaluate(DROP, ["mine.toml", FILE])
    expect(page.locator(f"{BAR} .plan-say")).to_contain_text("<b>Look</b> at it.")
    press(page, "Next →")
    lab.linked("stride=2")
    assert "lesson" not in page.url  # nobody else has this plan
    press(page, "Check what is on screen")
    expect(page.locator(SAID)).to_contain_text("Not yet.")
    lab.reload()
    expect(page.locator(f"{BAR} .plan-say")).to_contain_text("Every second place.")
    press(page, "End")
    expect(page.locator(BAR)).to_have_count(0)
    settle(page)


def test_a_kernel_is_guessed_on_a_phone_inside_another_page_and_a_wrong_choice_shows_its_own_map(open_lab):
    lab = open_lab("?lesson=guess_the_kernel&picture=camera&embed=1", **PHONE)
    page = lab.page
    expect(page.locator(f"{BAR} .plan-ask")).to_have_text("Which kernel made this map?")
    page.locator("html[data-guess] .figure-panel [data-live]").or_(
        page.locator("html[data-guess] [data-live] .figure-panel")
    ).first.wait_for()
    expect(page.locator(".kernel-panel")).to_be_hidden()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    def level(row, column):
        png = page.eval_on_selector(".figure-panel canvas", "canvas => canvas.toDataURL().split(',')[1]")
        return Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB").getpixel((column, row))

    press(page, "Box blur")
    expect(page.locator(SAID)).to_contain_text("This is the map of Box blur. Not yet. A blur looks like the photo")
    with Image.open(ROOT / "examples/camera.png") as photo:
        values = np.asarray(photo.convert("L"), float)
    blurred = correlate2d(values, np.full((3, 3), 1 / 9), mode="valid")
    page.wait_for_function(
        """() => {
            const canvas = document.querySelector(".figure-panel canvas");
            const [red, green, blue] = canvas.getContext("2d").getImageData(9, 9, 1, 1).data;
            return red === green && green === blue;
        }"""
    )
    for place in ((40, 60), (200, 311), (150, 90)):
        np.testing.assert_allclose(level(*place), [blurred[place]] * 3, atol=1)

    press(page, "Show the question's map")
    press(page, "Sobel y")
    expect(page.locator(SAID)).to_contain_text("Right. It finds flat edges")
    lab.has_caption("Sobel y")
    expect(page.locator(".kernel-panel")).to_be_visible()
    lab.linked("kernel=sobel_y")
    settle(page)
