"""The Receptive field tab in a real browser: build, reorder, paste, load, click, compare, measure, phone, links.

Where fields and units come from stands in tests/page/test_receptive_tab.py.
"""

import re
from functools import partial

import pytest
from playwright.sync_api import expect

from convdemo.ui.receptive.state import STACKS
from tests.ui.lab import CLIPBOARD, PHONE, Held, settle

SIZE = (400, 600)  # of the coffee cup
COLUMNS = ("kernel", "stride", "dilation", "padding", "kind", "name")


class Field:
    """The tab as a visitor uses it."""

    def __init__(self, lab):
        self.page, self.linked, self.settle = lab.page, lab.linked, partial(settle, lab.page)
        page = lab.page
        self.sight = page.locator("section[role=status] .fine:not(.quiet)")
        self.photo = page.locator(".lab-photo-field .stage")
        self.line = page.get_by_label("Or paste one")
        self.sees("sees rows")

    def sees(self, piece: str) -> str:
        """Waits until the sentence has this in it."""
        self.sight.filter(has_text=piece).wait_for()
        return self.sight.inner_text()

    def press(self, name: str) -> None:
        """Presses a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, label: str, name: str) -> None:
        """Chooses from a menu."""
        self.page.get_by_label(label).click()
        self.page.get_by_role("option", name=name, exact=True).click()

    def cell(self, row: int, column: int):
        """A cell of the table, counted from 0."""
        return self.page.get_by_label(f"Layer {row + 1}, {COLUMNS[column]}", exact=True)

    def row(self, row: int) -> list[str]:
        """What stands in a row of the table, counted from 0."""
        return [self.cell(row, column).input_value() for column in range(6)]

    def chosen(self, number: int) -> None:
        """Waits until this layer is the chosen one in the table."""
        self.page.locator(".lab-table [aria-current=true] th").filter(has_text=str(number)).wait_for()

    def has(self, row: int, column: int, state: str) -> None:
        """Waits until a cell is in a state, a selector of CSS."""
        self.page.locator(f".lab-table [aria-label='Layer {row + 1}, {COLUMNS[column]}']{state}").wait_for()

    def edit(self, row: int, column: int, text: str) -> None:
        """Types into a cell."""
        self.cell(row, column).click()
        self.page.keyboard.type(text)  # in place of what stands there: it is selected
        self.page.keyboard.press("Enter")

    def lined(self, line: str) -> None:
        """Waits until the line says this."""
        self.page.wait_for_function(
            "line => [...document.querySelectorAll('textarea')].some(box => box.value === line)", arg=line
        )

    def stack(self, *layers: str) -> None:
        """Gives another stack, and waits until the table and the sentence follow."""
        self.line.fill(";".join(layers))
        for row, layer in enumerate(layers):
            expect(self.cell(row, 0)).to_have_value(layer.split(",")[0])
        expect(self.cell(len(layers), 0)).to_have_count(0)
        self.settle()

    def problem(self, piece: str):
        """Waits until a sentence says what is wrong."""
        self.page.locator(".problem").filter(visible=True).filter(has_text=piece).wait_for()


@pytest.fixture
def open_field(open_lab):
    """Opens the lesson's own page."""

    def open_page(link: str = "", **options) -> Field:
        return Field(open_lab(f"?{link}", "receptive", **options))

    return open_page


def test_it_opens_from_the_page_on_a_worked_state(open_lab):
    lab = open_lab()  # no link: nothing is restored
    page = lab.page
    page.get_by_role("tab", name="Receptive field").click()
    field = Field(lab)
    assert "Layer 18 (pool5), unit (7, 10) sees rows 103..314, columns 199..410" in field.sight.inner_text()
    page.get_by_role("button", name="The effective field").click()
    page.get_by_role("img", name="Influence of each pixel").wait_for()
    expect(page.get_by_role("heading", name="After pool5, one value sees 212 × 212 pixels")).to_be_visible()
    photo = page.get_by_alt_text("The photo with the receptive field")
    assert photo.evaluate("image => [image.naturalHeight, image.naturalWidth]") == list(SIZE)


