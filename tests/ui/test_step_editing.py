"""What is typed, pasted, resized, shared and linked on the Step by step tab, in a real browser."""

import numpy as np
from playwright.sync_api import expect

from tests.ui.lab import CLIPBOARD
from tests.ui.step import FIRST, IMAGE, Step, as_text, expected, open_tab


def test_editing_resizing_and_what_is_typed_wrongly(open_step):
    step = open_step(**CLIPBOARD)
    page = step.page
    # An edit, and quick typing: the last of it counts, also after the server has answered all of it.
    step.cell("kernel", 1, 1).fill("1/2")
    assert step.rows() == expected(np.arange(9).reshape(3, 3), [[0.5, 1], [2, 3]])
    assert step.part("preset").input_value() == "own"
    step.cell("kernel", 1, 1).select_text()
    page.keyboard.type("-12.25")
    step.linked("step_kernel=-49/4,1;2,3")
    assert step.cells("kernel") == [["-12.25", "1"], ["2", "3"]]
    assert step.rows()[0] == [19, 12.8]  # 25 - 12.25 * 1 = 12.75, to three digits

    # Arrows go from cell to cell; typing replaces.
    step.cell("image", 1, 1).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    page.keyboard.type("-8")
    assert step.cells("image") == [["0", "-8", "2"], ["3", "4", "5"], ["6", "7", "8"]]

    # Cells that are no numbers: marked, answered, and nothing is lost.
    before = step.rows()
    for name, text, piece in (
        ("image", "abc", '"abc" is not a number'),
        ("kernel", "1e999", '"1e999" is too large'),
        ("image", "", "the cell is empty"),
        ("kernel", "<img src=x onerror='window.hacked = 1'>", "is not a number"),
        ("image", "1/0", "divides by zero"),
    ):
        cell, good = step.cell(name, 2, 1), step.cells(name)[1][0]
        cell.fill(text)
        said = step.problem(piece)
        assert said.startswith(f"{name}: row 2, column 1"), text
        assert cell.evaluate("cell => cell.classList.contains('wrong')"), text
        assert step.widget.locator("input.wrong").count() == 1, text
        assert cell.get_attribute("aria-invalid") == "true"
        assert not step.ready
        for button in ("play", "next", "restart"):  # nothing to play, and no harm done
            step.part(button).click()
        assert cell.input_value() == text
        assert step.cells("image")[0] == ["0", "-8", "2"]
        cell.fill(good)
        step.fine()
        assert step.widget.locator("input.wrong").count() == 0, text
        assert step.ready
    assert page.evaluate("window.hacked") is None
    assert step.rows() == before

    # Settings that cannot be: the arithmetic, and the way out. 4 * (2 - 1) + 1 = 5.
    step.set(dilation=4)
    said = step.problem("spans 5 pixels")
    assert "3x3" in said
    assert "dilation 2" in said
    assert not step.ready
    step.set(dilation=2)
    step.fine()
    assert np.shape(step.rows()) == (1, 1)
    for text in ("0", "9", "", "1.5"):
        step.part("stride").fill(text)
        step.problem("stride is")
        assert "whole number from 1 to 4" in step.text("problem"), text
        assert step.part("stride").input_value() == text
        step.part("stride").fill("1")
        step.fine()
    step.set(dilation=1)

    # The sizes end at 12 x 12 and 5 x 5, and at 1 x 1; what is new is 0.
    def resize(title: str, what: str, times: int) -> None:
        button = page.get_by_role("button", name=f"{title}: one {what}", exact=True)
        for _ in range(times):
            if button.is_enabled():  # at its end it may be switched off
                button.click()

    for what in ("row more", "column more"):
        resize("Input", what, 1)
        resize("Kernel", what, 4)  # one too many
    assert np.shape(step.cells("image")) == (4, 4)
    assert step.cells("image")[3] == ["0"] * 4
    image = np.arange(121).reshape(11, 11) % 7 - 3
    step.paste("image", as_text(image))
    for what in ("row more", "column more"):
        resize("Input", what, 2)
    np.testing.assert_array_equal(np.array(step.cells("image"), float), np.pad(image, (0, 1)))
    image, kernel = np.array(step.cells("image"), float), np.array(step.cells("kernel"), float)
    assert image.shape == (12, 12)
    assert kernel.shape == (5, 5)
    np.testing.assert_allclose(step.rows(), expected(image, kernel), rtol=0.005)  # three digits are shown
    step.linked("step_image=")
    step.fine()
    step.paste("image", "4 5\n6 7")
    for what in ("row fewer", "column fewer"):
        resize("Kernel", what, 4)
        resize("Input", what, 2)
    assert step.cells("image") == [["4"]]
    assert step.cells("kernel") == [["-12.25"]]
    assert step.rows() == [[-49]]

    # A matrix that is too large is answered, kept, and can be cut down.
    step.paste("image", as_text(np.ones((13, 12), int)))
    step.problem("12 × 13: at most 12 × 12")
    assert np.shape(step.cells("image")) == (13, 12)
    resize("Input", "row fewer", 1)
    step.fine()
    assert step.rows() == [[-12.2] * 12] * 12 or step.rows() == [[-12.3] * 12] * 12
    # And one with rows of different lengths says which.
    step.paste("kernel", "1 2\n3")
    step.problem("row 2 has 1 number")
    step.paste("kernel", "1 2\n3 4")
    step.fine()
    assert step.cells("kernel") == [["1", "2"], ["3", "4"]]
    assert step.rows() == [[10] * 11] * 11

    # A list from Python can be pasted, as on the Feature map tab; and blank lines do not count, as in the links.
    step.paste("image", "1 2 3\n\n4 5 6\n")
    assert step.cells("image") == [["1", "2", "3"], ["4", "5", "6"]]
    step.paste("kernel", "[[1, -1],\n [2, 0]]")
    assert step.cells("kernel") == [["1", "-1"], ["2", "0"]]
    assert step.rows() == [[1 - 2 + 8, 2 - 3 + 10]]

    # Up to 12 x 12 cells: each has its number, or at least a colour.
    step.paste("image", as_text(np.arange(144).reshape(12, 12)))
    step.output(1, 1).click()  # the focus is elsewhere
    blank = step.part("image").evaluate(
        """grid => [...grid.querySelectorAll("input")].filter((cell) => {
            const style = getComputedStyle(cell);
            return parseFloat(style.fontSize) === 0 && style.backgroundColor === "rgba(0, 0, 0, 0)";
        }).length"""
    )
    assert blank == 0


