"""What people read stands in files; here is how it is read, and what a visitor's braces do to it: nothing."""

from pathlib import Path

import pytest

from convdemo.images import ImageError, read_photo
from convdemo.kernels import KernelError, parse_kernel
from convdemo.links import from_query
from convdemo.receptive_field import StackError, parse_stack
from convdemo.ui.kernel.value import read_kernel_value
from convdemo.ui.layer.settings import read_settings
from convdemo.ui.parts.widgets import read_text
from convdemo.ui.step.lesson import check
from convdemo.ui.step.state import STATE as STEP
from convdemo.ui.step.value import StepError, step_value
from convdemo.words import read_tables

PACKAGE = Path(__file__).parents[1] / "convdemo"


def test_nobody_can_change_the_words_of_the_core():
    words = read_tables(PACKAGE / "kernels.toml")
    assert words["custom"]["title"] == "Your kernel"
    with pytest.raises(TypeError):
        words["custom"] = {}
    with pytest.raises(TypeError):
        words["custom"]["title"] = ""


def test_words_of_the_page_are_plain_data_for_the_browser():
    assert type(read_text("step")) is type(read_text("step")["problems"]) is dict


def test_a_file_of_words_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError):
        read_tables(PACKAGE / "no_such_file.toml")


@pytest.mark.parametrize("typed", ["{}", "{0}", "{row}", "{text.__class__}", "{most!r}", "{", "}", "{{x}}"])
def test_braces_that_a_visitor_typed_are_told_as_they_are(typed):
    with pytest.raises(KernelError) as error:
        parse_kernel(f"1 {typed} 3; 4 5 6")
    assert str(error.value).startswith(f'row 1, column 2: "{typed}" is not a number; ')

    with pytest.raises(StackError) as error:
        parse_stack(f"{typed},1,1,SAME")
    assert str(error.value).startswith(f"layer 1: kernel is '{typed}', but it must be ")

    _, notices = from_query({typed: typed, "stride": typed})
    assert notices == (
        f"{typed}={typed} in the link was ignored: the lab has no such setting.",
        f"stride={typed} in the link was ignored: it must be a whole number from 1 to 16.",
    )

    with pytest.raises(ImageError, match="cannot be opened") as error:
        read_photo(f"{typed}.png")
    assert f"'{typed}.png'" in str(error.value)

    with pytest.raises(KernelError) as error:
        read_kernel_value({"name": "own", "cells": [["1", typed, "3"]]})
    assert str(error.value).startswith(f'row 1, column 2: "{typed}" is not a number; ')

    with pytest.raises(StepError) as error:
        check(step_value(STEP.defaults) | {"image": [["1", "2", "3"], ["4", typed, "6"]]})
    assert error.value.sentence.startswith(f'image: row 2, column 2: "{typed}" is not a number; ')

    with pytest.raises(ValueError, match="padding is ") as error:
        read_settings({"padding": typed})
    assert str(error.value) == f"padding is '{typed}': it must be one of none, zeros, reflect, replicate"
