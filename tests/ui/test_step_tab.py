"""The Step by step tab in a real browser: the player, presets, layers, matrix products, a phone, an iframe.

Expected outputs come from the Python core (`cross_correlate_loops`, `convolve`, `im2col`), or from the chapter
("Convolutions for Images", Dive into Deep Learning) where its numbers stand here.
"""

import io

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect

from convdemo.correlation import im2col, same_padding
from tests.ui.lab import CLIPBOARD, PHONE, stop_clock
from tests.ui.step import FIGURE, FIRST, IMAGE, KERNEL, Step, as_text, expected, number


def test_it_opens_on_the_figure_plays_it_cell_by_cell_and_the_presets_show_what_the_chapter_says(open_step):
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

    # The presets.
    expect(step.part("other")).to_be_hidden()
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
    expect(step.part("other")).to_be_hidden()
    expect(step.part("difference")).to_be_hidden()
    step.set(preset="figure")
    assert step.rows() == FIGURE
    assert step.text("equation") == FIRST


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
