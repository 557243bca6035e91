"""How is an answer checked? Each kind is known by the key with which a step says what there is to do.

choices = ["yes", "no"]    one of several texts is chosen; answer is one of them
kernels = ["sobel_x", …]   the map on screen is of one of these kernels; answer is one of them
kernel = "1 -1"            a kernel must be made that gives the map of this one, or of one of several
reach = "stride=2"         a state must be reached
answer = 14                a number must be given, within a tolerance
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from convdemo.kernel_text import KernelError
from convdemo.kernels import KERNELS, parse_kernel
from convdemo.plans.plan import Question, Wrong
from convdemo.plans.table import Table

FACTORS = ("one", "positive", "any")
"""Which multiples of a kernel count as well: none; those of a positive number, which look the same; all."""

_MAX_WRONG = 8
_FURTHER = ("tolerance", "factor")  # what only some ways to answer have


def read_question(step: Table) -> Question | None:
    """Return what a step asks, None if it asks nothing."""
    kinds = [key for key in KINDS if key in step.values]
    if "ask" not in step.values:
        for key in (*kinds, *_FURTHER, "right", "wrong", "then"):
            if key in step.values:
                step.fault(key, f'{key} needs a question: write ask = "…", or take it away')
        return None
    ask, right = step.text("ask", 600), step.text("right", 1000, default="")
    if not kinds:
        step.fault("ask", "nothing says how the answer is checked: write choices, kernels, kernel, reach or answer")
        return None
    if len(kinds) > 1 and (kinds[1] != "answer" or kinds[0] in ("kernel", "reach")):
        step.fault(kinds[1], f"{kinds[0]} and {kinds[1]} are two ways to answer: write one of them")
        return None
    kind, read, other = KINDS[kinds[0]]
    for key in _FURTHER:
        if key in step.values and key not in other:
            step.fault(key, f"{key} means nothing beside {kinds[0]}: take it away")
    before, read_answer = len(step.faults), read(step)
    wrong, seen = [], []
    for each in step.tables("wrong", _MAX_WRONG):
        each.know(("answer", "say"))
        answer = read_answer["read"](each)
        wrong.append(Wrong(answer, each.text("say", 1000)))
        if len(step.faults) > before:
            continue  # what is compared is no answer
        if _is_right(read_answer, answer):
            each.fault("answer", "answer is a right one, so this would never be said: write a wrong one")
        elif answer in seen:
            each.fault("answer", "answer stands in an earlier [[steps.wrong]], so this would never be said: join them")
        seen.append(answer)
    return Question(ask, kind, right=right, wrong=tuple(wrong), **{key: read_answer[key] for key in ("answer", *other)})


def _is_right(question: Mapping[str, Any], answer: Any) -> bool:
    """Tell whether a wrong answer is one that the page would take for right; a kernel, only where it is written so."""
    right = question["answer"]
    if isinstance(right, float):
        return abs(answer - right) <= question["tolerance"]
    return answer == right or (isinstance(right, list) and all(kernel in right for kernel in answer))


def _read_choice(step: Table) -> Mapping[str, Any]:
    choices = step.texts("choices", 2, 6)
    return _one_of(step, choices)


def _read_guess(step: Table) -> Mapping[str, Any]:
    names = step.texts("kernels", 2, 6)
    for name in names:
        if name not in KERNELS:
            step.fault("kernels", f"{name[:40]} is no kernel of the library: write names such as sobel_x and box_blur")
    known = [KERNELS[name] for name in names if name in KERNELS]
    return _one_of(step, names) | {
        "choices": tuple(kernel.title for kernel in known),
        "kernels": tuple({"name": kernel.name, "weights": kernel.weights.tolist()} for kernel in known),
    }


def _one_of(step: Table, choices: tuple[str, ...]) -> dict[str, Any]:
    def read(table: Table) -> int:
        text = table.values.get("answer")
        if choices and text not in choices:
            table.fault("answer", f"answer must be one of {', '.join(map(repr, choices))}: write it as it stands there")
        return choices.index(text) if text in choices else 0

    return {"answer": read(step), "choices": choices, "read": read}


def _read_kernel(step: Table) -> Mapping[str, Any]:
    factor = step.values.get("factor", "one")
    if factor not in FACTORS:
        step.fault("factor", f"factor must be one of {', '.join(FACTORS)}: they say which multiples count")
        factor = "one"
    given = step.values["kernel"]
    texts = given if isinstance(given, list) else [given]
    if not 1 <= len(texts) <= 8:
        step.fault("kernel", 'kernel must be one text or up to eight: write kernel = "1 -1"')
    weights = [_weights(step, "kernel", text) for text in texts[:8]]
    return {"answer": weights, "factor": factor, "read": lambda table: [_weights(table, "answer")]}


def _weights(table: Table, key: str, text: Any = None) -> list[list[float]]:
    text = table.values.get(key) if text is None else text
    if not isinstance(text, str):
        table.fault(key, f'{key} is no kernel: it must be a text, such as {key} = "1 -1"')
        return [[1.0]]
    try:
        return (KERNELS[text].weights if text in KERNELS else parse_kernel(text)).tolist()
    except KernelError as error:
        table.fault(key, f"{key} is no kernel: {error}")
        return [[1.0]]


def _read_state(step: Table) -> Mapping[str, Any]:
    def read(table: Table, key: str = "answer") -> Mapping[str, str | None]:
        before = len(table.faults)
        values = table.state(key)
        if not values and len(table.faults) == before:
            table.fault(key, f'{key} names nothing: write what a link would, such as {key} = "stride=2"')
        return values

    answer = read(step, "reach")
    opened = step.state("state")  # what is wrong with it is told once
    if answer and all(opened.get(name) == value for name, value in answer.items()):
        step.fault("reach", "reach is what the step opens with: write another state")
    return {"answer": answer, "read": read}


def _read_number(step: Table) -> Mapping[str, Any]:
    tolerance = step.number("tolerance", 0)
    if tolerance < 0:
        step.fault("tolerance", f"tolerance is {tolerance:g}, but must be at least 0: write 0 for the exact number")
    return {"answer": step.number("answer"), "tolerance": tolerance, "read": lambda table: table.number("answer")}


Read = Callable[[Table], Mapping[str, Any]]

KINDS: Mapping[str, tuple[str, Read, tuple[str, ...]]] = MappingProxyType({
    "choices": ("choice", _read_choice, ("choices",)),
    "kernels": ("guess", _read_guess, ("choices", "kernels")),
    "kernel": ("kernel", _read_kernel, ("factor",)),
    "reach": ("state", _read_state, ()),
    "answer": ("number", _read_number, ("tolerance",)),
})  # fmt: skip
"""The kinds by their keys: what each is called, what reads it, and what else it says."""
