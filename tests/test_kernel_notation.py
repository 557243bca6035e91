"""Kernels as people write them: in documents, programs and spreadsheets.

The cases (tests/cases/kernel_text.json) are from public reports and from the documentation of the programs that print
them; their kernels were computed apart from the lab, with NumPy. MATLAB's fspecial is checked with SciPy.
"""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from convdemo.kernel_notation import parse_kernel, read_kernel
from convdemo.kernel_text import MAX_CHARACTERS, KernelError, format_weight

CASES = json.loads((Path(__file__).with_name("cases") / "kernel_text.json").read_text(encoding="utf-8"))


def is_refused(text: str, words: str) -> bool:
    """Whether it is refused with one of some words, which are parted by bars."""
    try:
        read_kernel(text)
    except KernelError as error:
        return any(word.strip().lower() in str(error).lower() for word in words.split("|"))
    return False


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_kernel_is_understood_as_it_was_meant(case):
    text, expected = case["input"], case["expected"]
    if "refused" in expected:
        assert is_refused(text, expected["refused"])
        return
    readings = read_kernel(text)
    if "ask" in expected:
        assert [reading.name for reading in readings] == expected["ask"]
        for reading in readings:
            np.testing.assert_allclose(reading.weights, expected["choices"][reading.name], rtol=1e-5)
        return
    (reading,) = readings
    assert reading.weights.shape == np.shape(expected["kernel"])
    np.testing.assert_allclose(reading.weights, expected["kernel"], rtol=1e-5)
    assert (reading.bias or 0) == pytest.approx(expected.get("bias", 0))


GAUSS = np.float32([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16


@pytest.mark.parametrize(
    "text",
    [
        "1/16 * 1 2 1; 2 4 2; 1 2 1",
        "1 2 1\n2 4 2\n1 2 1\n/16",
        "1 2 1\n2 4 2\n1 2 1 \u00d7 1/16",
        "(1 2 1; 2 4 2; 1 2 1) / 16.0",
        "0.0625 *\n\n     1     2     1\n     2     4     2\n     1     2     1\n",
        "[[1, 2, 1], [2, 4, 2], [1, 2, 1]] * 1 / 16  # binomial",
        "np.outer([1, 2, 1], [1, 2, 1]) / 16",
        "[1 2 1]' * [1 2 1] / 16",
        "np.array([1, 2, 1, 2, 4, 2, 1, 2, 1]).reshape(3, 3) / 16",
        "const float k[9] = {\n  0.0625f, 0.125f, 0.0625f,\n  0.125f, 0.25f, 0.125f,\n  0.0625f, 0.125f, 0.0625f\n};",
        r"K = \frac{1}{16}\begin{bmatrix}1&2&1\\2&4&2\\1&2&1\end{bmatrix}",
        "rbind(c(1, 2, 1), c(2, 4, 2), c(1, 2, 1)) / 16",
        "Divisor: 16\n1 2 1\n2 4 2\n1 2 1",
        "6.25% 12.5% 6.25%\n12.5% 25% 12.5%\n6.25% 12.5% 6.25%",
        "| a | b | c |\n|---|:-:|---|\n| 1/16 | 1/8 | 1/16 |\n| 1/8 | 1/4 | 1/8 |\n| 1/16 | 1/8 | 1/16 |",
        "\u23a1 1 2 1 \u23a4\n\u23a2 2 4 2 \u23a5\n\u23a3 1 2 1 \u23a6 / 16",
        "1;2;1\n2;4;2\n1;2;1 / 16",
        '{"kernel": [[0.0625, 0.125, 0.0625], [0.125, 0.25, 0.125], [0.0625, 0.125, 0.0625]]}',
        "Param( # 9 (36 B)\n  value=Array([[1., 2., 1.],\n  [2., 4., 2.],\n  [1., 2., 1.]], dtype=float32)\n) / 16",
        "Sobel would be wrong here:\n1 2 1\n2 4 2\n1 2 1 / 16",
    ],
)
def test_the_same_blur_in_many_hands(text):
    (reading,) = read_kernel(text)
    np.testing.assert_allclose(reading.weights, GAUSS, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("1 2 1; 2 4 2; 1 2 1 / 16", "3x3, divided by 16, sum 1"),
        ("(1/9) [1 1 1; 1 1 1; 1 1 1]", "3x3, times 1/9, sum 1"),
        ("-1 0 1", "1x3, sum 0"),
        ("1 0 -1\nScale: 2 Offset: 128", "1x3, divided by 2, bias 0.502, sum 0"),
        ("[[1, -1]] * 3", "1x2, times 3, sum 0"),
    ],
)
def test_what_was_understood_is_told_in_a_line(text, summary):
    assert [reading.summary for reading in read_kernel(text)] == [summary]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1 0 0 -1", ["1x4", "2x2"]),
        ("[1, 2, 1, 2, 4, 2, 1, 2, 1]", ["1x9", "3x3"]),
        ("0,5\n0,5", ["2x2, commas between the numbers", "2x1, decimal commas"]),
        ("0,25;0,5;0,25", ["1x3", "3x1"]),
        ("1 2 1 / 2 4 2 / 1 2 1 / 16", ["3x3", "1x7 with fractions"]),
        ("1 2 1 / 4\n1 2 1 / 4", ["all divided by 4", "fractions at the ends of the rows"]),
        ("1, 2, 1 / 4", ["all divided by 4", "the last number is 1/4"]),
        ("Gx = [-1 0 1; -2 0 2; -1 0 1]\nGy = [1 2 1; 0 0 0; -1 -2 -1]", ["kernel 1 of 2", "kernel 2 of 2"]),
    ],
)
def test_where_two_readings_are_possible_both_are_given(text, names):
    assert [reading.name for reading in read_kernel(text)] == names
    if text != "1 0 0 -1":  # which is how the lab itself writes a row of four
        with pytest.raises(KernelError, match="can be read as"):
            parse_kernel(text)


