"""The Feature map tab in a real browser, as a student uses it."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from scipy.signal import correlate2d

from convdemo.kernels import KERNELS, format_weight
from tests.serving import ROOT
from tests.ui.lab import Held, settle
from tests.ui.test_lost_and_found import photo


def grey(name: str) -> np.ndarray:
    """An example picture's luminance in [0, 1], by Pillow and Rec. 601."""
    with Image.open(ROOT / "examples" / name) as picture:
        pixels = np.asarray(picture, np.float64) / 255
    return pixels if pixels.ndim == 2 else pixels @ [0.299, 0.587, 0.114]


def test_the_first_view_fits_on_a_laptop_and_its_kernel_is_chosen_and_edited(open_lab):
    lab = open_lab()
    assert lab.pixels(".picture-panel .stage img").size == (600, 400)  # coffee.png
    drawn = lab.pixels()
    assert drawn.size == (598, 398)  # 600 - 3 + 1, 400 - 3 + 1
    assert "598 × 398" in lab.caption
    # Sobel x by SciPy: red where it is clearly positive, blue where it is clearly negative.
    expected = correlate2d(grey("coffee.png"), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], mode="valid")
    red, _, blue = (np.asarray(band) for band in drawn.split())
    assert (red[expected > 0.5] > blue[expected > 0.5]).all()
    assert (blue[expected < -0.5] > red[expected < -0.5]).all()

    for selector in (".picture-panel .stage", ".kernel-panel .grid", ".figure-panel .stage", ".figure-panel .legend"):
        box = lab.page.locator(selector).bounding_box()
        assert box["y"] >= 0, selector
        assert box["y"] + box["height"] <= 800, selector
        assert box["x"] + box["width"] <= 1280, selector

    # What cannot be normalised says so.
    before = lab.cells()
    lab.page.click('.kernel-panel [data-operation="normalise"]')  # the browser says it, once it has the script
    expect(lab.page.locator(".kernel-panel .problem")).to_contain_text("sum to 0")
    assert lab.cells() == before
    with lab.redraw():  # and the next operation finds the kernel as it was
        lab.page.click('.kernel-panel [data-operation="negate"]')
    assert lab.cells()[0] == ["1", "0", "-1"]  # of Sobel x
    expect(lab.page.locator(".kernel-panel .problem")).to_have_text("")

    # A kernel is chosen with the keyboard alone.
    with lab.redraw():
        lab.pick("sobel_x")
    lab.page.locator(".menu-button").focus()
    lab.page.keyboard.press("Enter")
    lab.page.keyboard.press("ArrowDown")
    with lab.redraw():
        lab.page.keyboard.press("Enter")
    assert "Sobel y" in lab.caption  # the one after Sobel x

    # An edited cell makes the kernel one's own.
    with lab.redraw():
        lab.pick("sobel_x")
    with lab.redraw():
        lab.cell(2, 3).fill("-5")
    assert "Your kernel" in lab.caption
    # Its range by SciPy, to the three digits that are shown.
    expected = correlate2d(grey("coffee.png"), [[-1, 0, 1], [-2, 0, -5], [-1, 0, 1]], mode="valid")
    low, high = re.search(r"from (\S+) to (\S+)", lab.caption).groups()
    assert float(low.replace("−", "-")) == pytest.approx(expected.min(), rel=0.005)
    assert float(high.replace("−", "-")) == pytest.approx(expected.max(), abs=0.005)

    # A bad one says where it is, and loses nothing.
    settle(lab.page)
    before = lab.pixels()
    lab.cell(1, 2).fill("abc")
    problem = lab.page.locator(".kernel-panel .problem")
    problem.wait_for(state="visible")
    assert "Row 1, column 2" in problem.inner_text()
    assert "abc" in problem.inner_text()
    assert lab.cell(1, 2).input_value() == "abc"
    assert lab.cell(2, 1).input_value() == "-2"  # the others stay too
    lab.page.locator(".figure-panel .stale").wait_for(state="visible")
    assert lab.pixels() == before  # the last good feature map stays, marked as old
    with lab.redraw():
        lab.cell(1, 2).fill("1/2")
    problem.wait_for(state="hidden")
    expect(lab.page.locator(".figure-panel .stale")).to_be_hidden()

    # With the keyboard alone.
    lab.cell(1, 1).focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("ArrowRight")
    with lab.redraw():
        lab.page.keyboard.type("9")
    assert lab.cells() == [["-1", "1/2", "1"], ["-2", "9", "-5"], ["-1", "0", "1"]]

    # It is not lost by looking at another.
    with lab.redraw():
        lab.cell(1, 1).fill("7")
    with lab.redraw():
        lab.pick("emboss")
    with lab.redraw():
        lab.pick("custom")
    assert lab.cells() == [["7", "1/2", "1"], ["-2", "9", "-5"], ["-1", "0", "1"]]


