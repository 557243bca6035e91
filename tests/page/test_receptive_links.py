"""The links of the Receptive field tab without a browser: what they restore, and what they say that is wrong."""

from urllib.parse import parse_qsl

import pytest

from convdemo.receptive_field import parse_stack
from convdemo.ui.page import restored_places
from convdemo.ui.receptive import lesson as tab
from convdemo.ui.receptive.state import STACKS, STATE
from tests.page.receptive import (
    LINK,
    ask,
    built,
    from_query,
    is_skipped,
    named,
    noise,
    opened,
    plain,
    query,
    restored,
    rows_in,
    sentence,
    standing,
    standing_after,
)

pytestmark = pytest.mark.usefixtures("upload_folder")


@pytest.mark.parametrize("link", ["", "stride=2&kernel=sobel_y", "__theme=dark", "tab=receptive", "picture=rocket"])
def test_a_link_that_says_nothing_of_the_tab_leaves_it_as_it_was_built(link):
    updates, table = restored(link), built().parts["table"]
    assert set(updates) == {"table", "layer"}  # which would lose their props if they were left out
    assert updates["table"]["value"] == table.value
    assert {name: value for name, value in updates["table"].items() if name in table.props} == table.props


@pytest.mark.parametrize("link", [LINK, LINK.replace("receptive_", "field_")], ids=["today", "older"])
def test_a_link_restores_the_stack_the_unit_and_the_measurement(link):
    updates, answer = restored(link), opened(link)
    # By hand from the table above: r = 67, j = 16, P = 16 (2 * 8 from conv2), so 3 * 16 - 16 = 32 and 7 * 16 - 16 = 96.
    assert "Layer 4 (pool2), unit (4, 8) sees rows 33..99, columns 97..163" in plain(answer["sight"])
    assert (answer["row"]["value"], answer["column"]["value"]) == (4, 8)
    for told in (updates, answer):
        assert (told["network"], told["versus"]) == ("AlexNet", tab.OWN)
    assert (updates["line"], updates["other"]) == (STACKS["AlexNet"], "5,2,1,0")
    assert [row[:4] for row in rows_in(updates)] == [part.split(",")[:4] for part in updates["line"].split(";")]
    assert built().parts["table"].props.keys() <= updates["table"].keys()  # it may not have been on screen
    assert updates["layer"]["value"] == 4
    assert (updates["model"], updates["draws"], updates["seed"]) == ("relu", 7, 5)
    # What is on screen makes the same link, and so does the next event.
    state, notices = from_query(dict(parse_qsl(link)))
    assert notices == ()
    assert dict(parse_qsl(LINK)) == query(answer)
    again = ask(
        line=updates["line"], layer=4, other=updates["other"], model="relu", draws=7, seed=5, was=answer["was"]
    )  # fmt: skip
    assert again["query"] == answer["query"] == STATE.query(STATE.of(state))


def test_what_was_answered_is_set_before_a_text_box_can_ask():
    # The browser sets the parts one after the other, and a text box fires its event as soon as it is set.
    room = built()
    assert room.restored[0] == next(iter(room.parts)) == "was"
    places = list(restored_places([room], room.shared))
    assert places.index("receptive.was") < min(places.index("receptive.line"), places.index("receptive.other"))


def test_the_unit_of_a_link_stays_until_the_lesson_is_opened_and_from_then_on_its_place():
    values = standing_after(LINK)
    # What the restored text boxes fire changes nothing.
    assert tab.take_line(values) == tab.take_other(values) == {}
    # Another picture before it is opened: the unit of the link, on that picture.
    answer = named(tab.draw({**values, "picture": noise((300, 300))}))
    assert (answer["row"]["value"], answer["column"]["value"]) == (4, 8)
    answer = named(tab.draw(values))
    deeper = named(tab.draw({**values, "layer": 8, "was": answer["was"]}))
    # By hand: the place is (3 * 16 + 17, 7 * 16 + 17) = (65, 129); at pool5 centres are 33 + 32 u.
    assert standing(deeper)[1:] == (1, 3)


def test_a_unit_of_a_link_beyond_the_map_is_its_last_one():
    answer = opened("receptive_stack=AlexNet&receptive_unit=99,99")
    assert (answer["row"]["value"], answer["column"]["value"]) == (11, 17)  # of as many


@pytest.mark.parametrize(
    ("link", "unit"),
    [
        # By hand: a 3x3 with stride 2 has its middles at 1, 3, 5, ...; pixels count from 1, units from 0.
        ("receptive_stack=3,2,1,0&receptive_pixel=6,4", (2, 1)),
        ("receptive_stack=AlexNet&receptive_unit=3,7&receptive_pixel=1,1", (0, 0)),  # it counts for more than a unit
        ("receptive_stack=AlexNet&receptive_pixel=9999,9999", (10, 16)),  # the last one
    ],
)
def test_a_link_to_a_pixel_opens_with_the_unit_over_it_and_then_names_the_unit(link, unit):
    answer = opened(link)
    assert (answer["row"]["value"] - 1, answer["column"]["value"] - 1) == unit  # on the page they count from 1
    assert query(answer)["receptive_unit"] == f"{unit[0]},{unit[1]}"
    assert "receptive_pixel" not in query(answer)


def test_a_link_to_the_deepest_layer_looks_from_there_and_so_does_one_too_deep():
    for link in ("receptive_stack=AlexNet", "receptive_stack=AlexNet&receptive_layer=99"):
        assert restored(link)["layer"]["value"] == 8
        assert "Layer 8 (pool5)" in plain(opened(link)["sight"])


def test_a_stack_of_ones_own_survives_a_link():
    answer = ask(tab.take_line, line="3x5,2x1,1,0:1,conv,first;2,2,1,0,pool", layer=2)
    state, notices = from_query(query(answer))
    assert notices == ()
    assert parse_stack(state["receptive_stack"]) == parse_stack("3x5,2x1,1,0:1,conv,first;2,2,1,0,pool")


def test_a_link_to_what_does_not_fit_says_so_and_keeps_the_line():
    answer = opened("receptive_stack=200,1,1,0;300,1,1,0")
    assert "only 201x401 are left" in sentence(answer)
    assert restored("receptive_stack=200,1,1,0;300,1,1,0")["line"] == "200,1,1,0;300,1,1,0"
    assert is_skipped(answer["line"])
    assert is_skipped(answer["sight"])
    assert plain(built().parts["sight"].value) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [("stack", "3,1,q,1"), ("stack", "VGG-99"), ("compare", "3"), ("layer", "-1"), ("layer", "501"), ("unit", "3"),
     ("unit", "-1,2"), ("pixel", "0,1"), ("model", "cubic"), ("draws", "0"), ("draws", "1001"), ("seed", "x"),
     ("stack", "9" * 9000)],
)  # fmt: skip
def test_what_a_link_says_wrongly_is_named(name, text):
    for prefix in ("receptive", "field"):
        state, (notice,) = from_query({f"{prefix}_{name}": text})
        assert notice.startswith(f"{prefix}_{name}=")
        assert len(notice) <= 300
        assert state[f"receptive_{name}"] == STATE.defaults[name]
