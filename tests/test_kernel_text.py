"""Kernels that someone types or pastes, and kernels written as text.

What a text means is worked out by hand; that writing and reading agree is tried on any weights.
"""

import pickle
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from convdemo.kernels import (
    KERNELS,
    MAX_WEIGHT,
    KernelError,
    format_kernel,
    format_weight,
    parse_cells,
    parse_kernel,
    to_cells,
)


@pytest.mark.parametrize(
    "text",
    [
        "1 0 -1; 2 0 -2",
        "1 0 -1\n2 0 -2",
        "1 0 -1\r\n2 0 -2\r\n",
        "1,0,-1\n2,0,-2",
        "1, 0, -1; 2, 0, -2;",
        "1\t0\t-1\n\n2\t0\t-2\n",
        "1,\t0,\t-1\n4/2\t 0 \t-2",
        "\t1 0 -1\n\t2 0 -2",  # indented
        " 1 0 , -1,\n 2 0 , -2,\n",
        "1 0 \u22121; 2 0 \u22122",
        "+1 0. -1e0; 20e-1 .0 -4/2",
        "2 / 2 0 -1; 2 0/7 -2",
        "1\u00a00\u00a0-1; 2 0 -2",  # the space that web pages keep from breaking
        "[[1, 0, -1], [2, 0, -2]]",
        "[[1, 0, -1],\n [2, 0, -2],\n]",
        "[1, 0, -1], [2, 0, -2]",
        "[1, 0, -1]\n[2, 0, -2]",
        "[1 0 -1; 2 0 -2]",
        "[[ 1.  0. -1.]\n [ 2.  0. -2.]]",
        "[[1. 0.\n  -1.]\n [2. 0.\n  -2.]]",  # NumPy wraps a long row
        "array([[ 1.,  0., -1.],\n       [ 2.,  0., -2.]], dtype=float32)",
        "Array([[ 1.,  0., -1.], [ 2.,  0., -2.]], dtype=float32)",
        "np.array([[1, 0, -1], [2, 0, -2]])",
        "tensor([[ 1.,  0., -1.],\n        [ 2.,  0., -2.]])",
    ],
)
def test_the_same_kernel_can_be_typed_or_pasted_in_many_ways(text):
    weights = parse_kernel(text)
    assert weights.tolist() == [[1, 0, -1], [2, 0, -2]]
    assert weights.dtype == np.float32
    assert weights.flags.c_contiguous


@pytest.mark.parametrize("write", [str, repr])
def test_what_numpy_prints_can_be_pasted(write):
    weights = KERNELS["random"].with_parameters(size=15).weights
    np.testing.assert_allclose(parse_kernel(write(weights)), weights, atol=1e-7)  # it prints 8 digits


def test_one_number_and_one_row_and_one_column_are_kernels():
    assert parse_kernel("-3").shape == (1, 1)
    assert parse_kernel("[1, -1]").shape == (1, 2)
    assert parse_kernel("1; -1").shape == (2, 1)


def test_fractions_are_divided_before_rounding_to_float32():
    assert parse_kernel("1/9 -2/3")[0].tolist() == [np.float32(1 / 9), np.float32(-2 / 3)]


def test_minus_zero_is_zero():
    assert not np.signbit(parse_kernel("-0 0/-1 -1e-99")).any()


def test_the_largest_kernel_has_31_rows_and_columns():
    assert parse_kernel("\n".join(["1 " * 31] * 31)).shape == (31, 31)
    assert parse_cells([["1"] * 31] * 31).shape == (31, 31)


NUMBER = "write a number such as -1, 0.5 or 1/9"
STAY = "stay between -1000000 and 1000000"
ROWS = "write one list of rows such as [[1, 0], [0, -1]]"


