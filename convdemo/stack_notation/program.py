"""Which steps does a program in Python take from a picture to its last map?

The program is read as a syntax tree and followed, statement by statement, with layers and maps in place of numbers;
nothing is run. Where maps pass through layers (a class with its forward pass, Keras's functional way), the steps are
those of the last map; where layers are only made (lines, lists, `Sequential`), they stand in the order in which they
are made. A map that two layers take is a branch.
"""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from convdemo.receptive_field import MAX_LAYERS, StackError
from convdemo.stack_notation.catalog import (
    MAP_NAMES,
    Signature,
    Unknown,
    check_known,
    kind_of,
    layer_name,
    make_step,
    signature_of,
)
from convdemo.stack_notation.steps import Step, check_not_sideways, joined, refusal
from convdemo.stack_notation.syntax import (
    ARITHMETIC,
    COMPARISONS,
    TOO_LARGE,
    as_read,
    dotted_name,
    flat,
    shown,
)
from convdemo.stack_notation.vocabulary import (
    CONTAINERS,
    INPUTS,
    MAKERS,
    MODELS,
    NOT_THE_NETWORKS,
    PASSES,
    SAME_MAP,
    TELLING,
    WITHOUT_EFFECT,
    WRAPPERS,
    is_number,
    is_passed,
)

_MOST_WORK = 20_000  # nodes of the syntax tree, those of loops and functions each time
_DEEPEST = 12  # functions in functions


@dataclass(eq=False)
class _Module:
    """A layer, or several in a row, that no map has passed yet."""

    steps: list[Step]
    line: int
    name: str = ""  # to which it was assigned
    is_placed: bool = False  # in a container, or on the way of a map


@dataclass(eq=False)
class _Map:
    """The map of the picture after some steps."""

    steps: tuple[Step, ...] = ()
    taken: int = 0  # how many layers take it


@dataclass(frozen=True, eq=False)
class _Function:
    node: ast.FunctionDef
    names: dict[str, Any]


