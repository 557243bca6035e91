"""Where is the Chromium that the browser tests drive?

Run as a program, this finds one or installs one: Debian's where that is possible, else Playwright's own. Chromium's
headless shell, which Playwright brings too, is preferred: it opens a page of the lab in three quarters of the time.
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

SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    if can_install_packages():
        commands[:0] = [
            ["apt-get", "install", "--yes", "--no-install-recommends", name] for name in (SHELL, "chromium")
        ]
        subprocess.run(["apt-get", "update"], check=False, stdout=subprocess.DEVNULL)
    for command in commands:
        print("installing a browser:", " ".join(command), flush=True)
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        if find_chromium():
            return


def can_install_packages() -> bool:
    """Whether this is Debian or the like, and we may install what it has."""
    return bool(shutil.which("apt-get")) and os.geteuid() == 0


if __name__ == "__main__":
    is_slow = not os.environ.get("CHROMIUM") and can_install_packages() and not shutil.which(SHELL)
    if is_slow or not find_chromium():
        install_chromium()
    sys.exit(0 if find_chromium() else MISSING)