def test_layers_are_added_moved_mended_and_typed_by_keys(open_field):
    field = open_field("&receptive_stack=3,1,1,1;3,1,1,1")
    field.sees("Layer 2, ")
    field.press("Add")
    field.lined("3,1,1,1;3,1,1,SAME;3,1,1,1")
    field.sees("Layer 3, ")
    field.edit(0, 0, "5x7")
    field.lined("5x7,1,1,1;3,1,1,SAME;3,1,1,1")
    field.cell(0, 1).click()
    field.chosen(1)
    field.press("↓ Move down")
    field.lined("3,1,1,SAME;5x7,1,1,1;3,1,1,1")
    field.chosen(2)
    field.press("Duplicate")  # the layer that was moved is still the chosen one
    field.lined("3,1,1,SAME;5x7,1,1,1;5x7,1,1,1;3,1,1,1")
    field.press("↑ Move up")
    field.press("Remove")
    field.lined("3,1,1,SAME;5x7,1,1,1;3,1,1,1")
    field.sees("Layer 3, ")
    field.linked("receptive_stack=3,1,1,SAME;5x7,1,1,1;3,1,1,1")

    # A bad cell is marked, and stays.
    field.stack("3,1,1,1", "3,1,1,1")
    field.edit(1, 2, "abc")
    field.problem("layer 2: dilation is 'abc'")
    field.cell(0, 0).click()
    assert field.cell(1, 2).input_value() == "abc"
    marked = field.page.locator(".lab-table [aria-invalid=true]")
    assert marked.count() == 1
    field.has(1, 2, "[aria-invalid=true]")
    outline = marked.evaluate("cell => [getComputedStyle(cell).outlineStyle, getComputedStyle(cell).outlineColor]")
    assert outline == ["solid", "rgb(185, 28, 28)"]  # --wrong of lab.css
    field.press("↑ Move up")  # the first one stays where it is
    field.cell(1, 2).click()
    field.chosen(2)
    field.press("↑ Move up")
    field.lined("3,1,abc,1;3,1,1,1")
    field.has(0, 2, "[aria-invalid=true]")
    field.press("↓ Move down")
    field.lined("3,1,1,1;3,1,abc,1")
    field.edit(1, 2, "4")
    field.lined("3,1,1,1;3,1,4,1")
    marked.wait_for(state="detached")
    field.page.locator(".problem").filter(has_text="abc").wait_for(state="detached")

    # Keys go through the table.
    field.stack("3,1,1,1", "5,1,1,1", "7,1,1,1")
    keyboard = field.page.keyboard
    field.cell(0, 1).focus()
    for key, place in (
        ("ArrowDown", (1, 1)), ("Enter", (2, 1)), ("ArrowDown", (2, 1)), ("ArrowUp", (1, 1)), ("Tab", (1, 2)),
        ("Shift+Tab", (1, 1)), ("ArrowUp", (0, 1)), ("ArrowUp", (0, 1)), ("ArrowDown", (1, 1)),
    ):  # fmt: skip
        keyboard.press(key)
        field.has(*place, ":focus")
    field.chosen(2)
    keyboard.type("9")
    keyboard.press("Escape")
    assert field.cell(1, 1).input_value() == "1"
    keyboard.press("ArrowDown")
    keyboard.type("2")
    keyboard.press("Enter")  # there is no row below: it counts all the same
    field.lined("3,1,1,1;5,1,1,1;7,2,1,1")
    field.has(2, 1, ":focus")
    field.chosen(3)
    # A row in which nothing stands is no layer.
    for column in (0, 1, 2, 3, 4):
        field.cell(1, column).fill("")
    keyboard.press("Enter")
    field.lined("3,1,1,1;7,2,1,1")
    assert field.row(1) == ["7", "2", "1", "1", "conv", ""]
    settle(field.page)

    # A name is shown as it was typed.
    field.stack("3,1,1,1")
    name = '<img src=x onerror="a()"> {{b}} ${c}'
    field.edit(0, 5, name)
    field.lined(f"3,1,1,1,conv,{name}")
    field.press("Add")
    field.sees("Layer 2, ")
    assert field.row(0) == ["3", "1", "1", "1", "conv", name]
    assert field.page.locator("img[src=x]").count() == 0


