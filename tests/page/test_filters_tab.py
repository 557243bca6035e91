"""The Filters tab without a browser: banks, runs that are watched and stopped, filters to choose, what is refused.

Directions are those of gratings that the tests draw; Gabors are those that the tests make.
"""

import html
import threading
from unittest.mock import ANY
from urllib.parse import parse_qsl

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdemo.filters import make_filter, respond
from convdemo.kernels import gabor
from convdemo.rendering import CYCLE, to_directions
from convdemo.ui.filters import lesson as tab
from convdemo.ui.filters.bank_view import _spread
from convdemo.ui.filters.learned_view import draw_network, draw_picked
from convdemo.ui.filters.lesson import RESTORED
from convdemo.ui.filters.runs import FilterRun, find_run, fits_of, network_filters
from convdemo.ui.filters.state import STATE
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.lesson import Shared, in_turn
from convdemo.ui.parts.figures import mosaic, tile_box
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.state import from_query
from tests.page.request import run_async
from tests.page.uploads import upload

COFFEE = {"example": "coffee"}
SMALL = {"count": 16, "side": 8}
VIEW = (*tab.BANK, *tab.LEARNED, *tab.FOLDED, "begun", "ended")
LONGEST = 900  # characters of a sentence in its markup, whatever was sent


@pytest.fixture(autouse=True)
def _at_once(upload_folder, monkeypatch):
    monkeypatch.setattr(tab, "_BETWEEN_FRAMES", 0)


def request(picture=COFFEE, **changes):
    """What the events are sent: the picture, the controls, the lesson on screen, and where the run stands."""
    return {"picture": picture, **STATE.defaults, "screen": "filters", "reached": 0, "begun": 1, "ended": 0, **changes}


def answer(given):
    """The whole answer of an event, with the text of HTML as it is read."""
    assert set(given) <= {*VIEW, *tab.FOLDED, "query"}
    parts = {name: given.get(name, gr.skip()) for name in (*VIEW, "query")}
    return {name: html.unescape(value) if isinstance(value, str) else value for name, value in parts.items()}


def watch(events, most=1000):
    """The answers of a run on the page."""

    async def collect():
        answers = []
        async for one in events:
            answers += [answer(one)] if one else []  # an empty one says that it waits for its turn
            if len(answers) == most:
                break
        await events.aclose()
        return answers

    return run_async(collect())


# ---- the bank ------------------------------------------------------------------------------------------------------


def test_the_tab_opens_on_a_bank_and_its_responses():
    given = answer(tab.show_bank(request()))
    assert "32 filters" in given["bank"]  # 8 orientations, 2 wavelengths, 2 phases
    assert "wavelength 8, phase 90°" in given["bank"]
    assert "every 2 pixels at wavelength 4, every 4 pixels at wavelength 8" in given["responses"]
    assert "Filter 17: 0°, wavelength 8, phase 0°" in given["one"]  # after 16 of wavelength 4
    # A filter of wavelength 8 is 29 wide: (600 - 29) // 4 + 1 places along a row, (400 - 29) // 4 + 1 along a column.
    assert "143 × 93 places, 4 pixels apart" in given["one"]
    assert given["problem"] == ""
    assert given["query"] == ""


@pytest.mark.parametrize(
    ("change", "pieces"),
    [
        ({"orientations": 16, "wavelengths": [3, 4, 5], "phases": [0, 90]}, ("make 96 filters", "at most 64")),
        ({"wavelengths": []}, ("wavelengths is empty", "some of 3, 4, 5")),
        ({"wavelengths": [4, 99]}, ("wavelengths is [4, 99]", "3, 4, 5")),
        ({"phases": "0"}, ("phases is '0'",)),
        ({"phases": None}, ("phases is empty",)),
        ({"orientations": 1}, ("orientations is 1", "try 2")),
        ({"orientations": None}, ("orientations is empty",)),
        ({"filter": 33}, ("filter to look at is 33", "32")),
        ({"wave": 2}, ("wavelength for the map of directions is 2", "try 3")),
    ],
)
def test_a_bank_that_cannot_be_is_told_and_the_last_one_stays(change, pieces):
    given = answer(tab.show_bank(request(**change)))
    for piece in pieces:
        assert piece in given["problem"], given["problem"]
    assert len(given["problem"]) < LONGEST
    assert all(given[name] == gr.skip() for name in VIEW if name != "problem")


