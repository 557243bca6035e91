"""The Layers tab in a browser: a value is pointed at, the network is run at another height, and links open it."""

from fractions import Fraction

import pytest
from playwright.sync_api import expect

from tests.ui.lab import settle

PANEL = ".lab-layers [data-version]"
TOLD = "[data-part=told]"


@pytest.fixture
def open_layers(open_lab):
    """Opens the lesson's own page, and waits until its maps are drawn."""

    def open_page(query="", **options):
        lab = open_lab(query, "layers", **options)
        lab.page.wait_for_selector(PANEL, state="attached")
        return lab

    return open_page


def is_drawn_anew(page, act):
    """What happens in `act` must lead to another drawing."""
    before = int(page.locator(PANEL).get_attribute("data-version"))
    act()
    page.wait_for_function(
        "before => Number(document.querySelector('.lab-layers [data-version]').dataset.version) > before", arg=before
    )


def box_on(page, depth):
    """Where the box on a map lies, in its pixels: [top, left, height, width]; None if there is none."""
    return page.evaluate(
        """depth => {
            const stage = document.querySelector(`.maps .stage[data-depth="${depth}"]`);
            const { left, top, width, height } = stage.querySelector(".window-box").style;
            if (!width) return null;
            const [down, across] = [height, width].map((text) => parseFloat(text.match(/([\\d.]+)%/)[1]));
            return [parseFloat(top) - down / 2, parseFloat(left) - across / 2, down, across];
        }""",
        depth,
    )


def test_the_field_of_layer_four_is_drawn_where_the_arithmetic_says(open_layers):
    # Sobel 3x3, max 2x2/2, Sobel 3x3, max 2x2/2: 398x598, 199x299, 197x297, 98x148.
    page = open_layers().page
    stage = page.locator('.maps .stage[data-depth="4"]')
    stage.scroll_into_view_if_needed()
    box, (row, column) = stage.bounding_box(), (40, 61)
    page.mouse.move(box["x"] + (column + 0.5) / 148 * box["width"], box["y"] + (row + 0.5) / 98 * box["height"])
    page.wait_for_function(
        "at => document.querySelector('.lab-layers [data-position]').dataset.position === at", arg="4,40,61"
    )
    sizes = [(400, 600), (398, 598), (199, 299), (197, 297), (98, 148)]
    # By hand, for a unit u of map 4: on map 3 from 2u, 2 long; on 2 from 2u, 4; on 1 from 4u, 8; on the photo 4u, 10.
    for depth, (start, length) in enumerate([(4, 10), (4, 8), (2, 4), (2, 2), (1, 1)]):
        height, width = sizes[depth]
        expected = [
            100 * start * row / height,
            100 * start * column / width,
            100 * length / height,
            100 * length / width,
        ]
        assert box_on(page, depth) == pytest.approx(expected, abs=0.01), depth
    expect(page.locator(TOLD)).to_contain_text("Map 4, row 41, column 62: the largest of 4 values is")
    expect(page.locator(TOLD)).to_contain_text("It sees 10 × 10 pixels of the photo.")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(TOLD)).to_contain_text("Kept")
    page.wait_for_function("location.search.includes('layers_unit=40,61')")
    assert "layers_layer=4" in page.url
    settle(page)


def test_layers_are_changed_and_the_one_kernel_follows(open_layers):
    page = open_layers("?layers_stack=blur").page
    one = page.locator("[data-part=one_title]")
    expect(one).to_have_text("One kernel does the same: 5 × 5")
    is_drawn_anew(page, lambda: page.get_by_role("button", name="Once more").click())
    expect(one).to_have_text("One kernel does the same: 7 × 7")
    expect(page.locator("[data-part=one_told]")).to_contain_text("49 in one kernel, 27 in the stack")
    is_drawn_anew(page, lambda: page.get_by_label("ReLU").check())
    expect(one).to_have_text("No one kernel does the same")
    page.get_by_label("Stride").fill("99")
    expect(page.locator("[data-part=own_problem]")).to_contain_text("stride is 99")
    is_drawn_anew(page, lambda: page.get_by_role("button", name="five blurs").click())
    expect(page.locator("[data-part=own_problem]")).to_be_empty()
    page.wait_for_function("location.search.includes('layers_stack=bell')")
    settle(page)


def test_the_one_kernel_is_laid_on_the_photo(open_lab):
    lab = open_lab("?tab=layers&layers_stack=blur")
    lab.page.get_by_role("button", name="Lay it on the photo").click()
    lab.has_caption("Your kernel: 596 × 396")  # 5 x 5 on 600 x 400
    tent = [1, 2, 3, 2, 1]  # over 9, each way
    for row, texts in zip(tent, lab.cells(), strict=True):
        assert [float(Fraction(text)) for text in texts] == pytest.approx([row * b / 81 for b in tent], abs=1e-6)
    expect(lab.page.locator("[data-part=taken]")).to_contain_text("Taken from Layers")
    settle(lab.page)


def test_the_network_finds_the_face_at_sixty_one_value_is_taken_apart_and_it_is_blind_at_the_full_height(open_layers):
    page = open_layers("?picture=astronaut&layers_part=network").page
    verdict = page.locator("[data-part=verdict]")
    expect(verdict).to_contain_text("9 of 625 windows say “face”")
    expect(page.locator("[data-part=surest]")).to_contain_text("0.9996 at row 5, column 11")
    size = page.locator("input[data-part=size]")

    # A channel is chosen, and one value taken apart.
    is_drawn_anew(page, lambda: page.locator('[data-layer="3"][data-channel="5"]').click())
    expect(page.locator("[data-part=channel_title]")).to_have_text("3 · Convolution 3 × 3 and PReLU, channel 5 of 16")
    blocks = page.locator("[data-part=blocks] button")
    expect(blocks).to_have_count(10)  # channels of the pooling before it
    expect(page.locator("[data-part=worked_out]")).to_contain_text("the sums of 10 channels add up to")
    blocks.nth(3).click()
    expect(page.locator("[data-part=detail_told]")).to_contain_text("Channel 4")
    page.wait_for_function("location.search.includes('layers_channel=5')")
    is_drawn_anew(page, lambda: page.get_by_role("button", name="All heights at once").click())
    expect(page.locator("[data-part=pyramid] button")).to_have_count(12)
    is_drawn_anew(page, lambda: page.get_by_role("button", name="Height 48").click())
    page.wait_for_function("location.search.includes('layers_size=48')")
    settle(page)

    # At the full height it is blind.
    is_drawn_anew(page, lambda: size.fill("512"))
    expect(verdict).to_contain_text("18 of 63001 windows say “face”")  # 1 at the face, 17 elsewhere
    page.wait_for_function("location.search.includes('layers_size=512')")
    for width in (1280, 390):  # also on a phone
        page.set_viewport_size({"width": width, "height": 844})
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    settle(page)