def test_all_that_is_done_while_an_answer_is_awaited_counts(open_field):
    field = open_field("&receptive_stack=3,1,1,1;5,1,1,1;7,1,1,1")
    # The last place that is clicked.
    photo = field.photo
    seen = []
    for x in (60, 120):  # of the place on the page
        photo.click(position={"x": x, "y": 80})
        field.settle()
        seen.append(field.sight.inner_text())
    assert seen[0] != seen[1]
    held = Held(field.page, "**/run/predict*")
    with field.page.expect_request("**/run/predict*"):
        photo.click(position={"x": 60, "y": 80})
    photo.click(position={"x": 120, "y": 80})  # it is asked for when the first one is answered
    box = field.page.locator(".own").bounding_box()
    held.let_go()
    field.settle()
    assert field.page.locator(".own").bounding_box() == box  # it was there at once, and the first answer left it there
    assert field.sight.inner_text() == seen[1]

    # All buttons that are pressed.
    held = Held(field.page, "**/run/predict*")
    field.cell(2, 1).click()
    for name in ("↑ Move up", "↑ Move up", "Duplicate", "Remove", "↓ Move down"):
        field.press(name)
    field.chosen(3)
    assert [field.row(row)[0] for row in range(3)] == ["7", "5", "3"]
    held.let_go()
    field.lined("7,1,1,1;5,1,1,1;3,1,1,1")
    field.chosen(3)
    settle(field.page)

    # All that is typed, whichever answer comes first.
    page = field.page
    for is_last_first in (False, True):
        field.stack("3,1,1,1", "5,1,1,1", "7,1,1,1")
        held = Held(page, "**/run/predict*")
        with page.expect_request("**/run/predict*"):
            field.press("Three 3×3 against one 7×7")
        with page.expect_request("**/run/predict*"):
            field.edit(2, 1, "2")  # Enter in the last row
        field.cell(2, 0).click()
        page.keyboard.type("x")  # not finished
        held.is_open = True
        made, typed = held.routes
        if is_last_first:  # it waits for its turn
            with page.expect_response("**/run/predict*"):
                typed.continue_()
            made.continue_()
        else:
            made.continue_()
            field.lined("3,1,1,SAME;3,1,1,SAME;3,1,1,SAME")
            typed.continue_()
        # Both count, and what is being typed stays.
        both = "3,1,1,SAME;3,1,1,SAME;3,2,1,SAME"
        field.lined(both)
        settle(page)
        assert field.line.input_value() == both
        assert field.row(2) == ["x", "2", "1", "SAME", "conv", ""]
        field.has(2, 0, ":focus")
        field.chosen(3)
        page.keyboard.press("Backspace")
        page.keyboard.type("9")
        page.keyboard.press("Enter")
        field.lined("3,1,1,SAME;3,1,1,SAME;9,2,1,SAME")
        field.linked("receptive_stack=3,1,1,SAME;3,1,1,SAME;9,2,1,SAME")
        settle(page)


def test_networks_are_loaded_a_unit_is_chosen_stacks_are_compared_and_pasted(open_field):
    # FACTS, section 2: AlexNet 195/32/64, ResNet-101 971/32/485, VGG-16 212/32/90: unit u has its centre at
    # (size - 1) / 2 - padding + 32 u, counted from 0; the middle of the photo is (199.5, 299.5). Others: tests/page.
    field = open_field("&receptive_stack=one_7x7", **CLIPBOARD)
    for name, layers, unit in (("AlexNet", 8, (6, 9)), ("ResNet-101", 101, (7, 10)), ("VGG-16", 18, (7, 10))):
        field.choose("Stack of layers", name)
        field.sight.filter(has_text=re.compile(rf"Layer {layers} \(\w+\), unit \({unit[0]}, {unit[1]}\)")).wait_for()

    # A unit is chosen on the photo and by keys.
    settle(field.page)
    keyboard, mouse = field.page.keyboard, field.page.mouse
    field.photo.scroll_into_view_if_needed()
    box = field.photo.bounding_box()
    scale = box["width"] / SIZE[1]
    # Counted from 0, the centre of unit (3, 5) is at row 111.5, column 175.5 of the photo, and units are 32 apart.
    mouse.click(box["x"] + scale * 176, box["y"] + scale * 112)
    field.sees("unit (4, 6) sees rows 7..218, columns 71..282")
    field.linked("receptive_unit=3,5")
    keyboard.press("ArrowRight")  # the photo has the focus
    field.sees("unit (4, 7)")
    keyboard.press("ArrowUp")
    field.sees("unit (3, 7)")
    assert field.page.get_by_label("number input for Unit column").input_value() == "7"
    mouse.move(box["x"] + scale * 176, box["y"] + scale * 112)
    mouse.down()
    mouse.move(box["x"] + scale * 240, box["y"] + scale * 144, steps=3)
    mouse.up()
    field.sees("unit (5, 8)")
    settle(field.page)
    field.page.get_by_label("number input for Unit row").fill("99")
    field.sees("unit (12, 8)")

    # Two stacks are compared.
    field.press("Three 3×3 against one 7×7")
    field.sees("Layer 3, ")
    table = field.page.get_by_role("row").filter(has_text="This stack")
    assert table.inner_text().split("\t")[2:4] == ["7\u00a0×\u00a07", "27"]
    table = field.page.get_by_role("row").filter(has_text="Compared")
    assert table.inner_text().split("\t")[2:4] == ["7\u00a0×\u00a07", "49"]
    field.linked("receptive_compare=one_7x7")

    # A pasted line becomes the table.
    field.choose("Stack of layers", "VGG-16")
    field.sees("Layer 18 ")
    settle(field.page)
    field.page.evaluate("navigator.clipboard.writeText('7,2,1,3;3,2,1,1,pool,first pool;3,1,1,SAME')")
    field.line.focus()
    field.page.keyboard.press("ControlOrMeta+A")
    field.page.keyboard.press("ControlOrMeta+V")
    field.sees("Layer 3, ")
    assert field.row(1) == ["3", "2", "1", "1", "pool", "first pool"]
    field.line.fill("200,1,1,0;300,1,1,0")
    field.problem("layer 2: spans 300x300 pixels, but only 201x401 are left")
    assert field.line.input_value() == "200,1,1,0;300,1,1,0"
    lines = "nn.Conv2d(3, 64, 7, stride=2, padding=3)\nnn.ReLU()\nnn.MaxPool2d(3, 2, 1, ceil_mode=True)"
    field.line.fill(lines)
    field.page.get_by_text("Understood: 2 layers, from PyTorch").wait_for()
    assert field.row(1)[:5] == ["3", "2", "1", "1 ceil", "pool"]
    assert field.line.input_value() == lines
    field.line.fill("nn.Conv2d(3, 64, 7)\nnn.Upsample(2)")
    field.problem("line 2: Upsample enlarges")
    assert field.row(1)[:5] == ["3", "2", "1", "1 ceil", "pool"]


