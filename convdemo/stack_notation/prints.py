"""What does PyTorch print of a network, and what does a summary table lack?

A print names the modules in the order in which they were made, `(0): Conv2d(3, 64, kernel_size=(3, 3), ...)`, each in
the module that holds it. Of a `Sequential` that is the order in which the map passes them; of other modules it need
not be, and so a block of several layers that is not a `Sequential` is refused.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from convdemo.receptive_field import MAX_LAYERS, StackError
from convdemo.stack_notation.catalog import Unknown, check_known, kind_of, layer_name, make_step, signature_of
from convdemo.stack_notation.steps import Step, check_not_sideways, refusal

_LABEL = r"\([\w.-]+\):[ \t]+"
_IS_PRINT = re.compile(rf"(?:^|[\s(]){_LABEL}[A-Z0-9]")
_NODE = re.compile(r"(?:\((?P<label>[\w.-]+)\):[ \t]+)?(?:(?P<count>\d+) x )?(?P<name>[A-Za-z_][\w.]*) ?\(")
_INSIDE = re.compile(rf"\s*{_LABEL}")
_GAP = re.compile(r"[\s,\[]*")
_BEFORE = re.compile(r"print\(.*\)|[^()\[\]{}]*")  # what may stand before a print
_IN_ORDER = re.compile(r".*Sequential|Conv\w*(?:Norm|BN|Bn)\w*|BasicConv2d|DataParallel")
_SUMMARIES = (
    re.compile(r"Layer \(type|Output Shape|Param #|^\s*Layer\s+Name\b", re.MULTILINE),
    re.compile(r"^\s*[\w-]+ \(\w+\)\s+[\[(]+(?:None|\d+),", re.MULTILINE),
    re.compile(r"^\s*(?:[├└│─]+\s*)?\w+: ?\d+-\d+|^\s*\w+-\d+\s+\[-?\d+,", re.MULTILINE),
)


@dataclass
class _Node:
    name: str
    line: int
    label: str
    count: int
    children: list["_Node"] = field(default_factory=list)
    step: Step | None = None


def is_print(text: str) -> bool:
    """Whether a text is what PyTorch prints of modules."""
    return bool(_IS_PRINT.search(text))


def is_summary(text: str) -> bool:
    """Whether a text is a table of layers without their numbers."""
    return any(pattern.search(text) for pattern in _SUMMARIES)


def check_no_summary(text: str) -> None:
    """Refuse a table of layers without their numbers.

    Raises:
        StackError: it is what `model.summary()` or torchsummary print.
    """
    for pattern in _SUMMARIES:
        if match := pattern.search(text):
            line = text.count("\n", 0, match.end()) + 1
            raise refusal(
                line,
                "a summary does not say kernel_size, stride and padding of the layers: paste the lines that make them, "
                "or what print(model) shows in PyTorch",
            )


def read_print(text: str) -> tuple[list[Step], bool]:
    """Read what PyTorch prints.

    Returns:
        Its steps, and whether their order is only that in which the layers were made.

    Raises:
        StackError: something is not understood; it names the line.
    """
    top = _Node("", 1, "", 1)
    _parse(text, top)
    is_made = any(one.children and not _IN_ORDER.fullmatch(one.name) for one in top.children)
    return list(_steps(top, 0)), is_made


def _parse(text: str, top: _Node) -> None:
    """Find the modules, each in the one that holds it."""
    holders, at = [top], 0
    while match := _GAP.match(text, at):
        at = match.end()
        if at == len(text):
            return
        line = text.count("\n", 0, at) + 1
        if text[at] in ")]":
            at += 1
            if len(holders) > 1:
                holders.pop()
            continue
        found = _NODE.match(text, at)
        shown = text[at:].split("\n")[0].strip()[:40]
        if not top.children and _BEFORE.fullmatch(shown):
            at += len(shown)
            continue
        if not found:
            raise refusal(line, f'"{shown}" is no module as PyTorch prints it: paste the print from its first line on')
        node = _Node(found["name"], line, found["label"] or "", int(found["count"] or 1))
        if node.count > MAX_LAYERS:
            raise refusal(line, f"{found['count']} layers are more than a stack may have: {MAX_LAYERS}")
        holders[-1].children.append(node)
        at = found.end()
        if _INSIDE.match(text, at):
            holders.append(node)
            if len(holders) > 30:
                raise refusal(line, "modules are nested too deep: paste the inner one")
        else:
            end = _closing(text, at, line)
            node.step = _leaf(node, text[at:end])
            at = end + 1


def _closing(text: str, start: int, line: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            if depth == 0:
                return at
            depth -= 1
    raise refusal(line, "its bracket is never closed: paste the print to its end")


def _leaf(node: _Node, arguments: str) -> Step | None:
    """Read one module with its numbers; None for one without meaning for the field that holds nothing."""
    check_known(node.name, node.line)
    last = node.name.rpartition(".")[2]
    if kind := kind_of(last):
        return Step(last, node.line, kind)
    if last in ("Sequential", "ModuleList", "ModuleDict") and not arguments.strip():
        return None
    try:
        call = ast.parse(f"f({' '.join(arguments.split())})", mode="eval").body
        args = [_value(one, node.line) for one in call.args]
        named = {one.arg: _value(one.value, node.line) for one in call.keywords if one.arg}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise refusal(node.line, f"{last}({arguments[:30]}) is not understood: paste it as PyTorch prints it") from None
    signature = signature_of(last, args, named)
    if not signature:
        raise refusal(node.line, f"{last} is no layer that is known here: write the layers that it stands for")
    step = make_step(last, node.line, signature, args, named)
    if node.label and not node.label.isdigit() and not step.layer.name:
        step = replace(step, layer=replace(step.layer, name=layer_name(node.label)))
    return step


def _value(node: ast.expr, line: int) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return Unknown(ast.unparse(node)[:60], line)


def _all_steps(node: _Node) -> Iterator[Step]:
    if node.step:
        yield node.step
    for child in node.children:
        yield from _all_steps(child)


def _steps(node: _Node, depth: int) -> Iterator[Step]:
    """Return the steps of a module in their order.

    Raises:
        StackError: the print does not say their order.
    """
    for child in node.children:
        steps = [child.step] if child.step else list(_steps(child, depth + 1)) if child.children else []
        layers = [step for step in steps if step.kind == "layer"]
        if layers:
            check_not_sideways(child.label, child.line)
        several = sum(any(step.kind == "layer" for step in _all_steps(one)) for one in child.children) > 1
        if several and depth > 0 and not _IN_ORDER.fullmatch(child.name):
            raise refusal(
                child.line,
                f"a print does not say how the layers in {child.name} follow each other, or branch: paste a "
                "Sequential, or the layers of the main path",
            )
        if len(steps) * child.count > 20 * MAX_LAYERS:
            raise StackError(f"the stack has too many layers: it may have {MAX_LAYERS}")
        yield from steps * child.count
