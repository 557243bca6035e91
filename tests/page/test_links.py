"""A link says what is on screen, and opening it restores that; what it says wrongly is named, and nothing breaks.

Every link goes the whole way here: `to_query`, then the standard library's `parse_qsl` (which the server uses as well),
then `from_query`.
"""

import math
import re
import tomllib
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from starlette.datastructures import QueryParams

from convdemo.kernels import KERNELS, MAX_WEIGHT, custom_kernel, parse_kernel
from convdemo.links import (
    CHANNELS,
    DEFAULTS,
    DIRECTIONS,
    DISPLAYS,
    EXAMPLES,
    FLIPS,
    MAX_BIAS,
    MAX_STEP,
    PADDINGS,
    SCALES,
    VARIABLES,
    from_query,
    read_kernel,
    table,
    to_query,
    write_kernel,
)

ROOT = Path(__file__).parents[2]
LONGEST_NOTICE = 300  # characters: a sentence, whatever the link says

CHOICES = {
    "tab": ("feature_map",),
    "picture": EXAMPLES,
    "padding": PADDINGS,
    "activation": ("none", "relu"),
    "flip": FLIPS,
    "channels": CHANNELS,
    "directions": DIRECTIONS,
    "display": DISPLAYS,
    "scale": SCALES,
}


def parameters_of(query):
    """What a server makes of a query string, empty values kept, as Starlette keeps them."""
    return dict(parse_qsl(query, keep_blank_values=True))


def opened(query):
    """The state that a link opens with; nothing in it may be refused."""
    state, notices = from_query(parameters_of(query))
    assert notices == ()
    return state


def round_trip(**state):
    return opened(to_query(state))


# ---- there and back ------------------------------------------------------------------------------------------------


def test_the_list_holds_every_variable_of_the_issue():
    # The list of issue 2, "Every state is a link", and the scale of the legend; later tabs add their own.
    assert set(VARIABLES) >= {
        "tab", "picture", "kernel", "stride", "padding", "dilation", "bias", "activation", "flip", "channels",
        "display", "scale",
    }  # fmt: skip


def test_the_state_that_the_page_opens_with_has_an_empty_link():
    assert to_query(DEFAULTS) == ""
    assert from_query({}) == (dict(DEFAULTS), ())


@pytest.mark.parametrize("name", list(DEFAULTS))
def test_each_value_at_its_default_is_left_out(name):
    others = {"stride": 3} if name != "stride" else {"dilation": 3}
    assert to_query({name: DEFAULTS[name], **others}) == to_query(others) != ""


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in CHOICES.items() for value in values])
def test_every_choice_comes_back(name, value):
    assert round_trip(**{name: value}) == DEFAULTS | {name: value}
    assert to_query({name: value}) == ("" if value == DEFAULTS[name] else f"{name}={value}")


@pytest.mark.parametrize("name", ["stride", "dilation"])
@pytest.mark.parametrize("steps", range(1, MAX_STEP + 1))
def test_every_step_comes_back(name, steps):
    assert round_trip(**{name: steps}) == DEFAULTS | {name: steps}


STOPS = st.integers(-20 * MAX_BIAS, 20 * MAX_BIAS).map(lambda twentieth: twentieth / 20)  # of the bias slider


@given(st.floats(-MAX_BIAS, MAX_BIAS) | STOPS)
@example(0.15)  # 3 * 0.05 is 0.15000000000000002
def test_any_bias_comes_back_to_ten_digits_and_exactly_if_it_has_no_more(bias):
    back = round_trip(bias=bias)["bias"]
    assert math.isclose(back, bias, rel_tol=5e-10)  # half a unit of the tenth digit
    if float(f"{bias:.9e}") == bias:  # ten digits say it all, as of every stop of the slider
        assert back == bias


def test_a_bias_of_minus_zero_is_the_default():
    assert DEFAULTS["bias"] == -0.0
    assert to_query({"bias": -0.0}) == ""


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_of_the_library_comes_back_by_its_name(name):
    query = to_query({"kernel": KERNELS[name]})
    assert query == ("" if name == DEFAULTS["kernel"].name else f"kernel={name}")
    back = opened(query)["kernel"]
    assert back == KERNELS[name]
    assert back.values == KERNELS[name].values


@st.composite
def moved_kernels(draw):
    """A kernel of the library with its sliders anywhere."""
    kernel = draw(st.sampled_from([kernel for kernel in KERNELS.values() if kernel.parameters]))
    moved = {}
    for parameter in kernel.parameters:
        steps = math.floor((parameter.maximum - parameter.minimum) / parameter.step + 1e-9)
        stop = parameter.minimum + draw(st.integers(0, steps)) * parameter.step
        moved[parameter.name] = type(parameter.default)(round(stop, 9))  # a browser sends 0.7, not 0.7000000000000001
    return kernel.with_parameters(**moved)