def test_share_and_reload_keep_the_tab_as_it_is(open_lab):
    step = open_tab(open_lab(**CLIPBOARD))  # no link: nothing is restored
    lab, page = step.lab, step.page
    assert step.text("equation") == FIRST  # as everybody finds it
    step.set(preset="edge", stride=2, padding="reflect", dilation=3, flip=True)
    step.output(2, 4).click()
    step.linked("step_cell=2,4")
    page.wait_for_function("() => location.search.includes('step_flip=yes')")
    preset = step.state
    lab.reload()
    assert Step(lab).state == preset
    expect(step.part("image")).to_be_visible()  # the tab is the one that was left
    assert step.part("preset").input_value() == "edge"

    step.paste("image", as_text(IMAGE))
    step.paste("kernel", "1/3 -2\n0.1 1e-7\n5 6")
    step.set(stride=1, padding="replicate", dilation=2)
    step.output(5, 3).click()
    step.linked("step_cell=5,3")
    step.linked("step=own")
    own = step.state
    page.click('[data-part="share"]')
    page.locator('[data-part="copied"]', has_text="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "tab=step" in link
    other = open_lab(f"?{link.partition('?')[2]}")
    opened = Step(other)
    matrices, rest = opened.state[:2], opened.state[2:]
    assert rest == own[2:]
    assert matrices[0] == own[0]
    assert matrices[1] == [["1/3", "-2"], ["0.1", "1e-7"], ["5", "6"]]
    other.reload()
    assert Step(other).state == opened.state


def test_a_link_with_settings_that_cannot_be_says_why(open_lab):
    page = open_lab("?step_dilation=4", "step").page
    page.locator(".step-panel [data-part=problem]", has_text="spans 5 pixels").wait_for(state="visible")
