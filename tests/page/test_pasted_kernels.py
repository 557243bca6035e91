"""A kernel that is pasted as text: understood, asked about, or refused; by the page, in a link, and through the API."""

import pytest

from convdemo.kernels import KernelError
from convdemo.ui.kernel.state import read_kernel
from convdemo.ui.kernel.value import read_typed
from tests.page.request import ask


def typed(text, **more):
    return {"name": "custom", "parameters": {}, "cells": None, "text": text, **more}


def test_what_was_understood_is_said():
    shown = ask(kernel=typed("1 2 1\n2 4 2\n1 2 1 / 16"))["kernel"]["shown"]
    assert shown["understood"] == "3x3, divided by 16, sum 1"
    assert shown["cells"][1] == ["1/8", "1/4", "1/8"]
    assert "understood" not in ask()["kernel"]["shown"]  # a kernel of the menu


def test_where_two_readings_are_possible_the_page_asks_and_takes_the_chosen_one():
    answer = ask(kernel=typed("1 0 0 -1"))
    assert answer["kernel"]["shown"]["choices"] == ["1x4", "2x2"]
    assert "2 ways" in answer["kernel"]["shown"]["error"]
    assert answer["figure"]["stale"]  # the map on screen is marked as old
    shown = ask(kernel=typed("1 0 0 -1", choice="2x2"))["kernel"]["shown"]
    assert shown["cells"] == [["1", "0"], ["0", "-1"]]
    assert "choices" not in shown
    for forged in ("3x3", ["2x2"], 5):
        assert ask(kernel=typed("1 0 0 -1", choice=forged))["kernel"]["shown"]["choices"] == ["1x4", "2x2"]


def test_an_offset_becomes_the_bias_once():
    # 128 of 255 steps, to four decimals; a bias goes from -4 to 4.
    answer = ask(kernel=typed("1 0 -1\nOffset: 128"))
    assert answer["bias"]["value"] == 0.502
    assert answer["header"]["page_query"].endswith("bias=0.502")
    assert ask(kernel=typed("1 0 -1\nOffset: 5000"))["bias"]["value"] == 4
    cells = {"name": "custom", "parameters": {}, "cells": [["1", "0", "-1"]], "text": "1 0 -1\nOffset: 128"}
    assert "value" not in ask(kernel=cells, bias=0.1)["bias"]  # what the browser sends from then on


def test_a_link_reads_what_the_lab_wrote_exactly_and_what_people_write_as_it_is_meant():
    assert read_kernel("0,25;0,5;0,25").weights.shape == (3, 2)  # commas part cells there, as ever
    assert read_kernel("1,2,1,2,4,2,1,2,1").weights.shape == (1, 9)
    assert read_kernel("[1 2 1; 2 4 2; 1 2 1]/16").weights.sum() == 1
    with pytest.raises(KernelError, match="can be read as"):
        read_kernel("[1,2,1,2,4,2,1,2,1]")


def test_what_is_wrong_names_the_place():
    with pytest.raises(KernelError, match="row 2, column 2") as error:
        read_typed(typed("[[1, 2], [3, x]]"))
    assert (error.value.row, error.value.column) == (2, 2)
