"""The Learn tab without a browser: what is learned from what, what is refused, and what the page gets.

Learned kernels are held against the teachers that made the maps, least squares against `numpy.linalg.lstsq` on windows
cut by NumPy, and the shown programs are run.
"""

import asyncio
import csv
import html
import io
import json
import os
import runpy
from pathlib import Path
from urllib.parse import parse_qsl

import gradio as gr
import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image
from scipy import ndimage

from convdemo.correlation import cross_correlate_loops
from convdemo.images import read_photo, to_grey
from convdemo.kernels import KERNELS
from convdemo.learning import MAX_STEPS, chapter_run
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.layer.settings import Settings
from convdemo.ui.layer.state import MAX_BIAS
from convdemo.ui.learn import lesson as tab
from convdemo.ui.learn.experiment import history_at, pad_to, run, set_up, stable_rate
from convdemo.ui.learn.files import history_csv
from convdemo.ui.learn.program import write_learn_program
from convdemo.ui.learn.settings import read_learn_settings
from convdemo.ui.learn.state import CHAPTER, HIDDEN, MAX_HIDDEN, STATE
from convdemo.ui.lesson import Shared, when_due
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.picture.opening import open_picture
from convdemo.ui.state import from_query, to_query
from tests.page.request import run_async
from tests.page.uploads import upload

LONGEST = 400  # characters of a sentence, whatever was sent
COFFEE = {"example": "coffee"}
LAYER = {"stride": 1, "padding": "none", "dilation": 1}
HEIGHT, WIDTH = 27, 38


@pytest.fixture(autouse=True)
def _own_folder(upload_folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def photo(seed=0, shape=(HEIGHT, WIDTH)):
    """A picture of noise, which determines every kernel."""
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)).save(file, "PNG")
    return read_photo(file.getvalue())


def settings_of(**changes):
    return read_learn_settings({**STATE.defaults, **changes})


def request(picture=COFFEE, layer=LAYER, **changes):
    """What an event of the tab is sent."""
    return {"picture": picture, **layer, **STATE.defaults, "after": None, "scrub": 0, **changes}


def answer(given):
    """The answer of an event by the names of its places, with the text of HTML as it is read."""
    assert set(given) <= {*tab.VIEW, "introduced", "query"}
    places = {name: given.get(name, gr.skip()) for name in (*tab.VIEW, "query")}
    return {name: html.unescape(value) if isinstance(value, str) else value for name, value in places.items()}


