"""What kernel do lines of numbers stand for?

Typed rows, spreadsheets, tables, what MATLAB prints, a divisor on the last line. Where the same signs have two meanings
(a comma or a slash between numbers, a line of nine of them), how they are used consistently tells; else both are given.
"""

import re
from dataclasses import dataclass

from convdemo.kernel_text import MAX_SIZE, KernelError, parse_cells, quote, split_cells

Cells = list[list[str]]

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_RATIO = rf"{_NUMBER}(?:\s*/\s*{_NUMBER})?"
_FACTOR = rf"(?:{_RATIO}|\(\s*{_RATIO}\s*\))"
_BEFORE = re.compile(rf"\s*({_FACTOR})\s*\.?\*\s*(?=\S+[\s,;]+\S)")
_BEHIND = re.compile(rf"(?:(?<=\s)|^)\.?([*/])\s*({_FACTOR})\s*$")
_DECIMAL = re.compile(r"[+-]?([0-9]+),([0-9]+)")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_RULE = re.compile(r"(?=.*--)[\s|:+=-]+")


@dataclass(frozen=True)
class Lines:
    """A reading of lines.

    Attributes:
        cells: texts of cells, row by row.
        name: what tells this reading from others of the same text; "" if there are none.
        factors: what the kernel is multiplied with, each as its value and as it is told.
    """

    cells: Cells
    name: str = ""
    factors: tuple[tuple[float, str], ...] = ()


def read_lines(text: str) -> list[Lines]:
    """Read lines of numbers in plain signs: every way that they can be meant.

    Raises:
        KernelError: a divisor is zero, or a comma may part thousands. The cells are checked by whoever reads them.
    """
    text, factors = _take_before(_without_rules(text))
    blocks = [block for block in re.split(r"\n[^\S\n]*\n\s*", text.strip("\n")) if block.strip()]
    if len(blocks) > 1 and all(len(split_cells(block)) > 1 for block in blocks):
        return _read_blocks(blocks, factors)
    text = "\n".join(blocks)
    return [
        Lines(one.cells, one.name, factors + one.factors) for one in (_by_slashes(text) or _with_factor_behind(text))
    ]


def _read_blocks(blocks: list[str], factors: tuple) -> list[Lines]:
    """Read lines in groups: kernels of their own, or one with gaps."""
    parts = [read_lines(block) for block in blocks]
    if any(len(part) > 1 for part in parts):
        raise KernelError("the lines are more than one kernel, and one can be read in two ways; paste one at a time")
    parts = [
        Lines(part[0].cells, f"kernel {i} of {len(parts)}", factors + part[0].factors)
        for i, part in enumerate(parts, 1)
    ]
    whole = [row for part in parts for row in part.cells]
    is_even = (
        len({len(row) for row in whole}) == 1 and len(whole) <= MAX_SIZE and len({part.factors for part in parts}) == 1
    )
    return [*([Lines(whole, size_of(whole), parts[0].factors)] if is_even else []), *parts]


# ---- what is multiplied ----------------------------------------------------------------------------------------------


def _take_before(text: str) -> tuple[str, tuple]:
    match = _BEFORE.match(text)
    if not match:
        return text, ()
    return text[match.end() :], (_factor("*", match[1]),)


def _with_factor_behind(text: str) -> list[Lines]:
    """Read lines with a divisor or a factor behind the last: a blank before it sets it apart from the last cell."""
    match = _BEHIND.search(text)
    if not match or _has_other_slashes(text[: match.start()]):
        return _each_divided(text) or _by_commas(text)
    rest = text[: match.start()].rstrip()
    readings = _by_commas(rest)
    cells = readings[0].cells
    if not cells or (len(cells) == 1 and len(cells[0]) < 2):
        return _by_commas(text)
    factor = _factor(match[1], match[2])
    divided = [Lines(one.cells, one.name, (factor,)) for one in readings]
    if (
        len(divided) == 1
        and match[1] == "/"
        and "," in rest.splitlines()[-1]
        and "\n" not in text[match.start() - 1 : match.end()]
    ):
        # With commas between the cells, a fraction may well have blanks.
        as_fraction = split_cells(text)
        name = f"the last number is {as_fraction[-1][-1]}"
        return [Lines(divided[0].cells, f"all {factor[1]}", (factor,)), Lines(as_fraction, name)]
    return divided


