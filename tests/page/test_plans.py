"""Lesson plans as the page tells them: the list, links that name a step, and a teacher's file that is sent."""

import contextlib
import http.client
import json
import logging
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from convdemo.plans import MAX_BYTES, OWN_PLANS
from convdemo.ui.page import FORMER_NAMES, PLANS, VARIABLES
from convdemo.ui.parts.static import published
from convdemo.ui.plans import telling
from convdemo.ui.plans.state import FILES
from convdemo.ui.plans.telling import Plans
from tests.serving import HANG

NAMES = ("title", "about", "steps")


def test_the_page_lists_the_plans_and_each_is_a_file_of_its_own():
    parcel = json.loads(published(PLANS.file))
    assert [listed["name"] for listed in parcel["plans"]] == list(OWN_PLANS)
    for listed in parcel["plans"]:
        plan = json.loads(published(listed["file"]))
        assert (listed["title"], listed["steps"]) == (plan["title"], len(plan["steps"]))
        assert listed["questions"] == sum(step["question"] is not None for step in plan["steps"]) > 0
    assert ".plan-bar" in parcel["css"]


@pytest.mark.parametrize("name", OWN_PLANS)
def test_each_step_of_our_plans_opens_by_its_link_alone_in_its_own_state(name):
    for number, step in enumerate(PLANS.plans[name].steps, start=1):
        linked, notices = PLANS.read_link({"lesson": name, "lesson_step": str(number)})
        assert notices == ()
        assert (linked["lesson"], linked["lesson_step"]) == (name, number)
        for setting, text in step.state.items():
            variable = VARIABLES[setting]
            assert variable.write(linked[setting]) == (variable.write(variable.default) if text is None else text)


def test_a_link_that_names_more_than_the_step_shows_what_it_names():
    linked, notices = PLANS.read_link({"lesson": "chapter", "lesson_step": "6", "kernel": "emboss", "embed": "1"})
    assert notices == ()
    assert linked["kernel"].name == "emboss"
    linked, _ = PLANS.read_link({"lesson": "chapter", "lesson_step": "6", "embed": "1", "theme": "dark"})
    assert linked["kernel"].name == "difference_x"  # how it is shown is no state of it


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"lesson": "nowhere"}, "lesson=nowhere in the link was ignored"),
        ({"lesson": "../../etc/passwd"}, "lesson=../../etc/passwd in the link was ignored"),
        ({"lesson": "<script>alert(1)</script>"}, "lesson=<script>alert(1)</script> in the link was ignored"),
        ({"lesson": "x" * 1_000_000}, f"lesson={'x' * 40}… in the link was ignored"),
        ({"lesson": "chapter", "lesson_step": "NaN"}, "lesson_step=NaN in the link was ignored"),
        ({"lesson": "chapter", "lesson_step": "0"}, "lesson_step=0 in the link was ignored"),
        ({"lesson": "chapter", "lesson_step": "60"}, "lesson_step=60 is past the end of the plan: it opens at"),
    ],
)  # fmt: skip
def test_a_bad_link_falls_back_with_a_sentence(given, sentence):
    linked, (notice,) = PLANS.read_link(given)
    assert sentence in notice.replace("“", "").replace("”", "")
    assert len(notice) < 400
    assert linked["lesson_step"] == (12 if given.get("lesson_step") == "60" else 1)
    assert linked["lesson"] == ("chapter" if given["lesson"] == "chapter" else "")


def test_a_plan_of_a_course_is_listed_and_one_that_cannot_be_used_is_left_out_with_a_line(
    tmp_path, monkeypatch, caplog
):
    (tmp_path / "first.toml").write_text('title = "First"\n[[steps]]\nstate = "stride=2"\nsay = "Look."', "utf-8")
    (tmp_path / "second.toml").write_text('title = "Second"', "utf-8")
    monkeypatch.setattr(
        telling, "FILES", {**FILES, "first": tmp_path / "first.toml", "second": tmp_path / "second.toml"}
    )
    plans = Plans(VARIABLES, FORMER_NAMES, about_the_page=())
    with caplog.at_level(logging.WARNING):
        assert list(plans.plans) == [*OWN_PLANS, "first"]
    [record] = caplog.records
    assert record.getMessage().startswith("lessons/second.toml is left out: Line 1: there are no steps")
    monkeypatch.setitem(VARIABLES, "lesson", VARIABLES["lesson"])
    read = Plans(VARIABLES | {"lesson": VARIABLES["picture"]}, FORMER_NAMES, about_the_page=())
    read.plans = {}  # a link that names a plan that was left out
    linked, notices = read.read_link({"lesson": "coffee"})
    assert notices == ("lesson=coffee names a plan of the course that cannot be used: the lab opens without it.",)
    assert linked["lesson"] == ""


