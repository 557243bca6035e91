"""How does a TOML file become a plan, and how are its mistakes told?"""

from convdemo.plans.answers import read_question
from convdemo.plans.lines import Lines
from convdemo.plans.plan import Plan, PlanError, Step
from convdemo.plans.table import ReadState, Table
from convdemo.toml import TomlError, read_toml

MAX_BYTES = 100_000
"""The most bytes of a plan."""

MAX_STEPS = 60
"""The most steps of one."""

_MAX_PROBLEMS = 20
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
    try:
        values = read_toml(text)
    except TomlError as error:
        raise PlanError([_told(error.line, str(error))]) from error
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


def _told(line: int, sentence: str) -> str:
    return f"Line {line}: {sentence.rstrip('.')}."
