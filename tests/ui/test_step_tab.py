"""The Step by step tab in a real browser: the player, presets, layers, editing, matrix products, prediction, links.

Expected outputs come from the Python core (`cross_correlate_loops`, `convolve`, `im2col`), or from the chapter
("Convolutions for Images", Dive into Deep Learning) where its numbers stand here.
"""

import io
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from convdemo.correlation import convolve, cross_correlate_loops, im2col, same_padding
from tests.ui.lab import CLIPBOARD, PHONE, stop_clock

FIGURE = [[19, 25], [37, 43]]  # the chapter's figure
FIRST = "0·0 + 1·1 + 3·2 + 4·3 = 19"
IMAGE = np.random.default_rng(3).integers(-9, 10, (7, 6))
KERNEL = np.array([[1, -2], [3, 0], [-1, 2]])  # neither square nor symmetric


def number(text: str) -> float | None:
    """What a cell says; None for one that is hidden."""
    return None if text in ("", "?") else float(text.replace("−", "-"))


def as_text(matrix) -> str:
    """A matrix as someone would paste it."""
    return "\n".join(" ".join(map(str, row)) for row in np.asarray(matrix).tolist())


def expected(image, kernel, *, stride=1, padding="none", dilation=1, flip=False) -> list[list[float]]:
    """The output by the Python core."""
    layer = {
        "stride": stride,
        "dilation": dilation,
        "padding": 0 if padding == "none" else same_padding(np.shape(kernel), dilation),
        "padding_mode": "zeros" if padding == "none" else padding,
    }
    return np.asarray((convolve if flip else cross_correlate_loops)(image, kernel, **layer)).tolist()


class Step:
    """The tab as a visitor uses it."""

    def __init__(self, lab):
        self.lab, self.page, self.linked = lab, lab.page, lab.linked
        page = self.page
        self.widget = page.locator(".lab-step [data-ready]")
        page.wait_for_selector('.lab-step [data-ready="true"]')

    def wait(self) -> None:
        """Waits until the server has answered the last change."""
        self.page.wait_for_selector('.lab-step [data-ready]:not([data-ready=""])')

    def part(self, name: str):
        """An element of the tab by its name."""
        return self.page.locator(f".step-panel [data-part={name}]")

    def text(self, name: str) -> str:
        """Its text."""
        self.wait()
        return self.part(name).inner_text()

    @property
    def position(self) -> tuple[int, int]:
        """The output that is shown, from 0."""
        self.wait()
        row, column = self.widget.get_attribute("data-position").split(",")
        return int(row), int(column)

    @property
    def value(self) -> str:
        """Its sum; "" while it is hidden."""
        self.wait()
        return self.widget.get_attribute("data-value")

    @property
    def ready(self) -> bool:
        """Whether there is something to show."""
        self.wait()
        return self.widget.get_attribute("data-ready") == "true"

    def rows(self, name: str = "output") -> list[list[float | None]]:
        """An output on screen, row by row."""
        self.wait()
        columns, texts = self.part(name).evaluate(
            "grid => [grid.style.getPropertyValue('--columns'), [...grid.children].map(cell => cell.textContent)]"
        )
        values = [number(text) for text in texts]
        return [values[start : start + int(columns)] for start in range(0, len(values), int(columns))]

    def cells(self, name: str) -> list[list[str]]:
        """The exact texts of a matrix."""
        rows: dict[str, list[str]] = {}
        for row, text in self.part(name).evaluate(
            "grid => [...grid.querySelectorAll('input')].map(cell => [cell.dataset.row, cell.dataset.exact])"
        ):
            rows.setdefault(row, []).append(text)
        return list(rows.values())

    def cell(self, name: str, row: int, column: int):
        """A cell of a matrix, counted from 1."""
        return self.part(name).locator(f'[data-row="{row - 1}"][data-column="{column - 1}"]')

    def output(self, row: int, column: int):
        """The button of an output, counted from 1."""
        self.wait()
        return self.part("output").get_by_role("button", name=re.compile(f"row {row}, column {column}:"))

    def set(self, **settings) -> None:
        """Changes settings, as by hand."""
        for name, value in settings.items():
            if name == "flip":
                self.part(name).set_checked(value)
            elif name in ("padding", "preset"):
                self.part(name).select_option(value)
            else:
                self.part(name).fill(str(value))

    def paste(self, name: str, text: str) -> None:
        """Copies a text and pastes it into the first cell."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.cell(name, 1, 1).focus()
        self.page.keyboard.press("ControlOrMeta+V")

    def problem(self, piece: str):
        """Waits until the tab says a sentence with this in it."""
        place = self.part("problem").filter(has_text=piece)
        place.wait_for(state="visible")
        return place.text_content()  # as it was sent; on screen it begins with a capital

    def fine(self) -> None:
        """Waits until it says nothing."""
        self.part("problem").wait_for(state="hidden")

    @property
    def state(self) -> tuple:
        """All that a link keeps, and what follows from it."""
        settings = [self.part(name).input_value() for name in ("preset", "stride", "padding", "dilation")]
        shown = self.position, self.value, self.text("equation"), self.rows()
        return self.cells("image"), self.cells("kernel"), settings, self.part("flip").is_checked(), shown


@pytest.fixture
def open_step(open_lab):
    """Opens the lesson's own page."""
    return lambda **options: Step(open_lab("?stride=1", "step", **options))