def _has_other_slashes(text: str) -> bool:
    return bool(re.search(r"\s/|/\s", text))


def _each_divided(text: str) -> list[Lines]:
    """Read rows that all end in the same divisor: it is the row's, or the last number's."""
    rows = [row for row in re.split(r"[;\n]", text) if row.strip()]
    matches = [_BEHIND.search(row) for row in rows]
    if len(rows) < 2 or not all(match and match[1] == "/" for match in matches):
        return []
    rests = [row[: match.start()] for row, match in zip(rows, matches, strict=True)]
    if (
        any(_has_other_slashes(rest) or len(rest.split()) < 2 for rest in rests)
        or len({match[2] for match in matches}) > 1
    ):
        return []
    factor = _factor("/", matches[0][2])
    return [
        Lines(split_cells("\n".join(rests)), f"all {factor[1]}", (factor,)),
        Lines(split_cells(text), "fractions at the ends of the rows"),
    ]


def _by_slashes(text: str) -> list[Lines]:
    """Read one line whose rows end at slashes: 1 2 1 / 2 4 2 / 1 2 1 / 16."""
    if "\n" in text.strip() or ";" in text:
        return []
    chunks = [chunk.split() for chunk in re.split(r"\s/\s", text.strip())]
    behind = len(chunks) > 2 and len(chunks[-1]) == 1
    rows = chunks[:-1] if behind else chunks
    if len(rows) < 2 or len({len(row) for row in rows}) > 1 or len(rows[0]) < 2:
        return []
    factors = (_factor("/", chunks[-1][0]),) if behind else ()
    flat = split_cells(text)
    return [Lines(rows, size_of(rows), factors), Lines(flat, f"{size_of(flat)} with fractions")]


def _factor(operator: str, text: str) -> tuple[float, str]:
    top, _, bottom = re.sub(r"[\s()]", "", text).partition("/")
    if float(bottom or 1) == 0 or (operator == "/" and float(top) == 0):
        raise KernelError(
            f"the kernel is divided by zero, near {quote(f'{operator} {text.strip()}')}; write another divisor"
        )
    value = float(top) / float(bottom or 1)
    shown = re.sub(r"[\s()]", "", text)
    if operator == "/":
        return 1 / value, f"divided by {shown}"
    return value, f"times {shown}"


# ---- commas and semicolons -------------------------------------------------------------------------------------------


def _by_commas(text: str) -> list[Lines]:
    """Read lines in which commas are decimal, or part cells; and semicolons end rows, or part cells."""
    text = _parted_by_semicolons(text)
    chunks = re.split(r"[\s;]+", text.strip())
    commas = [chunk.removesuffix(",") for chunk in chunks if "," in chunk.removesuffix(",")]
    plain = split_cells(text)
    if not commas or not all(_DECIMAL.fullmatch(chunk) or _THOUSANDS.fullmatch(chunk) for chunk in commas):
        return _by_shape(plain)
    _refuse_thousands(text, commas)
    if any("." in chunk for chunk in chunks) or any(not _DECIMAL.fullmatch(chunk) for chunk in commas):
        return _by_shape(plain)
    decimal = [_with_points(cells) for cells in _decimal_cells(text)]
    kind = _kind_of(commas, plain, decimal[0])
    if kind == "decimal":
        if len(decimal) == 1:
            return _by_shape(decimal[0])
        return [Lines(cells, size_of(cells)) for cells in decimal]
    if kind == "parted":
        return _by_shape(plain)
    return [
        Lines(plain, f"{size_of(plain)}, commas between the numbers"),
        *(Lines(cells, f"{size_of(cells)}, decimal commas") for cells in decimal),
    ]


def _refuse_thousands(text: str, commas: list[str]) -> None:
    """Refuse 1,000.5, and 1,000 where nothing else tells what its comma is."""
    thousands = [chunk for chunk in commas if _THOUSANDS.fullmatch(chunk)]
    with_point = [chunk for chunk in thousands if "." in chunk]
    if with_point or (len(thousands) == len(commas) and not re.search(r",\s", text)):
        one = (with_point or thousands)[0]
        plain = one.replace(",", "")
        raise KernelError(
            f"{quote(one)} may be one number or two; write {plain} for one, and a blank behind the comma for two"
        )


