"""A course from the Hub, and the lab on it: huggingface_hub's own client against a stand-in, its faults included."""

import io
import logging
import subprocess
import sys

import httpx2
import huggingface_hub.constants
import huggingface_hub.errors
import huggingface_hub.utils._http
import numpy as np
import pytest
from PIL import Image

from convdemo import hub as module
from convdemo.course import MAX_FILE_BYTES, MAX_FILES, CourseError, read_course, title_of
from convdemo.hub import (
    VARIABLE,
    HubError,
    download,
    files_of_space,
    main,
    opened_course,
    publish,
    pull_kernel,
    pull_plan,
    push_kernel,
    push_plan,
)
from convdemo.kernels import KERNELS
from tests.hub import serving_hub
from tests.serving import ROOT

DATASET = "teacher/course"
HELD = f"datasets/{DATASET}"
CORNER = b'weights = "1 0; 0 -1"\ntitle = "Corner"\nnote = "What changes along the diagonal."\n'


def picture(seed=0, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (9, 13), dtype=np.uint8)).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def server():
    with serving_hub() as hub:
        yield hub


@pytest.fixture
def hub(server, tmp_path, monkeypatch):
    """The stand-in with a course, and a client that asks nobody else and has kept nothing."""
    server.fault = None
    server.asked.clear()
    server.sizes.clear()
    server.files.clear()
    server.files[HELD] = {
        "README.md": b"# A course",
        "pictures/our_church.png": picture(),
        "kernels/corner.toml": CORNER,
        "lessons/first.toml": b'title = "First"\n',
    }
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "ENDPOINT", server.address)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"{server.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(huggingface_hub.utils._http.time, "sleep", lambda _seconds: None)  # before it asks again
    monkeypatch.setenv("HF_TOKEN", "hf_nobody")
    opened_course.cache_clear()
    yield server
    opened_course.cache_clear()


# ---- a course ------------------------------------------------------------------------------------------------------


def test_a_course_is_read_from_a_data_set(hub, monkeypatch):
    monkeypatch.setenv(VARIABLE, DATASET)
    course = opened_course()
    assert list(course.pictures) == ["our_church"]
    assert course.pictures["our_church"].read_bytes() == picture()
    [kernel] = course.kernels
    assert (kernel.name, kernel.title, kernel.weights.tolist()) == ("corner", "Corner", [[1, 0], [0, -1]])
    assert list(course.plans) == ["first"]
    assert course.problems == ()
    assert title_of("our_church") == "Our church"


def test_what_is_kept_serves_when_the_hub_is_out_of_reach(hub, monkeypatch, caplog):
    monkeypatch.setenv(VARIABLE, f"{DATASET}@main")
    first = opened_course()
    opened_course.cache_clear()
    hub.fault = 503
    assert opened_course().pictures == first.pictures
    assert [record.getMessage() for record in caplog.records if record.name == "convdemo.hub"] == [
        "CONVDEMO_COURSE: the Hub answers with status 503: try again later; what was kept of it is used"
    ]
    opened_course.cache_clear()
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")  # where nobody listens
    assert opened_course().pictures == first.pictures


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (401, "does not let anyone in to teacher/course with this token (status 401)"),
        (403, "does not let anyone in to teacher/course with this token (status 403)"),
        (404, "the Hub has no teacher/course, or not this part of it (status 404)"),
        (429, "asked for too much at this moment (status 429)"),
        (500, "answers with status 500"),
        ("cut", "the Hub cannot be reached"),
        (b"<html>Sign in to this network", "answers with what nobody can read"),
        (b"[]", "answers with what nobody can read"),
        (b'{"id": "teacher/course", "siblings": [{"rfilename": null}]}', "answers with what nobody can read"),
    ],
)
def test_a_fault_is_one_line_and_the_lab_opens_as_it_is(hub, monkeypatch, caplog, fault, said):
    hub.fault = fault
    monkeypatch.setenv(VARIABLE, DATASET)
    with caplog.at_level(logging.WARNING):
        course = opened_course()
    assert (course.pictures, course.kernels) == ({}, ())
    [line] = [record.getMessage() for record in caplog.records if record.name == "convdemo.hub"]
    assert line.startswith("CONVDEMO_COURSE=teacher/course is left out: ")
    assert said in line
    assert "\n" not in line