def click(index):
    """What Gradio tells of a click on a filter."""
    return gr.EventData(None, {"index": index})


def test_the_slider_ends_with_the_last_filter_and_one_that_is_no_more_gives_way_to_it():
    assert answer(tab.show_bank(request()))["filter"] == gr.update(
        maximum=32
    )  # 8 orientations, 2 wavelengths, 2 phases
    given = answer(tab.show_other_bank(request(phases=[90])))
    assert given["filter"] == gr.update(maximum=16, value=16)  # 17 was looked at
    assert "Filter 16" in given["one"]
    assert given["problem"] == ""
    assert given["query"] == "filters_phases=90&filters_filter=16"
    assert answer(tab.show_other_bank(request(phases=[90], filter=3)))["filter"] == gr.update(maximum=16)
    assert "make 96 filters" in answer(tab.show_other_bank(request(orientations=16, wavelengths=[3, 4, 5])))["problem"]


def test_a_click_on_the_bank_looks_at_a_filter():
    given = answer(tab.click_bank(request(), click(5)))
    assert given["filter"] == gr.update(maximum=32, value=5)
    assert "Filter 5: 90°, wavelength 4, phase 0°" in given["one"]  # the fifth of eight directions
    assert given["query"] == "filters_filter=5"
    assert given["one_fold"]["open"]  # where it is shown
    assert given["one_fold"]["open"]  # where it is shown


@pytest.mark.parametrize("index", [None, 0, 65, 2.5, -1, "3", True, [1, 2], {"a": 1}])
def test_a_click_on_nothing_changes_nothing(index):
    assert tab.click_bank(request(), click(index)) == {}
    if index != 65:
        assert tab.click_set("network", request(**SMALL), click(index)) == {}


def test_a_click_on_a_set_chooses_a_filter_of_it():
    given = answer(tab.click_set("network", request(**SMALL), click(64)))
    assert given["from"] == "network"
    assert given["pick"] == gr.update(maximum=64, value=64)
    assert "Filter 64" in given["picked"]
    assert given["compare_fold"]["open"]
    assert given["compare_fold"]["open"]
    assert given["query"] == "filters_count=16&filters_side=8&filters_from=network&filters_pick=64"
    given = answer(tab.click_set("learned", request(**SMALL, **{"from": "network"}), click(2)))
    assert given["from"] == "learned"
    assert given["pick"] == gr.update(maximum=16, value=2)
    assert "filters_from" not in given["query"]


def test_of_a_smaller_set_the_last_filter_is_chosen():
    given = answer(tab.choose_set(request(**SMALL, pick=40)))
    assert given["pick"] == gr.update(maximum=16, value=16)
    assert "Filter 16" in given["picked"]
    assert answer(tab.choose_set(request(**SMALL, pick=40, **{"from": "network"})))["pick"] == gr.update(maximum=64)
    given = answer(tab.prepare_other(request(**SMALL, seed=77, pick=40)))
    assert given["pick"]["value"] == 16
    assert given["query"] == "filters_count=16&filters_side=8&filters_seed=77&filters_pick=16"


def test_a_picture_smaller_than_a_filter_is_told():
    given = answer(tab.show_bank(request(upload(np.zeros((20, 25), np.uint8)))))
    assert "problem" in given["problem"]
    assert "20x25" in given["problem"] or "29" in given["problem"]


def test_a_blank_picture_is_answered_with_nothing():
    given = answer(tab.show_bank(request(upload(np.full((50, 70), 128, np.uint8)))))
    assert given["problem"] == ""
    assert "places" in given["directions"]


def test_small_response_maps_stand_where_the_photo_is():
    image = np.random.default_rng(0).random((60, 90), np.float32)
    given = respond(image, make_filter(0, 4))
    small = _spread(given, image.shape)
    assert small.shape == (64, 96)  # the longer side is drawn with 96 pixels
    # By hand: pixel (r + 0.5) * 90 / 96 of the photo, and the nearest place; places are every 2, from 7 on.
    for row, column in ((30, 40), (32, 50)):
        places = [round((int((at + 0.5) * 90 / 96) - 7) / 2) for at in (row, column)]
        assert small[row, column] == given.values[tuple(places)]
    assert not small[0].any()  # the border has no places