@given(moved_kernels())
def test_a_kernel_with_other_parameters_comes_back_exactly(kernel):
    back = round_trip(kernel=kernel)["kernel"]
    assert back.name == kernel.name
    assert back.values == kernel.values
    np.testing.assert_array_equal(back.weights, kernel.weights)


def test_a_link_names_only_the_parameters_that_were_changed():
    assert to_query({"kernel": KERNELS["gabor"].with_parameters(phase=90, angle=0)}) == "kernel=gabor:phase=90"
    assert write_kernel(KERNELS["gabor"].with_parameters(phase=0)) == "gabor"


@given(st.floats(0.3, 5.0))
def test_a_parameter_between_the_stops_comes_back_to_ten_digits(sigma):
    back = round_trip(kernel=KERNELS["gaussian"].with_parameters(sigma=sigma))["kernel"].values["sigma"]
    assert math.isclose(back, sigma, rel_tol=5e-10)


weights = st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(-MAX_WEIGHT, MAX_WEIGHT, width=32))
)


@given(weights)
def test_the_weights_of_an_own_kernel_come_back_exactly(numbers):
    back = round_trip(kernel=custom_kernel(numbers))["kernel"]
    assert back.name == "custom"
    np.testing.assert_array_equal(back.weights, numbers)


@pytest.mark.parametrize("shape", [(1, 31), (31, 1), (31, 30), (2, 3), (1, 1)])
def test_own_kernels_of_all_shapes_come_back(shape):
    numbers = np.random.default_rng(7).normal(scale=100, size=shape).astype(np.float32)
    np.testing.assert_array_equal(round_trip(kernel=custom_kernel(numbers))["kernel"].weights, numbers)


def test_own_weights_are_readable_in_a_link():
    kernel = custom_kernel(parse_kernel("1/9 -2 0.5; 0 1e-7 1000000"))
    assert to_query({"kernel": kernel}) == "kernel=1/9,-2,0.5;0,1e-7,1000000"


def test_an_own_kernel_with_the_weights_of_a_named_one_stays_an_own_kernel():
    back = round_trip(kernel=custom_kernel(DEFAULTS["kernel"].weights))["kernel"]
    assert back.name == "custom"


@st.composite
def states(draw):
    state = {name: draw(st.sampled_from(values)) for name, values in CHOICES.items()}
    state["stride"] = draw(st.integers(1, MAX_STEP))
    state["dilation"] = draw(st.integers(1, MAX_STEP))
    state["bias"] = round(draw(st.integers(-80, 80)) * 0.05, 2)
    library, own = st.sampled_from(list(KERNELS.values())), weights.map(custom_kernel)
    state["kernel"] = draw(library | moved_kernels() | own)
    return state


@given(states())
def test_a_whole_state_comes_back(state):
    query = to_query(state)
    assert opened(query) == DEFAULTS | state
    # RFC 3986, section 3.4: what a query may hold without being changed on its way; no plus, which means a space.
    assert re.fullmatch(r"[A-Za-z0-9\-._~!$&'()*,;=:@/?%]*", query)
    # In the order of the list, and only what differs from the defaults.
    expected = [name for name, value in DEFAULTS.items() if name in state and state[name] != value]
    assert list(parameters_of(query)) == expected


def test_links_that_were_given_away_keep_their_meaning():
    # Written by hand: a change of any name here breaks links in other people's course notes.
    state = opened(
        "tab=feature_map&picture=rocket&kernel=gabor:angle=30,sigma=3&stride=2&padding=reflect&dilation=3"
        "&bias=-0.25&activation=relu&flip=yes&channels=colour&directions=all&display=absolute&scale=full"
    )
    assert state["kernel"] == KERNELS["gabor"].with_parameters(angle=30, sigma=3)
    assert state.items() >= {
        "tab": "feature_map", "picture": "rocket", "stride": 2, "padding": "reflect", "dilation": 3, "bias": -0.25,
        "activation": "relu", "flip": "yes", "channels": "colour", "directions": "all", "display": "absolute",
        "scale": "full",
    }.items()  # fmt: skip


def test_a_state_without_some_variables_writes_the_others():
    assert to_query({"bias": 0.5}) == "bias=0.5"  # the picture, say, of someone who uploaded one
    assert to_query({}) == ""


# ---- what a link says wrongly --------------------------------------------------------------------------------------