def test_one_row_of_more_numbers_than_fit_is_a_square():
    (reading,) = read_kernel("1 " * 49)
    assert reading.weights.shape == (7, 7)


@pytest.mark.parametrize(
    ("shape", "kernels"),
    [
        ((1, 1, 2, 3), [(0, 0)]),  # PyTorch: out, in, rows, columns
        ((2, 1, 3, 3), [(0, 0), (1, 0)]),
        ((3, 3, 1, 1), None),  # Flax, Keras: rows, columns, in, out
        ((3, 3, 1, 2), None),
        ((2, 3, 3), [(0,), (1,)]),
    ],
)
def test_weights_of_a_layer_are_its_kernels(shape, kernels):
    weights = np.random.default_rng(5).normal(size=shape).round(3)
    readings = read_kernel(repr(weights))
    if kernels is None:
        expected = [weights[:, :, 0, channel] for channel in range(shape[-1])]
    else:
        expected = [weights[index] for index in kernels]
    assert len(readings) == len(expected)
    for reading, kernel in zip(readings, expected, strict=True):
        np.testing.assert_array_equal(reading.weights, np.float32(kernel))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,000.5 2", "may be one number or two"),
        ("1,000 2,000", "may be one number or two"),
        ("3x3@: 1,0,0 0,1,0 0,0,1", "ImageMagick"),
        ("3x3+0+0: 1,0,0 0,1,0 0,0,1", "moves the middle"),
        ("Gaussian:0x2", "ImageMagick"),
        ("3: 1,2,3", "3 numbers do not fill 3 columns and 3 rows"),
        ("fspecial('disk', 3)", "fspecial('disk')"),
        ("fspecial('gaussian', 0)", "arguments"),
        ("[1 2; 3 4] - [1 1; 1 1]", "-[11;11]"),
        ("[[1, 2], [3, 4]] + 1", "+1"),
        ("[[1, 2], [3]]", "row 2 has 1 number but row 1 has 2"),
        ("[1 2; 3 x]", 'row 2, column 2: "x"'),
        ("[[1, 2], [3, , 4]]", "row 2, column 2: the cell is empty"),
        ("[[1 2 ... 3]]", 'row 1, column 3: "..."'),
        ("1 2 1 / 0", "divided by zero"),
        ("Divisor: 0\n1 2 1", "divided by zero"),
        ("np.random.rand(3, 3)", "np.random.rand(…)"),
        ("array([[1, 2]], frobnicate=3)", "frobnicate="),
        ("np.array([1, 2, 3]).reshape(2, 2)", "3 numbers do not fill the shape 2x2"),
        ("tensor(" + repr(np.ones((3, 3, 3, 3)).tolist()) + ")", "two ways"),
        ("[" * 9 + "1" + "]" * 9, "brackets"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_place(text, words):
    assert is_refused(text, words)


def test_fspecial_makes_what_matlab_documents():
    # A Gaussian is separable, and its weights fall as exp(-x^2 / (2 sigma^2)).
    taps = np.exp(-(np.arange(-2, 3) ** 2) / (2 * 1.5**2))
    (reading,) = read_kernel("fspecial('gaussian', 5, 1.5)")
    np.testing.assert_allclose(reading.weights, np.outer(taps, taps) / taps.sum() ** 2, rtol=1e-6)
    # Its Laplacian follows the second derivatives of a Gaussian, which SciPy knows.
    (reading,) = read_kernel("fspecial('log', 21, 2)")
    point = np.zeros((61, 61))
    point[30, 30] = 1
    expected = ndimage.gaussian_laplace(point, 2, truncate=8)[20:41, 20:41]
    np.testing.assert_allclose(reading.weights, expected, atol=2e-5)
    (reading,) = read_kernel("fspecial('unsharp')")
    np.testing.assert_allclose(reading.weights.sum(), 1, rtol=1e-6)  # MATLAB: sharpening keeps the brightness
    assert reading.weights[1, 1] == pytest.approx(1 + 4 / 1.2)


# ---- any kernel, in each notation ------------------------------------------------------------------------------------


def in_lines(rows):
    return "\n".join(" ".join(row) for row in rows)


NOTATIONS = {
    "lines": in_lines,
    "divided": lambda rows: in_lines(rows) + " / 4",
    "multiplied": lambda rows: "0.25 * [" + "; ".join(" ".join(row) for row in rows) + "]",
    "MATLAB": lambda rows: "k = [" + ";\n ".join(" ".join(row) for row in rows) + "];",
    "Python": lambda rows: "k = [" + ", ".join(f"[{', '.join(row)}]" for row in rows) + "]",
    "NumPy": lambda rows: repr(np.array(rows, dtype=float)),
    "PyTorch": lambda rows: f"tensor([[[{', '.join(f'[{chr(44).join(row)}]' for row in rows)}]]], requires_grad=True)",
    "Mathematica": lambda rows: "{" + ",".join("{" + ",".join(row) + "}" for row in rows) + "}/4",
    "LaTeX": lambda rows: r"\begin{pmatrix}" + r"\\ ".join(" & ".join(row) for row in rows) + r"\end{pmatrix}",
    "Markdown": lambda rows: "\n".join(f"| {' | '.join(row)} |" for row in rows),
    "spreadsheet": lambda rows: "\n".join("\t".join(row) for row in rows) + "\n",
    "decimal commas": lambda rows: "\n".join("\t".join(row).replace(".", ",") for row in rows),
    "semicolons": lambda rows: "\n".join(";".join(row).replace(".", ",") for row in rows),
    "typographic": lambda rows: in_lines(rows).replace("-", "\u2212"),
    "ImageMagick": lambda rows: f"{len(rows[0])}x{len(rows)}: " + "  ".join(",".join(row) for row in rows),
    "R": lambda rows: f"matrix(c({','.join(x for row in rows for x in row)}), nrow={len(rows)}, byrow=TRUE)",
}
QUARTERS = hnp.arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 5)), elements=st.integers(-40, 40))