@pytest.mark.parametrize(
    ("text", "row", "column", "sentence"),
    [
        ("1 2 3\n4 5 abc", 2, 3, f'row 2, column 3: "abc" is not a number; {NUMBER}'),
        ("1 2\n\n3 x", 2, 2, f'row 2, column 2: "x" is not a number; {NUMBER}'),
        ("nan", 1, 1, f'row 1, column 1: "nan" is not a number; {NUMBER}'),
        ("0 -inf", 1, 2, f'row 1, column 2: "-inf" is not a number; {NUMBER}'),
        ("1_000", 1, 1, f'row 1, column 1: "1_000" is not a number; {NUMBER}'),
        ("0x10", 1, 1, f'row 1, column 1: "0x10" is not a number; {NUMBER}'),
        ("\u0661\u0662", 1, 1, f'row 1, column 1: "\u0661\u0662" is not a number; {NUMBER}'),
        ("1/2/3", 1, 1, f'row 1, column 1: "1/2/3" is not a number; {NUMBER}'),
        ("1 - 2", 1, 2, f'row 1, column 2: "-" is not a number; {NUMBER}'),
        ("2*3", 1, 1, f'row 1, column 1: "2*3" is not a number; {NUMBER}'),
        ("__import__('os')", None, None, '"__import__(…)" is not known here; paste the numbers that it gives'),
        ("1" * 51, 1, 1, f'row 1, column 1: "{"1" * 20}…" is not a number; {NUMBER}'),
        ("1,,2", 1, 2, f"row 1, column 2: the cell is empty; {NUMBER}"),
        ("1 2; ,3", 2, 1, f"row 2, column 1: the cell is empty; {NUMBER}"),
        ("1 1/0", 1, 2, f'row 1, column 2: "1/0" divides by zero; {NUMBER}'),
        ("1e999", 1, 1, f'row 1, column 1: "1e999" is too large; {STAY}'),
        ("1e999/1e999", 1, 1, f'row 1, column 1: "1e999/1e999" is too large; {STAY}'),
        ("-1000001", 1, 1, f'row 1, column 1: "-1000001" is too large; {STAY}'),
        ("1/1e-300", 1, 1, f'row 1, column 1: "1/1e-300" is too large; {STAY}'),
        ("1 2 3; 4 5", 2, None, "row 2 has 2 numbers but row 1 has 3; make every row equally long"),
        # A spreadsheet puts tabs between its cells: empty ones keep their place.
        ("1\t\t3\n4\t5\t6", 1, 2, "row 1, column 2: the cell is empty; write a number such as -1, 0.5 or 1/9"),
        ("1 2; 3", 2, None, "row 2 has 1 number but row 1 has 2; make every row equally long"),
        ("1 2; 3 4 5", 2, None, "row 2 has 3 numbers but row 1 has 2; make every row equally long"),
        ("1 " * 32, 1, None, "row 1 has 32 numbers; keep at most 31"),
        ("1\n" * 32, None, None, "the kernel has 32 rows; keep at most 31"),
        ("", None, None, "the kernel is empty; write rows of numbers such as 1 0 -1"),
        (" \n\t;\n", None, None, "the kernel is empty; write rows of numbers such as 1 0 -1"),
        ("[[]]", None, None, "the kernel is empty; write rows of numbers such as 1 0 -1"),
        (
            "[[1, 0], [0, -1]",
            None,
            None,
            f'the brackets do not match, or something else stands beside them, near "[[1,0],[0,-1]"; {ROWS}',
        ),
        (
            "[[[1, 0]], [[0, -1]]]",
            None,
            None,
            "the text can be read as kernel 1 of 2 or kernel 2 of 2; write a line for each row, and one kernel",
        ),
    ],
)
def test_a_kernel_that_cannot_be_read_is_refused_in_one_sentence_that_points_at_the_place(text, row, column, sentence):
    with pytest.raises(KernelError) as error:
        parse_kernel(text)
    assert str(error.value) == sentence
    assert (error.value.row, error.value.column) == (row, column)
    assert isinstance(error.value, ValueError)


def test_an_error_survives_the_way_to_another_process():
    error = pickle.loads(pickle.dumps(KernelError("no", 2, 3)))  # noqa: S301 - our own bytes
    assert (str(error), error.row, error.column) == ("no", 2, 3)


def test_a_grid_of_cells_is_read_one_number_a_cell():
    assert parse_cells([[" 1 ", "1 / 2"], ["\u22121", "0"]]).tolist() == [[1, 0.5], [-1, 0]]
    with pytest.raises(KernelError, match="row 1, column 1: the cell is empty"):
        parse_cells([["", ""], ["", ""]])
    with pytest.raises(KernelError, match='row 2, column 1: "1 2" is not a number'):
        parse_cells([["1"], ["1 2"]])
    for empty in ([], [[]], [[], []]):
        with pytest.raises(KernelError, match="the kernel is empty"):
            parse_cells(empty)


