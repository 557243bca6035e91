"""The Feature map tab in a real browser, as a student uses it."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from scipy.signal import correlate2d

from convdemo.kernels import KERNELS, format_weight
from tests.serving import ROOT
from tests.ui.lab import Held


def grey(name: str) -> np.ndarray:
    """An example picture's luminance in [0, 1], by Pillow and Rec. 601."""
    with Image.open(ROOT / "examples" / name) as picture:
        pixels = np.asarray(picture, np.float64) / 255
    return pixels if pixels.ndim == 2 else pixels @ [0.299, 0.587, 0.114]


def test_the_first_paint_shows_a_photo_and_its_feature_map_without_a_click(open_lab):
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


def test_picture_kernel_and_feature_map_fit_on_a_laptop_screen_together(open_lab):
    lab = open_lab()
    for selector in (".picture-panel .stage", ".kernel-panel .grid", ".figure-panel .stage", ".figure-panel .legend"):
        box = lab.page.locator(selector).bounding_box()
        assert box["y"] >= 0, selector
        assert box["y"] + box["height"] <= 800, selector
        assert box["x"] + box["width"] <= 1280, selector


@pytest.mark.parametrize("names", [list(KERNELS)[:13], list(KERNELS)[13:]], ids=["first half", "second half"])
def test_every_kernel_of_the_menu_makes_its_feature_map(open_lab, names):
    lab = open_lab("?picture=chelsea&kernel=1,2")  # a kernel that is none of them
    for name in names:
        with lab.redraw():
            lab.pick(name)
        kernel = KERNELS[name]
        assert kernel.title in lab.caption
        assert lab.text(".kernel-panel .note") == kernel.note
        height, width = kernel.weights.shape
        assert f"{451 - width + 1} × {300 - height + 1}" in lab.caption  # chelsea.png is 451 x 300
        if max(kernel.weights.shape) <= 15:
            assert lab.cells() == [[format_weight(weight) for weight in row] for row in kernel.weights]


def test_an_edited_cell_changes_the_feature_map_and_the_kernel_becomes_ones_own(open_lab):
    lab = open_lab()
    with lab.redraw():
        lab.cell(2, 3).fill("-5")
    assert "Your kernel" in lab.caption
    # Its range by SciPy, to the three digits that are shown.
    expected = correlate2d(grey("coffee.png"), [[-1, 0, 1], [-2, 0, -5], [-1, 0, 1]], mode="valid")
    low, high = re.search(r"from (\S+) to (\S+)", lab.caption).groups()
    assert float(low.replace("−", "-")) == pytest.approx(expected.min(), rel=0.005)
    assert float(high.replace("−", "-")) == pytest.approx(expected.max(), abs=0.005)


def test_a_bad_cell_says_where_and_loses_nothing(open_lab):
    lab = open_lab()
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
    assert not lab.page.locator(".figure-panel .stale").is_visible()


def test_a_kernel_can_be_edited_with_the_keyboard_alone(open_lab):
    lab = open_lab()
    lab.cell(1, 1).focus()
    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("ArrowRight")
    with lab.redraw():
        lab.page.keyboard.type("9")
    assert lab.cells() == [["-1", "0", "1"], ["-2", "9", "2"], ["-1", "0", "1"]]


def test_a_kernel_is_chosen_with_the_keyboard_alone(open_lab):
    lab = open_lab()
    lab.page.locator(".menu-button").focus()
    lab.page.keyboard.press("Enter")
    lab.page.keyboard.press("ArrowDown")
    with lab.redraw():
        lab.page.keyboard.press("Enter")
    assert "Sobel y" in lab.caption  # the one after Sobel x


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


def test_one_touch_operations(open_lab):
    lab = open_lab()
    lab.page.get_by_text("Edit as text").click()
    for operation, expected in CHANGED.items():
        with lab.redraw():
            lab.page.fill(".kernel-panel textarea", ASKEW)
        with lab.redraw():
            lab.page.click(f'.kernel-panel [data-operation="{operation}"]')
        assert lab.cells() == expected, operation


def test_what_cannot_be_normalised_says_so(open_lab):
    lab = open_lab()
    before = lab.cells()
    lab.page.click('.kernel-panel [data-operation="normalise"]')  # the browser says it at once
    assert "sum to 0" in lab.text(".kernel-panel .problem")
    assert lab.cells() == before
    with lab.redraw():  # and the next operation finds the kernel as it was
        lab.page.click('.kernel-panel [data-operation="negate"]')
    assert lab.cells()[0] == ["1", "0", "-1"]  # of Sobel x
    assert lab.text(".kernel-panel .problem") == ""


