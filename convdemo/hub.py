"""How does the lab come to the Hub, and a course from there?

A course's own lab is a Space: `python -m convdemo.hub publish user/space --course user/dataset` makes one, and says in
its variable CONVDEMO_COURSE which data set's pictures and kernels stand in its menus (convdemo.course). The data set is
taken at the start, once, and kept; where the Hub does not answer, the kept one serves, or the lab opens as it is.

Kernels and lesson plans can be pushed to a data set and pulled from it: `hf auth login` says who may.
"""

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache, partial
from glob import escape
from pathlib import Path

from convdemo.course import ENDS, Course, CourseError, check_files, read_course, read_kernel_file, write_kernel_file
from convdemo.kernels import Kernel

VARIABLE = "CONVDEMO_COURSE"
"""The variable of the environment that names a course: a data set of the Hub, `user/name` or `user/name@revision`, or a
folder."""

ROOT = Path(__file__).parents[1]

PUBLISHED = ("app.py", "requirements.txt", "README.md", "LICENSE", "convdemo", "examples")
"""What a Space needs, from the top of the tree: files, and folders with all that is in them."""

_LEFT_OUT = ("examples/course/", "examples/lab.ipynb")  # pages and a notebook that lie around a lab
_KEPT = [f"{kind}/*" for kind in ENDS]
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the Hub's client raises where an answer is no answer of the Hub: a page of a proxy, say."""

_SECONDS = 10  # that the Hub may take for one answer
_log = logging.getLogger(__name__)


class HubError(Exception):
    """What the Hub does not do, and why; the message is one sentence."""


# ---- a course ------------------------------------------------------------------------------------------------------


@cache
def opened_course() -> Course:
    """Return the course that this lab serves, read once; an empty one where none is named, or where it cannot be had.

    What is wrong is one line in the log.
    """
    named = os.environ.get(VARIABLE, "").strip()
    if not named:
        return Course()
    try:
        course = read_course(find_course(named), {path.stem for path in (ROOT / "examples").glob("*")})
    except (CourseError, HubError) as error:
        _log.warning("%s=%s is left out: %s", VARIABLE, named, error)
        return Course()
    if course.problems:
        _log.warning("%s=%s, left out: %s", VARIABLE, named, "; ".join(course.problems))
    return course


def find_course(named: str) -> Path:
    """Return the folder of a course: the one that is named, or that of a data set, which is downloaded if need be.

    Raises:
        CourseError: it has too many files, or too large ones.
        HubError: the Hub does not give it.
    """
    if Path(named).is_dir() or named.startswith((".", os.sep)):
        return Path(named)
    dataset, _, revision = named.partition("@")
    return download(dataset, revision or None)


def download(dataset: str, revision: str | None = None) -> Path:
    """Return the folder with the files of a data set that make a course; what was downloaded is kept.

    Raises:
        CourseError: they are too many, or too large: none is downloaded.
        HubError: the Hub does not give them, and none are kept.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HTTPError
    from huggingface_hub.utils import disable_progress_bars
    from huggingface_hub.utils.logging import set_verbosity_error

    disable_progress_bars()
    set_verbosity_error()  # what goes wrong is said here, in one line
    kept = partial(snapshot_download, dataset, repo_type="dataset", revision=revision, etag_timeout=_SECONDS)
    with _telling(dataset):
        try:
            about = HfApi().dataset_info(dataset, revision=revision, files_metadata=True, timeout=_SECONDS)
        except (HTTPError, OSError, *_UNREADABLE) as error:  # what was downloaded before will do
            try:
                folder = Path(kept(allow_patterns=_KEPT, local_files_only=True))
            except OSError:
                raise error from None
            _log.warning("%s: %s; what was kept of it is used", VARIABLE, _sentence(dataset, error))
            return folder
        files = check_files((file.rfilename, file.size or 0) for file in about.siblings or ())
        if not files:
            raise CourseError(f"{dataset} has nothing in pictures, kernels or lessons: put something there")
        return Path(kept(allow_patterns=[escape(file) for file in files]))


# ---- kernels and plans ---------------------------------------------------------------------------------------------


def push_kernel(dataset: str, kernel: Kernel) -> str:
    """Put a kernel into a data set, under its name; return the address of the change.

    Raises:
        HubError: the Hub does not take it.
    """
    return _push(dataset, f"kernels/{kernel.name}.toml", write_kernel_file(kernel).encode())


def pull_kernel(dataset: str, name: str, revision: str | None = None) -> Kernel:
    """Return a kernel of a data set.

    Raises:
        CourseError, KernelError: it is none.
        HubError: the Hub does not give it.
    """
    return read_kernel_file(_pull(dataset, "kernels", name, revision))


def push_plan(dataset: str, plan: Path) -> str:
    """Put a lesson plan, a TOML file, into a data set, under its name; return the address of the change.

    Raises:
        CourseError: it is no such file.
        HubError: the Hub does not take it.
    """
    if not check_files([(f"lessons/{plan.name}", plan.stat().st_size)]):
        raise CourseError(f"{plan.name} is no TOML file: its name must end with .toml")
    return _push(dataset, f"lessons/{plan.name}", plan.read_bytes())


def pull_plan(dataset: str, name: str, revision: str | None = None) -> str:
    """Return the text of a lesson plan of a data set.

    Raises:
        HubError: the Hub does not give it.
    """
    return _pull(dataset, "lessons", name, revision).read_text(encoding="utf-8")


def _push(dataset: str, path: str, data: bytes) -> str:
    from huggingface_hub import HfApi

    with _telling(dataset):
        HfApi().create_repo(dataset, repo_type="dataset", exist_ok=True)
        return str(HfApi().upload_file(path_or_fileobj=data, path_in_repo=path, repo_id=dataset, repo_type="dataset"))


def _pull(dataset: str, kind: str, name: str, revision: str | None) -> Path:
    from huggingface_hub import hf_hub_download

    name = name.removesuffix(".toml")
    if Path(name).name != name:
        raise HubError(f"{name:.80} is no name of a file: write corner for {kind}/corner.toml")
    with _telling(dataset):
        path = hf_hub_download(
            dataset, f"{kind}/{name}.toml", repo_type="dataset", revision=revision, etag_timeout=_SECONDS
        )
    return Path(path)


# ---- a Space -------------------------------------------------------------------------------------------------------


def files_of_space() -> list[str]:
    """Return the files that a Space needs, by their paths from the top of the tree."""
    found = []
    for name in PUBLISHED:
        place = ROOT / name
        inside = sorted(place.rglob("*")) if place.is_dir() else [place]
        found += [path for path in inside if path.is_file() and path.suffix != ".pyc"]
    paths = [path.relative_to(ROOT).as_posix() for path in found]
    return [path for path in paths if not path.startswith(_LEFT_OUT)]


def publish(space: str, course: str = "") -> str:
    """Make a Space with the lab, or bring one up to date; return the address of the change.

    Files that the lab has no more are removed from it.

    Args:
        space: as user/name.
        course: the data set of its course, as `VARIABLE` names it; as it was if not given.

    Raises:
        HubError: the Hub does not take it.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    api = HfApi()
    with _telling(space):
        api.create_repo(space, repo_type="space", space_sdk="gradio", exist_ok=True)
        if course:
            api.add_space_variable(space, VARIABLE, course)
        return str(
            api.upload_folder(
                repo_id=space,
                repo_type="space",
                folder_path=ROOT,
                allow_patterns=files_of_space(),
                delete_patterns=["*.py", "*/*"],
                commit_message="The lab",
            )
        )


