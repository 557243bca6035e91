"""How does the lab open inside a notebook?

In a process of its own beside the notebook's, shown in a frame. A picture in memory is handed over as that of a course
(`course`): a file in a folder that goes with the process. So the notebook's browser must reach this machine's port.
"""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np

from convdemo.hub import ROOT, VARIABLE
from convdemo.kernels import KERNELS, Kernel, format_kernel
from convdemo.maps import open_image, read_kernel
from convdemo.rendering import PHOTO_PALETTE, Picture, encode_png
from convdemo.showing import fill

NAME = "own_picture"
"""What the picture that is handed over is called in the lab."""

_PATIENCE = 120  # seconds until it must answer


class LaunchError(RuntimeError):
    """What keeps the lab from starting; the message is one sentence."""


class Lab:
    """A lab beside the notebook; it shows itself in a frame.

    Attributes:
        address: where it is, with its state as a link.
        height: that of the frame, in pixels.
    """

    def __init__(self, process: subprocess.Popen, folder: Path, address: str, height: int) -> None:
        self.address, self.height = address, height
        self._process, self._folder = process, folder
        atexit.register(self.stop)

    def stop(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        atexit.unregister(self.stop)

    def _repr_html_(self) -> str:
        return fill("lab", address=self.address, height=self.height)


_open: list[Lab] = []  # the one that was opened last


def lab(image: Any = None, kernel: str | Kernel | np.ndarray | None = None, *, height: int = 800, **state: Any) -> Lab:
    """Open the lab, in a notebook in a frame below the cell. One that was opened before ends.

    Args:
        image: the picture that it opens with, as `convdemo.open_image` takes it: in grey, rounded to 8 bits; the lab's
            own example if not given.
        kernel: the kernel that it opens with, as `convdemo.feature_map` takes it.
        height: of the frame, in pixels.
        state: what else a link says, by the names in README: `tab="learn"`, `stride=2`.

    Raises:
        LaunchError: it does not start.
        ValueError: there is no such picture or kernel.
    """
    folder = Path(tempfile.mkdtemp(prefix="convdemo-"))
    (folder / "pictures").mkdir()
    query = dict(state)
    try:
        if image is not None:
            query["picture"] = NAME
            greys = np.uint8(np.rint(255 * np.clip(open_image(image), 0, 1)))
            (folder / "pictures" / f"{NAME}.png").write_bytes(encode_png(Picture(greys, PHOTO_PALETTE)))
        if kernel is not None:
            query["kernel"] = _written(read_kernel(kernel))
        while _open:
            _open.pop().stop()
        process, root = _start(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    search = urlencode(query, safe=",;:=/")
    _open.append(Lab(process, folder, f"{root}/?{search}" if search else f"{root}/", height))
    return _open[-1]


def _written(kernel: Kernel) -> str:
    """Write a kernel as a link has it."""
    if kernel.name in KERNELS and kernel == KERNELS[kernel.name]:
        return kernel.name
    return format_kernel(kernel.weights).replace("; ", ";").replace(" ", ",")


def _start(folder: Path) -> tuple[subprocess.Popen, str]:
    """Start the lab with a course; the process, and its address when it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), VARIABLE: str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=os.environ | variables, stdout=log, stderr=subprocess.STDOUT
        )
    root, until = f"http://127.0.0.1:{port}", time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urlopen(root, timeout=_PATIENCE):
                return process, root
        except (URLError, OSError):
            time.sleep(0.2)
    process.kill()
    process.wait()
    lines = (folder / "log").read_text(errors="replace").strip().splitlines()
    raise LaunchError(f"the lab does not start: {lines[-1] if lines else 'it does not answer'}")
