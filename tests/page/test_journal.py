"""One line of JSON an event, for an operator who asks for it: when, which, how long, how much; nothing of a visitor."""

import json
from datetime import datetime

import pytest

from convdemo.ui.lesson import by_name


@pytest.fixture
def told(monkeypatch, capsys):
    """What is on the standard output after the events, line by line."""
    monkeypatch.setenv("CONVDEMO_EVENTS", "1")
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def draw(given):
    return {"one": given["text"] * 2}


def test_an_event_is_one_line(told):
    by_name(draw, ("text",), ("one", "two"))("secret")
    (line,) = told()
    assert set(line) == {"time", "event", "ms", "bytes"}
    assert line["event"] == "page.draw"
    assert line["bytes"] > len("secretsecret")
    assert line["ms"] >= 0
    assert datetime.fromisoformat(line["time"]).utcoffset().total_seconds() == 0
    assert "secret" not in json.dumps(line)


def test_an_event_that_fails_has_its_line_too(told):
    def fail(given):
        raise RuntimeError("secret")

    with pytest.raises(Exception, match="wrong in the lab"):
        by_name(fail, ("text",), ("one",), "why")("secret")
    (line,) = told()
    assert (line["event"], line["bytes"]) == ("why.fail", 0)


def test_nobody_is_told_unasked(monkeypatch, capsys):
    monkeypatch.delenv("CONVDEMO_EVENTS", raising=False)
    by_name(draw, ("text",), ("one", "two"))("secret")
    assert capsys.readouterr().out == ""
