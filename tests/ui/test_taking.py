"""A held pixel in the link, the way to its arithmetic and back, and the stops of the Tab key, in a real browser."""

from playwright.sync_api import expect

from tests.ui.inspector import PINNED, SENTENCE, Inspector
from tests.ui.lab import settle

STEP = ".step-panel"
TAKEN = "[data-part=taken]"


def test_one_value_is_understood_by_keyboard(open_lab):
    lab = open_lab("?kernel=emboss&padding=reflect")
    page, inspector = lab.page, Inspector(lab, "Emboss")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the feature map")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".figure-panel .stage")).to_be_focused()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    lab.linked("cell=")
    (row, column, _), value = inspector.state()
    assert f"cell={row + 1},{column + 1}" in page.url
    for stop in ("map", "wipe", "play", "full", "frame", "through"):  # photo and map, the products, the button
        page.keyboard.press("Tab")
        expect(page.locator(f".figure-panel [data-part={stop}]")).to_be_focused()
    page.keyboard.press("Enter")

    page.locator(f"{STEP} [data-ready=true], [data-ready=true] {STEP}").first.wait_for()
    sentence = f"Taken from the feature map: kernel Emboss, pixels around row {row + 1}, column {column + 1}."
    expect(page.locator(TAKEN)).to_contain_text(sentence)
    expect(page.get_by_role("button", name="Back to the map")).to_be_focused()
    shown = page.locator("[data-value]:has(.step-panel)")
    assert float(shown.get_attribute("data-value")) == value  # float32, worked out anew
    assert page.locator(f"{STEP} [data-part=kernel] input").nth(8).get_attribute("data-exact") == "2"

    page.go_back()
    expect(page.locator(PINNED)).to_be_visible()
    assert inspector.state() == ((row, column, 0), value)
    assert "tab=" not in page.url
    assert f"cell={row + 1},{column + 1}" in page.url
    expect(page.locator(TAKEN)).to_be_hidden()
    page.go_forward()
    expect(page.locator(TAKEN)).to_contain_text(sentence)
    page.select_option(f"{STEP} [data-part=preset]", "edge")  # which was not taken
    expect(page.locator(TAKEN)).to_be_hidden()
    settle(page)


def test_a_link_with_a_cell_opens_with_it_held_one_beyond_the_map_becomes_the_nearest_and_groups_have_names(open_lab):
    lab = open_lab("?kernel=emboss&cell=120,233")
    inspector = Inspector(lab, "Emboss")
    expect(lab.page.locator(PINNED)).to_be_visible()
    assert inspector.place == (119, 232)
    assert lab.text(SENTENCE).startswith("Output row 120, column 233:")
    lab.page.locator(".figure-panel .stage").focus()
    lab.page.keyboard.press("Escape")
    lab.page.wait_for_function("() => !location.search.includes('cell')")

    far = inspector.follow("?kernel=emboss&cell=9999,9999", "Emboss")
    lab.linked("cell=398,598")  # the map of 600 x 400 pixels by a 3x3 kernel
    assert far.place == (397, 597)
    with lab.redraw():
        lab.pick("gaussian")  # 7x7
    lab.linked("cell=394,594")

    # Groups of choices have a name, and are one stop with arrow keys.
    page = lab.page
    page.keyboard.press("Tab")  # the groups are joined at the first stop
    padding = page.get_by_role("group", name="Padding")
    expect(padding).to_be_visible()
    padding.get_by_role("radio", name="none").focus()
    with lab.redraw():
        page.keyboard.press("ArrowRight")
    lab.linked("padding=zeros")
    expect(padding.get_by_role("radio", name="zeros")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("number input for Bias")).to_be_focused()
    for name in ("Flip the kernel?", "Channels", "Show as", "Contrast"):
        expect(page.get_by_role("group", name=name)).to_be_visible()
    levels = """() => [...document.querySelectorAll("h1, h2, h3, h4")]
        .filter(({ clientWidth }) => clientWidth).map(({ tagName }) => tagName)"""
    assert page.evaluate(levels) == ["H1", "H2"]
    settle(page)


def test_back_leads_from_tab_to_tab_and_not_out_of_the_lab(open_lab):
    lab = open_lab("?tab=step")  # no entry of its own for the tab of the link
    page, before = lab.page, lab.page.evaluate("history.length")
    for name in ("why", "feature_map"):
        page.click(f'[role=tab][data-tab-id="{name}"]')
        page.locator(f'[role=tab][data-tab-id="{name}"][aria-selected=true]').first.wait_for()
        page.wait_for_function(
            "name => (new URLSearchParams(location.search).get('tab') ?? 'feature_map') === name", arg=name
        )
    with lab.redraw():
        lab.pick("sobel_y")
    lab.linked("kernel=sobel_y")  # the same entry
    assert page.evaluate("history.length") == before + 2
    for name in ("why", "step"):
        page.go_back()
        page.locator(f'[role=tab][data-tab-id="{name}"][aria-selected=true]').first.wait_for()
    lab.linked("tab=step")
    lab.linked("kernel=sobel_y")  # what is shared stays as it is now
    page.go_forward()
    page.locator('[role=tab][data-tab-id="why"][aria-selected=true]').first.wait_for()
    assert page.evaluate("history.length") == before + 2
    settle(page)