# ---- what goes wrong -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _telling(repository: str) -> Iterator[None]:
    """Tell in one sentence what the Hub does not do.

    Raises:
        HubError: that it does not.
    """
    from huggingface_hub.errors import HTTPError

    try:
        yield
    except CourseError:
        raise
    except (HTTPError, OSError, *_UNREADABLE) as error:
        raise HubError(_sentence(repository, error)) from error


def _sentence(repository: str, error: Exception) -> str:
    from huggingface_hub.errors import HFValidationError

    if isinstance(error, HFValidationError):
        return f"{repository:.100} is no name of the Hub: write user/name"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return f"the Hub does not let anyone in to {repository} with this token (status {status}): see hf auth login"
    if status == 404:
        return f"the Hub has no {repository}, or not this part of it (status 404): check the name"
    if status == 429:
        return "the Hub is asked for too much at this moment (status 429): try again in some minutes"
    if status:
        return f"the Hub answers with status {status}: try again later"
    if isinstance(error, _UNREADABLE):
        return (
            f"the Hub answers with what nobody can read ({type(error).__name__}): check HF_ENDPOINT, or try again later"
        )
    return f"the Hub cannot be reached ({type(error).__name__}): try again later"


# ---- as a program --------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says; what goes wrong is one sentence, and status 1."""
    parser = argparse.ArgumentParser(prog="python -m convdemo.hub", description="The lab and its courses on the Hub.")
    commands = parser.add_subparsers(dest="command", required=True)
    space = commands.add_parser("publish", help="make a Space with the lab, or bring one up to date")
    space.add_argument("space", help="user/name")
    space.add_argument("--course", default="", help="data set of its course: user/name, or user/name@revision")
    space.add_argument("--dry-run", action="store_true", help="only list the files")
    for name, what in (
        ("push-kernel", "FILE.toml"),
        ("push-plan", "FILE.toml"),
        ("pull-kernel", "NAME"),
        ("pull-plan", "NAME"),
    ):
        command = commands.add_parser(name, help=f"{name.partition('-')[0]} {what}")
        command.add_argument("dataset", help="user/name")
        command.add_argument("what", help=what)
    asked = parser.parse_args(arguments)
    try:
        for line in _answer(asked):
            sys.stdout.write(f"{line}\n")
    except (HubError, ValueError, OSError) as error:
        sys.exit(str(error))


def _answer(asked: argparse.Namespace) -> list[str]:
    match asked.command:
        case "publish" if asked.dry_run:
            return files_of_space()
        case "publish":
            return [publish(asked.space, asked.course)]
        case "push-kernel":
            return [push_kernel(asked.dataset, read_kernel_file(Path(asked.what)))]
        case "push-plan":
            return [push_plan(asked.dataset, Path(asked.what))]
        case "pull-kernel":
            return [write_kernel_file(pull_kernel(asked.dataset, asked.what)).rstrip()]
        case _:
            return [pull_plan(asked.dataset, asked.what).rstrip()]


if __name__ == "__main__":
    main()