class _ReturnError(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


@dataclass
class _Reader:
    """What has been read of a program so far."""

    modules: list[_Module] = field(default_factory=list)
    doubts: list[Unknown] = field(default_factory=list)
    picture: _Map | None = None
    picture_name: str = ""
    last: _Map | None = None
    branch: StackError | None = None
    has_class: bool = False
    work: int = 0
    depth: int = 0

    # ---- statements ----

    def follow(self, statements: Sequence[ast.stmt], names: dict[str, Any]) -> None:
        for statement in statements:
            self._follow(statement, names)

    def _follow(self, node: ast.stmt, names: dict[str, Any]) -> None:
        self._count(node)
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Assert() | ast.Raise() | ast.Global():
                pass
            case ast.Expr(value=value):
                self._use(value, self.value(value, names))
            case ast.Assign(targets=targets, value=value):
                made = self.value(value, names)
                for target in targets:
                    self._assign(target, made, names)
            case ast.AnnAssign(target=target, value=value):
                if value:
                    self._assign(target, self.value(value, names), names)
            case ast.AugAssign(target=target, op=op, value=value):
                together = ast.copy_location(ast.BinOp(as_read(target), op, value), node)
                self._assign(target, self.value(together, names), names)
            case ast.Return(value=value):
                raise _ReturnError(self.value(value, names) if value else None)
            case ast.FunctionDef(name=name):
                names[name] = _Function(node, names)
            case ast.ClassDef():
                self._follow_class(node, names)
            case ast.For(target=target, iter=iterable, body=body, orelse=[]):
                if not self._matters(body, {**names, ast.unparse(target): _Module([], node.lineno)}):
                    return
                for item in self._items(iterable, names):
                    self._assign(target, item, names)
                    self.follow(body, names)
            case ast.If(test=test, body=body, orelse=orelse):
                if ast.unparse(test).startswith("__name__"):
                    return
                answer = self.value(test, names)
                if isinstance(answer, Unknown | _Map | _Module):
                    if self._matters([*body, *orelse], names):
                        raise refusal(node.lineno, f"what is built depends on {shown(test)}: leave the condition out")
                    return
                self.follow(body if answer else orelse, names)
            case ast.With(body=body):
                self.follow(body, names)
            case _:
                if self._matters([node], names):
                    raise refusal(node.lineno, f"{shown(node)} is not followed: write the layers one after the other")

    def _use(self, node: ast.expr, made: Any) -> None:
        """Refuse a line that says something which is not understood."""
        for one in flat(made):
            if isinstance(one, Unknown) and not one.is_harmless and not is_passed(one):
                raise _not_known(one)
            if isinstance(one, int | float) and not isinstance(one, bool):
                raise refusal(node.lineno, f"{one} is no layer: write lines such as nn.Conv2d(3, 64, 3)")

    def _assign(self, target: ast.expr, made: Any, names: dict[str, Any]) -> None:
        match target:
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                values = made if isinstance(made, tuple | list) and len(made) == len(targets) else None
                for number, one in enumerate(targets):
                    self._assign(one, values[number] if values else Unknown(shown(one), one.lineno), names)
                return
            case ast.Name() | ast.Attribute():
                name = ast.unparse(target)
            case _:
                return
        if isinstance(made, _Module):
            made.name = name.rpartition(".")[2]
            if len(made.steps) == 1:
                _give_name(made, made.name)
        self.doubts += [
            one for one in flat(made) if isinstance(one, Unknown) and "(" in one.text and not one.is_harmless
        ]
        names[name] = made

    def _follow_class(self, node: ast.ClassDef, outer: dict[str, Any]) -> None:
        if not self._matters(node.body, {}):
            return
        if self.has_class:
            raise refusal(node.lineno, f"{node.name} is a second class with layers: paste one network, written out")
        self.has_class = True
        outer[node.name] = Unknown(f"{node.name}(…)", node.lineno, is_harmless=True)
        names = dict(outer)
        functions = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
        self.follow([one for one in node.body if not isinstance(one, ast.FunctionDef)], names)
        names = {**names, **{f"self.{name}": value for name, value in names.items() if name not in outer}}
        helpers = [name for name in functions if name not in (*MAKERS, *PASSES)]
        names |= {f"self.{name}": _Function(functions[name], names) for name in helpers}
        for name in (*MAKERS, *PASSES):
            if name in functions:
                self._run(functions[name], [None], {}, names, is_pass=name in PASSES)

    # ---- functions ----

    def _run(
        self,
        node: ast.FunctionDef,
        args: Sequence[Any],
        named: Mapping[str, Any],
        names: dict[str, Any],
        *,
        is_pass: bool = False,
    ) -> Any:
        """Follow a function; a method writes to the names of its class."""
        parameters = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
        is_method = parameters[:1] == ["self"]
        inner = _Scope(names) if is_method else dict(names)
        values = {one.arg: Unknown(one.arg, node.lineno) for one in (*node.args.args, *node.args.kwonlyargs)}
        for one, default in zip(reversed(node.args.args), reversed(node.args.defaults), strict=False):
            values[one.arg] = self.value(default, names)
        for one, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            if default:
                values[one.arg] = self.value(default, names)
        values |= dict(zip(parameters, args, strict=False)) | dict(named)
        if is_pass and len(parameters) > 1:
            self.picture = self.last = values[parameters[1]] = _Map()
        inner.update(values)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise refusal(node.lineno, f"{node.name} calls itself: write the layers one after the other")
        try:
            self.follow(node.body, inner)
        except _ReturnError as returned:
            if is_pass:
                self._answer(returned.value)
            return returned.value
        finally:
            self.depth -= 1
        return None

    def _answer(self, returned: Any) -> None:
        """Take what a forward pass returns; of several maps the one that went farthest."""
        values = flat(returned)
        maps = [one for one in values if isinstance(one, _Map)]
        if maps:
            self.last = max(maps, key=lambda one: len(one.steps))
        for one in values:
            if not maps and isinstance(one, Unknown) and not one.is_harmless:
                raise _not_known(one)

    # ---- expressions ----

    def value(self, node: ast.expr, names: Mapping[str, Any]) -> Any:
        """Return what an expression stands for, as far as layers and maps go."""
        self._count(node)
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return names.get(name, Unknown(name, node.lineno))
            case ast.Attribute():
                return names.get(dotted_name(node), Unknown(shown(node), node.lineno))
            case ast.Tuple(elts=elements):
                return tuple(self._elements(elements, names))
            case ast.List(elts=elements):
                return self._elements(elements, names)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                number = self.value(operand, names)
                return -number if isinstance(number, int | float) else Unknown(shown(node), node.lineno)
            case ast.BinOp():
                return self._combine(node, names)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
                both = self.value(left, names), self.value(right, names)
                if all(isinstance(one, int | str | None) for one in both):
                    try:
                        return COMPARISONS[type(op)](*both)
                    except TypeError:
                        pass
                return Unknown(shown(node), node.lineno)
            case ast.Subscript(value=base, slice=place):
                whole = self.value(base, names)
                at = self.value(place, names) if isinstance(place, ast.Constant | ast.UnaryOp | ast.Name) else None
                if isinstance(whole, _Map | _Module):
                    raise refusal(node.lineno, f"{shown(node)} is only a part: write layers that follow each other")
                if isinstance(whole, tuple | list) and isinstance(at, int) and -len(whole) <= at < len(whole):
                    return whole[at]
                return Unknown(shown(node), node.lineno, is_harmless=isinstance(whole, Unknown))
            case ast.NamedExpr(target=target, value=inner):
                names[target.id] = self.value(inner, names)
                return names[target.id]
            case ast.Call():
                return self._call(node, names)
            case ast.ListComp(elt=element, generators=[loop]) | ast.GeneratorExp(elt=element, generators=[loop]) if (
                not loop.ifs
            ):
                inner, made = dict(names), []
                for item in self._items(loop.iter, names):
                    self._assign(loop.target, item, inner)
                    made.append(self.value(element, inner))
                return made
        if self._matters([node], names):
            raise refusal(node.lineno, f"{shown(node)} is not followed: write the layers one after the other")
        return Unknown(shown(node), node.lineno)

    def _elements(self, elements: Sequence[ast.expr], names: Mapping[str, Any]) -> list:
        made = []
        for element in elements:
            if isinstance(element, ast.Starred):
                several = self.value(element.value, names)
                if isinstance(several, Unknown):
                    raise _not_known(several)
                made += several if isinstance(several, tuple | list) else [several]
            else:
                made.append(self.value(element, names))
        return made

    def _items(self, node: ast.expr, names: Mapping[str, Any]) -> list:
        """Return what a loop goes through."""
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "range":
            bounds = [self.value(one, names) for one in node.args]
            if bounds and all(isinstance(one, int) for one in bounds):
                items = range(*bounds[:3]) if len(bounds) < 3 or bounds[2] else range(0)
                if len(items) <= MAX_LAYERS:
                    return list(items)
        elif isinstance(items := self.value(node, names), tuple | list):
            return list(items)
        raise refusal(node.lineno, f"what {shown(node)} goes through is not in the text: write the layers out")

    def _combine(self, node: ast.BinOp, names: Mapping[str, Any]) -> Any:
        left, right = self.value(node.left, names), self.value(node.right, names)
        operation = ARITHMETIC.get(type(node.op))
        if operation and all(isinstance(one, int) for one in (left, right)):
            made = operation(left, right)
            return made if abs(made) < TOO_LARGE else Unknown(shown(node), node.lineno)
        if isinstance(node.op, ast.Add) and all(isinstance(one, list | tuple) for one in (left, right)):
            return [*left, *right]
        maps = [one for one in (left, right) if isinstance(one, _Map)]
        if len(maps) == 2 or (maps and any(isinstance(one, Unknown) and not is_number(one) for one in (left, right))):
            sign = {ast.Add: "+", ast.Mult: "*", ast.Sub: "-"}.get(type(node.op), shown(node))
            raise joined(Step(f'"{sign}"' if len(sign) == 1 else sign, node.lineno, "join"))
        return maps[0] if maps else Unknown(shown(node), node.lineno)

    def _call(self, node: ast.Call, names: Mapping[str, Any]) -> Any:
        dotted = dotted_name(node.func)
        last, line = (dotted or "").rpartition(".")[2], node.lineno
        callee = names.get(dotted) if dotted else self.value(node.func, names)
        base = self._base(node.func, names)
        if any(keyword.arg is None for keyword in node.keywords) and (signature_of(last, (), {}) or kind_of(last)):
            raise refusal(line, f"{shown(node)} takes what is not in the text: write its numbers")
        args = self._elements(node.args, names)
        named = {keyword.arg: self.value(keyword.value, names) for keyword in node.keywords if keyword.arg}
        if isinstance(callee, Unknown) and callee.is_harmless:
            return callee
        if isinstance(callee, _Module):
            return self._pass_on(callee, args, named, node)
        if isinstance(callee, _Function):
            return self._run(callee.node, [None, *args] if _is_method(callee) else args, named, callee.names)
        if isinstance(base, _Map | _Module | list) and isinstance(node.func, ast.Attribute):
            return self._method(base, node.func.attr, args, node)
        if dotted and "." in dotted and last in ("add", "append") and len(args) == 1:
            if isinstance(args[0], Unknown):
                raise _not_known(args[0])
            if isinstance(args[0], _Module):
                return None  # to a model that is made elsewhere: the layers stand in their order
        if dotted is None:
            return self._other(ast.unparse(node.func), args, named, node)
        check_known(dotted, line)
        if last == "partial" and args and isinstance(args[0], Unknown):
            name = args[0].text.rpartition(".")[2]
            if signature := signature_of(name, args[1:], named):
                return self._made([make_step(name, line, signature, args[1:], named)], line)
        if signature := signature_of(last, args, named):
            return self._layer(last, signature, args, named, node)
        return self._other(dotted, args, named, node)

    def _base(self, func: ast.expr, names: Mapping[str, Any]) -> Any:
        """Return what the method of a call belongs to."""
        if not isinstance(func, ast.Attribute):
            return None
        if isinstance(func.value, ast.Name | ast.Attribute):
            return names.get(dotted_name(func.value))
        return self.value(func.value, names)

    def _layer(self, name: str, signature: Signature, args: list, named: dict, node: ast.Call) -> Any:
        if signature.takes_map:
            known = [key for key in named if key in MAP_NAMES]
            source = named.pop(known[0]) if known else args.pop(0) if args else Unknown("its map", node.lineno)
            return self._apply([make_step(name, node.lineno, signature, args, named)], source, node)
        return self._made([make_step(name, node.lineno, signature, args, named)], node.lineno)

    def _other(self, dotted: str, args: list, named: dict, node: ast.Call) -> Any:
        """Answer a call of what is no layer with numbers."""
        last, line = dotted.rpartition(".")[2], node.lineno
        if last in CONTAINERS:
            return self._contain(last, [*args, *named.values()], line)
        if last in WRAPPERS and args:
            return args[0]
        if last in MODELS:
            self._answer(named.get("outputs", args[1] if len(args) > 1 else None))
            return Unknown(f"{dotted}(…)", line, is_harmless=True)
        if last in INPUTS:
            is_example = last not in ("Input", "InputLayer") and self.picture is not None
            return Unknown(f"{dotted}(…)", line, is_harmless=True) if is_example else self._open(line)
        if kind := kind_of(last):
            step = Step(last, line, kind)
            values = [*args, *named.values()]
            if kind == "join" and any(isinstance(one, _Map) for one in flat(values)):
                raise joined(step)
            is_function = last[0].islower()
            if is_function and args and isinstance(args[0], _Map | Unknown):
                if kind == "join":
                    raise joined(step)
                return self._apply([step], args[0], node)
            if kind == "join" and is_function:
                raise joined(step)
            return self._made([step], line)
        is_harmless = last in WITHOUT_EFFECT or bool(NOT_THE_NETWORKS.fullmatch(dotted)) or dotted.startswith("super(")
        unknown = Unknown(f"{dotted}(…)" if len(dotted) <= 40 else shown(node), line, is_harmless)
        given = flat([*args, *named.values()])
        tells = last in TELLING or bool(NOT_THE_NETWORKS.fullmatch(dotted))
        if not tells and any(isinstance(one, _Map | _Module) for one in given):
            raise _not_known(unknown)
        return unknown

    def _method(self, base: Any, name: str, args: list, node: ast.Call) -> Any:
        if isinstance(base, _Module):
            if name in ("add", "append", "add_module"):
                base.steps += self._contain(name, args, node.lineno).steps
                self.modules.pop()
                return None
            if name not in WITHOUT_EFFECT:
                raise refusal(
                    node.lineno, f"{shown(node.func)} is not known here: write the layers one after the other"
                )
            return base
        if isinstance(base, list):
            if name == "append":
                base += args
            elif name in ("extend", "__iadd__") and args and isinstance(args[0], list | tuple):
                base += args[0]
            elif name not in ("copy",):
                raise refusal(
                    node.lineno, f"{shown(node.func)} is not known here: write the layers one after the other"
                )
            return None
        if name in SAME_MAP:
            return base
        if kind := kind_of(name):
            return self._apply([Step(name, node.lineno, kind)], base, node)
        if name in ("size", "dim", "numel"):
            return Unknown(shown(node), node.lineno, is_harmless=True)
        raise refusal(node.lineno, f"{shown(node.func)} is not known here: write layers that follow each other")

    # ---- layers and maps ----

    def _made(self, steps: list[Step], line: int) -> _Module:
        self.modules.append(_Module(steps, line))
        return self.modules[-1]

    def _contain(self, name: str, values: Sequence[Any], line: int) -> Any:
        """Put layers into a row."""
        if name in ("list", "tuple", "List", "OrderedDict", "ModuleList"):
            return list(flat(values))
        steps = []
        for value in flat(values):
            if isinstance(value, _Module):
                value.is_placed = True
                steps += value.steps
            elif isinstance(value, Unknown) and not value.is_harmless:
                steps += self._by_name(value)
            elif value is self.picture and value is self.last and not value.taken:
                self.picture = self.last = None  # Keras: the size of the input, as the first of the layers
            elif isinstance(value, _Map | _Function):
                raise refusal(line, f"{name} holds something that is no layer: write the layers one after the other")
            elif value == 0 or isinstance(value, int):
                raise refusal(line, f"{name} holds {value!r}, which is no layer: write the layers one after the other")
        return self._made(steps, line)

    def _by_name(self, value: Unknown) -> list[Step]:
        """Return the step that a function without arguments takes: nnx.relu among the layers of a row."""
        last = value.text.rpartition(".")[2]
        kind = kind_of(last)
        if not kind:
            raise _not_known(value)
        return [Step(last, value.line, kind)]

    def _open(self, line: int) -> _Map:
        if self.picture is not None:
            raise refusal(line, "here is a second input, and a row of layers has one: write the main path only")
        self.picture = self.last = _Map()
        return self.picture

    def _pass_on(self, module: _Module, args: list, named: dict, node: ast.Call) -> _Map:
        values = args or [value for key, value in named.items() if key in MAP_NAMES]
        if not values:
            raise refusal(node.lineno, f"{shown(node.func)} takes no map here: write it as layer(x)")
        if isinstance(values[0], tuple | list):
            raise joined(Step(module.steps[-1].name if module.steps else "Sequential", node.lineno, "join"))
        module.is_placed = True
        return self._apply(module.steps, values[0], node)

    def _apply(self, steps: Sequence[Step], source: Any, node: ast.Call) -> _Map:
        """Let a map take some steps."""
        if isinstance(source, Unknown):
            if not re.fullmatch(r"[\w.]+", source.text):
                raise refusal(node.lineno, f"nothing in the text says what {source.text} is: write it as layer(x)")
            if self.picture is None:
                self.picture_name = source.text
                self._open(node.lineno)
            if source.text != self.picture_name:
                raise refusal(
                    node.lineno, f"nothing in the text says what {source.text} is: paste the line that makes it"
                )
            source = self.picture
        if not isinstance(source, _Map):
            raise refusal(node.lineno, f"{shown(node)} takes no map: write it as layer(x)")
        source.taken += 1
        if source.taken > 1 and self.branch is None and not any(step.kind == "head" for step in source.steps):
            self.branch = refusal(
                node.lineno,
                f"{steps[0].name if steps else 'this'} takes a map that another layer has taken, so the network "
                "branches here: write the main path only",
            )
        self.last = _Map((*source.steps, *steps))
        if len(self.last.steps) > 20 * MAX_LAYERS:
            raise refusal(node.lineno, f"the network has more steps than fit: a stack may have {MAX_LAYERS} layers")
        return self.last

    # ---- bounds ----

    def _count(self, node: ast.AST) -> None:
        self.work += 1
        if self.work > _MOST_WORK:
            raise refusal(getattr(node, "lineno", 1), "the program is too long to be followed: paste fewer lines")

    def _matters(self, nodes: Sequence[ast.AST], names: Mapping[str, Any]) -> bool:
        """Whether something among these would change the network."""
        for node in nodes:
            for inner in ast.walk(node):
                self._count(inner)
                if isinstance(inner, ast.Call):
                    dotted = dotted_name(inner.func) or ""
                    last = dotted.rpartition(".")[2]
                    is_layer = signature_of(last, (), {}) or kind_of(last) in ("resize", "join", "head")
                    is_own = dotted.startswith("self.") and last not in WITHOUT_EFFECT
                    if is_layer or (is_own and names) or isinstance(names.get(dotted), _Module | _Function):
                        return True
        return False


class _Scope(dict):
    """The names of a method: what it writes to self stays, what is its own goes."""

    def __init__(self, shared: dict[str, Any]) -> None:
        super().__init__(shared)
        self.shared = shared

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if name.startswith("self."):
            self.shared[name] = value


def read_program(tree: ast.Module) -> tuple[list[Step], bool]:
    """Follow a program.

    Returns:
        Its steps, and whether their order is only that in which the layers are made.

    Raises:
        StackError: something that matters is not understood; it names the line.
    """
    reader, names = _Reader(), {}
    try:
        reader.follow(tree.body, names)
        functions = [one for one in names.values() if isinstance(one, _Function)]
        if reader.last is None and not reader.modules and len(functions) == 1:
            returned = reader._run(functions[0].node, [], {}, names)
            reader._answer(returned)
    except _ReturnError as returned:
        reader._answer(returned.value)
    except RecursionError:
        raise refusal(1, "the program is nested too deep to be followed: paste fewer lines") from None
    if reader.branch:
        raise reader.branch
    loose = [module for module in reader.modules if not module.is_placed]
    if reader.last is not None and (reader.last.steps or not loose):
        for module in loose:
            if not reader.has_class and any(step.kind == "layer" for step in module.steps):
                raise refusal(module.line, f"{module.steps[0].name} is made here, but no map passes it: write layer(x)")
        return list(reader.last.steps), False
    for doubt in reader.doubts:
        raise _not_known(doubt)
    for module in loose:
        if any(step.kind == "layer" for step in module.steps):
            check_not_sideways(module.name, module.line)
    return [step for module in loose for step in module.steps], reader.has_class


# ---- words -----------------------------------------------------------------------------------------------------------


def _not_known(value: Unknown) -> StackError:
    return refusal(value.line, f"{value.text} is no layer that is known here: write the layers that it stands for")


def _give_name(module: _Module, name: str) -> None:
    (step,) = module.steps
    if step.layer and not step.layer.name and name not in ("x", "y", "out", "net", "model", "layer"):
        module.steps[0] = replace(step, layer=replace(step.layer, name=layer_name(name)))


def _is_method(function: _Function) -> bool:
    return [one.arg for one in function.node.args.args[:1]] == ["self"]
