"""The photo over its map, and the kernel that runs over the photo."""

import pytest
from playwright.sync_api import expect

from tests.ui.lab import PHONE

COVERS = ".figure-panel figure > div[style*='repeating']"


def tool(lab, name):
    return lab.page.locator(".figure-panel [data-part=tools]").get_by_role("button", name=name)


def position(lab):
    return lab.page.locator(".lab-figure [data-position]").get_attribute("data-position")


def check_wipe(lab):
    """A line between photo and map is moved by keys and dragged."""
    page = lab.page
    tool(lab, "Wipe").click()
    line = page.get_by_role("slider", name="How much of the map")
    line.focus()
    page.keyboard.press("ArrowRight")
    assert line.input_value() == "51"
    # Padded, the map has the photo's size: both are at the same place.
    photo, drawn = page.locator("[data-wipe] img"), page.locator(".pictures figure > img")
    for side, length in photo.bounding_box().items():
        assert length == pytest.approx(drawn.bounding_box()[side], abs=0.1)
    box, handle = drawn.bounding_box(), page.locator("figure > [data-wipe]").last.bounding_box()
    assert handle["x"] + handle["width"] / 2 == pytest.approx(box["x"] + 0.51 * box["width"], abs=1)
    before = position(lab)
    y = box["y"] + box["height"] / 4
    page.mouse.move(box["x"] + 0.51 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, y, steps=3)
    page.mouse.up()
    assert line.input_value() == "25"
    assert position(lab) == before  # the inspector has the rest of the picture
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.wait_for_function(
        "before => document.querySelector('.lab-figure [data-position]').dataset.position !== before", arg=before
    )
    with lab.redraw():
        page.get_by_label("each colour").check()
    expect(page.locator("[data-wipe] img")).to_have_count(3)  # it stays, on each of the new maps
    assert line.input_value() == "25"
    tool(lab, "Map").click()
    expect(page.locator("[data-wipe]")).to_have_count(0)
    expect(line).to_be_hidden()


def test_a_line_between_photo_and_map_is_moved_on_a_phone(open_map):
    check_wipe(open_map("?padding=zeros", **PHONE))


def test_a_line_between_photo_and_map_is_moved_and_the_kernel_plays_over_the_photo_value_by_value(open_lab):
    lab = open_lab("?padding=zeros")
    check_wipe(lab)
    for group, name in (("Channels", "grey"), ("Padding", "none")):
        with lab.redraw():
            lab.page.get_by_role("group", name=group).get_by_role("radio", name=name).check()
    with lab.redraw():
        lab.page.get_by_label("number input for Stride").fill("16")
    page = lab.page
    tool(lab, "Play").click()
    page.wait_for_function("() => document.activeElement.value === 'next'")
    page.keyboard.press("Space")  # this pauses
    expect(tool(lab, "Pause")).to_have_attribute("aria-pressed", "true")
    count = int(page.locator(COVERS).get_attribute("data-count"))
    page.keyboard.press("Space")
    columns = (600 - 3) // 16 + 1
    row, column = divmod(count, columns)  # values are counted from 1
    page.wait_for_selector(f'.lab-figure [data-position="{row},{column},0"]')
    expect(page.locator(COVERS)).to_have_attribute("data-count", str(count + 1))
    tool(lab, "Whole map").click()
    expect(page.locator(COVERS)).to_have_count(0)
    assert tool(lab, "Play").evaluate("button => button === document.activeElement")
    # It ends by itself: with the map, with another one, with another tab.
    tool(lab, "Play").click()
    tool(lab, "Fast").click()
    with lab.redraw():
        lab.pick("sobel_y")
    page.locator(COVERS).wait_for(state="detached")
    tool(lab, "Play").click()
    page.get_by_role("tab", name="Filters").click()
    page.locator(COVERS).wait_for(state="detached")
