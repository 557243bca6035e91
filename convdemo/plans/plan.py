"""What is a plan made of, and how does it travel to a browser?"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


class PlanError(ValueError):
    """A plan that cannot be used; the message is all that is wrong with it, a line each.

    Attributes:
        problems: a sentence for each mistake, with its line, in the order of the file.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Wrong:
    """A likely wrong answer, and what to say to it.

    Attributes:
        answer: it, in the form that the question's own answer has.
        say: what the page says.
    """

    answer: Any
    say: str


@dataclass(frozen=True)
class Question:
    """A question, and how its answer is checked.

    Attributes:
        ask: the question.
        kind: "choice", "number", "kernel", "state" or "guess".
        answer: the right answer: the number of a choice, counted from 0; a number; kernels as rows of weights; the
            values of a state, by their names in links.
        right: what the page says to it.
        wrong: likely wrong answers.
        choices: what there is to choose from.
        kernels: of "guess", the "name" of each choice in links, and its "weights".
        tolerance: how far a number may be off, in its own unit.
        factor: whether a kernel counts that is a multiple of an expected one: "one" (no), "positive" or "any".
    """

    ask: str
    kind: str
    answer: Any
    right: str = ""
    wrong: tuple[Wrong, ...] = ()
    choices: tuple[str, ...] = ()
    kernels: tuple[Any, ...] = ()
    tolerance: float = 0.0
    factor: str = "one"


@dataclass(frozen=True)
class Step:
    """One step of a plan.

    Attributes:
        state: what is on screen, by the names in links; None where a value is at its default.
        say: a sentence or some about it.
        question: what is asked, None if nothing is.
        then: what is on screen once it is answered rightly, None if nothing changes.
    """

    state: Mapping[str, str | None]
    say: str
    question: Question | None = None
    then: Mapping[str, str | None] | None = None


@dataclass(frozen=True)
class Plan:
    """A lesson plan.

    Attributes:
        title: what the menu calls it.
        about: a sentence for the menu.
        steps: at least one.
    """

    title: str
    about: str
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain lists, mappings, texts and numbers."""
        return asdict(self)
