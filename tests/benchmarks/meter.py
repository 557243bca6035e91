"""What does a process take? Memory, processor time and open files, as Linux tells them in /proc."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def status_of(process: int, key: str) -> int:
    """A number from /proc/<process>/status, in bytes where it is told in kB."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) * (1024 if "kB" in value else 1)
    raise KeyError(key)


def memory(process: int) -> int:
    """Bytes that it has in memory."""
    return status_of(process, "VmRSS")


def open_files(process: int) -> int:
    """Files, sockets and pipes that it holds open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def _stat(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def processor(process: int) -> float:
    """Seconds of the processor's time, those of its children that have ended included; 0 if it is gone."""
    try:
        return sum(map(int, _stat(process)[11:15])) / TICKS
    except FileNotFoundError:
        return 0.0


def descendants(process: int) -> list[int]:
    """The processes that it started, that these started, and so on."""
    parents = dict(_parents())
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                yield int(path.name), int(_stat(int(path.name))[1])
            except (FileNotFoundError, ProcessLookupError):
                continue


def folder(path: Path) -> tuple[int, int]:
    """Files in a folder and below, and their bytes."""
    sizes = []
    for place, _, names in os.walk(path):  # which passes over folders that are tidied away meanwhile, and so do we
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                sizes.append(Path(place, name).stat().st_size)
    return len(sizes), sum(sizes)