def open_tab(lab) -> Step:
    """Goes to the lesson's tab with the keyboard."""
    lab.page.get_by_role("tab", name="Step by step").focus()
    lab.page.keyboard.press("Enter")
    return Step(lab)


def test_it_opens_from_the_page_as_everybody_finds_it(open_lab):
    lab = open_lab()  # no link: nothing is restored
    lab.page.get_by_role("tab", name="Step by step").click()
    assert Step(lab).text("equation") == FIRST


def test_it_opens_on_the_figure_and_plays_it_cell_by_cell(open_step):
    step = open_step()
    assert step.text("equation") == FIRST
    assert step.rows() == FIGURE
    assert step.position == (0, 0)
    assert step.value == "19"
    assert step.cells("image") == [["0", "1", "2"], ["3", "4", "5"], ["6", "7", "8"]]
    assert step.cells("kernel") == [["0", "1"], ["2", "3"]]
    assert "row 1, column 1: sum of 4 products = 19" in step.text("sentence")

    # Each output can be picked; its equation is the window times the kernel, by hand.
    for place, equation in (
        ((2, 2), "4·0 + 5·1 + 7·2 + 8·3 = 43"),
        ((1, 2), "1·0 + 2·1 + 4·2 + 5·3 = 25"),
        ((2, 1), "3·0 + 4·1 + 6·2 + 7·3 = 37"),
    ):
        step.output(*place).click()
        assert step.position == (place[0] - 1, place[1] - 1)
        assert step.text("equation") == equation
        assert step.value == equation.split(" = ")[1]
        assert step.rows() == FIGURE
        assert step.output(*place).get_attribute("aria-current") == "true"
        assert step.part("output").locator("[aria-current=true]").count() == 1


def test_the_player_shows_one_sum_after_another(open_step):
    step = open_step(is_fresh=True)
    stop_clock(step.page)
    clock = step.page.clock
    # Play: from the start, the sums drop in one by one, a step a second, and the button says what a click does.
    play = step.part("play")
    play.click()
    assert step.rows() == [[19, None], [None, None]]
    assert "Pause" in play.inner_text()
    clock.run_for(999)
    assert step.rows() == [[19, None], [None, None]]
    clock.run_for(1)
    assert step.rows() == [[19, 25], [None, None]]
    play.click()
    assert "Play" in play.inner_text()
    clock.run_for(10_000)
    assert step.rows() == [[19, 25], [None, None]]

    # Step: one more; and restart: only the first.
    step.part("next").click()
    assert step.position == (1, 0)
    assert step.rows() == [[19, 25], [37, None]]
    step.part("restart").click()
    assert step.position == (0, 0)
    assert step.rows() == [[19, None], [None, None]]
    # An output that has not been reached can be picked too.
    step.output(2, 1).click()
    assert step.rows() == [[19, 25], [37, None]]
    step.part("next").click()
    assert step.rows() == FIGURE
    step.part("next").click()  # after the last comes the first, and nothing is hidden again
    assert step.position == (0, 0)
    assert step.rows() == FIGURE

    # At speed 8 a step every quarter of a second. It ends by itself.
    step.part("speed").fill("8")
    step.part("restart").click()
    play.click()
    for shown in ([[19, None], [None, None]], [[19, 25], [None, None]], [[19, 25], [37, None]], FIGURE):
        assert step.rows() == shown
        assert "Pause" in play.inner_text()
        clock.run_for(250)
    assert "Play" in play.inner_text()
    assert step.rows() == FIGURE

    # A change while it plays stops it.
    step.part("restart").click()
    play.click()
    step.cell("image", 1, 1).fill("5")
    clock.resume()  # the server's answer takes time of its own
    assert "Play" in play.inner_text()
    assert step.rows() == [[19, 25], [37, 43]]  # 5 * 0 more: the kernel's first weight is 0
    assert step.text("equation") == FIRST.replace("0·0", "5·0")


