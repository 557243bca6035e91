"""A Jupyter server of its own, with nothing of the machine's settings, for notebooks in a browser."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import ROOT, Log, end, free_port, wait_until_it_listens

_SETTINGS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")


@contextmanager
def jupyter(folder: Path, settings: Path) -> Iterator[str]:
    """Serve a folder until the block is left; the address, with "{}" for the path, which lets its browser in.

    Its notebooks find our tree as if it were installed.

    Args:
        folder: with the notebooks. What they write lands there.
        settings: an empty folder.
    """
    port, token = free_port(), secrets.token_hex(16)
    environment = os.environ | {name: str(settings / name.lower()) for name in _SETTINGS} | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [
            sys.executable, "-m", "nbclassic", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
            "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}",
        ],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    log = Log(process)
    try:
        log.wait_for(rf"http://127\.0\.0\.1:{port}/\S*token=")
        wait_until_it_listens(process, port)  # it says so before it does
        yield f"http://127.0.0.1:{port}/{{}}?token={token}"
    finally:
        end(process, signal.SIGTERM)  # it stops its kernels
        log.close()
