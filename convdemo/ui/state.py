"""What can be set on the page, and how does that become a link, and the link the state again?

A variable is declared once, with its name, its default and its bounds: the control, the check of what arrives, the link
and README's table are made from it. Each part of the page declares its own in a `State`. In a link the names begin with
that of the part; a value at its default is left out. What a link says wrongly falls back to the default, with a notice
that names it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from convdemo.numbers import grouped
from convdemo.ui.parts.widgets import read_text

_WORDS = read_text("parts")["variables"]

TRACKERS = ("utm_", "fbclid", "gclid", "msclkid")
"""The beginnings of parameters that mailers and search engines add."""


@dataclass(frozen=True)
class Variable:
    """One variable of the state.

    Attributes:
        name: how its part of the page calls it.
        default: what the page opens with.
        read: turns a link's text into a value, or raises ValueError with the rule that it breaks.
        write: undoes it.
        values: which values there are, for README.
    """

    name: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    values: str = ""

    def check(self, value: Any) -> Any:
        """Return what a control sends as a value of the state, or raise ValueError with a sentence."""
        return value


@dataclass(frozen=True)
class Choice(Variable):
    """One of several options, of any type; its text is theirs."""

    options: tuple = ()
    called: str = ""

    def check(self, value: Any) -> Any:
        """Return one of the options."""
        if not any(value is option or (type(value) is type(option) and value == option) for option in self.options):
            rule = _one_of(self.options)
            raise ValueError(_WORDS["wrong"].format(name=self.called or self.name, value=value, rule=rule))
        return value


def choice(name: str, default: Any, options: Iterable[Any], *, called: str = "") -> Choice:
    """Declare one of several options."""
    options = tuple(options)
    texts = {str(option): option for option in options}

    def read(text: str) -> Any:
        if text not in texts:
            raise ValueError(_one_of(options))
        return texts[text]

    return Choice(name, default, read, str, _listed(texts), options, called)


def switch(name: str, default: bool) -> Choice:
    """Declare what is on or off; in a link "yes" or "no"."""
    words = choice(name, "", ("no", "yes"))
    options, listed = (False, True), words.values
    return Choice(
        name, default, lambda text: words.read(text) == "yes", lambda on: "yes" if on else "no", listed, options
    )


@dataclass(frozen=True)
class Number(Variable):
    """A number from `least` to `most`; whole if `whole`, and then an int."""

    least: float = 0
    most: float = 0
    whole: bool = True
    called: str = ""
    try_instead: float | None = None
    rule: str = field(default="", compare=False)

    def check(self, value: Any) -> Any:
        """Return the number that a control sends: nothing at all, text, halves, anything."""
        called = self.called or self.name
        if value is None or value == "":
            raise ValueError(_WORDS["empty"].format(name=called, rule=self.rule))
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number:
            raise ValueError(_WORDS["wrong"].format(name=called, value=value, rule=self.rule))
        if not self.least <= value <= self.most:
            nearest = self.least if value != value else min(max(value, self.least), self.most)
            nearest = nearest if self.try_instead is None else self.try_instead
            raise ValueError(
                _WORDS["far"].format(name=called, value=_shown(value), rule=self.rule, nearest=_shown(nearest))
            )
        if self.whole and value != int(value):
            raise ValueError(
                _WORDS["far"].format(name=called, value=f"{value:g}", rule=self.rule, nearest=round(value))
            )
        return int(value) if self.whole else float(value)


def whole(name: str, default: int, least: int, most: int, *, called: str = "") -> Number:
    """Declare a whole number from `least` to `most`."""
    rule = _WORDS["whole_number"].format(low=grouped(least), high=grouped(most))

    def read(text: str) -> int:
        digits = text.removeprefix("-") if least < 0 else text
        if not (digits.isascii() and digits.isdigit() and len(digits) < 10 and least <= int(text) <= most):
            raise ValueError(rule)
        return int(text)

    values = _WORDS["from_to"].format(low=grouped(least), high=grouped(most))
    return Number(name, default, read, str, values, least, most, True, called, None, rule)


def number(
    name: str,
    default: float,
    least: float,
    most: float,
    *,
    called: str = "",
    rule: str = "",
    try_instead: float | None = None,
) -> Number:
    """Declare a number from `least` to `most`, with ten digits in a link; `rule` says so in other words."""
    rule = rule or _WORDS["number"].format(low=least, high=most)

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ValueError(rule)
        return value

    values = _WORDS["from_to"].format(low=f"{least:g}", high=f"{most:g}")
    return Number(name, default, read, write_number, values, least, most, False, called, try_instead, rule)


@dataclass(frozen=True)
class Several(Variable):
    """Some of several numbers, at least one."""

    options: tuple[int, ...] = ()

    def check(self, value: Any) -> tuple[int, ...]:
        """Return those that are chosen, in the order of the options."""
        rule = _some_of(self.options)
        if not value:
            raise ValueError(_WORDS["none_chosen"].format(name=self.name, rule=rule))
        if not isinstance(value, list | tuple) or not all(number in self.options for number in value):
            raise ValueError(_WORDS["wrong"].format(name=self.name, value=value, rule=rule))
        return tuple(option for option in self.options if option in value)


def several(name: str, default: tuple[int, ...], options: tuple[int, ...]) -> Several:
    """Declare some of several numbers."""

    def read(text: str) -> tuple[int, ...]:
        chosen = text.split(",")
        if not all(number in map(str, options) for number in chosen):
            raise ValueError(_some_of(options))
        return tuple(option for option in options if str(option) in chosen)

    def write(numbers: tuple[int, ...]) -> str:
        return ",".join(map(str, numbers))

    values = _WORDS["some"].format(options=_listed(map(str, options)))
    return Several(name, tuple(default), read, write, values, options)


def place(name: str, default: tuple[int, int] | None, least: int, most: int) -> Variable:
    """Declare a row and a column; None, where that is the default, is written as nothing."""
    one = whole("", least, least, most)

    def read(text: str) -> tuple[int, int]:
        row, _, column = text.partition(",")
        return one.read(row), one.read(column)

    return Variable(name, default, read, lambda at: "" if at is None else f"{at[0]},{at[1]}", _WORDS["place"])


def write_number(value: float) -> str:
    """Write a number for a link, with ten digits."""
    return f"{value + 0.0:.10g}"  # so that -0.0 is 0


def _shown(number: float) -> str:
    text = grouped(number) if isinstance(number, int) else f"{number:.12g}"
    return text if len(text) <= 20 else f"{text[:20]}…"


def _refuse() -> Any:
    raise ValueError(_WORDS["unknown_setting"])


def _one_of(options: Iterable[Any]) -> str:
    options = tuple(options)
    if all(isinstance(option, bool) for option in options):
        return _WORDS["truth"]
    listed = [str(option) for option in options]
    return _WORDS["long_choice" if len(listed) > 8 else "choice"].format(options=", ".join(listed[:8]))


def _some_of(options: Iterable[Any]) -> str:
    return _WORDS["several"].format(options=", ".join(map(str, options)))


def _default(variable: Variable) -> str:
    text = variable.write(variable.default)
    return f"`{text}`" if text else ""


def _listed(texts: Iterable[str]) -> str:
    quoted = [f"`{text}`" for text in texts]
    return ", ".join(quoted if len(quoted) <= 8 else [*quoted[:3], "…"])


@dataclass(frozen=True)
class State:
    """The variables of one part of the page.

    Attributes:
        prefix: what their names begin with in a link.
        variables: their short names, and what they are.
        formerly: the prefix that older links have.
        part: the part of the page whose words say what each variable is, if that is not the prefix.
    """

    prefix: str
    variables: tuple[Variable, ...]
    formerly: str = ""
    part: str = ""

    @property
    def defaults(self) -> Mapping[str, Any]:
        """The state that the page opens with, by the short names."""
        return MappingProxyType({variable.name: variable.default for variable in self.variables})

    @property
    def in_links(self) -> dict[str, Variable]:
        """The variables by their names in a link."""
        return {self._name(variable): variable for variable in self.variables}

    @property
    def former_names(self) -> dict[str, str]:
        """The names of the variables in links by those in older links."""
        if not self.formerly:
            return {}
        return {f"{self.formerly}_{variable.name}": self._name(variable) for variable in self.variables}

    def __getitem__(self, name: str) -> Any:
        return next(variable for variable in self.variables if variable.name == name)

    def table(self) -> list[str]:
        """Return what can be set as rows of a table in Markdown, for README."""
        words = read_text(self.part or self.prefix)
        return [
            f"| `{name}` | {words[variable.name]} | {variable.values} | {_default(variable)} |"
            for name, variable in self.in_links.items()
        ]

    def check(self, given: Mapping[str, Any], names: Iterable[str] | None = None) -> dict[str, Any]:
        """Return what controls send as values of the state, of all variables or of those that are named.

        Raises:
            ValueError: what is wrong with the first that is wrong, in one sentence.
        """
        names = self.defaults if names is None else names
        return {name: self[name].check(given[name]) for name in names}

    def of(self, linked: Mapping[str, Any]) -> dict[str, Any]:
        """Return this part of the state of a link, by the short names."""
        return {variable.name: linked[self._name(variable)] for variable in self.variables}

    def query(self, values: Mapping[str, Any]) -> str:
        """Write values, by their short names, as this part of a link."""
        return to_query({self._name(self[name]): value for name, value in values.items()}, self.in_links)

    def _name(self, variable: Variable) -> str:
        if variable.name == self.prefix:  # `step` itself
            return variable.name
        return f"{self.prefix}_{variable.name}" if self.prefix else variable.name


def to_query(state: Mapping[str, Any], variables: Mapping[str, Variable]) -> str:
    """Write a state as a query string, without a question mark; "" where every value is at its default."""
    texts = {
        name: variable.write(state[name])
        for name, variable in variables.items()
        if name in state and variable.write(state[name]) != variable.write(variable.default)
    }
    return urlencode(texts, safe=",;:=/")


def from_query(
    parameters: Mapping[str, str], variables: Mapping[str, Variable], former_names: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read the parameters of a link; the whole state, and a sentence for each one that was not understood.

    Of a parameter that stands there twice, as Starlette's mapping tells, the last counts, and a sentence says so.
    Parameters that begin with two underscores are the host's own, such as `__theme`, and those of `TRACKERS` are added
    to any link by whoever passes it on: they pass without a word.
    """
    state, notices = {name: variable.default for name, variable in variables.items()}, []
    counts = Counter(name for name, _ in getattr(parameters, "multi_items", parameters.items)())
    for name, text in parameters.items():
        if name.startswith(("__", *TRACKERS)):
            continue
        if counts[name] > 1:
            notices.append(_WORDS["repeated"].format(name=name))
        known = (former_names or {}).get(name, name)
        try:
            state[known] = variables[known].read(text) if known in variables else _refuse()
        except ValueError as error:
            shown = text if len(text) <= 40 else f"{text[:40]}…"
            problem = str(error).rstrip(".")
            notices.append(_WORDS["ignored"].format(name=name, text=shown, problem=problem))
    return state, tuple(notices)
