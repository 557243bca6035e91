"""What keeps the lab from starting is one sentence and status 1; how it is, `/health` says."""

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest

import app
from convdemo import VERSION
from convdemo.ui.health import Health
from tests.page.request import run_async
from tests.serving import HANG, ROOT


def refusal():
    """What the lab says where it cannot start; Python prints it, and ends with status 1."""
    with pytest.raises(SystemExit) as end:
        app.main()
    return end.value.code


def test_a_port_that_is_taken_is_refused(monkeypatch, upload_folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("GRADIO_SERVER_NAME", "127.0.0.1")
        monkeypatch.setenv("CONVDEMO_PORT", str(port))
        said = refusal()
    assert said.startswith(f"The lab cannot start: GRADIO_SERVER_PORT is {port}, which another program listens on")
    assert list(upload_folder.iterdir()) == []


@pytest.mark.parametrize("named", ["0", "65536", "-1", "80a", "٣٣٣٣", "9" * 5000])
def test_what_is_no_port_is_refused(monkeypatch, named):
    monkeypatch.setenv("CONVDEMO_PORT", named)
    with pytest.raises(app.StartError, match="must be a whole number from 1 to 65535") as error:
        app.asked_port()
    assert len(str(error.value)) < 200


def test_without_a_port_gradio_chooses(monkeypatch):
    monkeypatch.setenv("CONVDEMO_PORT", "")
    assert app.asked_port() is None


def test_a_folder_for_files_that_cannot_be_is_told(monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"no folder")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file" / "uploads"))
    monkeypatch.setenv("CONVDEMO_PORT", "")
    assert refusal() == f"The lab cannot start: Not a directory: {tmp_path / 'file' / 'uploads'}"


def test_an_example_that_cannot_be_read_is_one_line_and_status_1(tmp_path):
    for name in ("convdemo", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "app.py", tmp_path)
    (tmp_path / "examples" / "coffee.png").write_bytes(b"no picture")
    settings = {"GRADIO_TEMP_DIR": str(tmp_path / "uploads"), "GRADIO_SERVER_PORT": ""}
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, env=os.environ | settings, capture_output=True, text=True,
        timeout=HANG, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("The lab cannot start: ")
    assert "coffee.png" in line


@pytest.fixture
def health():
    return Health(SimpleNamespace(_queue=["an event that waits"]))


def ask(health):
    """What `/health` answers."""
    return run_async(health.route.endpoint(None))


def test_health_is_told_while_it_warms_up_and_when_it_is_ready(health):
    answer = ask(health)
    assert (answer.status_code, json.loads(answer.body)["status"]) == (503, "warming")
    health.is_ready.set()
    answer = ask(health)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told = json.loads(answer.body)
    assert (told["status"], told["version"], told["queue"]) == ("ready", VERSION, 1)
    assert 0 <= told["uptime"] < HANG
    assert told["memory"] is None or told["memory"] > 50  # Python with JAX has more


def test_what_fails_while_it_warms_up_does_not_keep_it_from_being_ready(health, monkeypatch, caplog):
    def warm_up():
        yield
        raise RuntimeError("no compiler")

    monkeypatch.setattr(app, "warm_up", warm_up)
    app.prepare(health)
    assert health.is_ready.is_set()
    assert [record.getMessage() for record in caplog.records] == [
        "RuntimeError while warming up: the first visitors wait longer"
    ]


def test_a_lab_that_is_served_tells_it(lab):
    try:
        with urllib.request.urlopen(f"{lab.address}/health", timeout=HANG) as answer:
            told = json.loads(answer.read())
    except urllib.error.HTTPError as error:  # it is warming up
        with error:
            told = json.loads(error.read())
    assert set(told) == {"status", "version", "uptime", "queue", "memory"}
