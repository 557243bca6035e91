"""On which line does a value of a plan stand? TOML's readers give values and forget where they were."""

import re
import tomllib

Path = tuple[str | int, ...]
"""The way to a value: keys of tables, and places in lists, counted from 0."""

_PIECE = re.compile(
    r"""(?P<text>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
    r"|(?P<aside>\#[^\n]*|[^\S\n]+)|(?P<end>\n)|(?P<sign>[\[\]{},=.])|(?P<bare>[^\s\[\]{},=.\"'#]+)",
    re.DOTALL,
)

_MOST_KEYS = 8  # of one dotted key that are told apart


class Lines:
    r"""The lines of a file's values. The text must have passed a reader of TOML.

    >>> lines = Lines('title = "A"\n[[steps]]\nsay = "B"\n[[steps.wrong]]\nsay = "C"')
    >>> lines.of("title"), lines.of("steps", 0, "say"), lines.of("steps", 0, "wrong", 0, "say")
    (1, 3, 5)

    What has no line of its own stands where its table begins.
    >>> lines.of("steps", 0, "ask"), lines.of("about")
    (2, 1)
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}  # of lists, at most: those of tables, [[steps]], go on
        self._table: Path = ()  # that the last header began
        self._open: list[tuple[str, Path]] = []  # the brackets around a value, and what each holds
        self._keys: list[str] = []
        self._value: Path = ()
        self._sign, number = "", 1  # what was read last: "[" or "[[" of a header, "=" of a value
        for piece in _PIECE.finditer(text):
            if piece.lastgroup != "aside":
                self._take(piece.lastgroup, piece[0], number)
            number += piece[0].count("\n")

    def of(self, *path: str | int) -> int:
        """Return the line of a value, or of the innermost table around it that has one."""
        inner = (path[:length] for length in range(len(path), 0, -1))
        return next((self._lines[place] for place in inner if place in self._lines), 1)

    def _take(self, kind: str | None, piece: str, line: int) -> None:
        if kind == "end":
            if not self._open:
                self._keys, self._sign = [], ""
        elif self._sign != "=" and kind in ("text", "bare"):
            if len(self._keys) < _MOST_KEYS:
                self._keys.append(_plain(piece) if kind == "text" else piece)
        elif self._sign == "=":
            self._take_value(piece, line)
        elif piece == "[":
            self._sign += piece
        elif piece == "]":
            if self._keys:
                self._begin(line)
        elif piece == "=":
            base = self._open[-1][1] if self._open else self._table
            self._value = self._note(base, self._keys, line)
            self._keys, self._sign = [], "="
        elif piece == "}":  # of an empty table
            self._close()

    def _begin(self, line: int) -> None:
        """Begin the table of a header."""
        path: Path = ()
        for key in self._keys[:-1]:
            path = (*path, key)
            path = (*path, self._counts[path]) if path in self._counts else path
        path = self._note(path, self._keys[-1:], line)
        if self._sign == "[[":
            self._counts[path] = self._counts.get(path, -1) + 1
            path = self._note(path, [self._counts[path]], line)
        self._table, self._keys = path, []

    def _take_value(self, piece: str, line: int) -> None:
        if piece in ("[", "{"):
            self._open.append((piece, self._value))
            if piece == "[":
                self._value = (*self._value, 0)
            else:
                self._note(self._value, [], line)
                self._sign = ""
        elif piece in ("]", "}"):
            self._close()
        elif piece == "," and self._open[-1][0] == "{":
            self._sign = ""
        elif piece == ",":
            self._value = (*self._value[:-1], int(self._value[-1]) + 1)
        else:
            self._note(self._value, [], line)

    def _close(self) -> None:
        self._value, self._sign = self._open.pop()[1], "="

    def _note(self, base: Path, keys: list, line: int) -> Path:
        """Note the line of a value, and of each table on the way to it; return the way."""
        for length in range(len(keys) + 1):
            self._lines.setdefault((*base, *keys[:length]), line)
        return (*base, *keys)


def _plain(text: str) -> str:
    """Return the key that stands in quotes."""
    return tomllib.loads(f"key = {text}")["key"]