@pytest.mark.parametrize(
    "text",
    ["1 " * 500_000, "9" * 1_000_000, "9" * 49_999 + "x", " " * 49_999 + "x", "[" * 49_999, "/ " * 24_999],
    ids=["a megabyte of numbers", "of digits", "digits, then a letter", "spaces", "brackets", "slashes"],
)
def test_very_long_input_is_refused_at_once(text):
    start = time.process_time()  # of this process alone: what else the machine does is not counted
    with pytest.raises(KernelError) as error:
        parse_kernel(text)
    assert time.process_time() - start < 5  # a few milliseconds; where it is quadratic, a minute
    assert len(str(error.value)) < 200


def test_a_text_that_is_too_long_is_told_so():
    with pytest.raises(KernelError) as error:
        parse_kernel("0" * 50_001)
    assert str(error.value) == (
        "the text has 50001 characters, which is too long for a kernel; write at most 31 rows of 31 numbers"
    )


@given(st.text(max_size=40) | st.text("0123456789-+./eE,; []\n", max_size=40))
def test_any_text_is_a_kernel_or_a_kernel_error(text):
    try:
        weights = parse_kernel(text)
    except KernelError as error:
        assert str(error)  # noqa: PT017 - hypothesis gives both kinds
    else:
        assert weights.ndim == 2
        assert (np.abs(weights) <= MAX_WEIGHT).all()


# Writing a kernel


@pytest.mark.parametrize(
    ("weight", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (2, "2"),
        (-10, "-10"),
        (0.5, "0.5"),
        (-0.1, "-0.1"),
        (1 / 9, "1/9"),
        (-2 / 3, "-2/3"),
        (1 / 16, "1/16"),
        (0.25, "1/4"),
        (4 / 3, "4/3"),
        (1 / 512, "1/512"),
        (2.5, "2.5"),
        (1e6, "1000000"),
        (1e-7, "1e-7"),
        (0.000123, "0.000123"),
        (np.pi, "3.1415927"),  # the shortest decimal that names this float32
    ],
)
def test_a_weight_is_written_as_short_as_it_can_be(weight, text):
    assert format_weight(weight) == text


def test_a_decimal_wins_over_a_fraction_of_the_same_length():
    assert format_weight(0.2) == "0.2"  # not 1/5


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -1e300, 1000001])
def test_a_weight_that_could_not_be_read_is_not_written(weight):
    with pytest.raises(KernelError) as error:
        format_weight(weight)
    assert str(error.value) == f"{weight} cannot be a weight; {STAY}"


def test_a_kernel_that_is_not_one_is_not_written():
    with pytest.raises(KernelError, match="row 1, column 2: nan cannot be a weight; stay between"):
        format_kernel([[0, np.nan]])
    with pytest.raises(KernelError, match="row 2, column 1: inf cannot be a weight; stay between"):
        format_kernel([[0], [1e300]])
    with pytest.raises(KernelError, match="weights of shape 32x1 are not a kernel"):
        format_kernel(np.ones((32, 1)))
    with pytest.raises(KernelError, match="weights of shape 0x3 are not a kernel"):
        to_cells(np.ones((0, 3)))
    with pytest.raises(KernelError, match="weights of shape single number are not a kernel"):
        to_cells(1)


def test_a_kernel_is_one_line_for_a_link():
    assert format_kernel(KERNELS["sobel_x"].weights) == "-1 0 1; -2 0 2; -1 0 1"


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=list(KERNELS))
def test_every_kernel_of_the_library_survives_being_written_and_read(kernel):
    np.testing.assert_array_equal(parse_kernel(format_kernel(kernel.weights)), kernel.weights)
    np.testing.assert_array_equal(parse_cells(to_cells(kernel.weights)), kernel.weights)


FLOAT32_WEIGHTS = st.floats(-MAX_WEIGHT, MAX_WEIGHT, width=32)
SIMPLE_WEIGHTS = st.fractions(-20, 20, max_denominator=600).map(float)


@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=FLOAT32_WEIGHTS | SIMPLE_WEIGHTS.map(lambda weight: float(np.float32(weight))),
    )
)
def test_writing_and_reading_gives_exactly_the_same_weights(weights):
    again = parse_kernel(format_kernel(weights))
    assert again.dtype == np.float32
    np.testing.assert_array_equal(again, weights)
    np.testing.assert_array_equal(parse_cells(to_cells(weights)), weights)


@given(FLOAT32_WEIGHTS | SIMPLE_WEIGHTS)
def test_a_weight_reads_back_exactly(weight):
    assert parse_kernel(format_weight(weight))[0, 0] == np.float32(weight)
