"""Do Python and JavaScript write the same number the same way?

number_cases.json holds numbers with their texts, reasoned from the rule that format_number states; what lies halfway in
decimals is exact in binary, or it is not halfway. tests/js/values.test.js checks values.js against the same table.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from convdemo.numbers import format_number

GROUPS = json.loads(Path(__file__).with_name("number_cases.json").read_text(encoding="utf-8"))["groups"]


@pytest.mark.parametrize(("number", "text"), [case for group in GROUPS for case in group["cases"]])
def test_a_number_is_written_as_in_the_table(number, text):
    assert format_number(float(number)) == text


def test_numbers_of_numpy_are_written_as_any_other():
    assert [format_number(kind(0.125)) for kind in (float, np.float32, np.float64)] == ["0.125"] * 3
    assert format_number(np.float32(0.1)) == "0.1"


@pytest.mark.parametrize(("digits", "text"), [(1, "1000"), (2, "1000"), (6, "999.5")])
def test_rounding_can_make_the_whole_part_longer(digits, text):
    assert format_number(999.5, digits) == text