def test_a_link_restores_the_tab_and_the_influence_is_measured_and_can_be_stopped(open_field):
    unit, model = "&receptive_layer=4&receptive_unit=3,7", "&receptive_model=relu&receptive_draws=7"
    link = f"&receptive_stack=AlexNet&receptive_compare=holes{unit}{model}"
    field = open_field(link)
    field.sees("Layer 4 (pool2), unit (4, 8) sees rows 33..99, columns 97..163")
    assert field.line.input_value() == STACKS["AlexNet"]
    assert field.page.get_by_label("Compared stack in one line").input_value() == STACKS["holes"]
    assert field.page.get_by_label("Draws").input_value() == "7"
    settle(field.page)  # what the restored text boxes fire must change nothing
    field.linked(link.removeprefix("&"))
    field.sees("Layer 4 (pool2), unit (4, 8)")

    field.press("Three 3×3 against one 7×7")
    field.sees("Layer 3, ")
    field.page.get_by_label("Draws").fill("3")
    settle(field.page)
    field.press("▶ Measure")
    field.page.get_by_text("Measured with random, with ReLU weights: 3 draws").wait_for()
    field.page.get_by_label("Draws").fill("1000")
    field.choose("Stack of layers", "VGG-16")
    field.sees("Layer 18")
    settle(field.page)  # a second answer follows, and moves what stands below it
    field.press("▶ Measure")
    field.page.get_by_text("of 1000").wait_for()
    field.press("■ Stop")
    settle(field.page)  # it has ended: nothing is under way that could go on
    done = int(re.search(r"(\d+) of 1000", field.page.get_by_text("of 1000").inner_text())[1])
    assert 0 < done < 1000


def test_a_layer_is_chosen_in_the_strip_of_a_phone_which_does_not_scroll_sideways(open_field):
    field = open_field("&receptive_unit=3,6&receptive_compare=VGG-16", **PHONE)
    strip = field.page.get_by_role("group", name="Layer to look from")
    assert strip.get_by_role("button").count() == 18
    last = strip.get_by_role("button", name="pool5 212")
    assert last.get_attribute("aria-pressed") == "true"
    assert strip.evaluate("strip => strip.scrollLeft > 0")  # the chosen one is in view
    last.focus()
    field.page.keyboard.press("ArrowLeft")
    field.sees("Layer 17 (conv5_3), unit (8, 14)")  # twice as many units: 2 * 3 + 1 and 2 * 6 + 1, the later of two
    field.page.keyboard.press("ArrowRight")
    field.sees("Layer 18 (pool5), unit (4, 7)")
    strip.get_by_role("button", name="pool3 44").click()
    field.page.get_by_role("heading", name="After pool3, one value sees 44 × 44 pixels").wait_for()
    field.linked("receptive_layer=10")
    field.page.get_by_label("As the network sees it").check()
    field.sees("Layer 10 (pool3)")
    field.page.get_by_text("on the 224 × 224 photo").wait_for()
    field.linked("receptive_resized=yes")

    settle(field.page)
    field.choose("Stack of layers", "ResNet-101")
    field.sees("Layer 101")
    assert field.page.evaluate("document.documentElement.scrollWidth") == 390
    frame = field.page.locator(".lab-table .scroll")
    assert frame.evaluate("frame => frame.scrollWidth > frame.clientWidth && frame.scrollHeight > frame.clientHeight")
    field.press("Duplicate")
    field.sees("Layer 102")
    assert field.page.evaluate("document.documentElement.scrollWidth") == 390
    # The head and the numbers of the rows stay in sight.
    field.cell(90, 5).scroll_into_view_if_needed()
    field.cell(90, 5).focus()
    for part in (".lab-table thead th >> nth=-1", ".lab-table tbody th >> nth=90"):
        box, around = field.page.locator(part).bounding_box(), frame.bounding_box()
        assert around["x"] <= box["x"] <= around["x"] + around["width"]
        assert around["y"] <= box["y"] <= around["y"] + around["height"]
