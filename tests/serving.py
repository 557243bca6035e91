"""`python app.py` as a visitor's host runs it, and what it prints."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HANG = 180
"""Seconds that only something that hangs takes; the busiest machine needs a small part of them."""

# A run in the background ignores Ctrl-C, and would hand that down to the labs that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Log:
    """The lines that a process prints, as they come."""

    def __init__(self, process: subprocess.Popen):
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, args=(process,), daemon=True)
        self._reader.start()

    def _read(self, process: subprocess.Popen) -> None:
        with process.stdout as lines:
            for line in lines:
                with self._news:
                    self._lines.append(line)
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    @property
    def text(self) -> str:
        """All that has been printed."""
        with self._news:
            return "".join(self._lines)

    def wait_for(self, pattern: str) -> re.Match:
        """Wait until a line has this in it; the first match. A process that ends without it is a failure."""
        with self._news:
            self._news.wait_for(lambda: self._ended or self._find(pattern), timeout=HANG)
            if found := self._find(pattern):
                return found
            pytest.fail(f"nothing printed matches {pattern!r}:\n{''.join(self._lines)[-3000:]}")

    def _find(self, pattern: str) -> re.Match | None:
        return next((found for line in self._lines if (found := re.search(pattern, line))), None)

    def close(self) -> None:
        """Read to the end of a process that has ended."""
        self._reader.join(HANG)


@dataclass(frozen=True)
class Served:
    """A lab that answers requests.

    Attributes:
        address: where, without a slash at the end.
        port: the one that it was told to listen on.
        process: its process.
        log: what it prints; the end of every run is told.
        uploads: the folder in which it keeps uploads.
    """

    address: str
    port: int
    process: subprocess.Popen
    log: Log
    uploads: Path

    def interrupt(self) -> int:
        """End it by Ctrl-C; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(HANG)


@contextmanager
def serving(
    uploads: Path,
    program: Sequence[str] = ("app.py",),
    *,
    keeps_programs: bool = True,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """Serve the lab, with its files in the folder `uploads`, until the block is left.

    Args:
        uploads: the folder.
        program: another Gradio program, as Python's command line wants it: `("-m", "its.module")`.
        keeps_programs: whether what it compiles is kept for others. One that is killed could leave half of it.
        variables: of the environment, beside those that it needs.
    """
    port = free_port()
    environment = os.environ | {
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(uploads),
        "CONVDEMO_LOG": "INFO",
        "PYTHONUNBUFFERED": "1",
        **(variables or {}),
        **({} if keeps_programs else {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "1e9"}),
    }
    process = subprocess.Popen(
        [sys.executable, *program],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    log = Log(process)
    try:
        address = log.wait_for(r"Running on local URL:\s*(http://127\.0\.0\.1:\d+)")[1]
        yield Served(address, port, process, log, uploads)
    finally:
        if process.poll() is None:
            end(process, signal.SIGINT)
        log.close()


def wait_until_it_listens(process: subprocess.Popen, port: int) -> None:
    """Wait until a process listens on a port; one that has ended is a failure."""
    limit = time.monotonic() + HANG
    while process.poll() is None and time.monotonic() < limit:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    pytest.fail(f"{process.args[0]} does not listen on port {port}")


def end(process: subprocess.Popen, sign: signal.Signals) -> None:
    """Ask a program to end, and end it where it hangs."""
    process.send_signal(sign)
    try:
        process.wait(HANG)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


_choosing, _chosen = threading.Lock(), set()
"""The ports that were given out: nobody may listen on them yet."""


def free_port() -> int:
    """Return a port that nobody listens on, below those that systems give to outgoing connections.

    Each worker of pytest-xdist looks in a range of its own, so that none takes the port that another has just found;
    and in any order, so that two runs on one machine do not either. No port is given out twice.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 20_000 + 500 * worker
    for port in random.SystemRandom().sample(range(first, first + 500), 500):
        with socket.socket() as probe, _choosing:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in _chosen:
                _chosen.add(port)
                return port
    pytest.fail("no free port for a server")
