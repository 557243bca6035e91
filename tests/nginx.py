"""Where is the nginx of the tests, and how does it run with our configuration?

Run as a program, this finds one or unpacks Debian's. It is not installed: Debian would start it as a service.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.serving import HANG, ROOT, Served, free_port, wait_until_it_listens

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
UNPACKED = Path(sys.prefix) / "debian"
PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", str(UNPACKED / "usr" / "sbin")))
PACKAGES = ("nginx", "nginx-core")
"""The packages that have the program, of Debian and of older Ubuntus."""

MISSING = "No nginx for the test of replicas: install one (Debian: apt-get install nginx) or name it in NGINX_PROGRAM."


def find_nginx() -> str | None:
    """The path of an nginx that runs: NGINX_PROGRAM, the machine's, or an unpacked one; else None."""
    path = shutil.which(os.environ.get("NGINX_PROGRAM", "nginx"), path=PLACES)
    runs = path and subprocess.run([path, "-v"], check=False, capture_output=True).returncode == 0
    return path if runs else None


def unpack_nginx() -> None:
    """Unpack Debian's nginx into the virtual environment, where that is possible."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    if os.geteuid() == 0:
        subprocess.run(["apt-get", "update"], check=False, stdout=subprocess.DEVNULL)
    for package in PACKAGES:
        print("unpacking a package:", package, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            command = ["apt-get", "download", "-o", "APT::Sandbox::User=root", package]
            subprocess.run(command, cwd=folder, check=False, stdout=subprocess.DEVNULL)
            for file in Path(folder).glob("*.deb"):
                subprocess.run(["dpkg-deb", "--extract", file, UNPACKED], check=True)
        if find_nginx():
            return


@contextmanager
def balancing(program: str, labs: Sequence[Served], folder: Path) -> Iterator[str]:
    """Run nginx with the labs behind it until the block is left; the address where it answers.

    Args:
        program: the path of nginx.
        labs: as many as our configuration names.
        folder: where it keeps its files.
    """
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(filled_in(labs, port), encoding="utf-8")
    settings = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")  # the folders of tests are nobody else's
    with (folder / "said").open("w+b") as said:
        process = subprocess.Popen(
            [program, "-p", folder, "-c", configuration, "-e", "stderr", "-g", settings],
            stdin=subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip
        try:
            wait_until_it_listens(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(HANG)
            said.seek(0)
            print(said.read().decode())


def filled_in(labs: Sequence[Served], port: int) -> str:
    """Our configuration, with the ports of this run in place of its own."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    places = {"listen 8080;": f"listen 127.0.0.1:{port};"}
    places |= {f"server lab-{n}:7860 ": f"server 127.0.0.1:{lab.port} " for n, lab in enumerate(labs, start=1)}
    for place, here in places.items():
        assert text.count(place) == 1, place
        text = text.replace(place, here)
    assert "lab-" not in text, "there are more replicas than labs"
    return text


if __name__ == "__main__":
    if not find_nginx():
        unpack_nginx()
    sys.exit(0 if find_nginx() else MISSING)