def test_the_presets_show_what_the_chapter_says(open_step):
    step = open_step()
    assert not step.part("other").is_visible()
    step.set(preset="edge")
    assert step.rows() == [[0, 1, 0, 0, 0, -1, 0]] * 6  # the chapter's edge map
    step.set(preset="transposed")
    assert step.rows() == [[0] * 5] * 8  # the chapter: the kernel finds nothing
    step.set(preset="diagonal")
    # A bright upper triangle: its border, where column + 1 = row, goes up from left to right.
    assert step.rows() == [[-1 if column + 1 == row else 0 for column in range(7)] for row in range(6)]
    step.set(preset="impulse")
    flipped = [[0, 9, 8, 7, 0], [0, 6, 5, 4, 0], [0, 3, 2, 1, 0]]
    itself = [[0, 1, 2, 3, 0], [0, 4, 5, 6, 0], [0, 7, 8, 9, 0]]
    assert step.rows() == flipped
    step.set(flip=True)
    assert step.rows() == itself
    assert step.rows("other_output") == flipped
    assert step.rows("difference_output") == (np.array(itself) - flipped).tolist()
    assert "true convolution" in step.text("output_title")
    assert "cross-correlation" in step.part("other").locator("figcaption").inner_text()
    step.output(1, 2).click()
    assert step.text("equation") == "0·9 + 0·8 + 0·7 + 0·6 + 0·5 + 0·4 + 0·3 + 0·2 + 1·1 = 1"
    step.set(flip=False)
    assert step.rows() == flipped
    assert not step.part("other").is_visible()
    assert not step.part("difference").is_visible()
    step.set(preset="figure")
    assert step.rows() == FIGURE
    assert step.text("equation") == FIRST


