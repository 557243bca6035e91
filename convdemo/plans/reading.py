"""How does a TOML file become a plan, and how are its mistakes told?"""

import re
import tomllib

from convdemo.plans.answers import read_question
from convdemo.plans.lines import Lines
from convdemo.plans.plan import Plan, PlanError, Step
from convdemo.plans.table import ReadState, Table

MAX_BYTES = 100_000
"""The most bytes of a plan."""

MAX_STEPS = 60
"""The most steps of one."""

_MAX_PROBLEMS = 20
_CHAIN = re.compile(
    r"""(?:(?>(?<![\w-])[\w-]{1,100}+|"(?:\\.|[^"\\\n]){0,100}+"|'[^'\n]{0,100}+')[ \t]*+\.[ \t]*+){32}"""
)  # a key such as a.a.a: Python's reader takes time with the square of its parts
_HINTS = {
    "Cannot overwrite a value": "what is written here stands further up already, take one of them away",
    "Cannot declare": "this header stands further up already, take one of them away",
    "Invalid value": "write texts in straight quotes",
}  # beside the words of Python's reader
_STEP_KEYS = (
    "state", "then", "say", "ask", "choices", "kernels", "kernel", "factor", "reach", "answer", "tolerance", "right",
    "wrong",
)  # fmt: skip


def read_plan(text: str, read_state: ReadState) -> Plan:
    r"""Read a lesson plan.

    >>> read_plan('title = "A"\n[[steps]]\nsay = "Look."', lambda query: {}).steps[0].say
    'Look.'
    >>> read_plan('title = "A"\n[[steps]]\nsay = 3', lambda query: {})
    Traceback (most recent call last):
    convdemo.plans.plan.PlanError: Line 3: say is 3, but must be a text: write it in quotes.

    Args:
        text: the file, TOML, at most `MAX_BYTES` in UTF-8.
        read_state: reads a link's query.

    Raises:
        PlanError: all that is wrong with it, by line.
    """
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise PlanError([f"The file has {size} bytes, but at most {MAX_BYTES} are read: make it shorter."])
    if chain := _CHAIN.search(text):
        line = text.count("\n", 0, chain.start()) + 1
        raise PlanError([_told(line, "a key has more than 32 parts with points between: write the key alone")])
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a ValueError: Python reads no number of more than 4,300 digits
        raise PlanError([_told(*_place_of(str(error), text))]) from error
    plan = Table(values, Lines(text), read_state)
    plan.know(("title", "about", "steps"))
    title, about = plan.text("title", 100), plan.text("about", 300, default="")
    if not values.get("steps"):
        plan.fault("steps", "there are no steps: begin each with [[steps]] on a line of its own")
    steps = tuple(map(_read_step, plan.tables("steps", MAX_STEPS)))
    if plan.faults:
        raise PlanError(_told(*fault) for fault in sorted(set(plan.faults))[:_MAX_PROBLEMS])
    return Plan(title, about, steps)


def _read_step(step: Table) -> Step:
    step.know(_STEP_KEYS)
    then = step.state("then") if "then" in step.values else None
    return Step(step.state("state"), step.text("say", 1000), read_question(step), then)


def _place_of(message: str, text: str) -> tuple[int, str]:
    """Return the line that a reader of TOML names, and the rest of its message."""
    plain = text.replace("_", "")
    if message.startswith("Exceeds the limit") and (digits := re.search(r"\d{4301}", plain)):
        return plain.count("\n", 0, digits.start()) + 1, "a number has thousands of digits: write a shorter one"
    found = re.search(r"\(at line (\d+), column (\d+)\)|\(at end of document\)|$", message)
    what = message[: found.start()].strip()[:200]
    what += next((f": {hint}" for begins, hint in _HINTS.items() if what.startswith(begins)), "")
    if not found[1]:
        return max(1, len(text.rstrip("\n").split("\n"))), f"this is no TOML: {what}"
    return int(found[1]), f"this is no TOML at column {found[2]}: {what}"


def _told(line: int, sentence: str) -> str:
    return f"Line {line}: {sentence.rstrip('.')}."