@pytest.mark.parametrize("notation", NOTATIONS)
@settings(max_examples=60)
@given(quarters=QUARTERS)
def test_any_kernel_is_read_back_from_each_notation(notation, quarters):
    rows = [[f"{value / 4:.2f}" for value in row] for row in quarters]
    readings = read_kernel(NOTATIONS[notation](rows))
    factor = 0.25 if notation in ("divided", "multiplied", "Mathematica") else 1
    np.testing.assert_array_equal(readings[0].weights, np.float32(quarters / 4 * factor))
    assert len(readings) == 1


@given(
    st.text(max_size=60)
    | st.text("0123456789-+*/.,;|()[]{}'= \n\t%eEx\\&:", max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "np.array(", "tensor(", "[", "]", "[[", "]]", "{", "}", "(", ")", "1", "0,5", "-2", "/ 4", "* 2", ", ",
                "; ", "\n", "\\frac{1}{2}", "\\begin{bmatrix}", "\\end{bmatrix}", " & ", "\\\\", "fspecial('log')",
                "3x3:", ".T", "'", "dtype=", "ones(3)", "1/9", "|", "|---|", "c(", "reshape(", "offset 3", "½",
            ]
        ),
        max_size=14,
    ).map("".join)
)  # fmt: skip
def test_any_text_is_read_or_refused(text):
    try:
        readings = read_kernel(text)
    except KernelError as error:
        assert str(error)  # noqa: PT017 - hypothesis gives both kinds
    else:
        assert readings
        names = [reading.name for reading in readings]
        assert len(set(names)) == len(names)
        assert all(reading.weights.ndim == 2 for reading in readings)


@pytest.mark.parametrize(
    "part",
    [
        "1 ", "[", "(", "1,", "1;2\n", "\\frac{", "|1", "/ ", "1/", "½", "a(", "% ", "//", "/*", "1,5 ", "{1},", "9",
        " ", "<Tensor ", "/* ", "\\\\[", "(,", "-", "|-", "3x3", "[9", "sobel ", "1 {0} ",
    ],
)  # fmt: skip
def test_hostile_text_is_refused_in_linear_time(part):
    start = time.process_time()  # of this process alone: what else the machine does is not counted
    with pytest.raises(KernelError) as error:
        read_kernel(part * (MAX_CHARACTERS // len(part)))
    assert time.process_time() - start < 5  # some tens of milliseconds; where it is quadratic, a minute
    assert len(str(error.value)) < 250


def test_what_the_lab_writes_is_read_as_it_is_written():
    assert parse_kernel("1 2 1 2 4 2 1 2 1").shape == (1, 9)
    assert parse_kernel(f"{format_weight(1 / 9)} 1; 2 3").shape == (2, 2)
    with pytest.raises(KernelError, match="offset"):
        parse_kernel("1 0 -1\nOffset: 128")
