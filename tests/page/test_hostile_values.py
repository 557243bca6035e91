"""Whatever is sent in the place of a kernel, a picture or a setting: one sentence, and nothing else happens."""

import math

import pytest
from gradio.utils import get_upload_folder
from hypothesis import given
from hypothesis import strategies as st

from convdemo.kernels import KernelError
from convdemo.ui.kernel.value import read_kernel_value
from convdemo.ui.layer.settings import read_settings
from convdemo.ui.layer.state import MAX_STEP
from tests.page.request import CONTROLS, LONGEST_SENTENCE, ask, check_old_figure_stays

pytestmark = pytest.mark.usefixtures("upload_folder")


def check_told(answer):
    """Something is wrong, and the page says so in at most a few lines."""
    told = [
        answer["picture"]["shown"].get("error"),
        answer["kernel"]["shown"].get("error"),
        answer["figure"]["error"],
    ]
    sentences = [sentence for sentence in told if sentence]
    assert sentences
    assert max(map(len, sentences)) <= LONGEST_SENTENCE
    check_old_figure_stays(answer)


NOT_MAPPINGS = [None, [], "sobel_x", 5, True, [["name", "sobel_x"]]]


@pytest.mark.parametrize("value", NOT_MAPPINGS, ids=str)
def test_a_kernel_that_is_no_object_is_told(value):
    check_told(ask(kernel=value))


@pytest.mark.parametrize("value", NOT_MAPPINGS, ids=str)
def test_a_picture_that_is_no_object_is_told(value):
    check_told(ask(picture=value))


HOSTILE_KERNELS = {
    "no keys": {},
    "only a name": {"name": "nosuch"},
    "a name of another type": {"name": 5},
    "a name that is a list": {"name": ["sobel_x"]},
    "a name that is an object": {"name": {}},
    "parameters that are a text": {"name": "gaussian", "parameters": "sigma"},
    "parameters that are a number": {"name": "gaussian", "parameters": 5},
    "parameters that are a list": {"name": "gaussian", "parameters": [1]},
    "a parameter called self": {"name": "gaussian", "parameters": {"self": 1}},
    "a parameter with a long name": {"name": "gaussian", "parameters": {"s" * 100_000: 1}},
    "a parameter that is a list": {"name": "gaussian", "parameters": {"sigma": [1]}},
    "a parameter that is a long text": {"name": "gaussian", "parameters": {"sigma": "9" * 100_000}},
    "a parameter that is huge": {"name": "gaussian", "parameters": {"sigma": 10**400}},
    "a parameter that is nan": {"name": "gaussian", "parameters": {"sigma": math.nan}},
    "cells that are a number": {"cells": 5},
    "cells that are true": {"cells": True},
    "a row that is a number": {"cells": [5]},
    "a row that is nothing": {"cells": [None]},
    "no rows": {"cells": []},
    "an empty row": {"cells": [[]]},
    "cells that are an object": {"cells": {"a": 1}},
    "cells that are a text": {"cells": "abc"},
    "a cell that is a list": {"cells": [["1", ["2"]]]},
    "a cell that is nothing": {"cells": [["1", None]]},
    "a cell that is true": {"cells": [["1", True]]},
    "a cell that is nan": {"cells": [["1", math.nan]]},
    "many rows": {"cells": [["1"] * 31] * 20_000},
    "many columns": {"cells": [["1"] * 500_000]},
    "a long cell": {"cells": [["1" * 1_000_000]]},
    "a long text": {"cells": None, "text": "1 " * 1_000_000},
    "brackets": {"cells": None, "text": "[" * 49_000},
    "code": {"cells": None, "text": "__import__('os').getcwd()"},
    "a text that is an object": {"cells": None, "text": {"a": 1}},
}


@pytest.mark.parametrize("kind", HOSTILE_KERNELS)
def test_a_hostile_kernel_is_told(kind):
    with pytest.raises(KernelError):
        read_kernel_value(HOSTILE_KERNELS[kind])
    check_told(ask(kernel=HOSTILE_KERNELS[kind]))


@pytest.mark.parametrize("sent", [None, [], "sobel_x", {"cells": 5}, {"name": "gaussian", "parameters": 5}])
def test_what_is_no_kernel_at_all_is_told(sent):
    with pytest.raises(KernelError, match=r"^the kernel that was sent is not one: pick one from the menu$"):
        read_kernel_value(sent)


HOSTILE_PATHS = {
    "a null byte": "{folder}/a\0.png",
    "a null byte alone": "\0",
    "half a character": "{folder}/\ud800.png",
    "a name that is too long": "{folder}/" + "a" * 300,
    "a path that is too long": "{folder}" + "/aaaa" * 20_000,
    "a new line": "{folder}/a\nb.png",
    "the folder itself": "{folder}",
    "the home of somebody": "~/.ssh/id_rsa",
}


@pytest.mark.parametrize("kind", HOSTILE_PATHS)
def test_a_hostile_path_is_told(kind):
    check_told(ask({"upload": HOSTILE_PATHS[kind].format(folder=get_upload_folder()), "name": "a.png"}))


@pytest.mark.parametrize(
    "value", [5, True, [], ["/etc/passwd"], {"path": "/etc/passwd"}, "x" * 100_000], ids=lambda v: str(v)[:20]
)
@pytest.mark.parametrize("key", ["example", "upload", "name"])
def test_a_hostile_reference_is_told(key, value):
    check_told(ask({key: value}))


@pytest.mark.parametrize("name", ["stride", "dilation", "bias"])
@pytest.mark.parametrize("value", [10**19, 10**20, -(10**400)], ids=["10^19", "10^20", "-10^400"])
def test_a_number_beyond_64_bits_is_told(name, value):
    check_told(ask(**{name: value}))


@pytest.mark.parametrize(
    "name", ["stride", "dilation", "bias", "padding", "flip", "channels", "directions", "display", "scale"]
)
@pytest.mark.parametrize(
    "value", ["x" * 100_000, ["x"] * 100_000, {"x": ["x"] * 100_000}], ids=["text", "list", "object"]
)
def test_a_huge_setting_is_told_in_a_short_sentence(name, value):
    check_told(ask(**{name: value}))


@pytest.mark.parametrize("value", ["false", [0], 7], ids=str)
def test_relu_is_a_truth_value_or_refused(value):
    check_told(ask(relu=value))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(json_values, min_size=7, max_size=7), st.booleans())
def test_any_settings_are_read_or_refused(values, relu):
    names = ("stride", "padding", "dilation", "bias", "flip", "channels", "display")
    try:
        read = read_settings(CONTROLS | dict(zip(names, values, strict=True)) | {"relu": relu})
    except ValueError:  # and nothing else is raised
        return
    assert read.stride in range(1, MAX_STEP + 1)
