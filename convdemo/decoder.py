"""How are files opened that anybody may send?

In a process of their own. Pillow decodes in C: a file that is made for it may crash it, keep it busy for ever or have
it take all memory, and then it is this process that ends, and not the lab. It has a limit of memory, may write no file,
and what a decoder prints goes nowhere. One picture is opened at a time; who comes meanwhile waits.

What comes back is numbers behind one line of JSON, never a pickle: a process that somebody has taken over can say
nothing else. Run as a program, this module is that process.
"""

import atexit
import json
import os
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from convdemo.images import MAX_BYTES, MAX_MEMORY, ImageError, Photo, pack, read_photo, read_source
from convdemo.memory import give_back

_ROOT = Path(__file__).parents[1]
_LENGTH = struct.Struct(">Q")
_KEPT = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Variables of the environment that Python may need to start; it may hold secrets otherwise."""

_SPARE = 50_000_000
"""Bytes that the process may take beside those that a picture may."""


class BusyError(ImageError):
    """Others kept the decoder busy for too long; the same file may be opened later."""


class Decoder:
    """A process that turns files into pictures; it is started when it is needed first, and again after it has ended.

    Args:
        seconds: how long one file may take.
        patience: seconds that somebody waits for those who came before.
        program: what is run, as Python's command line wants it.
        most: the bytes of pixels that it takes from the process.
    """

    def __init__(
        self, seconds: float, patience: float, program: tuple[str, ...] = ("-m", __name__), most: int = MAX_BYTES
    ) -> None:
        self.seconds, self.patience, self.most = seconds, patience, most
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        atexit.register(self.stop)

    def read(self, data: bytes) -> Photo:
        """Open a file, as `convdemo.images.read_photo` does.

        Raises:
            BusyError: there was no turn within `patience`.
            ImageError: it is no picture that can be read, or it broke the decoder.
        """
        with self._turn():
            process = self._started()
            is_late = threading.Event()
            watch = threading.Timer(self.seconds, lambda: (is_late.set(), process.kill()))
            watch.start()
            try:
                return _ask(process, data, self.most)
            except ImageError:
                raise
            except (OSError, EOFError, ValueError, KeyError, TypeError) as error:  # what it says may be anything
                self._end()
                if is_late.is_set():
                    raise ImageError(
                        f"The file took more than {self.seconds:g} seconds to open: save it again, or choose another "
                        "picture."
                    ) from error
                raise ImageError(
                    "The file broke the program that opens pictures: save it again, or choose another picture."
                ) from error
            finally:
                watch.cancel()

    def start(self) -> None:
        """Start the process, so that the first file does not wait for it."""
        with self._turn():
            self._started()

    def stop(self) -> None:
        """End the process, in the middle of a picture if there is one."""
        process = self._process
        if process:
            process.kill()  # whoever waits for it gives up his turn
            with self._lock:
                self._end()

    @contextmanager
    def _turn(self) -> Any:
        if not self._lock.acquire(timeout=self.patience):
            raise BusyError("Too many pictures are being opened at this moment: try again in some seconds.")
        try:
            yield
        finally:
            self._lock.release()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, *self._program],
                cwd=_ROOT,
                env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


def unreduced(pixels: int, seconds: float, patience: float) -> Decoder:
    """Return a decoder of whole pictures, of at most this many pixels; it is to be stopped when one has been read.

    What it returns is packed (`convdemo.images.pack`).
    """
    return Decoder(seconds, patience, ("-m", __name__, str(pixels)), most=pixels * 3 * 4)  # float32 in three colours


def _ask(process: subprocess.Popen[bytes], data: bytes, most: int) -> Photo:
    _send(process.stdin, data)
    told = json.loads(_receive(process.stdout, MAX_BYTES))
    if "error" in told:
        raise ImageError(str(told["error"]))
    kind = np.uint8 if told["packed"] is True else np.float32
    pixels = np.frombuffer(_receive(process.stdout, most), kind).reshape(told["shape"])
    height, width = map(int, told["original_size"])
    return Photo(pixels, (height, width), read_source(told["source"]))


def _send(stream: BinaryIO, *parts: bytes) -> None:
    for part in parts:
        stream.write(_LENGTH.pack(len(part)))
        stream.write(part)
    stream.flush()


def _receive(stream: BinaryIO, most: int) -> bytes:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(min(length, most))
    if len(data) < length:
        raise EOFError
    return data


# ---- in the process ----------------------------------------------------------------------------------------------


def _limit(spare: int) -> None:
    """Let this process take no more memory than it has and some, write no file, and leave no core behind."""
    with suppress(ImportError, OSError, ValueError):  # there is no such thing on Windows
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + spare
        for kind, limit in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_AS, most)):
            resource.setrlimit(kind, (limit, limit))


def _serve(requests: BinaryIO, answers: BinaryIO, whole: int | None = None) -> None:
    limits = {"working_side": whole, "max_pixels": whole} if whole else {}
    while True:
        try:
            data = _receive(requests, MAX_BYTES + 1)
        except EOFError:  # the lab has ended
            return
        try:
            photo = read_photo(data, **limits)
        except ImageError as error:
            _send(answers, json.dumps({"error": str(error)}).encode())
        else:
            if whole:
                photo = pack(photo)
            is_packed = photo.pixels.dtype == np.uint8
            told = {"shape": photo.pixels.shape, "original_size": photo.original_size, "packed": is_packed}
            told["source"] = asdict(photo.source)
            _send(answers, json.dumps(told).encode(), memoryview(np.ascontiguousarray(photo.pixels)).cast("B"))
            del photo
        data = b""
        give_back()


if __name__ == "__main__":
    _limit(MAX_MEMORY + _SPARE)
    _serve(sys.stdin.buffer, sys.stdout.buffer, *map(int, sys.argv[1:]))
