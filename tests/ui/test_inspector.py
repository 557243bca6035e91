"""The inspector in a real browser: the place that is shown, its numbers, keyboard, touch, and what is read out."""

import re

import numpy as np
import pytest
from PIL import Image
from scipy.signal import correlate2d

from convdemo.kernels import KERNELS
from tests.serving import ROOT
from tests.ui.inspector import CANVAS, MAP, PICTURE, SENTENCE, SPOKEN, STAGE, Inspector
from tests.ui.lab import PHONE, settle, stop_clock


def random_weights(height: int, width: int) -> np.ndarray:
    """A kernel with no symmetry, float32, whose weights' magnitudes sum to 1 and have 5 digits in a link."""
    weights = np.random.default_rng(height * 100 + width).normal(size=(height, width))
    weights /= np.abs(weights).sum()
    return np.array([[f"{weight:.5g}" for weight in row] for row in weights], np.float32)


def in_link(weights) -> str:
    """Weights as a link has them."""
    return ";".join(",".join(f"{weight:.5g}" for weight in row) for row in np.atleast_2d(weights))


def noise(height: int, width: int, channels: int = 3, dtype=np.uint8) -> np.ndarray:
    """A picture in which no two windows are alike."""
    values = np.random.default_rng(11).integers(0, np.iinfo(dtype).max, (height, width, channels), endpoint=True)
    return values.astype(dtype)[:, :, 0] if channels == 1 else values.astype(dtype)


