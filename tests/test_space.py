"""The tree as a Hugging Face Space: its front matter and its pins. `make space-check` asks whether they resolve."""

import re
import socket

import pytest

from tests import space_check
from tests.space_check import ROOT, read_front_matter

REQUIREMENTS = (ROOT / "requirements.txt").read_text().split()
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # Spaces configuration reference


@pytest.fixture(scope="module")
def front_matter() -> dict:
    return read_front_matter()


def test_the_front_matter_names_the_gradio_that_we_pin(front_matter):
    assert f"gradio=={front_matter['sdk_version']}" in REQUIREMENTS
    assert front_matter["sdk"] == "gradio"


def test_the_front_matter_has_what_a_space_wants(front_matter):
    assert front_matter["title"]
    assert len(front_matter["emoji"]) <= 2
    assert {front_matter["colorFrom"], front_matter["colorTo"]} <= COLOURS
    assert (ROOT / front_matter["app_file"]).is_file()
    assert 0 < len(front_matter["short_description"]) <= 60  # longer ones are refused
    assert front_matter["tags"]
    assert front_matter["license"] == "mit"
    assert front_matter["suggested_hardware"] == "cpu-basic"
    assert front_matter["header"] in ("mini", "default")
    version = tuple(int(part) for part in front_matter["python_version"].split("."))
    assert version >= (3, 11)  # the least that our pins run on


def test_exactly_the_six_runtime_packages_are_pinned():
    assert [line.partition("==")[0] for line in REQUIREMENTS] == [
        "gradio", "jax", "flax", "numpy", "pillow", "huggingface_hub",
    ]  # fmt: skip
    assert all(re.fullmatch(r"\w+==\d+(\.\d+)+", line) for line in REQUIREMENTS)


SAID = {  # by pip 23 to 26
    "": space_check.RESOLVED,
    "ERROR: Cannot install gradio and pillow==13.0.0 because ...\nERROR: ResolutionImpossible": space_check.CONFLICT,
    "ERROR: No matching distribution found for gradio==99": space_check.CONFLICT,
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)': /x/\n"
    "ERROR: No matching distribution found for gradio==6.31.0": space_check.NO_ANSWER,
    "pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.": space_check.NO_ANSWER,
    "ERROR: HTTP error 503 while getting https://registry/x.whl": space_check.NO_ANSWER,
}


@pytest.mark.parametrize(("said", "status"), SAID.items())
def test_a_registry_that_does_not_answer_is_told_from_pins_that_do_not_fit(said, status):
    assert space_check.judge(0 if status == space_check.RESOLVED else 1, said) == status


def test_a_port_where_nobody_listens_is_a_registry_that_does_not_answer(front_matter):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        status, said = space_check.resolve(
            "--index-url", f"http://127.0.0.1:{closed.getsockname()[1]}/", "--retries", "1"
        )
    assert status == space_check.NO_ANSWER, said


def test_the_readme_shows_a_picture_of_the_lab():
    text = (ROOT / "README.md").read_text()
    for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert (ROOT / path).stat().st_size > 10_000, path
    assert "![" in text
