"""Mistakes as people make them in TOML: the line, and what to do. What is one follows from TOML 1.0.0 (toml.io)."""

import re

import pytest

from convdemo.toml import TomlError, read_toml

VALUE = "this is no value: write texts in straight quotes"
END = "the line should end here: give each name a line of its own"
SIGN = "a name is followed by = and what it stands for"
QUOTES = "a text ends with its line: write the quotes behind it"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("title", 1, SIGN),
        ("\ntitle: 3", 2, SIGN),
        ('my title = "A"', 1, SIGN),
        ("= 3", 1, "a line begins with a name and =, or with a header"),
        ("a.é = 3", 1, "a name is made of letters, digits, _ and -"),
        ("a = 1 2", 1, END),
        ('[steps] say = "x"', 1, END),
        ("a = 01", 1, END),
        ("a = ", 1, VALUE),
        ("a = “x”", 1, VALUE),
        ("a = True", 1, VALUE),
        ("a = yes", 1, VALUE),
        ('a = "x\ny"', 1, QUOTES),
        ("a = 'x\ny'", 1, QUOTES),
        ('a = "x', 1, "a text has no end"),
        ('a = """x', 1, "a text has no end"),
        ('a = "C:\\photos"', 1, "\\ has a meaning of its own in a text: write \\\\"),
        ('a = "C:\\users"', 1, "\\u and \\x begin the number of a letter: write \\\\"),
        ('a = "\\ud800"', 1, "\\u and \\U begin the number of a letter, and this is none"),
        ("a = 2026-02-31", 1, "there is no such day"),
        ("# \x01", 1, "a sign that cannot be seen"),
        ("a = [1", 1, "a list has no end: write ]"),
        ("a = [1 2]", 1, "a list has no end: write ], and a comma"),
        ("a = {b = 1", 1, "a table has no end: write }"),
        ("a = 1\n\na = 2", 3, "what is written here stands further up already"),
        ("a = {b = 1, b = 2}", 1, "a name stands twice between { and }"),
        ("[a]\n[a]", 2, "this header stands further up already"),
        ("a = {b = 1}\na.c = 2", 2, "more is added here to what was whole further up"),
        ("a = 1\n[[a]]\nb = 2", 2, "what is written here stands further up already"),
        ("[a]\nb = {c = 1}\n[a.b.d]\ne = 1", 3, "this header stands further up already"),
        ("[[a]\nb = 1", 1, "a header ends with as many ] as it begins with ["),
        ("[a\nb = 1", 1, "a header ends with as many ]"),
        ("a = " + "[" * 9000, 1, "brackets stand within one another"),
        ("b = 1\na = " + "9" * 5000, 2, "a number has thousands of digits"),
        ("\n" + "a." * 40_000 + "b = 1", 2, "a key has more than 32 parts"),
        ("x = 1\n" + '"a".' * 33 + "b = 1", 2, "a key has more than 32 parts"),
    ],
)
def test_a_mistake_is_told_by_its_line_and_in_our_words(text, line, what):
    with pytest.raises(TomlError) as told:
        read_toml(text)
    assert told.value.line == line
    assert what in str(told.value)
    assert not re.search("Expected|Invalid|Illegal|Unclosed|Unterminated|Cannot|Duplicate", str(told.value))


def test_what_is_toml_is_read():
    longest = "x" + ".y" * 31
    read = read_toml(f"""\
"a.b".c = "a.a.a"  # a.a.a
{longest} = 1
[[steps]]
say = '''
Two
lines'''
numbers = [1, 2_000,
-0.5]
""")
    assert read["a.b"] == {"c": "a.a.a"}
    assert read["steps"] == [{"say": "Two\nlines", "numbers": [1, 2000, -0.5]}]
