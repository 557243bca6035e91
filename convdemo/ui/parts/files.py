"""Where are the files of the visitors, and how long?

Uploads and what is made of them lie in one folder of this process, Gradio's upload folder, under names that nobody can
guess. It is emptied at the start, as a process that was killed leaves its files behind, and looked through every
`CLEAN_EVERY` seconds: what is older than `KEEP_FOR`, and was not asked for since, goes, and where all files together
take more than `MOST_BYTES`, the oldest of them. A folder that somebody has taken away is made again.
"""

import contextlib
import errno
import fcntl
import hashlib
import io
import logging
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from gradio.utils import get_upload_folder

from convdemo.ui.parts.lines import AtMost
from convdemo.ui.parts.widgets import read_text

CLEAN_EVERY, KEEP_FOR = 20, 3000
"""Seconds: so every file is gone within an hour."""

MOST_BYTES = 1_000_000_000
"""What all files may take, for no longer than `CLEAN_EVERY` seconds more."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The numbers of the errors that say that there is no room for a file."""

_UPLOAD = re.compile(r".*/lab-\w{8}/[0-9a-f]{64}/[^/]+", re.DOTALL)
"""The path of an upload: in a folder that `own_folder` has made, and there in one that Gradio has."""

_log = logging.getLogger(__name__)
_log.addFilter(AtMost(2))


class StorageError(ValueError):
    """A file could not be written: the sentence for the visitor says why."""


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    """Give this process an empty folder of its own inside Gradio's, and keep it clean until the block is left.

    What processes have left behind that were killed is removed. Each holds a lock beside its folder while it lives.
    """
    base = Path(get_upload_folder())
    base.mkdir(parents=True, exist_ok=True)
    with _locked(base / "labs.lock", fcntl.LOCK_EX):  # nobody looks while there is a folder without its lock
        for lock in base.glob("lab-*.lock"):
            with contextlib.suppress(OSError), _locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink()
        folder = Path(tempfile.mkdtemp(prefix="lab-", dir=base))
        held = contextlib.ExitStack()
        held.enter_context(_locked(folder.with_suffix(".lock"), fcntl.LOCK_EX))
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    is_over = threading.Event()

    def clean() -> None:
        while not is_over.wait(CLEAN_EVERY):
            tidy(folder, time.time())

    threading.Thread(target=clean, daemon=True).start()
    with held:
        try:
            yield folder
        finally:
            is_over.set()
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(".lock").unlink(missing_ok=True)


def may_be_elsewhere(path: str) -> bool:
    """Tell whether a path could be that of an upload to another process, as this one or another replica had before."""
    return bool(_UPLOAD.fullmatch(path))


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, how)
        yield


def tidy(folder: Path, now: float, keep_for: float = KEEP_FOR, most_bytes: int = MOST_BYTES) -> None:
    """Remove the files that are too old, and the oldest ones of those that are too many.

    Args:
        folder: where they are.
        now: the time, in seconds since the epoch.
        keep_for: seconds after which what was not asked for since goes.
        most_bytes: what those that stay may take together.
    """
    taken = 0
    for entry in _below(folder):
        with contextlib.suppress(OSError):  # gone meanwhile, or a folder with something in it
            about = entry.stat(follow_symlinks=False)
            if about.st_mtime > now + 1:  # the clock was set back: from now on it is old enough some day
                os.utime(entry.path, (now, now), follow_symlinks=False)
            is_folder = entry.is_dir(follow_symlinks=False)
            if about.st_mtime < now - keep_for:
                Path(entry.path).rmdir() if is_folder else Path(entry.path).unlink()
            elif not is_folder:
                taken += about.st_size
    if taken > most_bytes:
        _remove_oldest(folder, taken - most_bytes)


def _remove_oldest(folder: Path, most: int) -> None:
    """Remove the oldest files, of this many bytes together or a little more, and the folders that they leave empty."""
    files = []
    for entry in _below(folder):
        with contextlib.suppress(OSError):
            about = entry.stat(follow_symlinks=False)
            if not entry.is_dir(follow_symlinks=False):
                files.append((about.st_mtime, about.st_size, entry.path))
    for _, size, path in sorted(files):
        if most <= 0:
            return
        with contextlib.suppress(OSError):  # gone meanwhile, or not the last file of its folder
            Path(path).unlink()
            Path(path).parent.rmdir()
        most -= size


def _below(folder: Path | str) -> Iterator[os.DirEntry[str]]:
    """Yield what is in a folder, and below: folders after what is in them.

    `Path.rglob` would make a dozen objects of each of thousands of files, in holes between other things.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path)
            yield entry


def upload_folder() -> Path:
    """Return the folder of this process, and make it again if it has been taken away.

    Raises:
        StorageError: it cannot be made.
    """
    folder = Path(get_upload_folder()).resolve()
    if not folder.is_dir():
        with writing():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Say in a sentence why a file cannot be written, and in the log what the system says.

    Raises:
        StorageError: the disk is full, or the folder may not be written to.
    """
    try:
        yield
    except OSError as error:
        _log.error("no file can be written: %s", error.strerror)
        raise StorageError(read_text("parts")["storage"]["full" if error.errno in FULL else "closed"]) from error


def save_file(data: bytes, name: str) -> Path:
    """Write a file for the browser, once, to a folder that is named after its content.

    A file that another visitor is downloading at this moment is never written again, and never seen half written.

    Raises:
        StorageError: it cannot be written.
    """
    folder = upload_folder() / hashlib.sha256(data).hexdigest()
    path = folder / name
    with writing():
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)  # in use: files go by age
            return path
        with contextlib.suppress(FileNotFoundError):  # the folder was tidied away at this moment
            return _write_anew(path, data)
        return _write_anew(path, data)


def _write_anew(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, data)
    path.chmod(0o644)
    return path


def write_whole(path: Path, data: bytes, modified: int | None = None) -> None:
    """Write a file that is never seen half written.

    Args:
        path: where.
        data: all of it.
        modified: when it was modified last, in nanoseconds since the epoch, if not now.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        new = Path(file.name)
        try:
            file.write(data)
            file.flush()
            if modified is not None:
                os.utime(new, ns=(modified, modified))
            new.replace(path)
        except BaseException:
            new.unlink()
            raise


def save_array(array: np.ndarray, name: str) -> Path:
    """Write an array as a .npy file for whoever asked for its numbers, as `save_file` does."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return save_file(buffer.getvalue(), name)


def served(file: str | Path) -> str | dict[str, Any]:
    """Return the form of a file that Gradio turns into a URL on its way to the browser; what is published has one."""
    return {"path": str(file), "meta": {"_type": "gradio.FileData"}} if isinstance(file, Path) else file
