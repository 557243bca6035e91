"""The Receptive field tab without a browser: what a request answers, and what hostile values are answered.

Fields are held against the table of the Distill article (Araujo, Norris and Sim 2019: VGG-16 has 212, stride 32,
padding 90; AlexNet 195, 32, 64), against arithmetic by hand that stands beside the number, and the holes against the
pixels of the picture that is drawn.
"""

import base64
import csv
import io
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.datastructures import QueryParams

from convdemo import receptive_field
from convdemo.receptive_field import MAX_LAYERS, NETWORKS, format_stack, parse_stack
from convdemo.stack_notation import read_stack
from convdemo.ui.receptive import lesson as tab
from convdemo.ui.receptive.rows import Rows, rows_of
from convdemo.ui.receptive.state import STACKS
from tests.page.receptive import (
    COFFEE,
    FOLLOW,
    LINK,
    LONGEST,
    ask,
    from_query,
    is_skipped,
    named,
    noise,
    opened,
    plain,
    query,
    request,
    rows_in,
    sentence,
    standing,
    table_of,
    wrong,
)
from tests.page.request import run_async

pytestmark = pytest.mark.usefixtures("upload_folder")


# ---- what a unit sees, in words --------------------------------------------------------------------------------------


def test_the_tab_opens_on_a_network_over_the_photo():
    answer = opened("")
    assert answer["network"] == "VGG-16"
    # Distill: field 212, stride 32, padding 90. The middle of the photo is (199.5, 299.5); the centres are at
    # -90 + 211 / 2 + 32 u = 15.5 + 32 u, so unit (6, 9) at (207.5, 303.5); 6 * 32 - 90 = 102, 9 * 32 - 90 = 198.
    assert "Layer 18 (pool5), unit (7, 10) sees rows 103..314, columns 199..410" in plain(answer["sight"])
    assert "none of it is padding" in plain(answer["sight"])
    assert answer["influence"].count("<image") == 2
    assert all(answer[name] for name in ("photo", "patch", "growth", "layers", "note"))
    assert sentence(answer) == ""