def test_a_data_set_that_is_too_large_is_not_downloaded(hub):
    hub.sizes["pictures/our_church.png"] = MAX_FILE_BYTES["pictures"] + 1
    with pytest.raises(CourseError, match=r"our_church.png has 8000001 bytes"):
        download(DATASET)
    hub.sizes.clear()
    hub.files[HELD] |= {f"pictures/number_{number}.png": b"" for number in range(MAX_FILES["pictures"])}
    with pytest.raises(CourseError, match="pictures has 25 files, but at most 24"):
        download(DATASET)
    hub.files[HELD] = {f"pictures/number_{number}.png": b"" for number in range(9)}
    hub.sizes |= dict.fromkeys(hub.files[HELD], MAX_FILE_BYTES["pictures"])
    with pytest.raises(CourseError, match="all files have 72000000 bytes"):
        download(DATASET)
    hub.files[HELD] = {"README.md": b"", "data/a.parquet": b""}
    with pytest.raises(CourseError, match="has nothing in pictures"):
        download(DATASET)
    assert not [asked for asked in hub.asked if "/resolve/" in asked]


def test_nothing_is_downloaded_but_what_is_read(hub):
    further = ("pictures/raw/all.zip", "pictures/all.zip", "pictures/../../evil.png", "kernels/deep/x.toml", "data.csv")
    hub.files[HELD] |= dict.fromkeys(further, b"")
    hub.files[HELD]["pictures/[a]*.png"] = picture()
    folder = download(DATASET)
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert kept == {"pictures/our_church.png", "pictures/[a]*.png", "kernels/corner.toml", "lessons/first.toml"}


def test_files_that_cannot_be_used_are_left_out_with_their_reasons(tmp_path):
    for kind in ("pictures", "kernels", "lessons"):
        (tmp_path / kind).mkdir()
    for path, data in {
        "pictures/our_church.png": picture(),
        "pictures/coffee.png": picture(),  # the lab has one
        "pictures/no_picture.jpg": b"<html>",
        "pictures/Two Words.png": picture(),
        "kernels/corner.toml": CORNER,
        "kernels/sobel_x.toml": CORNER,
        "kernels/ragged.toml": b'weights = "1 2; 3"',
        "kernels/no_toml.toml": b"weights = 1 2",
        "kernels/numbers.toml": b"weights = [[1, 2]]",
        "kernels/unseen.toml": CORNER.replace(b"Corner", rb"\u0000"),
        "kernels/endless.toml": b"a = " + b"[" * 9000,
        "kernels/digits.toml": b"weights = " + b"9" * 9000,
        "kernels/chain.toml": b"a." * 30_000 + b"b = 1",
        "kernels/of_windows.toml": b"\xef\xbb\xbf" + CORNER.replace(b"\n", b"\r\n"),
        "kernels/nothing.toml": b'title = "x"',
        "kernels/a_program.toml": CORNER.replace(b"Corner", b"${alert(1)}"),
        "lessons/bad_one.toml": b"\xff",
    }.items():
        (tmp_path / path).write_bytes(data)
    course = read_course(tmp_path, ["coffee"])
    assert list(course.pictures) == ["our_church"]
    assert [kernel.name for kernel in course.kernels] == ["corner", "of_windows"]
    told = dict(problem.split(": ", 1) for problem in course.problems)
    assert set(told) == {
        "pictures/coffee.png", "pictures/no_picture.jpg", "pictures/Two Words.png", "kernels/sobel_x.toml",
        "kernels/ragged.toml", "kernels/no_toml.toml", "kernels/numbers.toml", "kernels/nothing.toml",
        "kernels/unseen.toml", "kernels/endless.toml", "kernels/digits.toml",
        "kernels/a_program.toml", "lessons/bad_one.toml", "kernels/chain.toml",
    }  # fmt: skip
    assert "another one has this name" in told["kernels/sobel_x.toml"]
    assert "line 1: this is no TOML at column 13: the line should end here" in told["kernels/no_toml.toml"]
    assert "line 1: a key has more than 32 parts" in told["kernels/chain.toml"]
    assert "no text in UTF-8: save it as such" in told["lessons/bad_one.toml"]
    assert "row 2 has 1 number" in told["kernels/ragged.toml"]
    with pytest.raises(CourseError, match="is no folder"):
        read_course(tmp_path / "nowhere")


