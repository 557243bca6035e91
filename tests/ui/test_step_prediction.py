"""Predict, then reveal: what must not be read elsewhere, and what counts as right."""

import numpy as np
from playwright.sync_api import expect

from tests.ui.lab import CLIPBOARD
from tests.ui.step import FIRST, expected, number


def test_predict_then_reveal(open_step):
    step = open_step(**CLIPBOARD)
    page = step.page
    step.part("predict").check()
    right_part = """canvas => {
        const { width, height } = canvas;
        const area = [Math.floor(0.85 * width), 0, Math.ceil(0.15 * width), height];
        const { data } = canvas.getContext("2d").getImageData(...area);
        return data.filter((value, index) => index % 4 === 3 && value > 0).length;
    }"""

    def hidden() -> None:
        assert step.value == ""
        assert step.text("equation").endswith("= ?")
        assert step.text("sentence") == ""
        assert step.part("window").evaluate(right_part) == 0  # no products

    assert step.rows() == [[None, None], [None, None]]
    hidden()

    def guess(text: str) -> None:
        page.keyboard.type(text)
        page.keyboard.press("Enter")

    # A click on an output takes the typing with it.
    step.output(1, 1).click()
    guess("19")
    assert step.text("verdict") == "Right."
    assert step.text("score") == "1 of 1 right"
    assert step.text("equation") == FIRST
    assert step.value == "19"
    assert step.rows() == [[19, None], [None, None]]
    assert step.part("window").evaluate(right_part) > 0
    # A wrong number: the true one, and the worked sum. A second guess at the same does not count.
    step.output(1, 2).click()
    hidden()
    assert step.text("verdict") == ""
    guess("24")
    assert step.text("verdict") == "Not 24: it is 25."
    assert step.text("equation") == "1·0 + 2·1 + 4·2 + 5·3 = 25"
    guess("25")
    assert step.text("score") == "1 of 2 right"
    # What is no number is answered, stays to be mended, and does not count.
    step.output(2, 1).click()
    for text in ("<b>x</b>", "1e999", "1/0"):
        step.part("answer").fill("")
        guess(text)
        assert step.text("verdict").startswith(f"“{text}” is not a number")
        assert step.part("answer").input_value() == text
        assert step.text("score") == "1 of 2 right"
        hidden()
    step.part("answer").fill("")
    page.keyboard.press("Enter")
    assert "is not a number" in step.text("verdict")

    # Fractions, decimals, minus signs: a window [1, 1] is 1/2 + 1/4, [-1, 0] is -1/2, [0, 1/3] is 1/12.
    step.paste("image", "1 1 -1 0 1/3")
    step.paste("kernel", "1/2 1/4")
    assert step.rows() == [[None] * 4]
    for column, text in ((1, "3/4"), (3, "−.5"), (4, "1/12"), (2, " 0.25 ")):
        step.output(1, column).click()
        guess(text)
        assert step.text("verdict") == "Right.", text
    assert step.text("score") == "5 of 6 right"
    assert step.rows() == [[0.75, 0.25, -0.5, 0.0833]]

    # With the keyboard alone, from the switch on; a new round keeps the score.
    step.part("predict").focus()
    page.keyboard.press("Space")
    assert step.rows()[0][0] == 0.75
    expect(step.part("guess")).to_be_hidden()
    page.keyboard.press("Space")
    assert step.rows() == [[None] * 4]
    for _ in range(40):
        page.keyboard.press("Tab")
        if "Output row 1, column 2" in (page.evaluate("document.activeElement.ariaLabel") or ""):
            break
    page.keyboard.press("Enter")
    assert step.position == (0, 1)
    guess("1/4")
    assert step.text("verdict") == "Right."
    assert step.text("score") == "6 of 7 right"


def test_whole_numbers_have_all_their_digits_and_what_is_to_be_predicted_cannot_be_read_elsewhere(open_step):
    step = open_step(**CLIPBOARD)
    # "Hide the output": in the flipped mode the cross-correlation and the difference add up to it, and the matrix
    # product ends with it.
    step.part("matrix").locator("summary").click()
    step.set(flip=True)
    step.part("predict").check()
    difference = step.part("difference_output")
    assert not difference.is_visible() or step.rows("difference_output") == [[None, None], [None, None]]
    last = "element => [...element.querySelectorAll('tr')].map(line => line.cells[line.cells.length - 1].textContent)"
    sums = expected(np.arange(9).reshape(3, 3), [[0, 1], [2, 3]], flip=True)
    table = step.part("im2col")
    assert not table.is_visible() or [number(text) for text in table.evaluate(last)] != np.ravel(sums).tolist()

    # A wrong whole number is wrong, however large the sum is.
    step.part("predict").uncheck()
    step.set(flip=False)
    step.paste("image", "255 123")
    step.paste("kernel", "1 1")
    step.part("predict").check()
    step.output(1, 1).click()
    step.page.keyboard.type("379")
    step.page.keyboard.press("Enter")
    assert step.text("verdict") == "Not 379: it is 378."  # 255 + 123

    # Pixels go to 255, and a worked sum has to be true: 255 * 5 = 1275.
    step.part("predict").uncheck()
    step.paste("image", "255\n1234")
    step.cell("kernel", 1, 1).focus()
    step.paste("kernel", "5 0")
    step.page.get_by_role("button", name="Kernel: one column fewer").click()
    assert step.text("equation") == "255·5 = 1275"
    assert step.rows() == [[1275], [6170]]