def test_the_sentence_of_the_issue():
    # Rows -12..31 and columns 20..63 are a field of 44 with steps of 8: VGG-16's tenth layer (pool3) by hand has
    # r = 44, j = 8, P = 18 (its row of the table: 3, 5, 6, 10, 14, 16, 24, 32, 40, 44).
    answer = ask(tab.choose_unit, layer=10, row=0, column=4)
    # 44 pixels from -18: 26 rows are real; columns 4 * 8 - 18 = 14..57. 1 - 26 / 44 = 0.409
    assert (
        "Layer 10 (pool3), unit (1, 5) sees rows −17..26, columns 15..58 of the input; 41 % of it is padding."
        in plain(answer["sight"])
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_taken_with_its_note_and_source(name):
    answer = ask(tab.take_network, network=name, line="7,1,1,SAME", layer=1)
    assert sentence(answer) == ""
    assert answer["network"] == name
    assert answer["line"] == format_stack(NETWORKS[name].layers)
    assert answer["layer"]["value"] == len(answer["layer"]["layers"]) == len(NETWORKS[name].layers)
    assert [row[:4] for row in rows_in(answer)] == [part.split(",")[:4] for part in answer["line"].split(";")]
    assert NETWORKS[name].note[:30] in plain(answer["note"])
    assert query(answer).get("receptive_stack", "VGG-16") == name


@pytest.mark.parametrize("name", STACKS)
def test_the_middle_of_the_photo_is_looked_at_from_every_depth(name):
    layers = parse_stack(STACKS[name])
    for depth in {1, max(1, len(layers) // 2), len(layers)}:
        answer = ask(line=STACKS[name], layer=depth, was={"layers": -1})
        field = receptive_field.receptive_field(layers[:depth], (400, 600))
        centre = field.centre(standing(answer)[1:])
        # The middle is (199.5, 299.5): no unit is nearer than half a step.
        assert all(
            abs(at - middle) <= jump / 2 for at, middle, jump in zip(centre, (199.5, 299.5), field.jump, strict=True)
        )


def test_the_place_stays_while_one_looks_from_layer_to_layer():
    chosen = ask(tab.choose_unit, row=2, column=16)  # centres by hand: 15.5 + 32 u = (79.5, 527.5)
    shallow = ask(layer=1, was=chosen["was"])
    # At layer 1 the unit is the pixel: 79.5 and 527.5 lie between two, and the later one is taken.
    assert standing(shallow)[1:] == (80, 528)
    back = ask(layer=18, row=80, column=528, was=shallow["was"])
    assert standing(back)[1:] == (2, 16)


def test_who_looks_from_the_deepest_layer_does_so_when_one_is_added():
    line, three = "3,1,1,1;3,1,1,1", table_of("3,1,1,1;3,1,1,SAME;3,1,1,1")
    deepest = ask(line=line, layer=2)
    added = ask(tab.take_table, table=three, line=line, layer=2, was=deepest["was"])
    assert added["layer"]["value"] == len(added["layer"]["layers"]) == 3
    first = ask(line=line, layer=1, was=deepest["was"])
    added = ask(tab.take_table, table=three, line=line, layer=1, was=first["was"])
    assert standing(added, layer=1)[0] == 1


def test_a_unit_is_chosen_on_the_photo():
    for unit in ((3, 5), (0, 0), (11, 17)):
        answer = ask(tab.choose_on_photo, photo=list(unit))
        assert standing(answer)[1:] == answer["photo"]["shown"]["unit"] == unit
        assert answer["photo"]["shown"]["asked"] == unit
    assert standing(ask(tab.choose_on_photo, photo=[99, 0]))[1:] == (11, 0)


@pytest.mark.parametrize("unit", [None, 5, "ab", [], [1], [None, 2], [float("nan"), 1], [1, 2, 3], {}])
def test_a_unit_that_is_none_changes_nothing(unit):
    assert standing(ask(tab.choose_on_photo, photo=unit))[1:] == (6, 9)


def test_a_unit_beyond_the_map_is_its_last_one():
    answer = ask(tab.choose_unit, row=99, column=99)
    assert (answer["row"]["value"], answer["row"]["maximum"]) == (12, 12)  # 400 / 32 = 12.5 rows, as pooling floors
    assert (answer["column"]["value"], answer["column"]["maximum"]) == (18, 18)


# ---- the pictures --------------------------------------------------------------------------------------------------


def picture_of(svg, number):
    """One of the pictures in an SVG, as pixels."""
    address = re.findall(r'href="data:image/png;base64,([^"]+)"', svg)[number]
    with Image.open(io.BytesIO(base64.b64decode(address))) as picture:
        return np.asarray(picture)


def test_the_patch_has_the_pixels_that_the_unit_sees():
    reference = noise((40, 50, 3))
    with Image.open(reference["upload"]) as picture:
        pixels = np.asarray(picture)
    line = "3,1,1,1;3,1,1,1"  # a field of 5x5 with padding 2
    answer = ask(tab.choose_unit, picture=reference, line=line, layer=2, row=7, column=9)
    np.testing.assert_array_equal(picture_of(answer["patch"], 0), pixels[5:10, 7:12])
    corner = ask(tab.choose_unit, picture=reference, line=line, layer=2, row=0, column=49)
    np.testing.assert_array_equal(picture_of(corner["patch"], 0), pixels[0:3, 47:50])
    assert "64 % of it is padding" in plain(corner["sight"])  # 9 of 25 pixels are real


def test_holes_are_drawn_where_a_dilated_stack_does_not_look():
    answer = ask(tab.choose_unit, line=STACKS["holes"], layer=2, row=100, column=50)
    assert "spans 9 × 9 pixels, but uses 5 of the rows and 5 of the columns" in plain(answer["sight"])
    cover = picture_of(answer["patch"], 1)[:, :, -1]
    seen = np.zeros((9, 9), bool)
    seen[::2, ::2] = True  # the issue: span 9, and only 5 are used: every other one
    np.testing.assert_array_equal(cover == 0, seen)
    assert "holes" not in plain(ask(line=STACKS["three_3x3"])["patch"])


def test_the_photo_is_told_its_fields():
    answer = ask(tab.choose_unit, row=0, column=17)
    shown = answer["photo"]["shown"]
    assert shown["size"] == (400, 600)
    # Distill: field 212, stride 32, padding 90; 400 / 32 and 600 / 32 units, as pooling floors.
    assert shown["fields"][0] == {"start": (-90, -90), "size": (212, 212), "jump": (32, 32), "output": (12, 18)}
    sides = [field["size"][0] for field in shown["fields"]]  # on the way they are smaller
    assert len(sides) > 3
    assert sides == sorted(sides, reverse=True)


def test_the_photo_as_a_network_sees_it_is_its_middle_square():
    answer = ask(resized=True)
    shown = answer["photo"]["shown"]
    assert shown["size"] == (224, 224)
    assert query(answer)["receptive_resized"] == "yes"
    with Image.open("examples/coffee.png") as photo, Image.open(shown["file"]["path"]) as seen:
        square = photo.convert("RGB").crop((100, 0, 500, 400)).resize((224, 224), Image.Resampling.BILINEAR)
        np.testing.assert_allclose(np.asarray(seen, int), np.asarray(square, int), atol=1)  # 8 bits all the way
    assert "7 × 7 units on the 224 × 224 photo" in plain(answer["sight"])  # 224 / 32


def test_a_field_larger_than_the_photo_is_drawn_and_told():
    answer = ask(line=STACKS["ResNet-101 (TF-Slim)"], layer=101)
    assert "1027\u00a0×\u00a01027" in answer["sight"]  # Distill: 1027
    assert "larger than the photo (400 pixels" in plain(answer["growth"])


# ---- the chart and the tables --------------------------------------------------------------------------------------


def rows_of_csv(answer):
    return list(csv.DictReader(io.StringIO(Path(answer["csv"]["value"]).read_text(encoding="utf-8"))))


def test_the_table_has_the_numbers_of_every_layer():
    answer = ask(line=STACKS["AlexNet"], layer=8)
    assert Path(answer["csv"]["value"]).name == "coffee-receptive-field.csv"
    rows = rows_of_csv(answer)
    # Distill's network: sizes by hand from r + (k - 1) j, jumps by multiplication.
    assert [int(row["field_rows"]) for row in rows] == [11, 19, 51, 67, 99, 131, 163, 195]
    assert [int(row["jump_columns"]) for row in rows] == [4, 8, 8, 16, 16, 16, 16, 32]
    assert rows[-1]["padding_top"] == "64"
    assert rows[-1]["centre_row"] == "33"  # (195 - 1) / 2 - 64
    assert (rows[0]["output_rows"], rows[0]["output_columns"]) == (
        "98",
        "148",
    )  # (400 - 11) // 4 + 1, (600 - 11) // 4 + 1
    assert [int(row["weights_per_channel_pair"]) for row in rows] == [121, 0, 25, 0, 9, 9, 9, 0]
    shown = plain(ask(line=STACKS["AlexNet"], layer=8)["layers"])
    assert "8 pool5 3, 2, 1, none 195 32 64 34, 34 17 × 11 0" in shown


def test_a_name_that_a_spreadsheet_would_run_is_text():
    (row,) = rows_of_csv(ask(line='3,1,1,1,conv,=cmd("x")', layer=1))
    assert row["name"] == '\'=cmd("x")'


def test_two_stacks_are_compared():
    answer = ask(tab.take_pair)
    assert answer["line"] == STACKS["three_3x3"]
    assert answer["other"] == STACKS["one_7x7"]
    # The issue: field 7 and 7, weights 27 and 49 a channel pair. The width by hand: 4 sqrt(3 * 8 / 12) = 5.66; that of
    # one box, 4 sqrt(48 / 12) = 8, is more than the field, which is what is shown then.
    assert "This stack 3 7 × 7 27 5.66 Compared 1 7 × 7 49 7" in plain(answer["compared"])
    assert query(answer) == {
        "receptive_stack": "three_3x3", "receptive_compare": "one_7x7", "receptive_model": "linear",
        "receptive_draws": "3",
    }  # fmt: skip
    assert answer["growth"].count("<polyline") == 3
    alone = ask(tab.take_versus, versus="", line=answer["line"], other=answer["other"])
    assert (alone["other"], alone["compared"], alone["versus"]) == ("", "", "")
    assert alone["growth"].count("<polyline") == 2


def test_a_stack_of_ones_own_can_be_compared():
    answer = ask(tab.take_other, other="5,2,1,0")
    assert answer["versus"] == tab.OWN
    assert "Compared 1 5 × 5 25" in plain(answer["compared"])
    wrong = ask(tab.take_other, other="5,2,1,0;5,q,1,0")
    assert sentence(wrong).startswith("Compared stack, layer 2: stride is 'q'")


# ---- the table and the line ----------------------------------------------------------------------------------------


LINE = "3,1,1,1,conv,a;5,2,1,SAME,conv,b;2,2,1,0,pool,c"


def test_the_last_row_can_be_removed_and_a_new_one_added():
    empty = ask(tab.take_table, table=[], line="3,1,1,1", layer=1)
    assert "the stack is empty" in sentence(empty)
    assert empty["line"] == ""
    again = ask(tab.take_table, table=table_of("3,1,1,SAME"), line="", layer=1)
    assert again["line"] == "3,1,1,SAME"
    assert sentence(again) == ""


@pytest.mark.parametrize(
    ("column", "typed", "field"),
    [(0, "abc", "kernel"), (1, "0", "stride"), (2, "", "dilation"), (3, "-1", "padding"), (4, "dense", "kind"),
     (5, "a,b", "name"), (5, "a;b", "name"), (0, "3x3x3", "kernel"), (3, "1,2", "padding")],
)  # fmt: skip
def test_a_bad_cell_is_named_and_marked_and_what_was_typed_stays(column, typed, field):
    rows = rows_of(LINE).cells
    rows[1][column] = typed
    answer = ask(tab.take_table, table=rows, line=LINE, layer=3)
    assert "layer 2" in sentence(answer)
    assert wrong(answer) == [(1, column, typed)]
    assert answer["table"]["shown"]["asked"] == rows  # to which it is an answer
    assert "value" not in answer["table"]  # the browser has it, and what was typed since
    assert is_skipped(answer["photo"])
    assert is_skipped(answer["query"])
    # The line that the server wrote is an event as well: it must not touch the table.
    echo = ask(tab.take_line, line=answer["line"], was=answer["was"])
    assert all(is_skipped(update) for update in echo.values())
    # And when it is put right, nothing is left of it.
    rows[1] = rows_of(LINE).cells[1]
    fine = ask(tab.take_table, table=rows, line=answer["line"], layer=3, was=answer["was"])
    assert sentence(fine) == ""
    assert wrong(fine) == []


@pytest.mark.parametrize(
    ("act", "changes"),
    [
        (tab.take_line, {"line": "3,1,1,1"}),
        (tab.take_line, {"line": "3,q,1,1"}),
        (tab.take_network, {"network": "AlexNet"}),
        (tab.take_pair, {}),
    ],
)
def test_rows_of_another_control_say_of_which_table_they_were_made(act, changes):
    rows = [["5", "x", "1", "SAME", "conv", "mine"]]
    answer = ask(act, **{"table": rows} | changes)
    assert rows_in(answer) != rows
    assert answer["table"]["shown"]["asked"] == rows
    # Each cell that is marked says what the mark is for.
    assert all(rows_in(answer)[row][column] == text for row, column, text in wrong(answer))


def test_the_line_is_written_into_the_table_whatever_it_says():
    answer = ask(tab.take_line, line=" 3x5, 2,1, 0:1 ;;\n7,1,1,same,pool,last one; 1,q", layer=1)
    assert rows_in(answer) == [
        ["3x5", "2", "1", "0:1", "conv", ""],
        ["7", "1", "1", "same", "pool", "last one"],
        ["1", "q", "", "", "conv", ""],
    ]
    assert "layer 3" in sentence(answer)
    assert is_skipped(answer["line"])  # someone is typing there


def test_an_empty_row_is_no_layer():
    rows = [["3", "1", "1", "1", "conv", ""], [""] * 6, [None] * 6]
    answer = ask(tab.take_table, table=rows, line="3,1,1,1", layer=1)
    assert sentence(answer) == ""
    assert answer["line"] == "3,1,1,1"


def test_a_stack_that_leaves_nothing_says_which_layer_did_it_and_what_would_help():
    answer = ask(tab.take_line, line="200,1,1,0;300,1,1,0", layer=2)
    # 400 - 200 + 1 = 201 rows are left; 300 - 201 = 99 are missing, 50 on each side.
    assert "layer 2: spans 300x300 pixels, but only 201x401 are left" in sentence(answer)
    assert "padding 50" in sentence(answer)
    assert "as it was before" in sentence(answer)


LINES = st.text(alphabet="0123456789,;xX:. \nSAMEconvpool-q", max_size=60)


@settings(max_examples=150)
@given(LINES)
def test_any_line_is_answered_and_stays_in_the_table(line):
    answer = named(tab.take_line(request(line=line)))
    if not sentence(answer):
        again = parse_stack(Rows(rows_in(answer)).line)
        assert again == read_stack(line).layers
    assert len(sentence(answer)) <= LONGEST


# ---- the influence -------------------------------------------------------------------------------------------------


def measured(**changes):
    async def collect():
        return [named(answer) async for answer in tab.measure(request(**changes))]

    return run_async(collect())


@pytest.mark.parametrize("model", ["uniform", "linear", "relu"])
def test_a_measurement_ends_with_a_picture_and_its_width(model):
    answers = measured(line=STACKS["three_3x3"], layer=3, model=model, draws=5)
    last = answers[-1]
    assert last["influence"].count("<image") == 2
    assert "100" in re.findall(r'<rect width="([\d.]+)%"', last["progress"])[1]
    if model == "uniform":  # by hand: 3 * 8 / 12 = 2, and the root of it is 1.41
        assert "σ = 1.41 pixels along the rows, 1.41 along the columns" in plain(last["influence"])
        assert "100 % of the theoretical field of 7 × 7" in plain(last["influence"])
    else:
        assert "5 draws" in plain(last["influence"])


def test_the_heat_is_the_influence_on_paper():
    # Two boxes of 3 make a triangle, 1 2 3 2 1, along each axis (doctest of effective_receptive_field).
    answer = ask(tab.choose_unit, line="3,1,1,1;3,1,1,1", layer=2, row=100, column=100, model="uniform")
    triangle = np.array([1, 2, 3, 2, 1])
    expected = np.rint(255 * np.outer(triangle, triangle) / 9)
    np.testing.assert_allclose(picture_of(answer["influence"], 1)[:, :, 3], expected, atol=1)


def test_a_change_takes_the_old_measurement_away():
    assert ask()["influence"] == ""
    assert "Press Measure" in plain(ask()["progress"])


def test_a_measurement_can_be_stopped():
    async def stop():
        run = tab.measure(request(draws=1000, model="relu"))
        await anext(run)
        await anext(run)
        await run.aclose()

    run_async(stop())


def test_a_measurement_that_is_too_large_says_so():
    # A field of 1,100 pixels a side has more than MAX_PIXELS = 1024 * 1024.
    (answer,) = measured(
        line=";".join(["999,1,1,499;103,1,1,51"]), layer=2, picture=noise((1024, 1024)), model="uniform"
    )[-1:]
    assert "choose a layer less deep" in sentence(answer)


def test_only_what_is_on_screen_is_drawn_and_only_for_another_picture():
    for screen, drawn in (("feature_map", [noise((27, 38))]), ("feature_map", []), ("receptive", [COFFEE])):
        assert FOLLOW(request(screen=screen, drawn=drawn)) == {}
    for before in ([], [noise((27, 38))]):  # opened for the first time; another picture
        answer = FOLLOW(request(screen="receptive", drawn=before))
        assert answer["drawn"] == [COFFEE]
        assert "600 × 400" in plain(named(answer)["sight"])


# ---- work is done once ---------------------------------------------------------------------------------------------


@pytest.fixture
def calls(monkeypatch):
    """How often functions of the core are called, by whatever module."""
    counts = Counter()
    ours = [module for name, module in sys.modules.items() if name.startswith("convdemo.")]
    for name in ("growth", "uniform_spread", "make_plan", "parse_layer"):
        function = getattr(receptive_field, name)

        def counted(*given, _name=name, _function=function, **named):
            counts[_name] += 1
            return _function(*given, **named)

        for module in ours:
            if vars(module).get(name) is function:
                monkeypatch.setattr(module, name, counted)
    return counts


def test_a_draw_with_a_comparison_analyses_each_stack_once(calls):
    answer = ask(line=STACKS["VGG-16"], other=STACKS["ResNet-50"], layer=9, model="uniform")
    assert answer["compared"]
    assert answer["influence"]
    assert calls == {"growth": 2, "uniform_spread": 2, "make_plan": 1, "parse_layer": 18 + 50}


@pytest.mark.parametrize(
    ("act", "changes"),
    [
        (tab.take_table, {"table": table_of(STACKS["VGG-16"])}),
        (tab.take_line, {"line": STACKS["VGG-16"]}),
        (tab.take_network, {"network": "VGG-16"}),
    ],
)
def test_an_edit_reads_each_layer_once(calls, act, changes):
    answer = ask(act, **{"line": "", "other": STACKS["ResNet-50"]} | changes)
    assert sentence(answer) == ""
    assert len(answer["layer"]["layers"]) == len(answer["table"].get("value", changes.get("table"))) == 18
    assert calls["parse_layer"] == 18 + 50
    assert calls["growth"] == 2


def test_a_measurement_is_planned_once(calls):
    assert len(measured(model="uniform")) == 2
    assert (calls["growth"], calls["make_plan"]) == (1, 1)


def test_a_link_is_restored_without_drawing_anything(calls):
    linked, _ = from_query(QueryParams(LINK))
    calls.clear()
    updates = tab.restore(linked, {"picture": COFFEE})
    assert not calls
    assert not {"photo", "sight", "patch", "growth", "compared", "layers", "csv", "influence"} & set(updates)


# ---- hostile values ------------------------------------------------------------------------------------------------

HOSTILE = [
    *({"line": value} for value in (None, 5, [], {}, "", "x" * 100_000, "3,1,1,1;" * 5000, "\x00", ";;;", "９,1,1,1")),
    *({"layer": value} for value in (None, "3", -1, 1.5, True, float("nan"), float("inf"), 10**300, [], {})),
    *({"row": value} for value in (None, "1", -1, 0.5, [], 10**300)),
    *({"other": value} for value in (5, [], {}, "q", "999,999,1,0", "x" * 100_000, "\ud800")),
    *({"model": value} for value in (None, "cubic", 5, [], {}, "x" * 100_000)),
    *({"draws": value} for value in (None, 0, 1001, "5", 2.5, [])),
    *({"seed": value} for value in (None, -1, 10**12, "5", {})),
    *({"was": value} for value in (5, "x", [], {"place": None}, {"place": [float("nan"), 0]}, {"place": [10**300, 1]})),
    *({"was": {"pixel": value}} for value in (["a", "b"], [1], [-1, 2], [10**300, 0], {"a": 1}, 5)),
    *({"was": {"place": value}} for value in (["a", "b"], [1], [True, None], {"a": 1}, [[1], [2]])),
    {"picture": None},
    {"picture": {"upload": "/etc/passwd"}},
    {"picture": {"example": "nobody"}},
]


@pytest.mark.parametrize("changes", HOSTILE, ids=lambda changes: repr(changes)[:50])
def test_hostile_values_are_answered(changes):
    for act in (tab.draw, tab.choose_unit, tab.take_other):
        told = act(request(**changes)).get("problem", "")
        assert len(plain(told)) <= LONGEST
    assert measured(**changes)


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"data": [["3"] * 6]}, [5], [None, "x"], [[{}] * 9],
                                   [[{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}] * 6],
                                   [["3"] * 4000] * 4000])  # fmt: skip
def test_a_hostile_table_is_answered(value):
    answer = ask(tab.take_table, table=value)
    assert 0 < len(sentence(answer)) <= LONGEST
    assert len(wrong(answer)) <= MAX_LAYERS + 1
    # Nothing comes back as a structure, in which Gradio would look for files to serve.
    assert all(isinstance(cell, str) and len(cell) <= 60 for row in answer["table"]["shown"]["asked"] for cell in row)


@pytest.mark.parametrize("name", [None, 5, [], {}, "ResNet-9000", tab.OWN])
def test_a_network_that_is_none_changes_nothing(name):
    assert ask(tab.take_network, network=name)["network"] == "VGG-16"


def test_what_someone_typed_never_becomes_markup():
    answer = ask(line='3,1,1,1,conv,<img src=x onerror="a()">', layer=1)
    assert answer["layer"].pop("layers")[0][0].startswith("<img")  # the script of the strip writes it as text
    told = "".join(str(value) for value in answer.values())
    assert sentence(answer) == ""
    assert "<img" not in told.replace(answer["was"]["line"], "")
