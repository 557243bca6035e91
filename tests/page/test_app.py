"""`python app.py` as a host runs it: settings, addresses, and a clean end."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from convdemo.ui.page import LESSONS
from tests.serving import HANG, serving


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=HANG) as answer:
        return answer.read().decode()


def refusal(address: str) -> int:
    """The status that the server refuses an address with; the connection is closed, not left to the collector."""
    with pytest.raises(urllib.error.HTTPError) as error:
        fetch(address)
    with error.value:
        return error.value.code


def test_host_and_port_come_from_the_usual_variables(lab):
    assert lab.address == f"http://127.0.0.1:{lab.port}"  # what serving() passed on in GRADIO_SERVER_PORT
    assert "Convolution Lab" in fetch(lab.address)


def test_there_is_no_monitoring_page_and_no_analytics(lab):
    config = json.loads(fetch(f"{lab.address}/config"))
    assert config["analytics_enabled"] is False
    assert refusal(f"{lab.address}/monitoring") in (403, 404)
    page = fetch(lab.address)
    for host in ("fonts.googleapis.com", "google-analytics", "cdn.jsdelivr.net"):
        assert f"https://{host}/css" not in page


def test_uploads_are_limited_and_no_event_of_the_page_is_for_programs(lab):
    config = json.loads(fetch(f"{lab.address}/config"))
    assert config["max_file_size"] == 8_000_000
    api = json.loads(fetch(f"{lab.address}/gradio_api/info"))
    programs = {f"/{endpoint.name}" for lesson in LESSONS for endpoint in lesson.endpoints}
    assert set(api["named_endpoints"]) == programs


def test_files_of_the_server_cannot_be_read(lab):
    for path in ("/etc/passwd", str(Path("app.py").resolve()), str(Path("pyproject.toml").resolve())):
        assert refusal(f"{lab.address}/gradio_api/file={path}") in (403, 404)


BUSY = """
import gradio, runpy

gradio.networking.url_ok = lambda url: False
runpy.run_path("app.py", run_name="__main__")
"""
"""The lab on a host that is too busy to answer itself in 3 s: Gradio asks for the page that it has begun to serve."""


def test_it_starts_on_a_busy_host_and_ctrl_c_ends_it_cleanly(tmp_path):
    with serving(tmp_path, ("-c", BUSY)) as served:
        assert served.interrupt() == 0
    assert "Traceback" not in served.log.text