def test_a_mosaic_and_the_frame_around_a_tile():
    tiles = [np.full((2, 3), number) for number in range(1, 6)]
    drawn = mosaic(tiles, 2)
    assert drawn.shape == (10, 9)  # three rows of 2 + 1, two columns of 3 + 1, and a border
    row, column, height, width = tile_box(4, 2, (2, 3))
    inside = drawn[row + 1 : row + height - 1, column + 1 : column + width - 1]
    np.testing.assert_array_equal(inside, tiles[3])


def test_directions_are_colours_of_one_wheel():
    picture = to_directions([[0.0, 90.0, 180.0]], [[2.0, 1.0, 2.0]])
    np.testing.assert_array_equal(picture.pixels[0, 0], CYCLE[0])
    np.testing.assert_array_equal(picture.pixels[0, 2], CYCLE[0])  # half a turn is none
    pale = 255 - (255 - CYCLE[90].astype(float)) / 2
    np.testing.assert_allclose(picture.pixels[0, 1], pale, atol=1)
    # Equally light: the luminance of the BT.709 primaries, made linear, hardly varies around the wheel.
    linear = (CYCLE / 255) ** 2.2 @ [0.2126, 0.7152, 0.0722]
    assert linear.max() / linear.min() < 1.4


# ---- learning ------------------------------------------------------------------------------------------------------


def test_filters_appear_as_they_converge_and_are_compared_in_the_end():
    answers = watch(tab.learn(request(source="photo", **SMALL)))
    assert [one["reached"] for one in answers] == [*range(len(answers) - 1), len(answers) - 2]
    assert "Ready" in answers[0]["status"]
    assert "Iteration 5;" in answers[1]["status"]
    assert "Done" in answers[-1]["status"]
    assert "fitting" in answers[-2]["status"]
    assert "of 16 filters" in answers[-1]["shares"]
    assert "of 64 filters" in answers[-1]["shares"]  # the network's
    assert "Filter 1" in answers[-1]["picked"]
    assert answers[0]["learned"] != answers[-1]["learned"]
    assert all(one["query"] == gr.skip() for one in answers)  # the visitor may have moved something meanwhile
    # Learned already: a change back to these settings shows them at once.
    again = answer(tab.prepare(request(source="photo", **SMALL)))
    assert again["learned"] == answers[-1]["learned"]
    assert again["reached"] == answers[-1]["reached"]


def test_who_leaves_ends_the_run(caplog):
    caplog.set_level("INFO", "convdemo.ui.filters.lesson")
    watch(tab.learn(request(source="photo", seed=3, **SMALL)), most=2)
    assert caplog.messages == ["a run of filters ended at iteration 5"]


def test_who_leaves_while_others_begin_leaves_no_work_behind(monkeypatch):
    begun, others_have_begun = [], threading.Event()

    def begin(given):
        begun.append(given["seed"])
        others_have_begun.wait()
        return tab._run(given)

    monkeypatch.setattr(tab, "_NOTICED", 0.01)
    monkeypatch.setattr(tab, "_run_in_turn", in_turn(begin, "test", 1))

    async def leave():
        other, visitor = (tab.learn(request(seed=seed, **SMALL)) for seed in (5, 6))
        assert await anext(other) == {}
        assert await anext(visitor) == {}
        await visitor.aclose()
        others_have_begun.set()
        while not await anext(other):
            pass
        await other.aclose()

    run_async(leave())
    assert begun == [5]


def test_stop_shows_what_the_filters_are_tuned_to_so_far():
    given = answer(tab.end(request(reached=2, source="photo", seed=4, **SMALL)))
    assert "Stopped at iteration 10" in given["status"]
    assert "of 16 filters" in given["shares"]
    assert given["reached"] == 2


def test_visitors_share_a_run_and_a_run_starts_again_the_same():
    image = np.random.default_rng(0).random((40, 50), np.float32)
    run = FilterRun([image], 16, 6, 1)
    late = run.look(3)
    assert run.done == 4
    np.testing.assert_array_equal(FilterRun([image], 16, 6, 1).look(3).filters, late.filters)
    assert run.look(0).iterations == 0
    assert find_run(None, 16, 8, 0) is find_run(None, 16, 8, 0)


def test_beyond_the_end_of_a_run_is_its_end():
    image = np.random.default_rng(0).random((40, 50), np.float32)
    run = FilterRun([image], 16, 6, 1)
    last = run.look(1000)
    assert last is run.look(run.done - 1)


