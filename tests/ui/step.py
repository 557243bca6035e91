"""The Step by step lesson as a visitor uses it, and what it must show, from the Python core."""

import re

import numpy as np

from convdemo.correlation import convolve, cross_correlate_loops, same_padding

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


def open_tab(lab) -> Step:
    """Goes to the lesson's tab with the keyboard."""
    lab.page.get_by_role("tab", name="Step by step").focus()
    lab.page.keyboard.press("Enter")
    return Step(lab)