def test_layers_give_the_numbers_of_the_python_core_and_matrix_products_agree(open_step):
    step = open_step(**CLIPBOARD)
    step.paste("image", as_text(IMAGE))
    step.paste("kernel", as_text(KERNEL).replace(" ", ",").replace("\n", ";"))
    assert step.cells("image") == [[str(value) for value in row] for row in IMAGE]
    assert step.cells("kernel") == [[str(value) for value in row] for row in KERNEL]
    assert step.part("preset").input_value() == "own"
    step.part("matrix").locator("summary").click()
    table = """element => [...element.querySelectorAll("tr")].map(line =>
        [line.getAttribute("aria-current"), ...[...line.cells].map(cell => cell.textContent)])"""

    for layer in (
        {},
        {"flip": True},
        {"stride": 3, "padding": "zeros"},
        {"padding": "zeros", "flip": True},
        {"padding": "reflect", "dilation": 3, "stride": 2, "flip": True},
        {"padding": "replicate", "dilation": 2},
        {"padding": "replicate", "stride": 4, "dilation": 4},
        {"padding": "zeros", "dilation": 4, "flip": True},
    ):
        step.set(**({"stride": 1, "padding": "none", "dilation": 1, "flip": False} | layer))
        wanted = expected(IMAGE, KERNEL, **layer)
        assert step.rows() == wanted, layer
        if layer.get("flip"):
            others = expected(IMAGE, KERNEL, **(layer | {"flip": False}))
            assert step.rows("other_output") == others, layer
            assert step.rows("difference_output") == (np.array(wanted) - others).tolist(), layer

        # The last output: its equation worked out again, and its sum.
        rows, columns = np.shape(wanted)
        step.output(rows, columns).click()
        assert step.position == (rows - 1, columns - 1)
        left, _, right = step.text("equation").partition(" = ")
        factors = [[number(factor.strip("()")) for factor in term.split("·")] for term in left.split(" + ")]
        assert sum(a * b for a, b in factors) == number(right) == float(step.value) == wanted[-1][-1]
        padded = {"zeros": "zero padding", "reflect": "reflected", "replicate": "replicated"}
        assert padded.get(layer.get("padding"), f"= {right}.") in step.text("sentence")

        # im2col by the core, times the kernel as the mode wants it; the row of this output is lit.
        padding = layer.get("padding", "none")
        patches = np.asarray(
            im2col(
                IMAGE,
                KERNEL.shape,
                stride=layer.get("stride", 1),
                dilation=layer.get("dilation", 1),
                padding=0 if padding == "none" else same_padding(KERNEL.shape, layer.get("dilation", 1)),
                padding_mode="zeros" if padding == "none" else padding,
            )
        )
        weights = (KERNEL[::-1, ::-1] if layer.get("flip") else KERNEL).ravel()
        lines = step.part("im2col").evaluate(table)
        outputs = lines[: len(patches)]
        assert [[number(text) for text in line[1:7]] for line in outputs] == patches.tolist(), layer
        assert [number(line[-1]) for line in outputs] == np.ravel(wanted).tolist(), layer
        assert [number(line[8]) for line in outputs[:6]] == weights[: len(outputs)].tolist(), layer
        assert [number(line[-1]) for line in lines[len(patches) :]] == weights[len(patches) :].tolist(), layer
        assert [line[0] for line in outputs] == ["false"] * (len(outputs) - 1) + ["true"], layer
        assert step.text("agreement").endswith("0 and 0."), layer

    # The banded matrix as it is drawn, for one layer: column j is the output of an image with a 1 at pixel j.
    step.set(stride=2, padding="zeros", dilation=1, flip=False)
    step.output(1, 2).click()
    units = np.eye(IMAGE.size).reshape(-1, *IMAGE.shape)
    band = np.array([np.ravel(expected(unit, KERNEL, stride=2, padding="zeros")) for unit in units]).T
    drawn = np.array(
        step.part("band").evaluate(
            """async (image, [rows, columns]) => {
                await image.decode();
                const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
                const context = canvas.getContext("2d");
                context.drawImage(image, 0, 0);
                const { data } = context.getImageData(0, 0, columns, rows);
                return Array.from({ length: rows * columns }, (_, at) => [...data.slice(4 * at, 4 * at + 3)]);
            }""",
            list(band.shape),
        )
    ).reshape(*band.shape, 3)
    assert (drawn[band > 0][:, 0] > drawn[band > 0][:, 2]).all()  # red
    assert (drawn[band < 0][:, 2] > drawn[band < 0][:, 0]).all()  # blue
    assert (drawn[band == 0] == 255).all()  # white
    for weight in np.unique(band):
        assert len(np.unique(drawn[band == weight], axis=0)) == 1, weight  # one weight, one colour
    # The box lies on the row of this output, the second.
    middle = step.part("band_row").evaluate("box => box.style.top")
    assert float(middle.removesuffix("%")) == pytest.approx(100 * 1.5 / len(band))
    step.linked("step_cell=1,2")


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
    assert step.rows() == [[10] * 11] * 11


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
    assert not step.part("guess").is_visible()
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


def test_what_is_to_be_predicted_cannot_be_read_elsewhere(open_step):
    # "Hide the output": in the flipped mode the cross-correlation and the difference add up to it, and the matrix
    # product ends with it.
    step = open_step()
    step.part("matrix").locator("summary").click()
    step.set(flip=True)
    step.part("predict").check()
    difference = step.part("difference_output")
    assert not difference.is_visible() or step.rows("difference_output") == [[None, None], [None, None]]
    last = "element => [...element.querySelectorAll('tr')].map(line => line.cells[line.cells.length - 1].textContent)"
    sums = expected(np.arange(9).reshape(3, 3), [[0, 1], [2, 3]], flip=True)
    table = step.part("im2col")
    assert not table.is_visible() or [number(text) for text in table.evaluate(last)] != np.ravel(sums).tolist()


