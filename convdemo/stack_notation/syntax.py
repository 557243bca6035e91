"""What is a piece of a syntax tree, as a name, a text or a number?"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

TOO_LARGE = 10**9
ARITHMETIC: Mapping[type, Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: lambda one, other: one // other if other else 0,
    ast.Pow: lambda one, other: one**other if abs(one) < 100 and 0 <= other < 10 else TOO_LARGE,
}
COMPARISONS: Mapping[type, Callable] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


def flat(values: Any) -> list:
    """Return what lists in lists hold; the names of layers in pairs are left out."""
    if not isinstance(values, tuple | list):
        return [] if values is None or isinstance(values, str) else [values]
    return [one for value in values for one in flat(value)]


def dotted_name(node: ast.expr) -> str | None:
    """Return a name with dots as it is written; None for anything else."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else None


def as_read(target: ast.expr) -> ast.expr:
    """Return what is written to as if it were read, at the same place of the text."""
    read = ast.parse(ast.unparse(target), mode="eval").body
    for node in ast.walk(read):
        ast.copy_location(node, target)
    return read


def shown(node: ast.AST) -> str:
    """Return how it is written, in at most 40 characters and a sign that there is more."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else f"{text[:40]}…"