@pytest.mark.parametrize(
    ("picture", "change", "pieces"),
    [
        (np.zeros((9, 60), np.uint8), {}, ("60 × 9", "smaller than a patch of 12x12")),
        (np.full((40, 50), 90, np.uint8), {}, ("blank", "nothing to learn")),
        (None, {"count": 64, "side": 6}, ("count is 64", "35")),
        (None, {"count": 65}, ("count is 65",)),
        (None, {"side": None}, ("side is empty", "from 6 to 20")),
        (None, {"side": 99}, ("side is 99", "try 20")),
        (None, {"seed": -1}, ("seed is -1",)),
        (None, {"source": "mine"}, ("source is 'mine'",)),
    ],
)
def test_what_cannot_be_learned_from_is_told(picture, change, pieces):
    reference = COFFEE if picture is None else upload(picture)
    for said in (
        answer(tab.prepare(request(reference, **{"source": "photo"} | change))),
        watch(tab.learn(request(reference, **{"source": "photo"} | change)))[-1],
    ):
        for piece in pieces:
            assert piece in said["status"], said["status"]
        assert "problem" in said["status"]
        assert said["learned"] == gr.skip()  # what was there stays


def test_opening_learns_from_the_examples_but_not_from_a_photo_of_the_visitor():
    assert tab.begin_first(request(begun=0)) == {"begun": 1}
    assert tab.begin_first(request(begun=0, source="photo")) == {}
    assert tab.begin_first(request(begun=0, screen="learn")) == {}
    given = answer(tab.draw_first(request(source="photo")))
    assert "64 filters learned by a network" in given["network"]
    assert "32 filters" in given["bank"]
    assert "Ready" in answer(tab.start_over(request(ended=given["ended"], source="photo", seed=9, **SMALL)))["status"]
    assert tab.begin_first(request(begun=1, reached=3)) == {}  # a run on screen stays


def test_learn_counts_and_the_count_begins_a_run():
    assert tab.begin({"begun": 4}) == {"begun": 5}
    assert watch(tab.learn(request(begun=0))) == []


def test_the_run_of_a_quick_visitor_gives_way_to_that_of_the_link():
    ended = tab.restore({f"filters_{name}": value for name, value in (STATE.defaults | {"seed": 5}).items()}, {})
    assert ended["ended"] == RESTORED
    assert tab.start_over(request(ended=RESTORED, begun=1)) == {"begun": 2}
    # On another tab, or where the link says that the photo is learned from, the next opening finds nothing begun.
    assert tab.start_over(request(ended=RESTORED, begun=1, screen="learn")) == {"begun": 0}
    assert tab.start_over(request(ended=RESTORED, begun=1, source="photo")) == {"begun": 0}
    assert tab.start_over(request(ended=RESTORED, begun=0)) == {}  # nobody was quicker: the opening begins the run


def test_what_ends_a_run_comes_before_what_begins_the_next():
    # Gradio works through the events of a trigger in their order. A run that is cancelled when the next one has begun
    # takes with it what Gradio knows of that one, which then cannot be stopped.
    async def build():  # Gradio opens a loop for itself where none runs, and does not close it
        with gr.Blocks() as page:
            return tab.build(Shared(gr.HTML(), gr.HTML())), page

    room, page = run_async(build())
    events = page.fns.values()
    (run,) = (event for event in events if (room.parts["begun"]._id, "change") in event.targets)
    text = read_text("filters")
    buttons = [block for block in page.blocks.values() if isinstance(block, gr.Button)]
    for target in (
        *((button._id, "click") for button in buttons if button.value in (text["learn"], text["stop"])),
        *((room.parts[name]._id, "input") for name in ("source", "count", "side", "seed")),
        (room.parts["ended"]._id, "change"),
    ):
        cancelling = [event._id for event in events if target in event.targets and event.cancels == [run._id]]
        answering = [event._id for event in events if target in event.targets and event.fn]
        assert len(cancelling) == len(answering) == 1
        assert cancelling < answering


# ---- choosing ------------------------------------------------------------------------------------------------------


def test_the_fit_of_a_gabor_is_that_gabor():
    known = gabor(30, 5, 2.5, 90)
    said = html.unescape(draw_picked(known[None], 1))
    assert "Direction 30°, wavelength 5 pixels; the Gabor explains 100 %" in said