WRONG = {
    "a kernel text with a word": ("kernel", "1,2;3,abc", ["row 2, column 2", '"abc"']),
    "a kernel with rows of different lengths": ("kernel", "1,2;3", ["row 2 has 1 number"]),
    "a kernel that is empty": ("kernel", "", ["empty"]),
    "a kernel with nan": ("kernel", "1,-nan", ["row 1, column 2"]),
    "a kernel with a huge weight": ("kernel", "1,1e9", ["row 1, column 2", "too large"]),
    "a kernel with too many columns": ("kernel", ",".join(["1"] * 32), ["32", "31"]),
    "a kernel with too many rows": ("kernel", ";".join(["1"] * 32), ["32 rows", "31"]),
    "an unknown kernel": ("kernel", "sobel_z", ["no kernel has this name"]),
    "a kernel in capitals": ("kernel", "Sobel_x", ["no kernel has this name"]),
    "an unknown kernel with parameters": ("kernel", "blur:size=3", ["no kernel has this name"]),
    "a parameter that the kernel does not have": ("kernel", "gaussian:size=3", ['"size"', "sigma"]),
    "a parameter of a kernel without any": ("kernel", "sobel_x:sigma=3", ['"sigma"', "no parameters"]),
    "a parameter without a name": ("kernel", "gaussian:=3", ['""', "sigma"]),
    "a parameter that is a word": ("kernel", "gaussian:sigma=two", ["sigma must be a number"]),
    "a parameter without a value": ("kernel", "gaussian:sigma", ["sigma must be a number"]),
    "a parameter out of range": ("kernel", "gaussian:sigma=99", ["99", "from 0.3 to 5"]),
    "a parameter that is nan": ("kernel", "gaussian:sigma=nan", ["nan", "from 0.3 to 5"]),
    "a parameter between two steps": ("kernel", "box_blur:size=4", ["4", "steps of 2"]),
    "a switch of a frame in other words": ("panel", "true", ["it must be one of 0, 1"]),
    "a stride of zero": ("stride", "0", ["whole number from 1 to 16"]),
    "a stride above the largest": ("stride", "17", ["whole number from 1 to 16"]),
    "a negative stride": ("stride", "-1", ["whole number from 1 to 16"]),
    "a broken stride": ("stride", "1.5", ["whole number from 1 to 16"]),
    "a stride with a space": ("stride", " 2", ["whole number from 1 to 16"]),
    "a stride in other digits": ("stride", "٣", ["whole number from 1 to 16"]),
    "an empty dilation": ("dilation", "", ["whole number from 1 to 16"]),
    "a huge dilation": ("dilation", "9" * 30, ["whole number from 1 to 16"]),
    "a bias that is nan": ("bias", "nan", ["number from -4 to 4"]),
    "an infinite bias": ("bias", "-inf", ["number from -4 to 4"]),
    "a bias out of range": ("bias", "4.01", ["number from -4 to 4"]),
    "a bias that is a word": ("bias", "much", ["number from -4 to 4"]),
    "an unknown picture": ("picture", "lena", [*EXAMPLES]),
    "a path as a picture": ("picture", "../../etc/passwd", [*EXAMPLES]),
    "an unknown padding": ("padding", "wrap", [*PADDINGS]),
    "an unknown activation": ("activation", "gelu", ["none, relu"]),
    "an unknown flip": ("flip", "true", ["no, yes"]),
    "unknown channels": ("channels", "green", ["grey, colour"]),
    "unknown directions": ("directions", "both", [*DIRECTIONS]),
    "an unknown display": ("display", "log", [*DISPLAYS]),
    "an unknown scale": ("scale", "half", [*SCALES]),
    "an unknown tab": ("tab", "nosuch", ["feature_map"]),
    "a variable that does not exist": ("hat", "red", ["no such setting"]),
    "a variable without a name": ("", "red", ["no such setting"]),
    "a variable in capitals": ("Stride", "2", ["no such setting"]),
    "one underscore": ("_theme", "dark", ["no such setting"]),
}


