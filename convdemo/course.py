"""What does a course bring along? Pictures, kernels and lesson plans, each a file in a folder.

    pictures/our_church.jpg    a picture: PNG or JPEG; the name of the file is its name in links, and its title
    kernels/corner.toml        a kernel: weights as people write them, and what the menu says of it
    lessons/first.toml         a lesson plan

A kernel's file has `weights = "1 0; 0 -1"`, and if wanted `title`, `note` and `source`; what a plan's has,
`convdemo.plans` says. The lab shows all of them in its menus. That a plan is TOML is checked here; its steps are read
by the page, whose links they hold.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from convdemo.images import ImageError, read_photo
from convdemo.kernels import KERNELS, Kernel, course_kernel, format_kernel, parse_kernel
from convdemo.plans import OWN_PLANS
from convdemo.toml import TomlError, read_toml

MAX_FILES = {"pictures": 24, "kernels": 48, "lessons": 48}
"""The most files of each kind."""

ENDS = {"pictures": (".png", ".jpg", ".jpeg"), "kernels": (".toml",), "lessons": (".toml",)}
"""How their names end."""

MAX_FILE_BYTES = {"pictures": 8_000_000, "kernels": 100_000, "lessons": 100_000}
"""The most bytes of one."""

MAX_BYTES = 64_000_000
"""The most bytes of all files together."""

_NAME = re.compile(r"[a-z][a-z0-9_]{2,39}")
_TAKEN = (
    "custom",
    "own",
    "edges",
    "hidden",
    "shared",
    "relu",
    "none",
    "zeros",
    "reflect",
    "replicate",
    "average",
    "max",
)
"""Names that mean something else in links."""


class CourseError(ValueError):
    """What is wrong with a course as a whole; the message is one sentence."""


@dataclass(frozen=True)
class Course:
    """What was found in a folder.

    Attributes:
        pictures: the files of the pictures, by their names.
        kernels: the kernels.
        plans: the files of the lesson plans, by their names.
        problems: a sentence for each file that was left out.
    """

    pictures: Mapping[str, Path] = field(default_factory=dict)
    kernels: tuple[Kernel, ...] = ()
    plans: Mapping[str, Path] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def check_files(files: Iterable[tuple[str, int]]) -> list[str]:
    """Return those of a course's files that are read, of all that there are in a folder or a data set.

    >>> check_files([("README.md", 900), ("pictures/our_church.jpg", 300_000)])
    ['pictures/our_church.jpg']

    Args:
        files: the path of each, with slashes, and its bytes.

    Raises:
        CourseError: they are too many, or too large.
    """
    kept, total = [], 0
    for path, size in sorted(files):
        kind, _, name = path.partition("/")
        if "/" in name or not name.lower().endswith(ENDS.get(kind, ())) or kind not in ENDS:
            continue
        if size > MAX_FILE_BYTES[kind]:
            raise CourseError(
                f"{path:.80} has {size} bytes, but at most {MAX_FILE_BYTES[kind]} are read: make it smaller"
            )
        kept.append(path)
        total += size
    for kind, most in MAX_FILES.items():
        count = sum(path.startswith(f"{kind}/") for path in kept)
        if count > most:
            raise CourseError(f"{kind} has {count} files, but at most {most} are read: take some away")
    if total > MAX_BYTES:
        raise CourseError(f"all files have {total} bytes, but at most {MAX_BYTES} are read: make the pictures smaller")
    return kept


def read_course(folder: Path, taken: Iterable[str] = ()) -> Course:
    """Read a course. A file that cannot be used is left out, and a sentence says why.

    Args:
        folder: where it is.
        taken: the names of pictures that the lab has itself.

    Raises:
        CourseError: there is no such folder, or there are too many files in it, or too large ones.
    """
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder: name one, or a data set of the Hub as user/name")
    found = [path for kind in ENDS for path in (folder / kind).glob("*") if path.is_file()]
    files = check_files((path.relative_to(folder).as_posix(), path.stat().st_size) for path in found)
    problems: list[str] = []

    def read_all(kind: str, read: Callable[[Path], Any], names: Iterable[str]) -> dict[str, Any]:
        known = {}
        for path in (folder / file for file in files if file.startswith(f"{kind}/")):
            try:
                if path.stem in names or path.stem in known or path.stem in _TAKEN:
                    raise CourseError("another one has this name: rename it")
                if not _NAME.fullmatch(path.stem):
                    raise CourseError("its name must be 3 to 40 small letters, digits and _, a letter first")
                known[path.stem] = read(path)
            except (ValueError, OSError) as error:  # an ImageError and a KernelError are ValueErrors
                problems.append(f"{kind}/{path.name}: {error}")
        return known

    pictures = read_all("pictures", _check_picture, tuple(taken))
    kernels = read_all("kernels", read_kernel_file, tuple(KERNELS))
    plans = read_all("lessons", _check_table, tuple(OWN_PLANS))
    return Course(pictures, tuple(kernels.values()), plans, tuple(problems))


def title_of(name: str) -> str:
    """Return what people read of a name.

    >>> title_of("our_church")
    'Our church'
    """
    return name.replace("_", " ").capitalize()


def _check_picture(path: Path) -> Path:
    try:
        read_photo(path)
    except (ImageError, OSError) as error:
        raise CourseError(str(error)) from error
    return path


def _check_table(path: Path) -> Path:
    _read_table(path)
    return path


def _read_table(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path.read_text(encoding="utf-8-sig"))  # as Windows writes it too
    except UnicodeDecodeError as error:
        raise CourseError("it is no text in UTF-8: save it as such") from error
    except TomlError as error:
        raise CourseError(f"line {error.line}: {error}") from error


def read_kernel_file(path: Path) -> Kernel:
    """Read a kernel; its name is that of the file.

    Raises:
        CourseError: it is no such file.
        KernelError: its weights are none.
    """
    table = _read_table(path)
    told = {key: table.get(key, "") for key in ("weights", "title", "note", "source")}
    if not all(isinstance(text, str) for text in told.values()):
        raise CourseError('weights, title, note and source must be texts, such as weights = "1 0; 0 -1"')
    if not told["weights"]:
        raise CourseError('weights are missing: write weights = "1 0; 0 -1"')
    weights = parse_kernel(told.pop("weights"))
    if set("{}$`") & set("".join(told.values())):  # in a template of the page it would be code
        raise CourseError("{, }, $ and ` may not stand in it: write it with other words")
    told = {key: " ".join(text.split())[:300] for key, text in told.items()}
    if not all(text.isprintable() for text in told.values()):  # the page's templates do not read them
        raise CourseError("a sign in it cannot be seen: write plain text")
    return replace(course_kernel(path.stem, weights), **told | {"title": told["title"] or title_of(path.stem)})


def write_kernel_file(kernel: Kernel) -> str:
    """Write a kernel as `read_kernel_file` reads it."""
    told = {
        "weights": format_kernel(kernel.weights),
        "title": kernel.title,
        "note": kernel.note,
        "source": kernel.source,
    }
    return "".join(f"{key} = {json.dumps(text, ensure_ascii=False)}\n" for key, text in told.items())