def _kind_of(commas: list[str], plain: Cells, decimal: Cells) -> str:
    """Tell what commas are: "decimal", "parted" or "" if it cannot be told."""
    if any(_is_zero_padded(chunk) for chunk in commas):
        return "decimal"
    if _is_even(plain) != _is_even(decimal):
        return "parted" if _is_even(plain) else "decimal"
    wholes, parts = zip(*(_DECIMAL.fullmatch(chunk).groups() for chunk in commas), strict=True)
    has_others = any(len(row) > 1 for row in decimal)
    if all(int(whole or 0) == 0 for whole in wholes) and (has_others or any(len(part) > 1 for part in parts)):
        return "decimal"
    if has_others and any(len(part) > 1 for part in parts):
        return "decimal"
    is_binary = {*wholes, *parts} <= {"0", "1"}
    return "parted" if is_binary and not has_others else ""


def _is_zero_padded(chunk: str) -> bool:
    """Return whether what stands behind the comma cannot be a number of its own, as in 0,05."""
    part = chunk.partition(",")[2]
    return len(part) > 1 and part.startswith("0")


def _decimal_cells(text: str) -> list[Cells]:
    """Return the cells of lines with decimal commas; in one line, a semicolon may end a row or a cell."""
    by_rows = [_split(row) for row in re.split(r"[;\n]", text) if row.strip()]
    if "\n" in text.strip() or len(by_rows) < 2 or any(len(row) > 1 for row in by_rows):
        return [by_rows]
    return [[[cell for row in by_rows for cell in row]], by_rows]


def _split(row: str) -> list[str]:
    return [cell.removesuffix(",") for cell in row.split()]


def _with_points(cells: Cells) -> Cells:
    return [[cell.replace(",", ".") for cell in row] for row in cells]


def _parted_by_semicolons(text: str) -> str:
    """Write tabs for semicolons that part cells, as spreadsheets do: every line has some between single numbers."""
    lines = [line for line in text.splitlines() if line.strip()]
    inner = [line.strip().rstrip(";").split(";") for line in lines]
    if len(lines) < 2 or any(len(cells) < 2 or any(len(cell.split()) != 1 for cell in cells) for cells in inner):
        return text
    if any(cell.count(",") > 1 for cells in inner for cell in cells):
        return text
    return "\n".join("\t".join(cell.strip() for cell in cells) for cells in inner)


# ---- shape -----------------------------------------------------------------------------------------------------------


def _by_shape(cells: Cells) -> list[Lines]:
    """Return one row of 4, 9, 16 ... numbers as a row and as a square; all else as it is."""
    return [Lines(one, size_of(one) if len(shapes) > 1 else "") for shapes in [shapes_of(cells)] for one in shapes]


def shapes_of(cells: list[list]) -> list[list[list]]:
    """Return the shapes that rows may be meant to have: one row of 4, 9, 16 ... numbers may be a square."""
    count = len(cells[0]) if len(cells) == 1 else 0
    side = round(count**0.5)
    if side < 2 or side * side != count or side > MAX_SIZE:
        return [cells]
    square = [cells[0][start : start + side] for start in range(0, count, side)]
    return [cells, square] if count <= MAX_SIZE else [square]


def size_of(cells: list[list]) -> str:
    """Return rows x columns in words."""
    return f"{len(cells)}x{len(cells[0]) if cells else 0}"


def _is_even(cells: Cells) -> bool:
    try:
        parse_cells(cells)
    except KernelError:
        return False
    return True


# ---- tables ----------------------------------------------------------------------------------------------------------


def _without_rules(text: str) -> str:
    """Leave out the bars of tables, their rules, and a line of headings above one."""
    if "|" not in text:
        return text
    lines: list[str] = []
    for line in text.splitlines():
        if _RULE.fullmatch(line):
            if len(lines) == 1 and re.search(r"[A-Za-z]", lines[0]):
                lines.clear()
            continue
        inner = line.strip().strip("|").strip()
        lines.append(", ".join(cell.strip() for cell in inner.split("|")))
    return "\n".join(lines)
