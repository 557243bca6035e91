"""What the page answers to a wrong kernel and to wrong settings: a sentence, and a remedy that works."""

import json
import math
import re

import numpy as np
import pytest

from convdemo.kernels import KERNELS, custom_kernel
from convdemo.links import DEFAULTS
from convdemo.ui.kernel.value import kernel_value, read_kernel_value
from convdemo.ui.layer.settings import Settings, read_settings
from tests.page.request import CONTROLS, LONGEST_SENTENCE, SOBEL, ask, cells, check_old_figure_stays, random_bytes
from tests.page.uploads import upload

pytestmark = pytest.mark.usefixtures("upload_folder")


# ---- a wrong kernel ------------------------------------------------------------------------------------------------


def test_a_bad_cell_is_named_and_the_old_figure_stays_marked_as_old():
    answer = ask(kernel=cells("1 2 3; 4 5 abc"))
    shown = answer["kernel"]["shown"]
    assert shown["error"].startswith('row 2, column 3: "abc" is not a number')
    assert (shown["row"], shown["column"]) == (2, 3)
    assert "cells" not in shown  # what was typed stays
    check_old_figure_stays(answer)
    assert answer["figure"]["error"] == ""  # it is said once, where it is wrong
    assert answer["picture"]["shown"]["error"] is None


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        ({"cells": None, "text": "1 2; 3"}, "row 2 has 1 number but row 1 has 2"),
        ({"cells": None, "text": "1 2; 3 x"}, 'row 2, column 2: "x" is not a number'),
        ({"cells": None, "text": ""}, "empty"),
        ({"cells": [["1", ""]]}, "row 1, column 2: the cell is empty"),
        ({"cells": [["1/0"]]}, "divides by zero"),
        ({"cells": [["nan"]]}, "not a number"),
        ({"cells": [["1"] * 32]}, "at most 31"),
        ({"name": "gaussian", "parameters": {"sigma": 99}}, "from 0.3 to 5"),
        ({"name": "gaussian", "parameters": {"sigma": None}}, "choose a number from 0.3 to 5"),
        ({"name": "gaussian", "parameters": {"size": 3}}, 'no parameter "size"'),
        ({"name": "box_blur", "parameters": {"size": 4}}, "in steps of 2"),
    ],
)
def test_each_wrong_kernel_gets_its_sentence(kernel, words):
    answer = ask(kernel={"name": "custom", "parameters": {}} | kernel)
    assert words in answer["kernel"]["shown"]["error"]
    check_old_figure_stays(answer)


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_survives_the_way_to_the_browser_and_back(name):
    back = read_kernel_value(json.loads(json.dumps(kernel_value(KERNELS[name]))))
    assert back == KERNELS[name]
    assert back.values == KERNELS[name].values


def test_cells_and_text_are_read_alike():
    expected = custom_kernel([[1, -0.5], [1 / 3, 0]])
    assert read_kernel_value(cells("1 -0.5; 1/3 0")) == expected
    assert read_kernel_value({"name": "custom", "cells": None, "text": "1 -0.5; 1/3 0"}) == expected
    assert read_kernel_value({"name": "custom", "cells": [[1, -0.5], ["1/3", 0]]}) == expected  # numbers as well


# ---- wrong settings ------------------------------------------------------------------------------------------------

NUMBERS = {
    "stride": ("1", "16", [0, 40, 17, -1, None, 1.5, "x", "", math.nan, math.inf, True, [2], {}]),
    "dilation": ("1", "16", [0, 40, 17, -1, None, 2.25, "x", "", math.nan, -math.inf, False, [2], {}]),
    "bias": ("-4", "4", [4.01, -99, None, "x", "", math.nan, math.inf, True, [2], {}]),
}


@pytest.mark.parametrize(("name", "wrong"), [(name, value) for name in NUMBERS for value in NUMBERS[name][2]])
def test_a_wrong_number_gets_the_rule_and_a_remedy_that_works(name, wrong):
    answer = ask(**{name: wrong})
    sentence = answer["figure"]["error"]
    assert sentence.startswith(f"{name} is ")
    low, high, _ = NUMBERS[name]
    assert f"from {low} to {high}" in sentence
    check_old_figure_stays(answer)
    if remedy := re.search(r"try (-?[0-9.]+)$", sentence):
        assert ask(**{name: float(remedy[1])})["figure"]["error"] == ""
    else:
        assert sentence.endswith(f"number from {low} to {high}")  # nothing that could be meant