def test_a_wrong_whole_number_is_wrong_however_large_the_sum_is(open_step):
    step = open_step(**CLIPBOARD)
    step.paste("image", "255 123")
    step.paste("kernel", "1 1")
    step.part("predict").check()
    step.output(1, 1).click()
    step.page.keyboard.type("379")
    step.page.keyboard.press("Enter")
    assert step.text("verdict") == "Not 379: it is 378."  # 255 + 123


def test_a_whole_number_is_shown_with_all_its_digits(open_step):
    # Pixels go to 255, and a worked sum has to be true: 255 * 5 = 1275.
    step = open_step(**CLIPBOARD)
    step.paste("image", "255\n1234")
    step.cell("kernel", 1, 1).focus()
    step.paste("kernel", "5 0")
    step.page.get_by_role("button", name="Kernel: one column fewer").click()
    assert step.text("equation") == "255·5 = 1275"
    assert step.rows() == [[1275], [6170]]


def test_a_large_input_can_be_read(open_step):
    # Up to 12 x 12 cells: each has its number, or at least a colour.
    step = open_step(**CLIPBOARD)
    step.paste("image", as_text(np.arange(144).reshape(12, 12)))
    step.output(1, 1).click()  # the focus is elsewhere
    blank = step.part("image").evaluate(
        """grid => [...grid.querySelectorAll("input")].filter((cell) => {
            const style = getComputedStyle(cell);
            return parseFloat(style.fontSize) === 0 && style.backgroundColor === "rgba(0, 0, 0, 0)";
        }).length"""
    )
    assert blank == 0


def test_a_list_from_python_can_be_pasted_into_the_matrices(open_step):
    # As on the Feature map tab; and blank lines do not count, as in the links.
    step = open_step(**CLIPBOARD)
    step.paste("image", "1 2 3\n\n4 5 6\n")
    assert step.cells("image") == [["1", "2", "3"], ["4", "5", "6"]]
    step.paste("kernel", "[[1, -1],\n [2, 0]]")
    assert step.cells("kernel") == [["1", "-1"], ["2", "0"]]
    assert step.rows() == [[1 - 2 + 8, 2 - 3 + 10]]


def test_share_and_reload_keep_the_tab_as_it_is(open_lab):
    step = open_tab(open_lab("?stride=1", **CLIPBOARD))
    lab, page = step.lab, step.page
    step.set(preset="edge", stride=2, padding="reflect", dilation=3, flip=True)
    step.output(2, 4).click()
    step.linked("step_cell=2,4")
    page.wait_for_function("() => location.search.includes('step_flip=yes')")
    preset = step.state
    lab.reload()
    assert Step(lab).state == preset
    assert step.part("image").is_visible()  # the tab is the one that was left
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


def covered(step) -> list[float]:
    """The outline on the input in cells: left, top, right, bottom."""
    return step.page.evaluate(
        """() => {
            const [grid, box] = ["image", "outline"].map((name) =>
                document.querySelector(`.step-panel [data-part=${name}]`).getBoundingClientRect());
            const cells = [...document.querySelectorAll(".step-panel [data-part=image] input")];
            const side = cells[0].getBoundingClientRect().width;
            return [box.left - grid.left, box.top - grid.top, box.right - grid.left, box.bottom - grid.top].map(
                (pixels) => pixels / side);
        }"""
    )