# ---- kernels and plans ---------------------------------------------------------------------------------------------


def test_a_kernel_and_a_plan_go_there_and_back(hub, tmp_path):
    assert "/commit/" in push_kernel(DATASET, KERNELS["gabor"])
    back = pull_kernel(DATASET, "gabor")
    np.testing.assert_allclose(back.weights, KERNELS["gabor"].weights, rtol=1e-6)
    assert (back.title, back.note) == (KERNELS["gabor"].title, KERNELS["gabor"].note)
    plan = tmp_path / "second.toml"
    plan.write_text('title = "Second"\n', encoding="utf-8")
    push_plan("teacher/new", plan)  # the data set is made
    assert pull_plan("teacher/new", "second") == 'title = "Second"\n'
    with pytest.raises(HubError, match="or not this part of it"):
        pull_kernel(DATASET, "nothing")
    with pytest.raises(HubError, match="no name of the Hub"):
        pull_kernel("a b/c/d", "corner")
    with pytest.raises(HubError, match="is no name of a file"):
        pull_plan(DATASET, "../../../first")
    plan.rename(tmp_path / "second.txt")
    with pytest.raises(CourseError, match=r"second.txt is no TOML file"):
        push_plan(DATASET, tmp_path / "second.txt")
    assert pull_kernel(DATASET, "corner.toml").name == "corner"


# ---- a Space -------------------------------------------------------------------------------------------------------


def test_a_space_has_the_files_that_it_needs_and_no_others(hub):
    space = "spaces/teacher/lab"
    hub.files[space] = {"old.py": b"", "convdemo/gone.py": b"", ".gitattributes": b"as it was"}
    assert publish("teacher/lab", DATASET).startswith(hub.address)
    assert set(hub.files[space]) == {*files_of_space(), ".gitattributes"}
    assert hub.files[space]["app.py"] == (ROOT / "app.py").read_bytes()
    assert hub.variables[space] == {VARIABLE: DATASET}
    # All that Git knows of what a Space needs, and nothing that it does not know.
    known = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *module.PUBLISHED],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    around = ("examples/course/", "examples/lab.ipynb")  # what lies around a lab
    assert sorted(files_of_space()) == sorted(path for path in known if not path.startswith(around))


def test_a_dry_run_lists_the_files_and_asks_nobody(hub, capsys):
    main(["publish", "teacher/lab", "--dry-run"])
    assert capsys.readouterr().out.split() == files_of_space()
    assert hub.asked == []


def test_the_program_says_what_goes_wrong_in_one_sentence(hub):
    command = [sys.executable, "-m", "convdemo.hub", "pull-kernel", "teacher/nothing", "corner"]
    environment = {"HF_ENDPOINT": hub.address, "HF_TOKEN": "hf_nobody", "PATH": ""}
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert said.returncode == 1
    assert said.stderr == "the Hub has no teacher/nothing, or not this part of it (status 404): check the name\n"


def test_the_client_was_never_sent_elsewhere():
    assert issubclass(httpx2.ConnectError, huggingface_hub.errors.HTTPError)  # which `_telling` waits for
