"""The tree as a Hugging Face Space: its front matter, and whether its pins can be installed there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
REQUIREMENTS = (ROOT / "requirements.txt").read_text().split()
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # Spaces configuration reference


@pytest.fixture(scope="module")
def front_matter() -> dict:
    return yaml.safe_load((ROOT / "README.md").read_text().split("---\n")[1])


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


def test_the_pins_resolve_together_with_what_a_space_adds(front_matter):
    # The command of a Space's build, as the Hub prints it in the build log, without installing anything.
    sdk = f"gradio[oauth,mcp]=={front_matter['sdk_version']}"
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    command += ["-r", "requirements.txt", sdk, "uvicorn>=0.14.0", "websockets>=10.4", "spaces"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr[-2000:]


def test_the_readme_shows_a_picture_of_the_lab():
    text = (ROOT / "README.md").read_text()
    for path in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert (ROOT / path).stat().st_size > 10_000, path
    assert "![" in text
