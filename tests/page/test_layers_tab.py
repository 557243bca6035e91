"""The Layers tab without a browser: what it answers, what it links to, and what its program and its files hold."""

import io
import json
import runpy
import shutil
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import jax
import numpy as np
import pytest
from PIL import Image
from scipy.signal import correlate2d

from convdemo.images import decode_image, to_grey
from convdemo.kernels import KERNELS
from convdemo.links import from_query, to_query
from convdemo.small_network import WEIGHTS, proposals, reduce_to_height, run_network
from convdemo.stacks import run_stack
from convdemo.ui.kernel.value import kernel_value
from convdemo.ui.layers import own
from convdemo.ui.layers.lesson import as_value, draw, hold, read_value, restore, save
from convdemo.ui.layers.network import run_at, show_pyramid
from convdemo.ui.layers.spec import LayerSpec, check_layers, read_layers, write_layers
from convdemo.ui.layers.state import STATE, WORKED
from convdemo.ui.picture.opening import EXAMPLE_FOLDER, open_picture
from tests.page.request import COFFEE, SOBEL

pytestmark = pytest.mark.usefixtures("upload_folder")
ASTRONAUT = {"example": "astronaut"}


def request(stack=None, picture=COFFEE, kernel=SOBEL, **changes):
    value = {**as_value(STATE.defaults), **changes}
    if stack is not None:
        value["stack"] = [layer.value() for layer in read_layers(stack)] if isinstance(stack, str) else stack
    return {"widget": value, "picture": picture, "page_kernel": kernel}


def ask(*args, **changes):
    answer = draw(request(*args, **changes))
    json.dumps(answer, allow_nan=False)  # as it travels
    return answer


def shown(*args, **changes):
    return ask(*args, **changes)["widget"]["shown"]


# ---- a stack of one's own ------------------------------------------------------------------------------------------