def test_on_a_phone_by_touch_and_with_reduced_motion(open_step):
    step = open_step(**PHONE, reduced_motion="reduce", **CLIPBOARD)
    page = step.page
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= 390
    # Touch picks an output; the window is there at once.
    style = step.part("outline").evaluate("box => getComputedStyle(box).transitionProperty")
    assert style in ("none", "all")
    assert step.part("outline").evaluate("box => getComputedStyle(box).transitionDuration") == "0s"
    step.output(2, 2).tap()
    assert step.text("equation") == "4·0 + 5·1 + 7·2 + 8·3 = 43"
    assert covered(step) == pytest.approx([1, 1, 3, 3], abs=0.1)
    step.part("restart").tap()
    assert step.rows() == [[19, None], [None, None]]
    assert covered(step) == pytest.approx([0, 0, 2, 2], abs=0.1)
    step.part("next").tap()
    assert step.rows() == [[19, 25], [None, None]]
    step.part("speed").fill("8")
    step.part("play").tap()
    step.part("play").filter(has_text="Play").wait_for()
    assert step.rows() == FIGURE
    step.part("predict").tap()
    step.output(1, 1).tap()
    step.part("answer").fill("19")
    step.part("guess").get_by_role("button").tap()
    assert step.text("verdict") == "Right."
    step.part("predict").tap()
    page.get_by_role("button", name="Input: one row more").tap()
    assert np.shape(step.cells("image")) == (4, 3)

    # The matrices, the sums and the drawing stay within the screen, however large they get.
    for name in ("edge", "transposed", "impulse"):
        step.set(preset=name, flip=True)
        assert page.evaluate(wide) <= 390, name
    step.paste("image", as_text(np.arange(144).reshape(12, 12)))
    step.paste("kernel", as_text(np.arange(25).reshape(5, 5)))
    assert page.evaluate(wide) <= 390
    step.part("matrix").locator("summary").tap()
    assert page.evaluate(wide) <= 390, "matrix products"
    frame = step.part("frame").evaluate(
        """frame => {
            const reach = frame.querySelector("canvas").getBoundingClientRect().right;
            return reach <= 390 || /auto|scroll/.test(getComputedStyle(frame).overflowX);
        }"""
    )
    assert frame  # a wide drawing can be scrolled to its end, the products
    assert step.text("equation").startswith("0·")


def look(element) -> np.ndarray:
    """The pixels of an element, 0 to 255."""
    with Image.open(io.BytesIO(element.screenshot())) as picture:
        return np.asarray(picture.convert("RGB"), int)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_light_and_dark_can_be_read_by_everybody(open_lab, theme):
    step = Step(open_lab(f"?step_cell=1,1&__theme={theme}", "step"))
    page = step.page
    empty = look(step.part("flip"))
    step.set(preset="impulse", flip=True)
    step.part("stride").focus()
    assert np.abs(look(step.part("flip")) - empty).mean() > 50  # of 255: a ticked box is filled
    step.part("matrix").locator("summary").click()
    step.cell("kernel", 1, 1).fill("x")
    step.problem('"x" is not a number')
    for selector in (".step-panel .equation", ".step-panel .choices label", ".step-panel [data-part=agreement]"):
        colour = page.eval_on_selector(selector, "element => getComputedStyle(element).color")
        red, green, blue = (float(part) for part in colour.strip("rgba()").split(",")[:3])
        assert (red + green + blue > 3 * 130) == (theme == "dark"), selector
    step.set(preset="impulse")
    step.fine()
    results = Axe().run(page, context=".lab-step")
    serious = [
        (finding["id"], node["html"][:120], node["failureSummary"])
        for finding in results.response["violations"]
        for node in finding["nodes"]
        if finding["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_inside_an_iframe_of_somebody_else_s_page(new_page, lab):
    page = new_page(viewport={"width": 900, "height": 800})
    page.set_content(f'<iframe src="{lab.address}/?tab=step&step=edge" width="800" height="700"></iframe>')
    frame = page.frame_locator("iframe")
    frame.locator('.lab-step [data-ready="true"]').wait_for()
    panel = frame.locator(".step-panel")
    results = panel.locator("[data-part=output] button")
    results.nth(5).wait_for()
    assert [number(text) for text in results.all_inner_texts()[:7]] == [0, 1, 0, 0, 0, -1, 0]  # the chapter
    results.nth(5).click()
    assert panel.locator("[data-part=equation]").inner_text() == "0·1 + 1·(−1) = −1"
    panel.locator("[data-part=next]").click()
    assert frame.locator(".lab-step [data-ready]").get_attribute("data-position") == "0,6"
    panel.locator("[data-part=preset]").select_option("figure")
    panel.locator("[data-part=image] input").first.fill("7")
    panel.locator("[data-part=equation]", has_text=FIRST.replace("0·0", "7·0")).wait_for()
    (inner,) = [part for part in page.frames if part.url.startswith(lab.address)]
    inner.wait_for_function("() => location.search.includes('step_image=7,1,2')")
    assert inner.evaluate("document.documentElement.scrollWidth") <= 800