ASKEW = "-1 0 1\n-2 0 2\n-1 0 5"
CHANGED = {  # by hand
    "transpose": [["-1", "-2", "-1"], ["0", "0", "0"], ["1", "2", "5"]],
    "rotate": [["-1", "-2", "-1"], ["0", "0", "0"], ["5", "2", "1"]],
    "flip_columns": [["1", "0", "-1"], ["2", "0", "-2"], ["5", "0", "-1"]],
    "flip_rows": [["-1", "0", "5"], ["-2", "0", "2"], ["-1", "0", "1"]],
    "negate": [["1", "0", "-1"], ["2", "0", "-2"], ["1", "0", "-5"]],
    "normalise": [["-1/4", "0", "1/4"], ["-0.5", "0", "0.5"], ["-1/4", "0", "5/4"]],
}
"""What each operation makes of a kernel with no symmetry."""


def test_a_kernel_is_pasted_as_text_resized_and_changed_by_one_touch(open_map):
    lab = open_map("?kernel=1,2")
    with lab.redraw():
        lab.page.click('[data-part="rows_more"]')
    assert lab.cells() == [["1", "2"], ["0", "0"]]
    with lab.redraw():
        lab.page.click('[data-part="columns_fewer"]')
    assert lab.cells() == [["1"], ["0"]]

    # A list from Python, as text.
    lab.page.click(".as-text summary")
    with lab.redraw():
        lab.page.fill(".as-text textarea", "[[0, 1, 0, 1],\n [1/4, -4, 1, 2]]")
    assert lab.cells() == [["0", "1", "0", "1"], ["1/4", "-4", "1", "2"]]
    # Nine numbers in a line are two kernels: the page asks, and says what it took.
    lab.page.fill(".as-text textarea", "1 2 1 2 4 2 1 2 1 / 16")
    with lab.redraw():
        lab.page.get_by_role("button", name="3x3").click()
    assert lab.cells() == [["1/16", "1/8", "1/16"], ["1/8", "1/4", "1/8"], ["1/16", "1/8", "1/16"]]
    assert lab.text(".kernel-panel [data-part=understood]") == "Understood: 3x3, divided by 16, sum 1"
    assert lab.page.input_value(".as-text textarea") == "1 2 1 2 4 2 1 2 1 / 16"
    lab.page.fill(".as-text textarea", "1 2\n3")
    problem = lab.page.locator(".kernel-panel .problem")
    problem.wait_for(state="visible")
    assert "Row 2" in problem.inner_text()
    assert lab.page.input_value(".as-text textarea") == "1 2\n3"

    with lab.redraw():
        lab.page.fill(".as-text textarea", "\n".join([" ".join(["1/961"] * 31)] * 31))
    assert f"{600 - 31 + 1} × {400 - 31 + 1}" in lab.caption

    for operation, expected in CHANGED.items():
        with lab.redraw():
            lab.page.fill(".kernel-panel textarea", ASKEW)
        with lab.redraw():
            lab.page.click(f'.kernel-panel [data-operation="{operation}"]')
        assert lab.cells() == expected, operation

    # Operations in quick succession are all done.
    with lab.redraw():
        lab.page.fill(".as-text textarea", "1 2 4")
    for name in ("rotate", "negate", "rotate", "flip_columns", "negate", "transpose", "negate"):
        lab.page.click(f'.kernel-panel [data-operation="{name}"]')
    # by hand: a column 1 2 4, its signs, the row -4 -2 -1, mirrored -1 -2 -4, 1 2 4, as a column, its signs
    lab.page.wait_for_function(
        """expected => expected === JSON.stringify([...document.querySelectorAll(".kernel-panel .grid input")].map(
            ({ dataset: { row, column, exact } }) => [row, column, exact]))""",
        arg='[["0","0","-1"],["1","0","-2"],["2","0","-4"]]',
    )
    lab.page.locator(".kernel-panel [data-part=sum]", has_text="sum −7").wait_for()  # the server's, of the last of them

    # A text that is typed while another is answered is read.
    settle(lab.page)
    held = Held(lab.page, "**/gradio_api/run/predict*")
    lab.page.fill(".as-text textarea", "1 2\n3 4")  # several events: they are asked for one after the other
    lab.page.fill(".as-text textarea", "5 6")
    held.let_go()
    lab.page.locator(".figure-panel .caption", has_text="599 × 400").wait_for()  # 600 - 2 + 1
    assert lab.cells() == [["5", "6"]]