# ---- a teacher's file ------------------------------------------------------------------------------------------------


def send(lab, body, path="plans/read"):
    request = urllib.request.Request(f"{lab.address}/{path}", data=body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=HANG) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_teacher_s_file_comes_back_as_a_plan_or_its_mistakes_do_by_line(lab):
    text = 'title = "A"\n[[steps]]\nstate = "?tab=step&step=edge&stride=1"\nsay = "{{ 7*7 }} <b>"'
    status, plan = send(lab, text.encode())
    assert status == 200
    [step] = plan["steps"]
    assert step["state"] == {"tab": "step", "step": "edge", "stride": None}  # what is at its default is told as that
    assert step["say"] == "{{ 7*7 }} <b>"
    status, told = send(lab, (text + "\nhint = 3").encode())
    assert (status, len(told["problems"])) == (200, 1)
    assert told["problems"][0].startswith("Line 5: hint means nothing here")
    status, told = send(lab, text.replace("tab=step", "tab=nowhere").encode())
    assert told["problems"][0].startswith("Line 3: state is no link of the lab: ")
    for aside in ("embed=1", "lesson=chapter"):  # what is no state
        _, told = send(lab, f'title = "A"\n[[steps]]\nstate = "{aside}"\nsay = "B"'.encode())
        assert told["problems"][0].startswith("Line 3: state is no link of the lab: ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"x" * (MAX_BYTES + 1),
        b"a = " + b"[" * 50_000,
        b'title = "A"\n[[steps]]\nsay = "B"\nstate = "' + b"a=1&" * 400 + b'"',
        b'title = "A"\n[[steps]]\nsay = "B"\nstate = "learn_rate=NaN"',
        b'title = "A"\n[[steps]]\nsay = "B"\nstate = "stride=2&stride=3"',
        b'title = "A"\n[[steps]]\nsay = "B"\nask = "C"\nreach = "__theme=dark&utm_source=x"',
        b'title = "A"\n[[steps]]\nsay = "B"\nstate = "step_image=' + b"1," * 900 + b'"',
    ],
)  # fmt: skip
def test_a_hostile_file_gets_a_sentence(lab, body):
    code, told = send(lab, body)
    assert code == 200
    assert told["problems"]
    sentences = told["problems"]
    assert all(0 < len(sentence) < 700 for sentence in sentences)


def test_a_file_is_text_with_or_without_the_mark_that_windows_begins_it_with(lab):
    text = 'title = "Ä"\r\n[[steps]]\r\nsay = "é"'
    _, plan = send(lab, b"\xef\xbb\xbf" + text.encode())
    assert (plan["title"], plan["steps"][0]["say"]) == ("Ä", "é")
    _, told = send(lab, text.replace("Ä", "A").encode("latin-1"))
    assert told["problems"] == ["Line 3: a sign is none of UTF-8: save the file as a text in UTF-8."]


def test_a_file_of_more_than_a_megabyte_is_refused_before_it_is_read(lab):
    connection = http.client.HTTPConnection(urlsplit(lab.address).netloc, timeout=HANG)
    with contextlib.closing(connection):
        connection.putrequest("POST", "/plans/read")
        connection.putheader("Content-Length", "1000001")
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert "longer than 1 MB" in json.load(answer)["detail"]


def test_the_file_is_sent_and_never_asked_for(lab):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{lab.address}/plans/read", timeout=HANG)
    with caught.value as error:
        assert error.code in (404, 405)


def test_the_card_of_a_link_to_a_step_shows_that_step(lab):
    with urllib.request.urlopen(f"{lab.address}/?lesson=chapter&lesson_step=6", timeout=HANG) as answer:
        page = answer.read().decode()
    assert "Difference x" in page.split("og:title")[1][:120]