def test_a_filter_goes_to_the_feature_map_tab():
    cells = kernel_value(tab.use_filter(request(**{"from": "network"}, pick=7))["kernel"])["cells"]
    weights = np.array([[float(cell) for cell in row] for row in cells])
    assert weights.shape == (12, 12)
    np.testing.assert_allclose(weights[weights > 0].sum(), 1, atol=1e-3)  # so that responses lie from -1 to 1
    np.testing.assert_allclose(weights[weights < 0].sum(), -1, atol=1e-3)
    own = network_filters()[6]
    assert np.corrcoef(weights.ravel(), own.ravel())[0, 1] > 0.9999


def test_a_filter_that_is_not_there_is_told():
    given = answer(tab.pick(request(reached=1, source="photo", pick=17, **SMALL)))
    assert "filter number is 17, but there are 16" in given["picked"]
    assert (
        "filter number is empty" in answer(tab.pick(request(reached=1, source="photo", pick=None, **SMALL)))["picked"]
    )
    assert "problem" in answer(tab.pick(request(reached="x", source="photo", **SMALL)))["picked"]
    with pytest.raises(gr.Error, match="filter number is 0"):
        tab.use_filter(request(reached=1, source="photo", pick=0, **SMALL))


def test_most_filters_of_the_network_are_gabors():
    # CONTRIBUTING: 91 % of the shipped network's filters are Gabor-like.
    assert sum(fit.explained >= 0.7 for fit in fits_of(network_filters())) == pytest.approx(0.91 * 64, abs=1)


# ---- the page ------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9), min_size=11, max_size=11)
)
@settings(max_examples=40)
def test_whatever_is_sent_is_answered(values):
    sent = request(**dict(zip(STATE.defaults, values, strict=True)))
    for told in (tab.show_bank(sent), tab.prepare(sent), tab.pick(sent)):
        assert "problem" in "".join(value for value in answer(told).values() if isinstance(value, str))


def test_another_picture_draws_the_bank_and_starts_what_is_learned_from_it():
    given = answer(tab.draw(request()))
    assert "filters" in given["bank"]
    assert given["ended"] == gr.skip()  # what was learned from the examples stays
    assert all(update == gr.skip() for update in answer(tab.start_over(request(ended=1))).values())
    given = answer(tab.draw(request(source="photo", seed=11, **SMALL)))
    assert "filters" in given["bank"]
    assert given["ended"] == 1
    given = answer(tab.start_over(request(ended=1, source="photo", seed=11, **SMALL)))
    assert "Ready" in given["status"]
    assert given["reached"] == 0


def test_a_tab_that_is_not_open_draws_nothing():
    changed = tab.when_open(tab.show_bank)
    assert changed(request(screen="learn")) == {}  # a link sets the controls of all lessons
    assert "32 filters" in answer(changed(request()))["bank"]


def test_a_link_restores_every_control():
    query = (
        "filters_orientations=6&filters_wavelengths=3,5&filters_phases=90&filters_filter=2&filters_wave=5&"
        "filters_source=photo&filters_count=25&filters_side=10&filters_seed=7&filters_from=network&filters_pick=12"
    )
    linked, notices = from_query(dict(parse_qsl(query)), STATE.in_links)
    assert notices == ()
    assert STATE.query(STATE.of(linked)) == query
    controls = {name: list(value) if isinstance(value, tuple) else value for name, value in STATE.of(linked).items()}
    controls |= {
        name: gr.update(value=controls[name], maximum=most) for name, most in (("filter", 64), ("pick", 100))
    }  # what there is is known when it is drawn
    controls |= {name: gr.update(open=True, label=ANY) for name in ("one_fold", "compare_fold")}  # what it speaks of
    assert tab.restore(linked, {}) == {**controls, "reached": 0, "ended": RESTORED}
    assert tab.restore(from_query({}, STATE.in_links)[0], {}) == {}  # drawn when the tab is opened


@pytest.mark.parametrize("text", ["", "4,,5", "2", "a", "4;5", "-4"])
def test_a_link_with_other_wavelengths_is_told(text):
    linked, notices = from_query({"filters_wavelengths": text}, STATE.in_links)
    assert linked["filters_wavelengths"] == STATE.defaults["wavelengths"]
    assert "some of 3, 4, 5" in notices[0]


def test_the_first_kernels_of_the_face_network_are_a_third_answer():
    given = draw_network()
    assert given.count("<image") == 2  # the shipped network's, and these
    assert "A third answer: 10 kernels that find faces" in given
    assert given.count("data-tiles") == 1  # only those of the shipped network are chosen by a click
