"""On which line does a value of a plan stand? TOML's readers give values and forget where they were."""

import re

_HEADER = re.compile(r"\s*\[\[\s*steps\s*(\.\s*wrong\s*)?\]\]")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=\s*(.*)")
_QUOTES = ('"' * 3, "'" * 3)


class Lines:
    r"""The lines of a plan's keys. The text must have passed a reader of TOML.

    >>> lines = Lines('title = "A"\n[[steps]]\nsay = "B"\n[[steps.wrong]]\nsay = "C"')
    >>> lines.of("title"), lines.of("say", 0), lines.of("say", 0, 0)
    (1, 3, 5)

    What has no line of its own stands where its table begins.
    >>> lines.of("ask", 0), lines.of("steps")
    (2, 1)
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, int | None, int | None], int] = {}
        step, wrong, quotes = None, None, ""
        for number, line in enumerate(text.splitlines(), start=1):
            if quotes:  # in a text of several lines
                quotes = "" if quotes in line else quotes
            elif header := _HEADER.match(line):
                if header[1]:
                    wrong = 0 if wrong is None else wrong + 1
                else:
                    step, wrong = (0 if step is None else step + 1), None
                self._lines["", step, wrong] = number
            elif key := _KEY.match(line):
                self._lines.setdefault((key[1], step, wrong), number)
                opened = next((each for each in _QUOTES if key[2].startswith(each)), "")
                quotes = opened if opened and opened not in key[2][3:] else ""

    def of(self, key: str, step: int | None = None, wrong: int | None = None) -> int:
        """Return the line of a key: of the plan, of a step, or of a wrong answer of it, both counted from 0."""
        places = ((key, step, wrong), ("", step, wrong), ("", step, None))
        return next((self._lines[place] for place in places if place in self._lines), 1)