# ---- what is learned from what -------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [Settings(), Settings(stride=2, dilation=2), Settings(padding="reflect", stride=3)])
@pytest.mark.parametrize(("teacher", "shape"), [("sobel_x", (3, 3)), ("sobel_x", (5, 4)), ("difference_x", (2, 3))])
def test_a_kernel_at_least_as_large_as_the_teacher_is_the_teacher_among_zeros(layer, teacher, shape):
    asked = settings_of(teacher=teacher, rows=shape[0], columns=shape[1])
    experiment = set_up(asked, layer, photo(), None)
    weights = KERNELS[teacher].weights
    # By definition: the teacher in the middle of zeros; with padding an even side may move it by one pixel.
    expected = np.zeros(shape)
    top, left = ((wanted - side) // 2 for wanted, side in zip(shape, weights.shape, strict=True))
    expected[top : top + weights.shape[0], left : left + weights.shape[1]] = weights
    np.testing.assert_array_equal(pad_to(weights, shape), expected)
    if layer.padding == "none":
        np.testing.assert_allclose(experiment.problem.kernel, expected, atol=1e-5)
        # And the target is what the loops make of the cut image with it.
        loops = cross_correlate_loops(experiment.image, expected, stride=layer.stride, dilation=layer.dilation)
        np.testing.assert_allclose(experiment.target, loops, atol=1e-5)
    else:
        assert experiment.target.shape == experiment.feature_map(experiment.problem.kernel, 0).shape


@pytest.mark.parametrize("layer", [Settings(), Settings(dilation=2), Settings(stride=2, dilation=3)])
def test_a_kernel_smaller_than_the_teacher_is_the_best_that_there_is(layer):
    asked = settings_of(teacher="laplacian_of_gaussian", rows=3, columns=4)
    experiment = set_up(asked, layer, photo(shape=(61, 70)), None)
    # The windows by NumPy, the solution by LAPACK.
    span = [layer.dilation * (side - 1) + 1 for side in asked.shape]
    windows = sliding_window_view(experiment.image, span)[:: layer.stride, :: layer.stride]
    windows = windows[:, :, :: layer.dilation, :: layer.dilation]
    assert windows.shape[:2] == experiment.target.shape
    patches = windows.reshape(experiment.target.size, -1).astype(np.float64)
    best, *_ = np.linalg.lstsq(patches, experiment.target.ravel().astype(np.float64), rcond=None)
    np.testing.assert_allclose(experiment.problem.kernel.ravel(), best, atol=1e-6)


def test_the_chapters_settings_make_the_chapters_run():
    asked = settings_of(**CHAPTER)
    experiment = set_up(asked, Settings(stride=3, padding="zeros"), photo(), None)  # the layer does not count
    history = history_at(experiment, asked, asked.steps)
    np.testing.assert_allclose(history.losses, chapter_run().losses, rtol=1e-4)
    np.testing.assert_allclose(history.kernel, chapter_run().kernel, atol=1e-5)
    lines = answer(tab.replay(request(**CHAPTER, scrub=10)))["printed"]["value"].splitlines()
    assert [line.partition(", loss ")[0] for line in lines[:-1]] == [f"epoch {step}" for step in (2, 4, 6, 8, 10)]
    first, second = chapter_run().kernel[0]
    assert lines[-1] == f"kernel [[{first:.4f}, {second:.4f}]]"
    assert stable_rate(experiment, asked) == pytest.approx(1 / 30)  # FACTS, section 1: the largest eigenvalue is 30


@pytest.mark.parametrize("bias", [False, True])
def test_a_filter_is_recovered_from_a_photo_before_and_after(bias):
    before = to_grey(photo().pixels)
    kernel, offset = np.float32([[0, 0.1, 0], [0.2, 0.4, 0.1], [0, 0.1, 0.05]]), 0.02 if bias else 0
    same = np.zeros_like(before)
    same[1:-1, 1:-1] = cross_correlate_loops(before, kernel, bias=offset)  # the border is the program's own affair
    for target in (same, same[1:-1, 1:-1]):
        after = type(photo())(pixels=target[:, :, None], original_size=target.shape)
        experiment = set_up(settings_of(source="pair", bias=bias), Settings(), photo(), after)
        np.testing.assert_allclose(experiment.problem.kernel, kernel, atol=1e-4)
        assert experiment.problem.bias == pytest.approx(offset, abs=1e-4)
        assert experiment.teacher is None


SIXTHS = [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]
FILTERS = {
    "blur": (np.full((3, 3), 1 / 9), 0),
    "motion": (np.array([[0, 0, 0], [1, 1, 1], [0, 0, 0]]) / 3, 0),
    "relief": (np.array(SIXTHS) / 6, 0.5),
    "edges": (np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8, 0.5),
}
"""What the words of the page say that the ready pairs are: their kernels and biases."""


@pytest.mark.parametrize("pair", FILTERS)
def test_a_ready_pair_is_the_photo_and_what_a_filter_makes_of_it_as_a_file_holds_it(pair):
    weights, bias = FILTERS[pair]
    before, asked = photo(), settings_of(source="pair", pair=pair, bias=True)
    # SciPy; "nearest" repeats the border.
    exact = ndimage.correlate(to_grey(before.pixels).astype(np.float64), weights, mode="nearest") + bias
    after = asked.ready.filtered(to_grey(before.pixels))
    assert exact.min() >= 0
    assert exact.max() <= 1  # nothing had to be clipped
    np.testing.assert_allclose(after, exact, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(255 * after, np.rint(255 * after), atol=1e-4)
    experiment = set_up(asked, Settings(stride=2), before, None)  # the layer does not count
    np.testing.assert_array_equal(experiment.target, after[1:-1, 1:-1])
    np.testing.assert_array_equal(experiment.teacher.weights, np.float32(weights))
    np.testing.assert_allclose(experiment.problem.kernel, weights, atol=2e-3)
    assert experiment.problem.bias == pytest.approx(bias, abs=2e-3)
    # The error of rounding is spread evenly over a 255th: its mean square is a twelfth of that, squared.
    assert experiment.problem.floor / experiment.problem.positions == pytest.approx(1 / 255**2 / 12, rel=0.15)


def test_without_a_bias_no_kernel_makes_the_relief():
    floors = [
        set_up(settings_of(source="pair", pair="relief", bias=bias), Settings(), photo(), None).problem.floor
        for bias in (False, True)
    ]
    assert floors[0] > 100 * floors[1]


@pytest.mark.parametrize("shape", [(1, 2), (2, 2), (2, 5), (4, 3), (5, 6)])
def test_a_kernel_of_another_size_has_its_place_in_the_filter_of_a_ready_pair(shape):
    asked = settings_of(source="pair", pair="relief", rows=shape[0], columns=shape[1], bias=True)
    experiment = set_up(asked, Settings(), photo(), None)
    # Noise has no neighbours that are alike: the best kernel has the filter's weights where the two lie on each other.
    larger = tuple(map(max, shape, (3, 3)))
    expected = pad_to(np.float32(SIXTHS) / 6, larger)
    first = [(most - side) // 2 for most, side in zip(larger, shape, strict=True)]
    part = expected[first[0] : first[0] + shape[0], first[1] : first[1] + shape[1]]
    np.testing.assert_allclose(experiment.problem.kernel, part, atol=0.05)


def test_a_hidden_teacher_follows_from_its_number_and_fits_every_size():
    teachers = [settings_of(hidden=number).teacher_kernel for number in range(40)]
    assert settings_of(hidden=7).teacher_kernel == teachers[7]
    assert len({teacher.name for teacher in teachers}) > 8
    assert all(max(teacher.weights.shape) <= 5 for teacher in teachers)
    assert "identity" not in {teacher.name for teacher in teachers}
    assert settings_of(teacher="sharpen", hidden=7).teacher_kernel == KERNELS["sharpen"]


def test_a_step_is_the_same_however_it_is_reached():
    asked = settings_of(optimizer="adam", steps=50)
    experiment = set_up(asked, Settings(), photo(), None)
    *_, whole = run(experiment, asked, every=7)
    for step in (0, 1, 30, 50):
        history = history_at(experiment, asked, step)
        assert history.steps == step
        np.testing.assert_array_equal(history.kernel, whole.kernels[step])


# ---- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "pieces"),
    [
        ({"rate": 0}, ("learning rate is 0", "above 0", "try 0.01")),
        ({"rate": -2.5}, ("learning rate is -2.5", "above 0, and at most 1\u202f000\u202f000")),
        ({"rate": "abc"}, ("learning rate is 'abc'", "it must be a number")),
        ({"rate": None}, ("learning rate is empty",)),
        ({"rate": float("nan")}, ("learning rate is nan", "try 0.01")),
        ({"rate": float("inf")}, ("learning rate is inf",)),
        ({"steps": 10_000_000}, ("steps is 10\u202f000\u202f000", "1 to 20\u202f000", "try 20\u202f000")),
        ({"steps": 0}, ("steps is 0", "try 1")),
        ({"steps": 2.5}, ("steps is 2.5", "whole number")),
        ({"rows": 99}, ("rows is 99", "15")),
        ({"columns": True}, ("columns is True",)),
        ({"hidden": -1}, ("number of the hidden teacher is -1",)),
        ({"teacher": "nobody"}, ("teacher is 'nobody'",)),
        ({"source": None}, ("source is None", "edge, photo, pair")),
        ({"bias": "yes"}, ("bias is 'yes'",)),
        ({"source": "pair", "pair": "none"}, ("pair is 'none'", "own, blur, motion, relief, edges")),
        ({"source": "pair", "rate": 0}, ("learning rate is 0",)),  # also while there is no second picture
        ({"rows": 15, "source": "edge"}, ("15",)),
    ],
)
def test_what_cannot_be_learned_is_told_in_a_sentence_with_the_limit(change, pieces):
    given = answer(tab.prepare(request(**change)))
    for piece in pieces:
        assert piece in given["status"], given["status"]
    assert len(given["status"]) <= LONGEST + 400  # the sentence, in its markup
    for name in set(tab.VIEW) - {"status"}:
        assert given[name] == gr.skip(), name  # what was there stays
    assert given["query"] == gr.skip()


@pytest.mark.parametrize("after", [None, {}, ""])
def test_a_pair_without_its_second_picture_is_no_error_and_shows_no_run(after):
    asked = request(after=after, source="pair", bias=True, scrub=300)
    (only,) = watch(tab.learn(asked))
    for shown in (tab.prepare(asked), tab.introduce(asked), only):
        given = answer(shown)
        assert "Add the filtered picture, or try a ready pair." in given["status"]
        assert "problem" not in given["status"]
        assert 'role="alert"' not in given["status"]
        for name in ("chart", "kernels", "now", "wanted", "difference", "legend", "meter", "facts", "made"):
            assert given[name] == "", name
        assert all(given[name] == gr.update(visible=False) for name in tab.BOXES)
        assert given["scrub"]["value"] == 0
        assert given["query"] == "learn_source=pair&learn_bias=yes"


def test_a_ready_pair_needs_no_second_picture_and_is_shown():
    given = answer(tab.prepare(request(source="pair", pair="relief", bias=True)))
    assert "Ready" in given["status"]
    assert all(given[name] == gr.update(visible=True) for name in tab.BOXES)
    assert "After: relief" in given["made"]
    assert "Teacher: Relief, bias 0.5" in given["kernels"]
    assert given["query"] == "learn_source=pair&learn_pair=relief&learn_bias=yes"
    assert answer(tab.prepare(request()))["made"] == ""


def test_a_ready_pair_of_a_picture_smaller_than_the_kernel_is_refused():
    small = upload(Image.new("L", (5, 4), 9))
    given = answer(tab.prepare(request(small, rows=7, source="pair", pair="blur")))
    assert "problem" in given["status"]
    assert "7" in given["status"]


def test_pictures_of_different_size_are_told_apart():
    before, after = upload(Image.new("L", (40, 30), 9)), upload(Image.new("L", (40, 31), 9), "after.png")
    given = answer(tab.prepare(request(before, after={"path": after["upload"]}, source="pair")))
    assert "after is 40 × 31 pixels, but the picture at the side is 40 × 30" in given["status"]


def test_a_second_picture_from_elsewhere_is_refused(tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("L", (40, 30), 9).save(secret)
    before = upload(Image.new("L", (40, 30), 9))
    for act in (tab.prepare, tab.show, tab.step_once, tab.replay):
        given = answer(act(request(before, after={"path": str(secret)}, source="pair")))
        assert "“secret.png” is not one of the examples and was not uploaded here" in given["status"]
        assert all(given[name] in (None, gr.skip()) for name in ("now", "wanted", "difference"))


def test_a_second_picture_that_is_none_is_refused():
    path = Path(os.environ["GRADIO_TEMP_DIR"]) / "after.png"
    path.write_bytes(b"GIF or not")
    for file in ({"path": str(path)}, {"path": str(path.parent / "gone.png")}):
        assert "problem" in answer(tab.prepare(request(after=file, source="pair")))["status"]


def test_a_picture_smaller_than_the_kernel_is_refused():
    given = answer(tab.prepare(request(upload(Image.new("L", (5, 4), 9)), rows=7)))
    assert "problem" in given["status"]


def test_a_constant_picture_says_that_the_kernel_is_not_determined_and_by_how_much():
    given = answer(tab.show(request(upload(Image.new("L", (30, 20), 128)), scrub=5)))
    # All windows are alike: of nine numbers only their sum is seen, and eight dimensions are free.
    assert "8 of its 9 numbers" in given["status"]
    assert "8 of its 9 numbers" in given["facts"]


def test_the_layer_of_the_other_tab_is_honoured_or_refused_out_loud():
    layer = {"stride": 2, "padding": "zeros", "dilation": 3}
    assert "do not count here" in answer(tab.prepare(request(layer=layer, source="edge")))["status"]
    given = answer(tab.prepare(request(layer=layer)))
    assert "do not count here" not in given["status"]
    assert "stride 2, padding zeros, dilation 3" in given["facts"]
    assert "300 × 200" in given["wanted"]  # of 600 x 400 pixels every second


@given(
    st.lists(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9), min_size=16, max_size=16)
)
@settings(max_examples=60)
def test_whatever_is_sent_is_answered(values):
    given = answer(tab.prepare(request(**dict(zip(tab.CONTROLS, values, strict=True)))))
    assert "problem" in given["status"]


# ---- what the page gets --------------------------------------------------------------------------------------------


def test_a_run_at_rest_has_everything():
    given = answer(tab.show(request(teacher="sobel_x", reveal=True, scrub=300)))
    assert "Done: 300 steps" in given["status"]
    assert given["scrub"] == gr.update(value=300, maximum=300)
    assert "Sobel x" in given["kernels"]
    assert given["query"] == "learn_teacher=sobel_x&learn_reveal=yes"
    json.dumps(given, allow_nan=False)
    names = [Path(given[name]["value"]).name for name in ("csv", "kernel_file")]
    assert names == ["coffee-history.csv", "coffee-kernel.txt"]
    kernel = np.loadtxt(given["kernel_file"]["value"])
    # 300 steps come close to the teacher, whose weights reach 2; how close is what the tab is about.
    np.testing.assert_allclose(kernel, KERNELS["sobel_x"].weights, atol=0.1)


def test_a_hidden_teacher_stays_hidden_until_it_is_revealed():
    hidden = settings_of().teacher_kernel.title
    given = answer(tab.show(request(scrub=300)))
    assert not [name for name in ("status", "kernels", "now", "wanted", "difference", "facts") if hidden in given[name]]
    assert "Least squares" not in given["kernels"]  # it would be the teacher
    assert "teacher = np.array" not in given["code"]["value"]
    assert "teacher = np.array" in answer(tab.show(request(reveal=True, scrub=300)))["code"]["value"]
    assert (
        "teacher = np.array" in answer(tab.show(request(teacher="sobel_x", scrub=300)))["code"]["value"]
    )  # who chose it knows it
    assert hidden in answer(tab.show(request(reveal=True, scrub=300)))["kernels"]


def test_the_history_is_a_table_of_losses_and_kernels():
    asked = settings_of(steps=12, bias=True)
    experiment = set_up(asked, Settings(), photo(), None)
    history = history_at(experiment, asked, 12)
    rows = list(csv.DictReader(io.StringIO(history_csv(history))))
    assert [int(row["step"]) for row in rows] == list(range(1, 14))  # the last one is what twelve updates have reached
    np.testing.assert_allclose([float(row["loss"]) for row in rows], [*history.losses, history.final_loss], rtol=1e-6)
    middle = [float(row["kernel[1,1]"]) for row in rows]
    np.testing.assert_allclose(middle, history.kernels[:, 1, 1], rtol=1e-6)


def test_a_run_that_diverges_says_why_and_what_to_choose():
    given = answer(
        tab.show(request(source="edge", rows=1, columns=2, optimizer="sgd", loss="sum", rate=0.05, scrub=40))
    )
    assert "Diverged" in given["status"]
    assert "0.0333" in given["status"]  # 1 / 30, FACTS section 1
    assert "at most 0.03" in given["status"]
    json.dumps(given, allow_nan=False)


def watch(events, most=10_000):
    """The answers of a run on the page."""

    async def collect():
        answers = []
        async for one in events:
            answers.append(answer(one))
            if len(answers) == most:
                break
        await events.aclose()
        return answers

    return run_async(collect())


def test_a_run_comes_a_few_times_a_second_and_its_last_state_always(monkeypatch):
    monkeypatch.setattr(tab, "WATCHED_FOR", 0.0)
    for steps in (1, 7, 2000):
        answers = watch(tab.learn(request(steps=steps)))
        assert answers[-1]["scrub"] == gr.update(value=steps, maximum=steps)
        assert "Done" in answers[-1]["status"]
        assert len(answers) < 20
        assert answers[-1]["code"] != gr.skip()


def test_going_on_starts_where_the_slider_stands(monkeypatch):
    monkeypatch.setattr(tab, "WATCHED_FOR", 0.0)
    first, *_, last = watch(tab.go_on(request(scrub=200)))
    assert first["scrub"]["value"] >= 200
    assert last["kernels"] == answer(tab.show(request(scrub=300)))["kernels"]


def test_who_leaves_ends_the_run(caplog):
    caplog.set_level("INFO", "convdemo.ui.learn")
    (start,) = watch(tab.learn(request(steps=MAX_STEPS)), most=1)
    assert start["scrub"]["value"] == 0
    assert caplog.messages == ["a run of 20000 steps ended at step 0"]


def test_two_runs_do_not_mix(monkeypatch):
    monkeypatch.setattr(tab, "WATCHED_FOR", 0.2)

    async def both():
        async def last(events):
            return [answer(one) async for one in events][-1]

        return await asyncio.gather(
            last(tab.learn(request(teacher="sobel_x"))), last(tab.learn(request({"example": "camera"}, steps=90)))
        )

    first, second = run_async(both())
    assert first["kernels"] == answer(tab.show(request(teacher="sobel_x", scrub=300)))["kernels"]
    assert second["kernels"] == answer(tab.show(request({"example": "camera"}, steps=90, scrub=90)))["kernels"]


def test_what_ends_a_run_comes_before_all_that_the_same_trigger_does():
    # Gradio works through the events of a trigger in their order, and one that calls a function and ends runs ends them
    # after the function: pictures of the run that were on their way would come between.
    async def build():  # Gradio opens a loop for itself where none runs, and does not close it
        with gr.Blocks() as page:
            layer = {"padding": gr.Textbox(), "stride": gr.Number(), "dilation": gr.Number(), "bias": gr.Number()}
            return tab.build(Shared(gr.HTML(), gr.HTML(), layer=layer)), page

    room, page = run_async(build())
    events = list(page.fns.values())
    (ending,) = (event for event in events if event.cancels)
    assert len(ending.cancels) == 2  # a run from its start and one that goes on
    assert not ending.fn
    buttons = {block.value: block for block in page.blocks.values() if isinstance(block, gr.Button)}
    text = read_text("learn")
    triggers = [
        *((buttons[text[name]]._id, "click") for name in ("learn", "chapter", "another", "pause", "step", "continue")),
        (buttons[text["stop"]]._id, "click"),
        *((room.parts[name]._id, "input") for name in (*tab.CONTROLS, "scrub")),
        (room.shared.picture._id, "input"),
        *((room.shared.layer[name]._id, "change") for name in ("stride", "dilation")),
    ]
    for trigger in triggers:
        assert trigger in ending.targets
        answering = [event._id for event in events if trigger in event.targets and event.fn]
        assert all(ending._id < answer for answer in answering)


def test_a_problem_in_a_run_is_told():
    (only,) = watch(tab.learn(request(rate=-1)))
    assert "learning rate is -1" in only["status"]


def test_the_kernel_goes_to_the_feature_map_tab():
    handed = tab.use_kernel(request(teacher="sobel_x", steps=2000, scrub=2000))
    kernel = kernel_value(handed["kernel"])
    assert kernel["name"] == "custom"
    weights = [[float(cell) if "/" not in cell else eval(cell) for cell in row] for row in kernel["cells"]]  # noqa: S307
    np.testing.assert_allclose(weights, KERNELS["sobel_x"].weights, atol=1e-3)
    assert set(handed) == {"kernel"}  # no bias is learned, and the one there stays
    with pytest.raises(gr.Error, match="learning rate"):
        tab.use_kernel(request(rate=None, scrub=1))


def test_the_learned_bias_goes_with_the_kernel_as_far_as_its_slider_goes():
    asked = {"teacher": "sobel_x", "bias": True, "optimizer": "sgd", "loss": "sum"}
    small = tab.use_kernel(request(**asked, rate=1e-12, steps=2, scrub=2))["bias"]
    assert 0 < abs(small) < 1e-3
    large = tab.use_kernel(request(**asked, rate=1, steps=1, scrub=1))["bias"]  # a sum over 240,000 pixels
    assert abs(large) == MAX_BIAS


def test_another_secret_kernel_is_another_one():
    number, seen = MAX_HIDDEN, [settings_of(hidden=MAX_HIDDEN).teacher_kernel]
    for _ in range(8):
        number = tab.hide_another(request(hidden=number))["hidden"]
        assert 0 <= number < MAX_HIDDEN  # after the largest number comes 0
        kernel = settings_of(hidden=number).teacher_kernel
        assert kernel is not seen[-1]
        seen.append(kernel)
    assert tab.hide_another(request(rate=None)) == {}  # the run says what is wrong


# ---- links ---------------------------------------------------------------------------------------------------------


def test_a_link_restores_every_control():
    query = (
        "learn_source=edge&learn_pair=motion&learn_teacher=sharpen&learn_hidden=12&learn_rows=1&learn_columns=4&learn_start=identity&"
        "learn_seed=5&learn_optimizer=adam&learn_rate=0.125&learn_steps=77&learn_loss=sum&learn_bias=yes&learn_reveal=yes"
    )
    linked, notices = from_query(dict(parse_qsl(query)), STATE.in_links)
    assert notices == ()
    assert to_query(linked, STATE.in_links) == query
    updates = tab.restore(linked, {"picture": COFFEE, **LAYER})
    assert set(updates) == {*tab.CONTROLS, "another"}
    assert updates["rate"]["module"].endswith("learn/rate_slider.js")  # of a tab that has not been opened yet
    values = {name: updates[name]["value"] for name in STATE.defaults}
    assert values == STATE.of(linked)
    assert "value" not in updates["after"]  # a link has no picture of a visitor
    assert updates["teacher"]["visible"] is False  # for the edge image there is none to choose


def test_the_chapters_controls_are_set_and_shown():
    updates = tab.take_chapter({})
    assert {name: updates[name]["value"] for name in CHAPTER} == CHAPTER
    for name in ("teacher", "another", "reveal", "pair", "after"):
        assert updates[name] == gr.update(visible=False)


def test_the_run_of_a_link_is_introduced_and_started_again_only_for_other_data():
    draw_if_due = when_due("learn", tab.prepare, tab.introduce, ("picture", *tab.LAYER))

    def follow(screen, drawn, given):
        return draw_if_due({**given, "screen": screen, "drawn": drawn})

    asked = request({"example": "camera"}, LAYER | {"stride": 2}, steps=5)
    assert follow("feature_map", [], asked) == {}  # not on screen
    given = follow("learn", [], asked)
    drawn = given.pop("drawn")
    assert drawn == [{"example": "camera"}, 2, "none", 1]
    assert given.pop("introduced") == 1  # which lets the page play it
    assert "Ready" in answer(given)["status"]
    assert "255 × 255" in answer(given)["now"]  # (512 - 3) // 2 + 1
    assert follow("learn", drawn, asked) == {}  # opened again, nothing has changed
    other = request({"example": "camera"}, LAYER | {"stride": 3}, steps=5)
    assert follow("feature_map", drawn, other) == {}
    given = follow("learn", drawn, other)
    assert given.pop("drawn") == [{"example": "camera"}, 3, "none", 1]
    assert "Ready" in answer(given)["status"]
    assert "170 × 170" in answer(given)["now"]  # (512 - 3) // 3 + 1


def test_a_link_to_a_run_that_diverges_shows_it():
    assert "Diverged" in watch(tab.learn(request(rate=1.2)))[-1]["status"]


# ---- the program ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "layer"),
    [
        (CHAPTER, {}),
        ({"source": "edge", "rows": 2, "columns": 3, "bias": True, "steps": 20}, {}),
        ({"teacher": "sobel_x", "optimizer": "adam", "rate": 0.05, "steps": 25}, {}),
        ({"teacher": "sobel_y", "rows": 4, "columns": 5, "start": "zeros", "steps": 9}, {"stride": 2, "dilation": 2}),
        ({"teacher": "gaussian", "rows": 2, "start": "identity", "steps": 9}, {"dilation": 2}),
        ({"teacher": "sharpen", "loss": "sum", "rate": 1e-4, "steps": 9}, {"padding": "reflect", "stride": 2}),
        ({"teacher": "difference_x", "rows": 2, "optimizer": "sgd", "steps": 9}, {"padding": "replicate"}),
        ({"source": "pair", "bias": True, "steps": 12}, {}),
        ({"source": "pair", "pair": "relief", "bias": True, "steps": 12}, {"stride": 2}),
        ({"source": "pair", "pair": "blur", "rows": 2, "columns": 4, "steps": 12}, {}),
    ],
)
def test_the_shown_program_makes_the_same_run(changes, layer, tmp_path):
    asked, layer = settings_of(**{"teacher": HIDDEN} | changes), Settings(**layer)
    pixels = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    picture = open_picture(upload(Image.fromarray(pixels)))
    after = Image.fromarray(np.random.default_rng(4).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8))
    after.save(tmp_path / "after.png")
    Image.fromarray(pixels).save(tmp_path / picture.save_as)
    history = history_at(set_up(asked, layer, picture.photo, read_photo(tmp_path / "after.png")), asked, asked.steps)
    (tmp_path / "program.py").write_text(write_learn_program(asked, layer, picture), encoding="utf-8")
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        program = runpy.run_path("program.py")
    # Both compute in float32, in another order, and every step builds on the last.
    np.testing.assert_allclose(program["losses"], history.losses, rtol=2e-3)
    np.testing.assert_allclose(program["kernel"], history.kernel, rtol=0, atol=2e-3 * np.abs(history.kernel).max())
