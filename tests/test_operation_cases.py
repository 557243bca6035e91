"""Do Python and JavaScript change a whole kernel in the same way?

operation_cases.json holds kernels as they are typed and what the core's `operate` makes of them, weights or a refusal;
tests/js/operations.test.js checks the browser's operations against it. The test here fails when the file and the core
differ, or the page refuses in other words. To write it anew:

    python -m tests.test_operation_cases
"""

import json
from pathlib import Path

import numpy as np
import pytest

from convdemo.kernels import KERNELS, OPERATIONS, KernelError, operate, parse_cells, to_cells
from convdemo.ui.parts.widgets import read_text

TABLE = Path(__file__).with_name("operation_cases.json")

# None equals its transpose, or a mirror image of itself.
TYPED = [
    [["1", "2"], ["3", "4"], ["5", "6"]],
    [["1/3", "-1/3", " +2 "], ["\u22120.5", "1e-3", ".25"]],
    [["0", "-0", "0.0"], ["1/9", "1/-7", "-1/-2"]],
    [["-1e-45", "3e-39", "2", "1000000"]],
    [["1", "-1"]],
    [["0.1"], ["0.2"], ["-0.3"]],  # 0 but for the rounding of float32
    [["0", "0"]],
    [["1", "-0.999997"]],  # a sum just large enough, beside 2e-6
    [["1", "-0.9999985"]],  # and one too small
    [["1000000", "-1000000", "-1000000"]],  # less their mean, the first is a third beyond the end
    [["-1000000", "500000", "500000"], ["1000000", "1000000", "1000000"]],  # and here it is a whole number
    [["1000000"] + ["0.0000001"] * 12 + ["-999990"]],  # no small weight of a sum may be lost
]


def computed():
    """Kernels of the library, and random ones whose weights differ by many orders of magnitude."""
    random = np.random.default_rng(20)
    for shape in ((4, 7), (9, 2), (11, 13)):
        signs, orders = random.choice([-1, 1], shape), random.uniform(-9, 5.9, shape)
        yield to_cells((signs * 10**orders).astype(np.float32))
        yield to_cells(random.normal(size=shape).astype(np.float32))
    yield to_cells(KERNELS["gabor"].with_parameters(angle=30, sigma=1.5).weights)
    yield to_cells(KERNELS["motion_blur"].with_parameters(length=5, angle=20).weights)


def make_table():
    """All cases. A float32 is written as the float64 that it is."""
    cases = [_case(operation, cells) for cells in TYPED for operation in OPERATIONS]
    cases += [_case(operation, cells) for cells in computed() for operation in ("negate", "normalise", "centre")]
    return {"words": read_text("kernel")["refusals"], "cases": cases}


def _case(operation, cells):
    try:
        result = {"weights": operate(parse_cells(cells), operation).tolist()}
    except KernelError as error:
        result = {"problem": str(error)}
    return {"operation": operation, "cells": cells, **result}


def _to_text(table):
    """One line for each case."""
    lines = ",\n".join(json.dumps(case) for case in table["cases"])
    return f'{{"words": {json.dumps(table["words"])}, "cases": [\n{lines}\n]}}\n'


def test_the_table_is_what_the_core_computes_and_how_the_page_refuses():
    assert TABLE.read_text(encoding="utf-8") == _to_text(make_table())


@pytest.mark.parametrize("word", ["sum to 0", "cannot be a weight"])
def test_the_table_has_every_refusal(word):
    assert any(word in case.get("problem", "") for case in make_table()["cases"])


if __name__ == "__main__":
    TABLE.write_text(_to_text(make_table()), encoding="utf-8")
