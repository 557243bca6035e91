"""What is seen before the scripts have run stands where the page draws it afterwards, and goes then."""

import pytest

from tests.ui.lab import Lab

PLACES = {"map": ".lab-figure .stage img", "photo": ".lab-picture .stage img"}
WATCH = """(places) => {
    window.seen = { early: {}, opened: {} };
    const place = (image) => { // of what is drawn: an image that is contained in a wider box stands in its middle
        const { x, y, width, height } = image.getBoundingClientRect();
        const { naturalWidth, naturalHeight } = image;
        const drawn = Math.min(width, (height * naturalWidth) / naturalHeight);
        return [x + (width - drawn) / 2, y, drawn, height, naturalWidth];
    };
    const look = () => {
        for (const [name, selector] of Object.entries(places)) {
            const early = document.querySelector(`[data-early=${name}]`);
            if (early?.naturalWidth && early.checkVisibility({ visibilityProperty: true })) {
                seen.early[name] = place(early);
            }
            const image = document.querySelector(selector);
            if (image?.naturalWidth) seen.opened[name] ??= place(image);
        }
        requestAnimationFrame(look);
    };
    look();
}"""


@pytest.fixture
def open_watched(new_page, lab):
    """Opens the lab; what was seen of its pictures, and the addresses that were asked for."""

    def open_page(query, width, lesson=""):
        page, asked = new_page(is_fresh=True, viewport={"width": width, "height": 800}), []
        page.on("request", lambda request: asked.append(request.url.removeprefix(lab.address)))
        page.add_init_script(f"({WATCH})({PLACES})")
        Lab(page, lab.address).open(query, lesson)
        assert not page.locator(".early").is_visible()
        return page.evaluate("seen"), asked

    return open_page


# 598 = 600 - 3 + 1 pixels of the coffee cup; 297 = floor((600 - 7) / 2) + 1, the Gaussian having 7 columns
@pytest.mark.parametrize(
    ("query", "width", "pixels"), [("", 1280, 598), ("", 1024, 598), ("?kernel=gaussian&stride=2", 1600, 297)]
)
def test_the_first_view_stands_where_the_page_is_drawn(open_watched, query, width, pixels):
    seen, asked = open_watched(query, width)
    for name in PLACES:
        assert seen["early"][name] == pytest.approx(seen["opened"][name], abs=1)
    assert seen["early"]["map"][-1] == pixels
    # The map of a link travels once: in the answer to the first view's own question.
    assert [address for address in asked if "first_view" in address] == (
        [f"/first_view?tab=&{query[1:]}"] if query else []
    )
    assert not [address for address in asked if "feature-map.png" in address]


@pytest.mark.parametrize("query", ["?tab=learn", "?channels=colour"])
def test_where_another_lesson_opens_or_several_maps_none_is_seen_before(open_watched, query):
    seen, _ = open_watched(query, 1280)
    assert "map" not in seen["early"]


@pytest.mark.parametrize(("lesson", "query"), [("receptive", "?receptive_stack=one_7x7"), ("step", "?step_dilation=2")])
def test_on_a_lesson_s_own_page_no_map_is_seen(open_watched, lesson, query):
    seen, asked = open_watched(query, 1280, lesson)
    assert "map" not in seen["early"]
    assert [address for address in asked if "first_view" in address] == [f"/first_view?tab={lesson}&{query[1:]}"]