def check_agreement(inspector: Inspector, weights: np.ndarray, *, bias: float = 0, name: str = "") -> np.ndarray:
    """Points at corners, borders and random places of every map; the browser's numbers must be the server's.

    The picture has just been opened: once its pixels have arrived, the inspector stands where the map is strongest.
    Returns the server's numbers, [height, width, channels].
    """
    feature_map = inspector.feature_map()
    rows, columns, channels = feature_map.shape
    strongest = np.unravel_index(np.abs(feature_map).argmax(), feature_map.shape)
    inspector.page.wait_for_selector(f'.lab-figure [data-position="{",".join(map(str, strongest))}"]')
    generator = np.random.default_rng(3)
    anywhere = zip(generator.integers(0, rows, 5), generator.integers(0, columns, 5), strict=True)
    corners = [(row, column) for row in (0, rows - 1) for column in (0, columns - 1)]
    borders = [(0, columns // 2), (rows - 1, columns // 3), (rows // 2, 0), (rows // 3, columns - 1)]
    # float32: each of n products and n sums is rounded by at most half an eps of the sum of magnitudes, and so is the
    # grey value of a pixel (up to 5 times). Pixels are at most 1, so the magnitudes sum to at most sum |weights|; and
    # errors of n roundings, of either sign, grow like the root of n: 4 times that, for browser and server together.
    magnitude = float(np.abs(weights).sum()) + abs(bias)
    tolerance = 4 * np.sqrt(weights.size + 5) * np.finfo(np.float32).eps * magnitude
    points = [(int(row), int(column)) for row, column in [*corners, *borders, *anywhere]]
    places = [(row, column, channel) for channel in range(channels) for row, column in points]
    for place, (told, value) in zip(places, inspector.point(places, (rows, columns)), strict=True):
        assert told == ",".join(map(str, place)), name
        assert float(value) == pytest.approx(float(feature_map[place]), abs=tolerance, rel=0), f"{name} at {place}"
    return feature_map


# ---- pointing ---------------------------------------------------------------------------------------------------


def test_hovering_outlines_the_window_and_the_cell_and_asks_the_server_nothing(open_map):
    inspector = Inspector(open_map("?kernel=1,2,3;4,5,6&stride=2&padding=zeros&dilation=3"), "Your kernel")
    inspector.upload(noise(16, 24))
    # By hand: the kernel spans 4 x 7 pixels, so 1 row is added above and 2 below, 3 columns on either side. There are
    # (16 + 3 - 4) / 2 + 1 = 8 rows (rounded down) and (24 + 6 - 7) / 2 + 1 = 12 columns (also rounded down).
    picture, feature_map = (16, 24), (8, 12)
    settle(inspector.page)
    requests = []
    inspector.page.on("request", lambda request: requests.append(request.url))

    def check(cell, top, left):
        window, output = inspector.boxes()
        assert inspector.place == cell
        assert window == pytest.approx([left / 24, top / 16, 7 / 24, 4 / 16], abs=1e-3)
        assert output == pytest.approx([cell[1] / 12, cell[0] / 8, 1 / 12, 1 / 8], abs=1e-3)

    for cell, top, left in [((0, 0), -1, -3), ((3, 5), 5, 7), ((7, 11), 13, 19), ((0, 11), -1, 19)]:
        inspector.hover(MAP, cell, feature_map)
        check(cell, top, left)
    # Over a pixel: the window whose middle is nearest, rows from -1 to 2 have it at 0.5, columns from -3 to 3 at 0.
    for pixel, cell, top, left in [
        ((0, 0), (0, 0), -1, -3), ((8, 12), (4, 6), 7, 9), ((9, 12), (4, 6), 7, 9), ((15, 23), (7, 11), 13, 19),
    ]:  # fmt: skip
        inspector.hover(PICTURE, pixel, picture)
        check(cell, top, left)
    for move in range(25):
        inspector.hover(MAP, (move % 8, move % 12), feature_map)
        inspector.hover(PICTURE, (move % 16, move % 24), picture)
    assert inspector.place == (4, 0)  # the last move: pixel (8, 0)
    assert requests == []


def test_the_place_is_pointed_at_moved_by_keys_and_kept_through_changes(open_map):
    # Cells are smaller than a CSS pixel, and on a fine screen the mouse moves by parts of one. The browser tells where
    # it moved in parts of a pixel, but where it clicked only in whole ones.
    inspector = Inspector(open_map(device_scale_factor=2))
    strongest = np.abs(inspector.feature_map()[:, :, 0])
    assert strongest[inspector.place] == strongest.max()
    for cell in [(100, 200), (101, 203), (333, 555)]:
        inspector.hover(MAP, cell, (398, 598))
        assert inspector.place == cell
        inspector.page.mouse.down()
        inspector.page.mouse.up()
        assert inspector.pinned
        assert inspector.place == cell
        inspector.page.keyboard.press("Escape")

    # Keys move the place of 598 x 398 values, stop at the borders and keep it.
    press = inspector.page.keyboard.press
    inspector.hover(MAP, (100, 200), (398, 598))
    inspector.page.locator(STAGE).focus()
    for key, place in [
        ("ArrowRight", (100, 201)), ("ArrowDown", (101, 201)), ("ArrowLeft", (101, 200)), ("ArrowUp", (100, 200)),
        ("Shift+ArrowRight", (100, 210)), ("Shift+ArrowDown", (110, 210)), ("Shift+ArrowLeft", (110, 200)),
        ("Shift+ArrowUp", (100, 200)),
    ]:  # fmt: skip
        press(key)
        assert inspector.place == place, key
    for start, keys, corner in [
        ((3, 4), ("ArrowUp", "ArrowLeft"), (0, 0)),
        ((394, 593), ("ArrowDown", "ArrowRight"), (397, 597)),
    ]:
        inspector.hover(MAP, start, (398, 598))
        for key in keys:
            press(f"Shift+{key}")
            press(key)
        assert inspector.place == corner
    press("Enter")
    assert inspector.pinned
    inspector.hover(MAP, (10, 10), (398, 598))
    assert inspector.place == (397, 597)
    press("ArrowUp")  # the keys go on
    assert inspector.place == (396, 597)
    press("Escape")
    assert not inspector.pinned
    inspector.hover(MAP, (20, 30), (398, 598))
    assert inspector.place == (20, 30)
    assert inspector.page.evaluate("scrollY") == 0  # the arrows did not scroll the page too

    # Another kernel keeps the place, another picture goes where it answers most.
    inspector.hover(MAP, (33, 44), (398, 598))
    with inspector.lab.redraw():
        inspector.lab.pick("emboss")
    place, value = inspector.state()
    assert place == (33, 44, 0)
    assert value == pytest.approx(float(inspector.feature_map()[place]), abs=1e-5)  # 9 products of size 1, float32
    assert "row 34, column 45" in inspector.sentence
    with inspector.lab.redraw():
        inspector.page.get_by_label("number input for Stride").fill("16")
    assert inspector.place == (24, 37)  # the last that is left of it: (400 - 3) / 16 and (600 - 3) / 16, rounded down
    inspector.page.click('.examples [data-name="rocket"]')
    inspector.page.wait_for_function(
        """() => document.querySelector(".figure-panel .caption").textContent.startsWith("Rocket")"""
    )
    feature_map = np.abs(inspector.feature_map()[:, :, 0])
    expected = np.unravel_index(feature_map.argmax(), feature_map.shape)
    inspector.page.wait_for_selector(f'.lab-figure [data-position="{expected[0]},{expected[1]},0"]')
    assert abs(inspector.state()[1]) == pytest.approx(float(feature_map.max()), abs=1e-5)

    # Where there is neither picture nor map nothing changes.
    with inspector.lab.redraw():
        inspector.lab.pick("sobel_x")
    with inspector.lab.redraw():
        inspector.page.get_by_label("each colour").check()
    inspector.page.wait_for_selector(".figure-panel .several")
    box = inspector.page.locator(STAGE).bounding_box()
    inspector.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    before = inspector.state()
    inspector.page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.75 * box["height"])  # the empty fourth field
    assert inspector.state() == before

    # Until a new picture has arrived no number of the old one is given for it.
    held = []
    inspector.page.route("**/brick.webp", lambda route: held.append(route))
    inspector.page.click('.examples [data-name="brick"]')
    inspector.page.wait_for_function(
        """() => document.querySelector(".figure-panel .caption").textContent.startsWith("Brick wall")"""
    )
    before = inspector.state()
    inspector.hover(MAP, (10, 20), (32, 32))
    inspector.hover(MAP, (11, 21), (32, 32))
    during = inspector.state()
    for route in held:
        route.continue_()
    assert during == before


# ---- touch ------------------------------------------------------------------------------------------------------


def drag(inspector: Inspector, start: tuple[float, float], end: tuple[float, float], steps: int = 12) -> None:
    """A finger put down at the start, moved to the end, and lifted once it rests: a tap would only stop a fling.

    The browser tells a fling by the times that the touches bear, which need not be those at which they are sent.
    """
    fingers = inspector.page.context.new_cdp_session(inspector.page)
    now = inspector.page.evaluate("Date.now() / 1000")

    def touch(kind: str, seconds: float, *points: dict) -> None:
        event = {"type": kind, "touchPoints": points, "timestamp": now + seconds}
        fingers.send("Input.dispatchTouchEvent", event)

    for step in range(steps + 1):
        x, y = (a + (b - a) * step / steps for a, b in zip(start, end, strict=True))
        touch("touchMove" if step else "touchStart", 0.02 * step, {"x": x, "y": y})
    touch("touchEnd", 0.02 * steps + 1)


def test_on_a_phone_a_finger_moves_along_a_tap_keeps_a_place_and_nothing_scrolls_sideways(open_map):
    # An iPhone has three pixels a CSS pixel, and its Safari draws no canvas of more than 16 777 216 pixels.
    inspector = Inspector(open_map("?kernel=sobel_x", **PHONE | {"device_scale_factor": 3}), "Sobel x")
    area = "canvas => canvas.width * canvas.height"
    for size in (3, 31):
        if size == 31:
            inspector.page.locator(STAGE).focus()
            inspector.page.keyboard.press("Escape")
            inspector.turn(kernel=in_link(random_weights(size, size)))
        for kept in (False, True):
            if kept:
                inspector.page.locator(MAP).tap()
            assert inspector.pinned is kept, size
            assert inspector.page.evaluate("document.documentElement.scrollWidth") <= 390, size
            assert min(count for count, _ in inspector.drawn()) > 1000, size
            assert inspector.page.eval_on_selector(CANVAS, area) <= 16_777_216, (size, kept)

    inspector.page.locator(STAGE).focus()
    inspector.page.keyboard.press("Escape")
    inspector.turn(kernel="1,2;3,4")
    inspector.upload(noise(21, 31))  # 20 x 30 values, each about a centimetre wide
    inspector.page.locator(STAGE).scroll_into_view_if_needed()
    drag(inspector, inspector.middle(MAP, (5, 3), (20, 30)), inspector.middle(MAP, (5, 22), (20, 30)))
    assert inspector.place == (5, 22)
    assert not inspector.pinned
    inspector.page.touchscreen.tap(*inspector.middle(MAP, (12, 8), (20, 30)))
    assert inspector.place == (12, 8)
    assert inspector.pinned
    inspector.page.touchscreen.tap(*inspector.middle(MAP, (2, 25), (20, 30)))  # another tap, another place
    assert inspector.place == (2, 25)
    assert inspector.pinned
    inspector.page.locator(PICTURE).scroll_into_view_if_needed()
    inspector.page.touchscreen.tap(*inspector.middle(PICTURE, (10, 20), (21, 31)))
    assert inspector.place == (10, 20)  # of two windows as near, the later one
    # A finger moves along after a tap too.
    inspector.page.locator(STAGE).scroll_into_view_if_needed()
    inspector.page.touchscreen.tap(*inspector.middle(MAP, (12, 8), (20, 30)))
    drag(inspector, inspector.middle(MAP, (5, 3), (20, 30)), inspector.middle(MAP, (5, 22), (20, 30)))
    assert inspector.place == (5, 22)


# ---- the browser's numbers --------------------------------------------------------------------------------------


def test_numbers_agree_with_the_server_for_all_shapes_of_kernels(open_map):
    inspector = Inspector(open_map("?picture=camera&kernel=1,-1"), "Photographer, Your kernel")
    check_agreement(inspector, np.array([[1, -1]]), name="1 x 2")
    for settings, picture, title, weights in [
        ({"padding": "reflect"}, "chelsea", "Cat", np.array([[1, 2], [3, -4]])),
        ({"padding": "none"}, "brick", "Brick wall", KERNELS["gabor"].weights),
        ({"Dilation": 9}, "camera", "Photographer", random_weights(31, 5)),
        (
            {"Dilation": 1, "padding": "replicate", "true_convolution": True},
            "astronaut",
            "Astronaut",
            random_weights(31, 31),
        ),
    ]:
        if len(weights) == 13:
            with inspector.lab.redraw():
                inspector.lab.pick("gabor")
        else:
            inspector.turn(kernel=in_link(weights))
        inspector.turn(**settings).take(picture, title)
        check_agreement(inspector, weights, name=f"{picture}, {settings}, {weights.shape}")


def test_numbers_agree_with_the_server_for_all_settings_of_the_layer(open_map):
    weights = np.array([[1, 2, -3], [0.5, -4, 5]])
    query = f"?kernel={in_link(weights)}&picture=camera&stride=3&padding=zeros"
    inspector = Inspector(open_map(query), "Photographer, Your kernel")
    check_agreement(inspector, weights, name="first")
    bias = 0
    for settings, picture, title in [
        ({"Stride": 2, "padding": "replicate", "Dilation": 2, "Bias": -0.35}, "brick", "Brick wall"),
        ({"Stride": 1, "padding": "zeros", "Dilation": 1, "Bias": 0.3, "ReLU": True}, "rocket", "Rocket"),
        (
            {"Stride": 3, "padding": "reflect", "Dilation": 3, "Bias": 0, "ReLU": False, "true_convolution": True},
            "chelsea", "Cat",
        ),
        ({"each_colour": True, "Stride": 5, "Dilation": 1, "Bias": -1.1, "ReLU": True}, "rocket", "Rocket"),
        # a grey picture has one map all the same
        ({"Stride": 1, "padding": "none", "Bias": 0, "ReLU": False}, "brick", "Brick wall"),
    ]:  # fmt: skip
        inspector.turn(**settings).take(picture, title)
        bias = settings.get("Bias", bias)
        check_agreement(inspector, weights, bias=bias, name=f"{picture}, {settings}")


def test_numbers_agree_with_scipy_and_are_told_for_every_colour_of_a_jpeg(open_map):
    inspector = Inspector(
        open_map("?picture=rocket&kernel=1,2,-3;4,5,6&channels=colour&padding=reflect&dilation=3"), "Rocket"
    )
    weights = np.array([[1, 2, -3], [4, 5, 6]], np.float64)
    dilated = np.zeros((4, 7))
    dilated[::3, ::3] = weights
    with Image.open(ROOT / "examples" / "rocket.jpg") as picture:
        pixels = np.asarray(picture, np.float64) / 255
    # The size is kept: 3 rows and 6 columns are added, the odd row at the bottom.
    padded = np.pad(pixels, ((1, 2), (3, 3), (0, 0)), mode="reflect")
    numbers = np.stack([correlate2d(padded[:, :, channel], dilated, mode="valid") for channel in range(3)], axis=-1)
    # Browser and server agree, and the server's numbers are SciPy's: float32 sums of 6 products, against float64.
    np.testing.assert_allclose(check_agreement(inspector, weights), numbers, atol=1e-5)

    # The sentence tells every colour.
    inspector.turn(kernel="0,2;0,-1", Dilation=1, padding="none")
    row, column = 200, 300
    inspector.hover(MAP, (row, column), (426, 639))
    assert inspector.place == (row, column)
    values = 2 * pixels[row, column + 1] - pixels[row + 1, column + 1]
    told = re.fullmatch(r"Red: .* = (\S+)\. Green: (\S+)\. Blue: (\S+)\.", inspector.sentence)
    assert [float(number.replace("−", "-")) for number in told.groups()] == pytest.approx(
        values, abs=0.0006
    )  # 3 digits


def test_numbers_agree_with_the_server_for_uploads(open_map):
    inspector = Inspector(open_map("?kernel=1,2;3,-4&padding=reflect"), "Your kernel")
    weights = np.array([[1, 2], [3, -4]])
    deep = noise(19, 31, 1, np.uint16)
    inspector.upload(deep)
    feature_map = check_agreement(inspector, weights, name="16-bit grey")
    # Away from the border by SciPy, from the 16-bit values: what 8 bits hold would be wrong by up to 10 / 510.
    expected = correlate2d(deep / 65535, weights, mode="valid")
    np.testing.assert_allclose(feature_map[:18, :30, 0], expected, atol=1e-5)  # float32 sums of 4 products up to 4
    with Image.open(ROOT / "examples" / "chelsea.png") as cat:
        photo = np.asarray(cat.convert("RGB").resize((1500, 1000)))
    inspector.upload(photo, "JPEG")
    assert "1024 × 683 values" in inspector.lab.caption
    check_agreement(inspector, weights, name="reduced photo")
    inspector.upload(noise(17, 40))
    check_agreement(inspector, weights, name="8-bit colour")
    inspector.upload(noise(17, 40, 1))
    check_agreement(inspector, weights, name="8-bit grey")
    inspector.turn(each_colour=True, padding="none")
    inspector.upload(noise(17, 40, 4))  # red, green, blue, opacity: laid on white paper
    check_agreement(inspector, weights, name="half transparent")


# ---- words ------------------------------------------------------------------------------------------------------


def test_the_sentence_says_what_applies_and_nothing_else_and_a_click_keeps_its_place(open_map):
    inspector = Inspector(open_map("?kernel=1,-1"), "Your kernel")
    page = inspector.page
    # Six columns of 0, 0.2, 0.4, 0.6, 0.8 and 1: every sum is -0.2.
    inspector.upload(np.tile(np.arange(6, dtype=np.uint8) * 51, (4, 1)))
    bias, relu = page.get_by_label("number input for Bias"), page.get_by_label("ReLU", exact=False)
    inspector.hover(MAP, (2, 3), (4, 5))
    assert inspector.sentence == "Output row 3, column 4: sum of 2 products = −0.2."
    with inspector.lab.redraw():
        bias.fill("0.5")
    assert inspector.sentence == "Output row 3, column 4: sum of 2 products = −0.2. With the bias 0.5: 0.3."
    with inspector.lab.redraw():
        relu.check()
    assert inspector.sentence.endswith("= −0.2. With the bias 0.5: 0.3. After ReLU: 0.3.")
    with inspector.lab.redraw():
        bias.fill("0")
    assert inspector.sentence == "Output row 3, column 4: sum of 2 products = −0.2. After ReLU: 0."
    with inspector.lab.redraw():
        bias.fill("0.1")
    assert inspector.sentence.endswith("= −0.2. With the bias 0.1: −0.1. After ReLU: 0.")  # ReLU comes last
    with inspector.lab.redraw():
        bias.fill("0")
    with inspector.lab.redraw():
        relu.uncheck()
    # The pixel added on the right is 0, the pixel's own neighbour (0.8), or the pixel's own value.
    for mode, word, total in [
        ("zeros", "zero", "1"),
        ("reflect", "reflected", "0.2"),
        ("replicate", "replicated", "0"),
    ]:
        with inspector.lab.redraw():
            page.get_by_label(mode).check()
        inspector.hover(MAP, (1, 5), (4, 6))
        assert f"sum of 2 products = {total}." in inspector.sentence
        assert "padding" in inspector.sentence
        assert word in inspector.sentence
        inspector.hover(MAP, (1, 4), (4, 6))  # the last window without padding
        assert inspector.sentence == "Output row 2, column 5: sum of 2 products = −0.2."

    # A click keeps a place, and another frees it.
    inspector.turn(kernel="1,2,3;4,5,6;7,8,9", padding="none")
    inspector.upload(noise(20, 30))  # cells of many screen pixels
    inspector.page.mouse.click(*inspector.middle(MAP, (4, 20), (18, 28)))
    assert inspector.place == (4, 20)
    assert inspector.pinned
    inspector.hover(MAP, (13, 2), (18, 28))
    inspector.hover(PICTURE, (15, 3), (20, 30))
    assert inspector.place == (4, 20)
    inspector.page.mouse.click(*inspector.middle(PICTURE, (8, 12), (20, 30)))
    assert not inspector.pinned
    assert inspector.place == (7, 11)  # the 3 x 3 window in whose middle the pixel is
    inspector.hover(MAP, (13, 2), (18, 28))
    assert inspector.place == (13, 2)


def test_what_is_read_out_waits_for_rest(open_map):
    inspector = Inspector(open_map(is_fresh=True))
    page = inspector.page
    spoken = page.locator(SPOKEN)
    spoken.filter(has_text=re.compile("Output row")).wait_for(state="attached")  # what it opens with has been said
    assert spoken.get_attribute("aria-live") == "polite"
    stop_clock(page)
    clock = page.clock

    def point(row: int, column: int) -> str:
        inspector.hover(MAP, (row, column), (398, 598))
        clock.run_for(100)  # a frame, and some more
        return inspector.lab.text(SENTENCE)

    said = spoken.text_content()
    for move in range(12):  # on screen it follows; without half a second of rest nothing is read out
        assert f"row {101 + move}, column {101 + 3 * move}:" in point(100 + move, 100 + 3 * move)
        assert spoken.text_content() == said
    clock.run_for(500)
    assert spoken.text_content() == inspector.lab.text(SENTENCE) != said


# ---- looks ------------------------------------------------------------------------------------------------------


def test_the_drawing_is_there_in_the_dark_theme_and_in_any_size_and_a_big_one_can_be_kept(open_map):
    inspector = Inspector(
        open_map(f"?__theme=dark&padding=zeros&kernel={in_link(random_weights(31, 31))}"), "Your kernel"
    )
    big = inspector.drawn()
    with inspector.lab.redraw():
        inspector.lab.pick("sobel_x")
    inspector.hover(MAP, (200, 300), (400, 600))
    small = inspector.drawn()
    for drawn, cells, area in [(big, 31 * 31, 3), (small, 9, 20 * 20)]:  # a big kernel shrinks
        assert min(count for count, _ in drawn) > cells * area
        assert min(colours for _, colours in drawn) >= 3
    text = inspector.page.eval_on_selector(SENTENCE, "element => getComputedStyle(element).color")
    assert min(int(part) for part in re.findall(r"\d+", text)[:3]) > 130  # light on dark

    # A big dilated kernel can be kept.
    inspector.turn(kernel=in_link(random_weights(31, 31)), padding="none", Dilation=13).take("camera", "Photographer")
    inspector.page.locator(STAGE).focus()
    inspector.page.keyboard.press("Enter")
    assert inspector.pinned
    inspector.state()
    # Larger ones take seconds a move, and half a gigabyte.
    assert inspector.page.eval_on_selector(CANVAS, "canvas => canvas.width * canvas.height") <= 16_777_216