@pytest.mark.parametrize(("name", "text", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_falls_back_with_a_notice_that_names_it(name, text, words):
    state, notices = from_query({name: text})
    assert state == DEFAULTS
    (notice,) = notices
    assert notice.startswith(f"{name}={text[:40]}")
    assert notice.endswith(".")
    assert not notice.endswith("..")
    assert "was ignored: " in notice
    for word in words:
        assert word in notice


def test_of_a_setting_that_stands_there_twice_the_last_counts_and_a_notice_names_it():
    state, notices = from_query(QueryParams("stride=2&stride=5&padding=zeros&__theme=dark&__theme=light"))
    assert state == DEFAULTS | {"stride": 5, "padding": "zeros"}
    assert notices == ("stride stands in the link more than once: the last one counts.",)


def test_what_is_right_in_a_link_counts_beside_what_is_wrong():
    state, notices = from_query({"stride": "0", "padding": "zeros", "kernel": "abc", "bias": "1", "hat": "red"})
    assert state == DEFAULTS | {"padding": "zeros", "bias": 1.0}
    assert [notice.partition("=")[0] for notice in notices] == ["stride", "kernel", "hat"]


@pytest.mark.parametrize("name", ["__theme", "__lang", "__sign", "__"])
def test_the_names_of_the_host_pass_silently(name):
    assert from_query({name: "dark", "stride": "2"}) == (DEFAULTS | {"stride": 2}, ())


@pytest.mark.parametrize("name", [*DEFAULTS, "nosuch", "n" * 100_000])
def test_a_huge_text_is_told_in_a_short_notice(name):
    for text in ("x" * 100_000, "1" * 100_000, "1," * 50_000, "[" * 100_000):
        state, notices = from_query({name: text})
        assert state == DEFAULTS
        (notice,) = notices
        assert len(notice) <= LONGEST_NOTICE
        assert notice.startswith(f"{name[:40]}={text[:40]}")


@pytest.mark.parametrize("parameter", ["{}", "{}=1", "sigma={}"])
def test_a_huge_parameter_of_a_kernel_is_told_in_a_short_notice(parameter):
    state, notices = from_query({"kernel": "gaussian:" + parameter.format("9" * 100_000)})
    assert state == DEFAULTS
    (notice,) = notices
    assert len(notice) <= LONGEST_NOTICE


def test_a_kernel_parameter_called_self_is_as_unknown_as_any_other():
    state, notices = from_query({"kernel": "gaussian:self=1"})
    assert state == DEFAULTS
    (notice,) = notices
    assert '"self"' in notice


def test_a_parameter_that_is_repeated_is_refused():
    # Which of the two was meant? Whatever is accepted has to be honoured.
    state, notices = from_query({"kernel": "gaussian:sigma=2,sigma=3"})
    assert state == DEFAULTS
    assert len(notices) == 1


def test_of_a_variable_that_is_repeated_the_last_value_counts():
    state, notices = from_query(
        parameters_of("stride=2&stride=3")
    )  # a mapping, as the server makes it, has one of each
    assert (state["stride"], notices) == (3, ())


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "hat", "__hat"]) | st.text(max_size=50), st.text(max_size=60)))
def test_no_link_breaks_the_lab(parameters):
    state, notices = from_query(parameters)
    assert list(state) == list(DEFAULTS)
    assert all(len(notice) <= LONGEST_NOTICE for notice in notices)
    told = [name for name in parameters if name not in DEFAULTS and not name.startswith("__")]
    assert len(notices) >= len(told)
    assert opened(to_query(state)).keys() == state.keys()  # what was accepted can be written again


parameter_names = st.sampled_from(["sigma", "size", "angle", "seed"]) | st.text("abn._ ", max_size=5)
parameter_texts = st.floats().map(str) | st.text("0123456789.e-+nai", max_size=6)


@given(st.sampled_from(list(KERNELS)), st.lists(st.tuples(parameter_names, parameter_texts), max_size=3))
def test_a_named_kernel_in_a_link_is_read_or_refused(name, pairs):
    try:
        kernel = read_kernel(f"{name}:{','.join(f'{key}={value}' for key, value in pairs)}")
    except ValueError:  # and nothing else is raised
        return
    assert kernel.name == name
    assert read_kernel(write_kernel(kernel)).values == pytest.approx(kernel.values, rel=5e-10)


# ---- the names in links, and what stands behind them ---------------------------------------------------------------


def read_words(name):
    return tomllib.loads((ROOT / "convdemo" / "ui" / name / "words.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_has_a_file_a_source_and_a_title(name):
    (path,) = [path for path in (ROOT / "examples").glob(f"{name}.*") if path.suffix in (".png", ".jpg")]
    with Image.open(path) as image:
        size, is_grey = "{}x{}".format(*image.size), image.mode == "L"

    lines = (ROOT / "examples" / "SOURCES.md").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith(f"| {path.name} |")]
    _, pixels, shows, rights = (cell.strip() for cell in line.strip("|").split("|"))
    assert pixels == f"{size} {'grey' if is_grey else 'RGB'}"
    assert shows
    assert re.search("CC0|public domain", rights)

    assert read_words("picture")["example_names"][name].strip()


def test_no_title_is_left_over():
    assert set(read_words("picture")["example_names"]) == set(EXAMPLES)


@pytest.mark.parametrize("name", ["padding", "flip", "channels", "directions", "display", "scale"])
def test_every_choice_of_a_link_stands_on_the_page_the_default_first(name):
    words = read_words("layer")[f"{name}_choices"]
    assert tuple(words) == CHOICES[name]
    assert next(iter(words)) == DEFAULTS[name]
    assert all(word.strip() for word in words.values())


def test_the_table_in_readme_is_made_from_the_variables():
    # `python -c "from convdemo.links import table; print(table())"` makes it.
    assert table() in (ROOT / "README.md").read_text(encoding="utf-8")