def test_every_kernel_of_the_menu_makes_its_feature_map_and_parameters_design_some(open_map):
    lab = open_map("?kernel=1,2")  # a kernel that is none of them
    with lab.redraw():
        lab.page.set_input_files("[data-part=file]", photo(60, 41))
    for name, kernel in KERNELS.items():
        with lab.redraw():
            lab.pick(name)
        assert kernel.title in lab.caption
        assert lab.text(".kernel-panel .note") == kernel.note
        height, width = kernel.weights.shape
        assert f"{60 - width + 1} × {41 - height + 1}" in lab.caption, name
        if max(kernel.weights.shape) <= 15:
            assert lab.cells() == [[format_weight(weight) for weight in row] for row in kernel.weights], name

    with lab.redraw():
        lab.pick("gaussian")
    with lab.redraw():
        lab.page.locator('.parameters label:not([hidden]) input[type="number"]').fill("2")
    expected = KERNELS["gaussian"].with_parameters(sigma=2.0).weights
    lab.page.wait_for_function("size => document.querySelectorAll('.grid input').length === size", arg=expected.size)
    assert lab.cells() == [[format_weight(weight) for weight in row] for row in expected]

    # A burst of slider moves ends on the last value.
    with lab.redraw():
        lab.pick("edge")
    box = lab.page.locator('.parameters label:not([hidden]) input[type="number"]')
    for angle in range(0, 100, 5):
        box.fill(str(angle))
    lab.page.wait_for_function(
        "() => document.querySelector('.grid [data-row=\"2\"][data-column=\"0\"]').dataset.exact.startsWith('1.083')"
    )
    # 95 degrees: cos(95°) Sobel x + sin(95°) Sobel y has 2 sin(95°) = 1.9924 at the bottom in the middle.
    assert float(lab.cell(3, 2).get_attribute("data-exact")) == pytest.approx(2 * np.sin(np.radians(95)), rel=1e-6)