def test_operations_in_quick_succession_are_all_done(open_lab):
    lab = open_lab("?kernel=1,2,4")
    for name in ("rotate", "negate", "rotate", "flip_columns", "negate", "transpose", "negate"):
        lab.page.click(f'.kernel-panel [data-operation="{name}"]')
    # by hand: a column 1 2 4, its signs, the row -4 -2 -1, mirrored -1 -2 -4, 1 2 4, as a column, its signs
    lab.page.wait_for_function(
        """expected => expected === JSON.stringify([...document.querySelectorAll(".kernel-panel .grid input")].map(
            ({ dataset: { row, column, exact } }) => [row, column, exact]))""",
        arg='[["0","0","-1"],["1","0","-2"],["2","0","-4"]]',
    )
    lab.page.locator(".kernel-panel [data-part=sum]", has_text="sum −7").wait_for()  # the server's, of the last of them


def test_the_kernel_grows_and_shrinks_cell_by_cell(open_lab):
    lab = open_lab("?kernel=1,2")
    with lab.redraw():
        lab.page.click('[data-part="rows_more"]')
    assert lab.cells() == [["1", "2"], ["0", "0"]]
    with lab.redraw():
        lab.page.click('[data-part="columns_fewer"]')
    assert lab.cells() == [["1"], ["0"]]


def test_a_list_from_python_can_be_pasted_as_text(open_lab):
    lab = open_lab()
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


def test_a_text_that_is_typed_while_another_is_answered_is_read(open_lab):
    lab = open_lab()
    lab.page.click(".as-text summary")
    held = Held(lab.page, "**/gradio_api/run/predict*")
    lab.page.fill(".as-text textarea", "1 2\n3 4")  # several events: they are asked for one after the other
    lab.page.fill(".as-text textarea", "5 6")
    held.let_go()
    lab.page.locator(".figure-panel .caption", has_text="599 × 400").wait_for()  # 600 - 2 + 1
    assert lab.cells() == [["5", "6"]]


def test_a_31x31_kernel_works_from_text(open_lab):
    lab = open_lab()
    lab.page.click(".as-text summary")
    with lab.redraw():
        lab.page.fill(".as-text textarea", "\n".join([" ".join(["1/961"] * 31)] * 31))
    assert f"{600 - 31 + 1} × {400 - 31 + 1}" in lab.caption


def test_ones_own_kernel_is_not_lost_by_looking_at_another(open_lab):
    lab = open_lab()
    with lab.redraw():
        lab.cell(1, 1).fill("7")
    with lab.redraw():
        lab.pick("emboss")
    with lab.redraw():
        lab.pick("custom")
    assert lab.cells() == [["7", "0", "1"], ["-2", "0", "2"], ["-1", "0", "1"]]


def test_a_parameter_designs_the_kernel(open_lab):
    lab = open_lab("?kernel=gaussian")
    with lab.redraw():
        lab.page.locator('.parameters label:not([hidden]) input[type="number"]').fill("2")
    expected = KERNELS["gaussian"].with_parameters(sigma=2.0).weights
    lab.page.wait_for_function("size => document.querySelectorAll('.grid input').length === size", arg=expected.size)
    assert lab.cells() == [[format_weight(weight) for weight in row] for row in expected]


def test_a_burst_of_slider_moves_ends_on_the_last_value(open_lab):
    lab = open_lab("?kernel=edge")
    box = lab.page.locator('.parameters label:not([hidden]) input[type="number"]')
    for angle in range(0, 100, 5):
        box.fill(str(angle))
    lab.page.wait_for_function(
        "() => document.querySelector('.grid [data-row=\"2\"][data-column=\"0\"]').dataset.exact.startsWith('1.083')"
    )
    # 95 degrees: cos(95°) Sobel x + sin(95°) Sobel y has 2 sin(95°) = 1.9924 at the bottom in the middle.
    assert float(lab.cell(3, 2).get_attribute("data-exact")) == pytest.approx(2 * np.sin(np.radians(95)), rel=1e-6)


def test_stride_shows_its_arithmetic(open_lab):
    lab = open_lab()
    with lab.redraw():
        lab.page.get_by_label("number input for Stride").fill("2")
    lab.page.get_by_text("299 × 199 values from 10 weights").click()  # nine and the bias
    assert "⌊(600 − 3) / 2⌋ + 1 = 299" in lab.text(".facts")
    assert lab.pixels().size == (299, 199)


def test_a_number_that_is_too_large_is_answered_with_the_nearest_that_works(open_lab):
    lab = open_lab()
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
    lab.page.get_by_text("596 × 396 values from 10 weights").click()
    assert "2·(3 − 1) + 1" in lab.text(".facts")


def test_a_kernel_that_sums_to_1_makes_a_picture_and_the_legend_says_so(open_lab):
    lab = open_lab()
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


def test_switches_change_the_feature_map(open_lab):
    lab = open_lab()
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


def test_the_numbers_and_the_picture_can_be_downloaded(open_lab):
    lab = open_lab("?picture=camera&kernel=sobel_y&stride=2")
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


def test_the_code_panel_follows_the_settings(open_lab):
    lab = open_lab("?kernel=1,-1&padding=replicate")
    lab.page.get_by_text("Show the code").click()
    code = lab.page.locator(".lab-code pre").filter(visible=True)
    code.wait_for(state="visible")
    assert "mode='edge'" in code.inner_text()
    assert "[[1, -1]]" in code.inner_text()