def test_the_maps_are_told_with_their_sizes_and_ranges():
    answer = shown("sobel_x~relu:sobel_x~max2")
    coffee = to_grey(decode_image(EXAMPLE_FOLDER / "coffee.png")).astype(float)
    first = correlate2d(coffee, KERNELS["sobel_x"].weights, "valid")
    second = np.maximum(correlate2d(first, KERNELS["sobel_x"].weights, "valid"), 0)
    assert [made["size"] for made in answer["maps"]] == [[398, 598], [396, 596], [198, 298]]
    low, high = (f"{number:.3g}".replace("-", "−") for number in (first.min(), first.max()))
    assert answer["maps"][0]["range"] == f"{low} … {high}"
    assert answer["maps"][1]["range"] == f"0 … {second.max():.3g}"
    assert answer["maps"][2]["strongest"] == [at // 2 for at in np.unravel_index(np.argmax(second), second.shape)]
    assert answer["field"] == "A value of the last map sees 6 × 6 pixels of the photo, in steps of 2."  # 3 + 2 + 1


def test_blurs_stay_pictures_and_edges_do_not():
    assert [made["is_picture"] for made in shown("box_blur~average2~sobel_x~box_blur")["maps"]] == [
        True,
        True,
        False,
        False,
    ]


def test_three_layers_are_told_as_one_kernel():
    one = shown("sobel_x~box_blur~gaussian_3x3")["one"]
    assert one["title"] == "One kernel does the same: 7 × 7"
    told = " ".join(one["sentences"])
    assert "Gaussian" not in told
    assert "as large as the receptive field of the stack, 7 × 7 pixels" in told
    assert "Weights: 49 in one kernel, 27 in the stack" in told
    assert "differ by at most" in told
    assert len(one["take"].split(";")) == 7


@pytest.mark.parametrize(
    ("stack", "said"),
    [
        ("relu:box_blur", "Layer 1 has a ReLU"),
        ("box_blur~box_blur~max2", "The 2 layers before it are still one kernel."),
        ("zeros:box_blur~zeros:box_blur", "every layer pads its own map anew"),
        ("zeros:box_blur~box_blur", "only the first layer pads"),
        ("average2~b0.5:1,-1", "All strides together: 2."),
        ("box_blur~box_blur~box_blur~box_blur~box_blur", "nearly a Gaussian of σ = 1.83 pixels: at most 8.9 %"),
    ],
)
def test_what_makes_one_kernel_impossible_or_another_at_the_border_is_told(stack, said):
    assert any(said in sentence for sentence in shown(stack)["one"]["sentences"])


@pytest.mark.parametrize("name", WORKED)
def test_every_worked_stack_can_be_drawn_and_has_its_words(name):
    answer = shown([layer.value() for layer in WORKED[name]])
    assert answer["problem"] == ""
    assert len(answer["maps"]) == len(WORKED[name])
    text = own.read_text("layers")["own"]
    assert text["worked_choices"][name]
    assert text["worked_notes"][name].endswith(".")


def test_a_change_of_a_layer_is_worked_out_from_that_layer_on(monkeypatch):
    ran = []
    monkeypatch.setattr(own, "run_layer", lambda image, layer: ran.append(layer) or run_stack(image, [layer])[0])
    own._map_after.cache_clear()
    ask("sobel_x~box_blur~gaussian_3x3")
    assert len(ran) == 3
    ask("sobel_x~box_blur~laplacian_4")
    assert len(ran) == 4
    ask("sobel_x~sharpen~laplacian_4")
    assert len(ran) == 6
    ask("sobel_x~sharpen~laplacian_4")
    assert len(ran) == 6


def test_the_kernel_of_the_page_is_one_to_choose():
    edges = shown("shared", kernel=kernel_value(KERNELS["laplacian_4"]))["maps"][0]
    assert edges["title"] == "Laplacian, 4 neighbours (of the page)"
    assert edges["layer"]["weights"] == KERNELS["laplacian_4"].weights.tolist()


@pytest.mark.parametrize("text", ["1 2 1; 2 4 2; 1 2 1", "[[1, 2], [3, 4]]", "1,0;0,-1", "gaussian:sigma=2"])
def test_a_kernel_may_be_typed_in_many_ways(text):
    given = LayerSpec("box_blur").value() | {"kernel": text}
    (layer,) = check_layers([given])
    assert read_layers(write_layers([layer])) == (layer,)


@pytest.mark.parametrize(
    ("stack", "wrong", "said"),
    [
        ([{"kernel": "1 2; 3"}], 1, "layer 1: "),
        ([{"kernel": ""}], 1, "it has no kernel"),
        ([LayerSpec("box_blur").value(), LayerSpec("box_blur").value() | {"stride": 99}], 2, "layer 2: stride is 99"),
        ([LayerSpec("max").value() | {"side": None}], 1, "layer 1: window is empty"),
        ([], None, "the stack has no layer"),
        ([LayerSpec("box_blur").value()] * 9, None, "at most 8 layers"),
        (
            "max16~max16~max16~box_blur",
            3,
            "layer 3: spans 16x16 pixels, but only 1x2 are left to it: use a",
        ),
        (["box_blur"], 1, "it is not a layer"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_its_layer(stack, wrong, said):
    answer = ask(stack)
    told = answer["widget"]["shown"]
    assert said in told["problem"]
    assert told["wrong"] == wrong
    assert "query" not in answer


@pytest.mark.parametrize("value", [None, "x", {}, {"part": "x"}, {"part": "own", "stack": 3}, {"unit": [1, "2"]}])
def test_what_is_no_state_is_told(value):
    told = draw({"widget": value, "picture": COFFEE, "page_kernel": SOBEL})["widget"]["shown"]
    assert told["problem"]
    assert hold({"widget": value}) == {}


# ---- the small network ---------------------------------------------------------------------------------------------


def network(**changes):
    return shown(part="network", **{"picture": ASTRONAUT, **changes})


def test_the_network_is_told_as_the_core_runs_it():
    answer = network()
    pixels = reduce_to_height(decode_image(EXAMPLE_FOLDER / "astronaut.png"), 60)
    faces = run_network(pixels / np.float32(255))["face"][..., 0]
    assert answer["size"] == [60, 60]
    assert np.array_equal(np.asarray(Image.open(answer["photo"]["path"])), pixels)
    sure = [one for one in answer["found"] if one[2] > 0.9]
    assert [tuple(one[:2]) for one in sure] == [one.unit for one in proposals(faces)]
    assert len(sure) == 9  # seven at the face, two elsewhere: README beside the weights' source
    assert sure[0] == [4, 10, pytest.approx(0.9996, abs=6e-5)]
    assert [(one["name"], one["size"], one["channels"]) for one in answer["stages"]] == [
        ("conv1", [58, 58], 10), ("pool1", [29, 29], 10), ("conv2", [27, 27], 16), ("conv3", [25, 25], 32),
        ("face", [25, 25], 1),
    ]  # fmt: skip
    assert [(one["field"], one["jump"]) for one in answer["stages"]] == [(3, 1), (4, 2), (8, 2), (12, 2), (12, 2)]


def test_a_channel_is_told_with_the_places_where_it_answers_most():
    answer = network(layer=4, channel=32)
    values = run_at(open_picture(ASTRONAUT).photo, 60).maps["conv3"][..., 31]
    row, column, value = answer["channel"]["top"][0]
    assert (row, column) == np.unravel_index(np.argmax(values), values.shape)
    assert value == values.max()
    assert (answer["channel"]["layer"], answer["channel"]["channel"]) == (4, 32)
    assert network(layer=1, channel=32)["channel"]["channel"] == 10  # the last that there is


def test_sheets_that_the_browser_has_do_not_travel_again():
    key = network()["key"]
    again = draw(request(picture=ASTRONAUT, part="network", layer=2, known=key) | {})["widget"]["shown"]
    assert again["key"] == key
    assert "stages" not in again
    assert "stages" in draw(request(picture=ASTRONAUT, part="network", size=61, known=key))["widget"]["shown"]


def test_all_heights_at_once():
    heights = {one["height"]: one["found"] for one in network(pyramid=True)["pyramid"]}
    assert min(heights) == 24
    assert max(heights) == 512
    assert heights[512][0] == [172, 148, pytest.approx(0.9939, abs=6e-5)]  # README's table
    assert all(found for found in heights.values())


def test_a_wide_photo_has_fewer_heights():
    photo = SimpleNamespace(pixels=np.zeros((100, 1000, 1), np.float32), size=(100, 1000))
    assert max(one["height"] for one in show_pyramid(photo)) == 228


# ---- links, files, program -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "layers_stack=relu:s2:d3:zeros:b-0.25:1,2;3,4~average3~s1:d2:reflect:max2",
        "layers_part=network&layers_size=512&layers_threshold=0.55&layers_layer=4&layers_channel=31&layers_unit=17,0",
    ],
)
def test_a_link_comes_back_from_what_is_on_screen(query):
    linked, notices = from_query(dict(part.split("=", 1) for part in query.split("&")))
    assert notices == ()
    value = restore(linked, {})["widget"]["value"]
    assert STATE.query(read_value(value)) == query == to_query(linked)
    assert ask(**value)["query"] == query


def test_the_height_may_be_called_net_size():
    linked, notices = from_query({"net_size": "100"})
    assert (linked["layers_size"], notices) == (100, ())


@pytest.mark.parametrize("text", ["", "~", "blurr", "max99", "s0:box_blur", "relu:", "box_blur~" * 9, "max2:relu"])
def test_a_link_that_is_wrong_is_told(text):
    linked, (notice,) = from_query({"layers_stack": text})
    assert linked["layers_stack"] == WORKED["edges"]
    assert notice.startswith("layers_stack=")


def saved(kind, **changes):
    answer = save(request(**changes), gr.EventData(None, {"kind": kind}))
    return Path(answer["widget"]["saved"]["file"]["path"])


def test_the_maps_can_be_taken_away():
    path = saved("npz", stack="sobel_x~max2")
    assert path.name == "coffee-own-maps.npz"
    with np.load(path) as arrays:
        expected = run_stack(
            arrays["photo"], [layer.layer(KERNELS["sobel_x"]) for layer in read_layers("sobel_x~max2")]
        )
        for number, values in enumerate(expected, start=1):
            assert np.array_equal(arrays[f"layer{number}"], values)
    with Image.open(saved("png", stack="sobel_x~max2")) as sheet:
        assert sheet.size == (600 + 598 + 299 + 2 * 8, 400)
    with np.load(saved("npz", part="network", picture=ASTRONAUT)) as arrays:
        assert arrays["conv3"].shape == (25, 25, 32)
    with Image.open(saved("png", part="network", picture=ASTRONAUT)) as sheet:
        assert sheet.size[0] == 5 * 59 + 1  # five channels of conv1 side by side, the widest of all


@pytest.mark.parametrize("kind", ["npy", None, 3])
def test_no_other_file_is_made(kind):
    with pytest.raises(gr.Error, match="saved as PNG or NPZ"):
        saved(kind)


def run(program):
    Path("program.py").write_text(program, encoding="utf-8")
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return runpy.run_path("program.py")["maps"]


@pytest.mark.parametrize(
    "stack",
    ["relu:sobel_x~max2~relu:b-0.5:sobel_y~s1:d2:average3", "s2:zeros:gaussian_3x3~d2:reflect:shared~replicate:max3"],
)
def test_the_program_makes_the_maps_on_screen(stack, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLE_FOLDER / "coffee.png", "coffee.png")
    answer = ask(stack)
    maps = run(answer["code"]["value"])
    layers = [layer.layer(KERNELS["sobel_x"]) for layer in read_layers(stack)]
    page = run_stack(to_grey(open_picture(COFFEE).photo.pixels), layers)
    for made, values in zip(maps, page, strict=True):
        np.testing.assert_allclose(made, values, atol=1e-4)


def test_the_program_runs_the_network(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copy(EXAMPLE_FOLDER / "astronaut.png", "astronaut.png")
    shutil.copy(WEIGHTS, "pnet.npz")
    maps = run(ask(part="network", picture=ASTRONAUT)["code"]["value"])
    for name, values in run_at(open_picture(ASTRONAUT).photo, 60).maps.items():
        np.testing.assert_allclose(maps[name], values, atol=1e-4)
    assert "0.9996 at rows 8 to 19, columns 20 to 31" in capsys.readouterr().out


def test_the_sheet_has_every_channel():
    with Image.open(io.BytesIO(saved("png", part="network", picture=ASTRONAUT).read_bytes())) as sheet:
        # The photo; conv1 and pool1 in 2 rows, conv2 in 2, conv3 in 4, each with lines between; the face map.
        assert sheet.size[1] == 60 + (2 * 59 + 1) + (2 * 30 + 1) + (2 * 28 + 1) + (4 * 26 + 1) + 25 + 5 * 8
