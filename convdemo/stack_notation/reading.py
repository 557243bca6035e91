"""How are the ways of writing a stack told from each other, and what does each give?"""

import ast
import re
import textwrap
import unicodedata
import warnings
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from convdemo.numbers import grouped
from convdemo.receptive_field import MAX_LAYERS, NETWORKS, Layer, StackError, parse_stack
from convdemo.signs import to_plain_signs
from convdemo.stack_notation.prints import check_no_summary, is_print, is_summary, read_print
from convdemo.stack_notation.program import read_program
from convdemo.stack_notation.shorts import looks_short, read_shorts
from convdemo.stack_notation.steps import Step, refusal, sources, to_layers

MAX_CHARACTERS = 30_000
"""Longest text that is read: room for 500 layers as PyTorch prints them, 60 characters each."""

_DEEPEST = 150  # brackets in brackets, and operators in a row
_CALL = re.compile(r"(?:^|[^\w)])[A-Za-z_][\w.]*\s*\(")
_PART = r"\s*\d+(?:\s*[x×]\s*\d+)?\s*"
_OWN_WAY = re.compile(rf"^{_PART},{_PART}(?:,|$)|^{_PART},\s*$|^{_PART}(?:[;\n]|$)")
_PROMPT = re.compile(r"^[^\S\n]*(?:>>>|\.\.\.|In \[\d*\]:|Out\[\d*\]:)(?: |$)", re.MULTILINE)
_LETTERED = re.compile(r"\(\s*k\d+", re.IGNORECASE)
_CODE = re.compile(
    r"\b(?:nn|nnx|layers|keras|tf|torch|F|self|model)\.\w|\b[A-Z]\w*[12][dD]\s*\(|"
    r"^\s*(?:def|class|import|from|return) |\b\w+\s*=[^=]|\bSequential\s*\(",
    re.MULTILINE,
)
_LIST = re.compile(r"\s*(?:\w+\s*[=:]\s*)?[\[{(]")
_FENCE = re.compile(r"^[^\S\n]*```\w*[^\S\n]*$", re.MULTILINE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{0,20}://\S+|(?:www\.)?fomoro\.com/\S+", re.IGNORECASE)


@dataclass(frozen=True)
class StackReading:
    """What a text says of a stack.

    Attributes:
        layers: from the input on.
        summary: what was understood, in a line: "12 layers, from PyTorch"; "" for the lab's own way of writing.
    """

    layers: tuple[Layer, ...]
    summary: str


def read_stack(text: str) -> StackReading:
    """Read a stack that was typed or pasted, in any of the ways that people write them.

    The exchange syntax; a link of the Fomoro calculator, or of the lab; lines, lists, classes and programs of
    PyTorch, Keras and Flax; what PyTorch prints; short forms as in papers; the name of a known network.

    Args:
        text: at most `MAX_CHARACTERS` characters.

    Raises:
        StackError: it is no row of layers; the sentence names the line or the layer, and says why.

    >>> read_stack("nn.Conv2d(3, 64, 7, stride=2, padding=3); nn.MaxPool2d(3, 2)").summary
    '2 layers, from PyTorch'
    >>> read_stack("conv3-64; maxpool").layers[1].stride
    (2, 2)
    """
    if len(text) > MAX_CHARACTERS:
        raise StackError(
            f"the text has {grouped(len(text))} characters, but a stack may have {grouped(MAX_CHARACTERS)}: paste less"
        )
    if address := _address(text):
        return _read_link(address)
    if network := _known(text):
        return StackReading(network, "")
    try:
        return StackReading(parse_stack(text), "")
    except StackError:
        if is_exchange(text):
            raise
    plain = _plain(text)
    check_no_summary(plain)
    if is_print(plain):
        return _finish(*read_print(plain))
    if _CALL.search(plain) and not _LETTERED.search(plain):
        try:
            return _finish(*read_program(_tree(plain)))
        except _NoProgramError:
            if _CODE.search(plain) or not looks_short(plain):
                raise
    if _LIST.match(plain):
        raise refusal(1, "a list of numbers does not say which of them is what: write kernel,stride,dilation,padding;…")
    return _finish(read_shorts(plain), False)


def is_exchange(text: str) -> bool:
    """Whether a text is in the exchange syntax, if with mistakes, rather than in any other way of writing a stack."""
    plain = _plain(text)
    if _address(text) or _known(text) or is_print(plain) or is_summary(plain) or _LIST.match(plain):
        return False
    return _is_own(plain) or not (_CALL.search(plain) or looks_short(plain))


def _plain(text: str) -> str:
    plain = to_plain_signs(unicodedata.normalize("NFC", text))
    plain = _FENCE.sub("", _PROMPT.sub("", plain))
    rows = [row for row in plain.split("\n") if row.strip()]
    is_comment = bool(rows) and all(row.lstrip().startswith("#") for row in rows)
    return re.sub(r"^\s*# ?", "", plain, flags=re.MULTILINE) if is_comment else plain


def _address(text: str) -> str | None:
    address = _ADDRESS.search(text)
    return address[0] if address and not _CALL.search(text.replace(address[0], "")) else None


def _known(text: str) -> tuple[Layer, ...] | None:
    names = {_bare(name): name for name in NETWORKS}
    name = names.get(_bare(text)) if len(text) < 40 else None
    return NETWORKS[name].layers if name else None


def _bare(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.lower())


def _is_own(text: str) -> bool:
    """Whether a text is meant as the exchange syntax, although it has a mistake."""
    return bool(_OWN_WAY.search(text.strip())) and not re.search(r"conv\b(?!,)|pool\b(?!,)|stride|/", text)


def _read_link(address: str) -> StackReading:
    """Read what follows # in a link, or the stack in a link of the lab."""
    address = address.rstrip(")>]}\"'.,")
    parts = urlsplit(address)
    own = parse_qs(parts.query)
    for name in ("receptive_stack", "field_stack"):
        if name in own:
            found = _known(own[name][0]) or parse_stack(own[name][0])
            return StackReading(found, f"{_count(len(found))}, from a link")
    if not (fragment := unquote(parts.fragment).strip()):
        raise StackError("the link names no layers: they stand behind #, such as #3,1,1,SAME;3,2,1,VALID")
    layers = parse_stack(fragment)
    return StackReading(layers, f"{_count(len(layers))}, from a link")


def _finish(steps: list[Step], is_made: bool) -> StackReading:
    layers, told = to_layers(steps)
    if len(layers) > MAX_LAYERS:
        raise StackError(f"the stack has {grouped(len(layers))} layers, but it may have {MAX_LAYERS}: remove some")
    if is_made:
        told.insert(0, "in the order in which the layers are made")
    return StackReading(layers, "; ".join([f"{_count(len(layers))}, from {sources(steps)}", *told]))


def _count(layers: int) -> str:
    return "1 layer" if layers == 1 else f"{layers} layers"


# ---- syntax ----------------------------------------------------------------------------------------------------------


class _NoProgramError(StackError):
    """A text is no program: it may be something else."""


def _tree(text: str) -> ast.Module:
    """Read a program, or lines from the middle of one, as a syntax tree.

    Raises:
        StackError: it is none; the sentence says where it ends to be one.
    """
    first = None
    for candidate in _candidates(text):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(candidate)
        except SyntaxError as error:
            first = first or error
        except (ValueError, RecursionError, MemoryError):
            break
        else:
            if _depth(tree) <= _DEEPEST:
                return tree
            break
    if first is None:
        raise StackError("the text is nested too deep to be read: paste the lines of the layers only")
    line = min(first.lineno or 1, text.count("\n") + 1)
    shown = text.split("\n")[line - 1].strip()
    shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
    reason = {"was never closed": "a bracket is never closed", "unmatched": "a bracket is closed that was never opened"}
    why = next((words for key, words in reason.items() if key in (first.msg or "")), "this is no line of Python")
    place = f"line {line}, column {first.offset or 1}"
    raise _NoProgramError(f'{place}: {why}, near "{shown}": paste whole lines, such as nn.Conv2d(3, 64, 3)')


def _depth(tree: ast.AST) -> int:
    nodes, depth = [tree], 0
    while nodes:
        nodes, depth = [child for node in nodes for child in ast.iter_child_nodes(node)], depth + 1
    return depth


def _candidates(text: str) -> list[str]:
    """Return a text in the ways in which it may be a program, or a part of one; lines stay where they are."""
    rows = text.split("\n")
    flat = "\n".join(row.strip() for row in rows)
    without = "\n".join("" if re.fullmatch(r"\s*[)\]},;]+\s*", row) else row.strip() for row in rows)
    arrows = re.sub(r"\)\s*(?:->|→|=>)", ");", flat)
    return [textwrap.dedent(text), flat, f"({flat}\n)", without, arrows]
