"""How is a TOML file that somebody wrote by hand read, and what is wrong with one that is none?"""

import re
import tomllib
from typing import Any

_CHAIN = re.compile(
    r"""(?:(?>(?<![\w-])[\w-]{1,100}+|"(?:\\.|[^"\\\n]){0,100}+"|'[^'\n]{0,100}+')[ \t]*+\.[ \t]*+){32}"""
)  # a key such as a.a.a: Python's reader takes time with the square of its parts

_HELP = {
    "Invalid statement": "a line begins with a name and =, or with a header such as [[steps]]",
    "Invalid initial character for a key": "a name is made of letters, digits, _ and -: write any other in quotes",
    "Expected '='": "a name is followed by = and what it stands for",
    "Expected newline": "the line should end here: give each name a line of its own",
    "Invalid value": "this is no value: write texts in straight quotes, true and false in small letters",
    "Unterminated string": "a text has no end: write the quotes behind it",
    **dict.fromkeys(
        ("Illegal character '\\n'", "Illegal character '\\r'", "Found invalid character '\\n'"),
        "a text ends with its line: write the quotes behind it, or three around several lines",
    ),
    "Illegal character": "a sign that cannot be seen stands here: take it away",
    "Found invalid character": "a sign that cannot be seen stands here: take it away",
    "Unescaped '\\'": "\\ has a meaning of its own in a text: write \\\\, or put the text into single quotes",
    "Invalid hex value": "\\u and \\x begin the number of a letter: write \\\\, or put the text into single quotes",
    "Escaped character": "\\u and \\U begin the number of a letter, and this is none",
    "Invalid date": "there is no such day or time: write a text in quotes",
    "Unclosed array": "a list has no end: write ], and a comma between what it holds",
    "Unclosed inline table": "a table has no end: write }, and a comma between what it holds",
    "Cannot overwrite a value": "what is written here stands further up already: take one of them away",
    "Duplicate inline table key": "a name stands twice between { and }: take one of them away",
    "Cannot declare": "this header stands further up already: take one of them away",
    "Cannot mutate": "more is added here to what was whole further up: write all of it in one place",
    "Cannot redefine": "more is added here to what was whole further up: write all of it in one place",
    "maximum recursion": "brackets stand within one another a thousand times: write fewer",
    "Expected ']": "a header ends with as many ] as it begins with [",
}
"""What to do, by how the words of Python's reader begin."""


class TomlError(ValueError):
    """A text that is no TOML; `line` says where, counted from 1, and the message what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read_toml(text: str) -> dict[str, Any]:
    r"""Read a TOML file.

    >>> read_toml('title = "A"')
    {'title': 'A'}
    >>> read_toml('title = "A"\nsay "B"')
    Traceback (most recent call last):
    convdemo.toml.TomlError: this is no TOML at column 5: a name is followed by = and what it stands for

    Raises:
        TomlError: it is none, or one that would take long to read.
    """
    if chain := _CHAIN.search(text):
        line = text.count("\n", 0, chain.start()) + 1
        raise TomlError(line, "a key has more than 32 parts with points between: write the key alone")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a ValueError: Python reads no number of more than 4,300 digits
        raise _explain(str(error), text) from error


def _explain(message: str, text: str) -> TomlError:
    """Return what the message of Python's reader means."""
    plain = text.replace("_", "")
    if message.startswith("Exceeds the limit") and (digits := re.search(r"\d{4301}", plain)):
        return TomlError(plain.count("\n", 0, digits.start()) + 1, "a number has thousands of digits: shorten it")
    found = re.search(r"\(at line (\d+), column (\d+)\)|\(at end of document\)|$", message)
    said = message[: found.start()].strip()
    what = next((help_ for begins, help_ in _HELP.items() if said.startswith(begins)), said[:200])
    if not found[1]:
        return TomlError(max(1, len(text.rstrip("\n").split("\n"))), f"this is no TOML: {what}")
    return TomlError(int(found[1]), f"this is no TOML at column {found[2]}: {what}")
