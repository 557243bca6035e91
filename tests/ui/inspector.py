"""The inspector as a visitor uses it: what it shows, and ways to point at a place."""

import io

import numpy as np
from PIL import Image

from tests.ui.lab import settle

MAP = ".figure-panel figure"
STAGE = ".figure-panel .stage"
PICTURE = ".picture-panel .stage"
SENTENCE = ".figure-panel [data-part=sentence]"
SPOKEN = ".figure-panel [data-part=spoken]"
PINNED = ".figure-panel [data-part=pinned]"
CANVAS = ".figure-panel [data-part=window]"


def as_file(pixels: np.ndarray, image_format: str = "PNG") -> bytes:
    """A picture file with these pixels."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, image_format)
    return file.getvalue()


class Inspector:
    """What the inspector shows, and ways to point at a place."""

    def __init__(self, lab, caption: str = ""):
        """caption: a part of the caption by which one can tell that the link has been followed."""
        self.lab, self.page = lab, lab.page
        self.page.wait_for_function(
            "part => document.querySelector('.figure-panel .caption').textContent.includes(part)", arg=caption
        )
        self.page.wait_for_selector(".lab-figure [data-position]")

    def state(self) -> tuple[tuple[int, int, int], float]:
        """The place on screen, (row, column, channel) from 0, and its value, once every event has been drawn."""
        position, value = self.page.evaluate(
            """() => new Promise((done) => requestAnimationFrame(() => {
                const { position, value } = document.querySelector(".lab-figure [data-version]").dataset;
                done([position, value]);
            }))"""
        )
        row, column, channel = position.split(",")
        return (int(row), int(column), int(channel)), float(value)

    @property
    def place(self) -> tuple[int, int]:
        """The row and the column on screen, from 0."""
        return self.state()[0][:2]

    @property
    def sentence(self) -> str:
        """The sentence under the drawing."""
        self.state()
        return self.lab.text(SENTENCE)

    @property
    def pinned(self) -> bool:
        """Whether the place is kept."""
        self.state()
        return self.page.locator(PINNED).is_visible()

    def middle(self, selector: str, cell: tuple[int, int], grid: tuple[int, int], nth: int = 0) -> tuple[float, float]:
        """Where on screen the middle of a cell is, of an element that shows a grid of rows × columns cells."""
        left, top, width, height = self.page.evaluate(
            """([selector, nth]) => {
                const element = document.querySelectorAll(selector)[nth];
                element.scrollIntoViewIfNeeded();
                const { left, top, width, height } = element.getBoundingClientRect();
                return [left, top, width, height];
            }""",
            [selector, nth],
        )
        (row, column), (rows, columns) = cell, grid
        return left + (column + 0.5) / columns * width, top + (row + 0.5) / rows * height

    def hover(self, selector: str, cell: tuple[int, int], grid: tuple[int, int], nth: int = 0) -> None:
        """Moves the mouse to the middle of a cell."""
        self.page.mouse.move(*self.middle(selector, cell, grid, nth))

    def point(self, places: list[tuple[int, int, int]], grid: tuple[int, int]) -> list[list[str]]:
        """The place and the value that are shown while a pointer is at each of these places, (row, column, channel).

        The events are made in the page: for some hundred places the mouse of `hover` takes half a minute.
        """
        return self.page.evaluate(
            """async ([places, [rows, columns], figures]) => {
                const shown = [];
                for (const [row, column, channel] of places) {
                    const figure = document.querySelectorAll(figures)[channel];
                    const { left, top, width, height } = figure.getBoundingClientRect();
                    const clientX = left + ((column + 0.5) / columns) * width;
                    const clientY = top + ((row + 0.5) / rows) * height;
                    figure.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX, clientY }));
                    await new Promise(requestAnimationFrame); // drawn
                    const { position, value } = document.querySelector(".lab-figure [data-version]").dataset;
                    shown.push([position, value]);
                }
                return shown;
            }""",
            [places, list(grid), MAP],
        )

    def boxes(self) -> tuple[list[float], list[float]]:
        """The window on the picture and the cell on the feature map: left, top, width, height in shares of each."""
        self.state()
        return tuple(
            self.page.eval_on_selector(
                selector,
                """(stage) => {
                    const outer = stage.getBoundingClientRect();
                    const inner = stage.querySelector(".window-box").getBoundingClientRect();
                    return [(inner.left - outer.left) / outer.width, (inner.top - outer.top) / outer.height,
                            inner.width / outer.width, inner.height / outer.height];
                }""",
            )
            for selector in (PICTURE, MAP)
        )

    def follow(self, query: str, caption: str = "") -> "Inspector":
        """Opens another link in the same page."""
        settle(self.page)
        self.lab.open(query)
        return Inspector(self.lab, caption)

    def turn(self, **settings) -> "Inspector":
        """Changes settings of the layer, one after the other, each to another value; `kernel` as a link has it."""
        for name, value in settings.items():
            with self.lab.redraw():
                if name == "kernel":
                    self.page.eval_on_selector(".as-text", "section => { section.open = true; }")
                    self.page.fill(".as-text textarea", value.replace(",", " ").replace(";", "\n"))
                elif name in ("Stride", "Dilation", "Bias"):
                    self.page.get_by_label(f"number input for {name}").fill(str(value))
                elif name == "padding":
                    self.page.get_by_role("radio", name=value).check()
                else:
                    self.page.get_by_label(name.replace("_", " ")).set_checked(value)
        return self

    def take(self, name: str, title: str) -> None:
        """Chooses another example, and waits until its numbers are there."""
        self.page.eval_on_selector(".lab-figure [data-version]", "widget => delete widget.dataset.position")
        with self.lab.redraw():
            self.page.click(f'.examples [data-name="{name}"]')
        self.lab.has_caption(title)
        self.page.wait_for_selector(".lab-figure [data-position]")

    def feature_map(self) -> np.ndarray:
        """The server's numbers, [height, width, channels]."""
        with self.page.expect_download() as download:
            self.page.locator('[data-part="npy"]').dispatch_event("click")
        numbers = np.load(download.value.path())
        return numbers.reshape(*numbers.shape[:2], -1)

    def upload(self, pixels: np.ndarray, image_format: str = "PNG") -> None:
        """Sends a picture, and waits until its numbers are there."""
        self.page.eval_on_selector(".lab-figure [data-version]", "widget => delete widget.dataset.position")
        file = {"name": "mine", "mimeType": f"image/{image_format.lower()}", "buffer": as_file(pixels, image_format)}
        with self.lab.redraw():
            self.page.set_input_files(".picture-panel [data-part=file]", file)
        self.page.wait_for_selector(".lab-figure [data-position]")

    def drawn(self) -> list[tuple[int, int]]:
        """How many pixels have a colour, and how many colours: of the window, the kernel, and the products."""
        self.state()
        return self.page.eval_on_selector(
            CANVAS,
            """(canvas) => {
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                const seen = [0, 1, 2].map(() => [0, new Set()]);
                for (let at = 0; at < data.length; at += 4) {
                    if (data[at + 3] < 255) continue;
                    const third = seen[Math.floor((3 * ((at / 4) % canvas.width)) / canvas.width)];
                    third[0] += 1;
                    third[1].add(data[at] * 65536 + data[at + 1] * 256 + data[at + 2]);
                }
                return seen.map(([count, colours]) => [count, colours.size]);
            }""",
        )