def test_the_layer_shows_its_arithmetic_the_legend_what_the_map_is_and_switches_change_it(open_map):
    lab = open_map()
    with lab.redraw():
        lab.page.get_by_label("number input for Stride").fill("2")
    lab.page.get_by_text("299 × 199 values from 10 weights").click()  # nine and the bias
    assert "⌊(600 − 3) / 2⌋ + 1 = 299" in lab.text(".facts")
    assert lab.pixels().size == (299, 199)
    with lab.redraw():
        lab.page.get_by_label("number input for Stride").fill("1")

    # One that is too large is answered with the nearest that works.
    box = lab.page.get_by_label("number input for Dilation")
    box.fill("99")
    problem = lab.page.locator(".figure-panel .problem")
    problem.wait_for(state="visible")
    assert "try 16" in problem.inner_text()
    assert box.input_value() == "99"  # still there to be mended
    lab.page.locator(".figure-panel .stale").wait_for(state="visible")
    with lab.redraw():
        box.fill("2")
    problem.wait_for(state="hidden")
    lab.page.get_by_text("596 × 396 values from 10 weights").wait_for()
    assert "2·(3 − 1) + 1" in lab.text(".facts")

    # A kernel that sums to 1 makes a picture, and the legend says so.
    with lab.redraw():
        box.fill("1")
    assert "signed because the weights sum to 0" in lab.text(".figure-panel [data-part=meaning]")
    with lab.redraw():
        lab.pick("identity")
    assert "picture because the weights sum to 1" in lab.text(".figure-panel [data-part=meaning]")
    assert lab.text(".figure-panel .ticks").split("\n") == ["values below 0: 0", "values above 1: 0"]
    drawn = np.asarray(lab.pixels()).astype(int)
    expected = 255 * grey("coffee.png")[1:-1, 1:-1]
    assert np.abs(drawn - expected[:, :, np.newaxis]).max() <= 0.51  # bytes, of the luminance in float32
    with lab.redraw():
        lab.pick("sharpen")
    sharp = correlate2d(grey("coffee.png"), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]], mode="valid")
    drawn = np.asarray(lab.pixels())
    assert (drawn[sharp > 1.001] == [0xB2, 0x18, 0x2B]).all()
    assert (drawn[sharp < -0.001] == [0x21, 0x66, 0xAC]).all()
    bar = lab.page.locator(".figure-panel .bar").evaluate("bar => getComputedStyle(bar).backgroundImage")
    stops = [
        "rgb(33, 102, 172) 0px, rgb(33, 102, 172) 5%",
        "rgb(0, 0, 0) 5%",
        "rgb(255, 255, 255) 95%",
        "rgb(178, 24, 43) 95%",
    ]
    assert bar == f"linear-gradient(to right, {', '.join(stops)})"
    with lab.redraw():
        lab.page.get_by_role("radio", name="signed").check()
    assert lab.text(".figure-panel [data-part=meaning]") == "blue negative, white 0, red positive"
    lab.linked("kernel=sharpen&display=signed")

    with lab.redraw():
        lab.page.get_by_label("ReLU", exact=False).check()
    assert "from 0 to" in lab.caption
    with lab.redraw():
        lab.page.get_by_label("reflect").check()
    assert "600 × 400" in lab.caption
    with lab.redraw():
        lab.page.get_by_label("each colour").check()
    assert lab.page.locator(".figure-panel .pictures img").count() == 3
    assert lab.page.locator(".figure-panel figcaption").all_inner_texts() == ["red", "green", "blue"]
    with lab.redraw():
        lab.page.get_by_label("clipped").check()
    assert lab.page.locator(".figure-panel .pictures img").count() == 1  # one picture in colour, as photo programs show


def test_the_numbers_and_the_picture_can_be_downloaded_and_the_code_follows_the_settings(open_map):
    lab = open_map("?picture=camera&kernel=sobel_y&stride=2")
    with lab.page.expect_download() as download:
        lab.page.click('[data-part="npy"]')
    numbers = np.load(download.value.path())
    expected = correlate2d(grey("camera.png"), [[-1, -2, -1], [0, 0, 0], [1, 2, 1]], mode="valid")[::2, ::2]
    np.testing.assert_allclose(numbers, expected, atol=1e-5)  # float32 against float64 sums of 9 products
    assert numbers.dtype == np.float32
    with lab.page.expect_download() as download:
        lab.page.click('[data-part="png"]')
    with Image.open(io.BytesIO(download.value.path().read_bytes())) as picture:
        assert picture.size == (255, 255)  # (512 - 3) // 2 + 1

    lab.page.click(".as-text summary")
    with lab.redraw():
        lab.page.fill(".as-text textarea", "1 -1")
    with lab.redraw():
        lab.page.get_by_label("replicate").check()
    settle(lab.page)
    lab.page.get_by_text("Show the code").click()
    code = lab.page.locator(".lab-code pre").filter(visible=True)
    code.wait_for(state="visible")
    assert "mode='edge'" in code.inner_text()
    assert "[[1, -1]]" in code.inner_text()
