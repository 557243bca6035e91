"""How are layers written in a few signs: `k3s2p1`, `conv3-64`, `3x3 conv, 64, /2`, `maxpool 2x2/2`?

As in the tables and figures of papers. A convolution of which no padding is written keeps the map's size there, as
theirs do (SAME); after `k` as in code there is none. Pooling is without padding, and steps by its kernel. What was
taken so is told. Each word must be known: what is left over is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from convdemo.receptive_field import MAX_LAYERS, Layer, StackError
from convdemo.stack_notation.steps import Step, refusal

_N = r"\d{1,6}"
_PAIR = rf"({_N})(?:\s?x\s?({_N}))?"
_SIDE = rf"{_N}(?:\s?:\s?{_N})?"
_GIVEN = r"\s*[=:]?\s*"
_WORDS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("resize", r"(?:transposed?|deconv\w*|up-?conv\w*|up-?sampl\w*|un-?pool\w*|pixel-?shuffle|fractional\w*)"),
        ("join", r"(?:concat\w*|add|\+|skip\w*|residual|shortcut|inception|fire\d*|merge|sum)(?![a-z])"),
        ("head", r"(?:global[ -]?(?:max|avg|average|mean)?[ -]?pool(?:ing)?|gap|flatten|linear|dense)(?![a-z])"),
        ("head", rf"(?:{_N}-?d\s+)?(?:fc|fully[ -]connected)(?:-?{_N})*(?![a-z])"),
        ("pass", r"(?:leaky ?)?relu6?|batch ?norm\w*|bn(?![a-z])|drop ?out|lrn|tanh|sigmoid|soft-?max|gelu|silu|swish"),
        ("pool", r"(?:max|avg|average|mean)[ -]?pool(?:ing)?(?:2d)?|pool(?:ing)?(?![a-z])"),
        ("conv", r"conv(?:olution(?:al)?)?s?(?:2d)?(?![a-z])"),
        ("sides", rf"p(?:ad(?:ding)?)?{_GIVEN}(same|valid|{_SIDE}(?:\s?x\s?{_SIDE})?)(?![\w.])"),
        ("kernel", rf"k(?:ernels?)?(?:[ _]?size)?{_GIVEN}{_PAIR}(?![0-9.])"),
        ("stride", rf"s(?:trides?)?(?:[ _]?of)?{_GIVEN}{_PAIR}(?![0-9.])"),
        ("dilation", rf"(?:d(?:il(?:ation)?)?|(?:dilation )?rate|dilated by){_GIVEN}{_PAIR}(?![0-9.])"),
        ("sides", r"(same|valid|no)(?: pad(?:ding)?)?(?![a-z])"),
        ("stride", rf"/\s*{_PAIR}(?![\w.])"),
        ("kernel", rf"({_N})\s?x\s?({_N})(?:\s?x\s?{_N}){{0,2}}(?![\w.])"),
        ("channels", rf"n{_N}(?![a-rt-z0-9])|{_N}\s*(?:filters?|channels?|maps?|kernels?|features?|units?)(?![a-z])"),
        ("number", rf"{_N}(?![\w.])"),
        ("adjective", r"(?:depth-?wise|point-?wise|separable|dw|pw|strided|with|and|by|of|layer|a|2d)(?![a-z])"),
        ("dilated", r"(?:dilated|atrous|à trous)"),
    )
)  # fmt: skip
_GAP = re.compile(r"[\s,()\[\]_@&.-]*")
_BEFORE = re.compile(rf"\s*({_N})\s*(?:x|\*|times)\s+(?=[a-z(\[0-9])|\s*({_N})\s*\*\s*(?=[a-z(\[])")
_AFTER = re.compile(rf"(?:\s+x|\s*[*×])\s*({_N})\s*$|[\])]\s*x\s*({_N})\s*$")
_CONV_SIZE = re.compile(rf"({_N})(?:x({_N}))?(?:-({_N}))?")
_LABEL = re.compile(r"\s*(?:[a-z]\w*(?:[ _.-]?\d+[a-z]?(?:[_.-]\d+)*)?|\d+)\s*[:.)]\s+(?=\S)")
_KNOWN = re.compile(
    r"conv|pool|(?<![a-z])k(?:ernel\w*)?\s*[=:]?\s*\d|(?<![\w])fc|\d\s?x\s?\d+|stride|/\s*\d|dense|concat|flatten|up-?sampl"
)
_PARTS = re.compile(r"[;\n]|\s*(?:->|=>|→|⇒|\|)\s*")


_FEWEST_CHANNELS = 8  # a smaller number behind a comma may be a stride


@dataclass
class _Draft:
    """What a text says of one layer so far."""

    kind: str = ""
    told: dict[str, tuple] = field(default_factory=dict)
    sides: object = None
    numbers: list[str] = field(default_factory=list)
    is_lettered: bool = False
    is_dilated: bool = False


def looks_short(text: str) -> bool:
    """Whether a text has words of such a form."""
    return bool(_KNOWN.search(text.lower().replace("×", "x")))


def read_shorts(text: str) -> list[Step]:
    """Read layers in short forms, parted by lines, semicolons, arrows, or commas where each part names a layer.

    Raises:
        StackError: a word is not understood, or a number is missing; it names the line and the layer.
    """
    steps: list[Step] = []
    for line, part in _parts(text):
        part, times = _times(part)
        step = _read(part, line, len(steps) + 1)
        if step:
            if times * (len(steps) + 1) > MAX_LAYERS * (len(steps) + 1):
                raise refusal(line, f"{times} layers are more than a stack may have: {MAX_LAYERS}")
            steps += [step] * times
    return steps


def _parts(text: str) -> Iterator[tuple[int, str]]:
    for line, row in enumerate(text.lower().replace("×", "x").split("\n"), start=1):
        if row.rstrip().endswith(":") and not looks_short(row):
            continue  # a heading
        for part in _PARTS.split(re.sub(r"(?<=\d)\s?\*\s?(?=\d)", "x", row)):
            if part.strip():
                yield from ((line, one) for one in _layers_of(part))


def _layers_of(part: str) -> list[str]:
    """Cut a part at the commas behind which another layer begins."""
    groups: list[str] = []
    for one in part.split(","):
        starts = re.search(r"conv|pool|(?<![\w])fc|dense|flatten|relu|gap", one)
        lettered = re.search(rf"(?<![a-z])k\s*{_N}", one)
        has_kind = groups and re.search(r"conv|pool|(?<![\w])fc|dense|flatten|relu|gap", groups[-1])
        has_kernel = groups and re.search(rf"(?<![a-z])k\s*{_N}|\dx\d", groups[-1])
        if (
            not groups
            or (starts and has_kind)
            or (lettered and has_kernel)
            or (starts and has_kernel and _is_whole(one))
        ):
            groups.append(one)
        else:
            groups[-1] += "," + one
    return groups


def _is_whole(part: str) -> bool:
    """Whether a part says all of a layer: "maxpool 2x2"."""
    return bool(re.search(r"\d\s?x\s?\d|k\s*\d|conv\d|maxpool|avgpool", part))


def _times(part: str) -> tuple[str, int]:
    """Take "2x" before or "x2" behind a layer."""
    if match := _BEFORE.match(part):
        return part[match.end() :], int(match[1] or match[2])
    if match := _AFTER.search(part):
        return part[: match.start()], int(match[1] or match[2])
    return part, 1


def _read(part: str, line: int, number: int) -> Step | None:
    """Read one layer."""
    draft, at = _Draft(), 0
    where = f"layer {number}, "
    if re.match(r"[\s-]*(?:input|image)\b", part):
        return None
    if (label := _LABEL.match(part)) and looks_short(part[label.end() :]):
        at = label.end()
    while (at := _GAP.match(part, at).end()) < len(part):
        for name, pattern in _WORDS:
            if match := pattern.match(part, at):
                at = match.end()
                if name in ("resize", "join"):
                    return Step(match[0].strip(), line, name)
                if name == "head":
                    if draft.kind or draft.told or re.search(r"conv|pool|\dx\d|k\d", part[at:]):
                        raise refusal(line, f"{where}{match[0].strip()} is a layer of its own: write a line for each")
                    return Step(match[0].strip(), line, name)
                at = _take(draft, name, match, part, at, line, where)
                break
        else:
            raise refusal(
                line, f'{where}"{part[at : at + 20].strip()}" is not understood: write it as 3x3 conv, stride 2'
            )
    return _finish(draft, part.strip(), line, where)


def _take(draft: _Draft, name: str, match: re.Match, part: str, at: int, line: int, where: str) -> int:
    """Take one word into the draft of a layer; return where the next one begins."""
    if name in ("conv", "pool"):
        if draft.kind and draft.kind != name:
            raise refusal(line, f"{where}it is both a convolution and a pooling: write a line for each layer")
        draft.kind = name
        size = _CONV_SIZE.match(part, at)
        if size and name == "pool" and not size[2] and not looks_short(part[size.end() :]):
            raise refusal(
                line, f"{where}{part[match.start() : size.end()]} can be its name or its size: write it as 3x3"
            )
        if size and (size[2] or size[3]):
            _tell(draft, "kernel", (int(size[1]), int(size[2] or size[1])), line, where)
            return size.end()
        if size and looks_short(part[size.end() :]):
            return size.end()  # conv1: 3x3, which is its name
    elif name in ("kernel", "stride", "dilation"):
        draft.is_lettered |= match[0][0] == "k"
        _tell(draft, name, (int(match[1]), int(match[2] or match[1])), line, where)
    elif name == "sides":
        if draft.sides is not None:
            raise refusal(line, f"{where}its padding is given twice: write one")
        draft.sides = _sides(match[1])
    elif name == "number":
        is_told_apart = re.search(r"[,-]\s*$", part[: match.start()]) and int(match[0]) >= _FEWEST_CHANNELS
        if draft.kind != "pool" and not is_told_apart:
            raise refusal(
                line, f"{where}{match[0]} can be a stride or channels: write stride {match[0]}, or /{match[0]}"
            )
        draft.numbers.append(match[0])
    elif name == "dilated":
        draft.is_dilated = True
    return at


def _tell(draft: _Draft, name: str, pair: tuple[int, int], line: int, where: str) -> None:
    if name in draft.told:
        raise refusal(line, f"{where}its {name} is given twice: write a line for each layer")
    draft.told[name] = pair


def _sides(text: str) -> object:
    if text in ("same", "valid", "no"):
        return "SAME" if text == "same" else 0
    axes = [tuple(int(side) for side in axis.split(":")) for axis in text.replace(" ", "").split("x")]
    axes = [axis if len(axis) == 2 else axis * 2 for axis in axes]
    return tuple(axes * 2 if len(axes) == 1 else axes)


def _finish(draft: _Draft, part: str, line: int, where: str) -> Step | None:
    about = []
    if not draft.kind and not draft.told and draft.sides is None and not draft.numbers:
        return None
    if draft.kind == "pool":
        if "kernel" not in draft.told and len(draft.numbers) == 1:
            side = int(draft.numbers.pop())
            draft.told["kernel"] = side, side
        if "kernel" not in draft.told and not draft.told:
            draft.told["kernel"] = 2, 2
            about.append("pooling without numbers taken as 2x2, stride 2")
    if "kernel" not in draft.told:
        raise refusal(line, f'{where}"{part[:30]}" does not say how large its kernel is: write it as 3x3, or k3')
    if len(draft.numbers) > 1 or (draft.numbers and draft.kind == "pool"):
        raise refusal(
            line,
            f'{where}{draft.numbers[-1]} can mean several things in "{part[:30]}": write stride or padding before it',
        )
    if draft.is_dilated and "dilation" not in draft.told:
        raise refusal(line, f"{where}it is dilated, but not by how much: write rate 2")
    kernel, is_pool = draft.told["kernel"], draft.kind == "pool"
    if is_pool and "stride" not in draft.told and not about:
        about.append("pooling steps by its size where no stride is written")
    stride = draft.told.get("stride", kernel if is_pool else (1, 1))
    sides = draft.sides
    if sides is None:
        sides = 0 if is_pool or draft.is_lettered else "SAME"
        if not is_pool and kernel != (1, 1):
            about.append("padding SAME where none is written" if sides else "no padding where none is written")
    try:
        kind = "pooling" if is_pool else "convolution"
        layer = Layer(kernel, stride, sides, draft.told.get("dilation", 1), kind=kind)
    except StackError as error:
        raise refusal(line, f"{where}{error.message}") from None
    return Step("pooling" if is_pool else "convolution", line, "layer", "short forms", layer, "; ".join(about))