@pytest.mark.parametrize("name", ["padding", "flip", "channels", "directions", "display", "scale"])
@pytest.mark.parametrize("wrong", ["nosuch", "", None, 1, [], ["none"], {}, "x" * 100_000])
def test_an_unknown_choice_gets_the_choices(name, wrong):
    answer = ask(**{name: wrong})
    sentence = answer["figure"]["error"]
    assert sentence.startswith(f"{name} is ")
    assert str(DEFAULTS[name]) in sentence.partition("one of")[2]
    assert len(sentence) <= LONGEST_SENTENCE
    check_old_figure_stays(answer)


def test_whole_numbers_may_come_as_floats():
    assert read_settings(CONTROLS | {"stride": 2.0, "dilation": 3.0, "bias": 1, "scale": "full"}) == Settings(
        stride=2, dilation=3, bias=1.0, scale="full"
    )


@pytest.mark.parametrize(
    ("shape", "kernel", "controls", "arithmetic"),
    [
        # (rows, columns) of the upload; the span is dilation * (cells - 1) + 1 along each axis.
        ((5, 9), SOBEL, {"dilation": 4}, "3 rows span 4·(3 − 1) + 1 = 9 pixels, but the picture's height is 5"),
        (
            (9, 5),
            cells("1 2 3 4"),
            {"dilation": 3},
            "4 columns span 3·(4 − 1) + 1 = 10 pixels, but the picture's width is 5",
        ),
        ((3, 4), {"name": "box_blur", "parameters": {"size": 5}}, {}, "5 rows span 5 pixels"),
        (
            (3, 9),
            {"name": "box_blur", "parameters": {"size": 5}},
            {"dilation": 2},
            "5 rows span 2·(5 − 1) + 1 = 9 pixels",
        ),
        ((4, 3), {"name": "gaussian", "parameters": {"sigma": 2}}, {"stride": 2}, "13 rows span 13 pixels"),
    ],
)
def test_a_kernel_that_does_not_fit_gets_the_arithmetic_and_remedies_that_work(shape, kernel, controls, arithmetic):
    picture = upload(random_bytes(*shape))
    answer = ask(picture, kernel, **controls)
    sentence = answer["figure"]["error"]
    assert arithmetic in sentence
    check_old_figure_stays(answer)

    remedies = sentence.partition("use ")[2]
    smaller = re.search(r"kernel of at most (\d+) rows and (\d+) columns", remedies)
    dilation = re.search(r"dilation (\d+)", remedies)
    assert smaller or dilation
    if dilation:
        assert ask(picture, kernel, **controls | {"dilation": int(dilation[1])})["figure"]["error"] == ""
    else:
        fewer = custom_kernel(np.ones((int(smaller[1]), int(smaller[2]))))
        assert ask(picture, kernel_value(fewer), **controls)["figure"]["error"] == ""
    assert "padding “zeros”" in remedies
    assert ask(picture, kernel, **controls | {"padding": "zeros"})["figure"]["error"] == ""


def test_a_border_that_cannot_be_mirrored_gets_a_remedy_that_works():
    picture, kernel = upload(random_bytes(2, 9)), {"name": "box_blur", "parameters": {"size": 5}}
    answer = ask(picture, kernel, padding="reflect")
    assert "a picture of height 2 has 1 to mirror" in answer["figure"]["error"]
    check_old_figure_stays(answer)
    (remedy,) = re.findall(r"padding “(\w+)”$", answer["figure"]["error"])
    assert ask(picture, kernel, padding=remedy)["figure"]["error"] == ""


@pytest.mark.parametrize(("shape", "dilation"), [((5, 9), 4), ((5, 7), 2), ((5, 7), 16)])
def test_a_dilation_that_is_too_large_can_be_turned_back(shape, dilation):
    """The remedy is a smaller dilation: a slider that is switched off would not let anybody follow it."""
    kernel = {"name": "box_blur", "parameters": {"size": 5}}
    answer = ask(upload(random_bytes(*shape)), kernel, dilation=dilation)
    (remedy,) = re.findall(r"use dilation (\d+)", answer["figure"]["error"])
    update = answer["dilation"]
    assert update["interactive"] or update.get("value") == int(remedy)


def test_the_limits_come_with_an_error_as_well():
    answer = ask(upload(random_bytes(5, 9)), SOBEL, dilation=4)
    assert answer["dilation"]["maximum"] == 2  # 2 * 2 + 1 = 5 rows
    # As it is, with dilation 4: 2 rows span 5, so that 3 columns (9 pixels) fit; 3 rows never do, with any column.
    assert answer["kernel"]["shown"]["limits"] == {"rows": 2, "columns": 1}
