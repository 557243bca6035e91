"""A stack that is pasted as text: understood, or refused with the place; by the page, and in a link."""

import pytest

from convdemo.receptive_field import parse_stack
from convdemo.ui.receptive import lesson as tab
from convdemo.ui.receptive.rows import Rows
from convdemo.ui.receptive.state import read_stack
from tests.page.test_receptive_tab import ask, is_skipped, plain, query, rows_in, sentence, table_of
from tests.test_stack_notation import CASES, is_right

LINES = "nn.Conv2d(3, 64, kernel_size=3, stride=2, padding=1)\nnn.ReLU()\nnn.MaxPool2d(3, 2, ceil_mode=True)"
EXCHANGE = "3,2,1,1;3,2,1,0 ceil,pool"


def pasted(text, **more):
    return ask(tab.take_line, line=text, layer=1, was={"line": "3,1,1,1"}, **more)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_page_answers_each_case_as_it_was_meant(case):
    answer, expected = pasted(case["input"]), case["expected"]
    answers = [expected, *([expected["or"]] if "or" in expected else [])]
    if sentence(answer):
        words = next(one["refused"] for one in answers if "refused" in one).split("|")
        assert any(word.strip().lower() in sentence(answer).lower() for word in words)
    else:
        layers = parse_stack(Rows(rows_in(answer)).line)
        assert any(is_right(layers, one) for one in answers if "stack" in one)
        assert is_right(parse_stack(read_stack(case["input"])), next(one for one in answers if "stack" in one))
    assert is_skipped(answer["line"])  # what was typed stays


def test_what_was_understood_is_said_and_the_table_and_the_link_follow():
    answer = pasted(LINES)
    assert plain(answer["understood"]) == "Understood: 2 layers, from PyTorch"
    assert rows_in(answer) == [list(row) for row in table_of(EXCHANGE)]
    assert query(answer)["receptive_stack"] == EXCHANGE
    # A draw for another reason says it still; a change of the table does not.
    again = ask(line=LINES, layer=1, was=answer["was"])
    assert plain(again["understood"]) == plain(answer["understood"])
    table = ask(tab.take_table, table=table_of("5,1,1,2"), line=LINES, layer=1, was=answer["was"])
    assert plain(table["understood"]) == ""
    assert table["line"] == "5,1,1,2"


def test_what_is_refused_names_the_place_and_leaves_the_table_alone():
    answer = pasted("a = nn.Conv2d(8, 8, 3)(x)\nb = nn.Conv2d(8, 8, 1)(x)\ny = torch.cat([a, b])")
    assert "line 3: cat joins several paths" in sentence(answer)
    assert is_skipped(answer["table"])
    assert plain(answer["understood"]) == ""
    wrong = pasted("3,1,1,1;3,q,1,1")  # the lab's own way: its rows are in the table, and the cell is marked
    assert wrong["table"]["shown"]["wrong"] == [(1, 1, "q")]


def test_a_stack_in_another_notation_is_compared_and_linked():
    answer = ask(tab.take_other, line="3,1,1,1", other="conv3-64; maxpool", layer=1)
    assert sentence(answer) == ""
    assert answer["compared"]
    assert read_stack("nn.Conv2d(3, 8, 3); nn.MaxPool2d(2)") == "3,1,1,0;2,2,1,0,pool"
    assert read_stack("holes") == "3,1,2,SAME;3,1,2,SAME"
    wrong = ask(tab.take_other, line="3,1,1,1", other="nn.Upsample(2)", layer=1)
    assert sentence(wrong).startswith("Compared stack, line 1: Upsample")
