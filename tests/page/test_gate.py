"""What is let in: addresses, lengths and calls; and a lab that runs is sent what no page would send."""

import http.client
import json
import math

import pytest
from gradio.data_classes import ImageData

from convdemo.ui.gate import Event, RefusedError, checked_call
from convdemo.ui.parts.static import UI_FOLDER
from convdemo.words import read_tables
from tests.forged import run
from tests.serving import HANG

WORDS = read_tables(UI_FOLDER / "gate.toml")["refused"]
EVENTS = {3: Event((None, None)), 5: Event((ImageData,)), "named": Event((None,))}
CALL = {"fn_index": 3, "data": [1, {"a": [2.5, None, "x"]}], "session_hash": "a1b2", "event_data": {}, "trigger_id": 7}


def checked(call, name=None):
    body = call if isinstance(call, bytes) else json.dumps(call).encode()
    return json.loads(checked_call(body, name, EVENTS))


def test_a_call_of_the_page_goes_through_as_it_is():
    assert checked(CALL) == CALL
    assert checked({"data": [1]}, "named") == {"data": [1], "event_data": {}}  # a program's, which follows no stream
    file = {"path": "/uploads/a.png", "orig_name": "a.png", "size": 3}
    assert checked({**CALL, "fn_index": 5, "data": [file]})["data"] == [file]
    assert checked({**CALL, "fn_index": 5, "data": [None]})["data"] == [None]


def test_what_it_says_beside_that_is_left_out_and_values_are_made_harmless():
    file = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    forged = {**CALL, "data": ["\ud800", file], "batched": True, "request": {"username": "x"}, "event_id": "y"}
    assert checked(forged) == {**CALL, "data": ["?", {"path": "/etc/passwd"}]}
    known = {
        "index": [3, 4.5], "kind": "npy", "query": "tab=step", "link": "tab=step&stride=2", "upload": "lab-x/photo.png"
    }  # fmt: skip
    told = {**known, "value": "x", "path": "/etc/passwd"}
    assert checked({**CALL, "event_data": told})["event_data"] == known
    for forged in ([1], {"upload": file}, {"index": {"path": "/etc/passwd"}}, {"index": [{"path": "x"}]}, "index"):
        assert checked({**CALL, "event_data": forged})["event_data"] == {}
    assert checked({**CALL, "trigger_id": 10**40}) == {
        name: value for name, value in CALL.items() if name != "trigger_id"
    }
    numbers = checked({**CALL, "data": [2**70, math.nan]})["data"]
    assert numbers[0] == math.inf
    assert math.isnan(numbers[1])


DEEP = b'{"fn_index": 3, "session_hash": "a", "data": [1, ' + b"[" * 100_000 + b"]" * 100_000 + b"]}"


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (b"", "no_json"), (b"{", "no_json"), (b"\xff\xfe", "no_json"), (b"[]", "no_json"), (b"9" * 5000, "no_json"),
        (DEEP, "no_json"), (b"null", "no_json"),
        ({**CALL, "fn_index": 4}, "no_event"), ({**CALL, "fn_index": True}, "no_event"),
        ({**CALL, "fn_index": [3]}, "no_event"), ({**CALL, "fn_index": 3.5}, "no_event"),
        ({"data": [1, 2]}, "no_event"),
        ({**CALL, "data": [1]}, "no_values"), ({**CALL, "data": [1, 2, 3]}, "no_values"),
        ({**CALL, "data": {"0": 1, "1": 2}}, "no_values"), ({**CALL, "data": "ab"}, "no_values"),
        ({**CALL, "session_hash": "../x"}, "no_session"), ({**CALL, "session_hash": "a" * 65}, "no_session"),
        ({**CALL, "session_hash": None}, "no_session"), ({**CALL, "session_hash": 5}, "no_session"),
        ({**CALL, "fn_index": 5, "data": [7]}, "no_file"), ({**CALL, "fn_index": 5, "data": [{"size": {}}]}, "no_file"),
    ],
    ids=lambda value: repr(value)[:60],
)  # fmt: skip
def test_what_is_no_call_is_refused_in_a_sentence(call, why):
    with pytest.raises(RefusedError) as refused:
        checked(call)
    assert str(refused.value) == WORDS[why]


def test_a_number_that_json_does_not_hold_is_refused():
    with pytest.raises(RefusedError, match="no JSON object"):
        checked(b'{"fn_index": 3, "session_hash": "a", "data": [1, ' + b"9" * 5000 + b"]}")


def ask(lab, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=HANG)
    connection.request(method, path, body, {"Content-Length": str(len(body or b""))} if method == "POST" else {})
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/monitoring"), ("GET", "/nosuch"), ("GET", "/run/predict"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1/"), ("GET", "/gradio_api/deep_link"), ("GET", "/dev/reload"),
        ("GET", "/gradio_api/file=%00"), ("GET", "/custom_component/a/b/c/d"), ("PUT", "/"), ("DELETE", "/"),
        ("OPTIONS", "/nosuch"), ("POST", "/"), ("POST", "/login"), ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/vibe-edit"), ("POST", "/gradio_api/process_recording"), ("POST", "/gradio_api/stream/a"),
        ("POST", "/run/predict"), ("POST", "/gradio_api/api/predict"), ("POST", "/gradio_api/mcp"),
    ],
)  # fmt: skip
def test_nothing_is_served_that_the_lab_does_not_need(lab, method, path):
    status, body = ask(lab, method, path, b"{}" if method == "POST" else None)
    assert status == 404
    assert json.loads(body)["detail"] == "There is nothing at this address: open the page at /."


def test_pages_of_other_hosts_may_call_the_api(lab):
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=HANG)
    asking = {"Origin": "https://course.example", "Access-Control-Request-Method": "POST"}
    connection.request("OPTIONS", "/gradio_api/queue/join", headers={**asking, "Host": "lab.example"})
    answer = connection.getresponse()
    answer.read()
    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "https://course.example")
    connection.close()


@pytest.mark.parametrize("body", [b"", b"--x\r\n", b"x" * 1000])
def test_an_upload_that_is_none_is_refused(lab, body):
    status, said = ask(lab, "POST", "/gradio_api/upload", body)
    assert 400 <= status < 500
    assert json.loads(said)["detail"]


def test_forged_calls_do_nothing_to_the_lab(lab):
    before = len(lab.log.text)
    report = run(lab, 120, seed=2)
    log = lab.log.text[before:]
    assert report.faults == []
    assert "Traceback" not in log
    assert "ERROR" not in log
    assert len(log) < 10_000
    assert sum(report.statuses.values()) == 120
    assert {200, 404, 422} <= set(report.statuses)
