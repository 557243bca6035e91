"""Where is the Chromium that the browser tests drive?

Run as a program, this finds one or installs one: Debian's where that is possible, else Playwright's own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
"""How it is started: nothing is asked of other hosts, and the camera shows a test pattern."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "No Chromium for the browser tests: install one (Debian: apt-get install chromium; "
    "elsewhere: python -m playwright install chromium) or name it in CHROMIUM."
)


def find_chromium() -> str | None:
    """The path of a Chromium: the one that CHROMIUM names, the machine's, or Playwright's; None if there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.is_file() else None


def install_chromium() -> None:
    """Installs a Chromium in the ways that this machine knows, until one works."""
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        commands.insert(0, ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"])
        subprocess.run(["apt-get", "update"], check=False, stdout=subprocess.DEVNULL)
    for command in commands:
        print("installing a browser:", " ".join(command), flush=True)
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        if find_chromium():
            return


if __name__ == "__main__":
    if not find_chromium():
        install_chromium()
    sys.exit(0 if find_chromium() else MISSING)
