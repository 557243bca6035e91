"""The Space's entry point: build the page and serve it.

Host and port come from GRADIO_SERVER_NAME and GRADIO_SERVER_PORT; Ctrl-C stops it. With CONVDEMO_LOG=INFO it
tells when a run ends, with CONVDEMO_EVENTS=1 of every event; `/health` says how it is.
"""

import contextlib
import gc
import logging
import os
import re
import socket
import sys
import threading

# Gradio sums up its analytics after every event, unless this says seldom. It is read when gradio is imported.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "100000")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

# Gradio would go to the next port where that one is taken, and end with a traceback if it is none.
os.environ["CONVDEMO_PORT"] = os.environ.pop("GRADIO_SERVER_PORT", "")

from convdemo.images import ImageError
from convdemo.memory import stay_small
from convdemo.ui.api.tools import are_asked_for, can_be_served
from convdemo.ui.health import Health
from convdemo.ui.page import CARDS, build_page, warm_up
from convdemo.ui.parts.files import StorageError, own_folder
from convdemo.ui.parts.widgets import read_source, read_text
from convdemo.ui.picture.opening import MAX_UPLOAD_BYTES
from convdemo.ui.serving import app_options
from convdemo.ui.theme import build_theme

_log = logging.getLogger(__name__)


class StartError(Exception):
    """What keeps the lab from starting."""


def main() -> None:
    """Serve the lab until it is interrupted; what keeps it from starting is one sentence, and status 1."""
    logging.basicConfig(level=os.environ.get("CONVDEMO_LOG", "WARNING"))
    stay_small()
    try:
        check_tools()
        port = asked_port()
        with own_folder():
            serve(port)
    except (OSError, ImageError, StorageError, StartError) as error:
        told = f"{error.strerror}: {error.filename}" if getattr(error, "filename", None) else error
        sys.exit(read_text("parts")["start"]["failed"].format(problem=told))


def check_tools() -> None:
    """Check that tools can be served if they are asked for.

    Raises:
        StartError: what serves them is not installed.
    """
    if are_asked_for() and not can_be_served():
        raise StartError(read_text("parts")["start"]["no_tools"])


def asked_port() -> int | None:
    """Return the port that GRADIO_SERVER_PORT names; None if it is not set, and Gradio takes a free one.

    Raises:
        StartError: it is no port, or another program listens on it.
    """
    words, named = read_text("parts")["start"], os.environ["CONVDEMO_PORT"]
    if not named:
        return None
    if not re.fullmatch("0*[1-9][0-9]{0,4}", named) or int(named) > 65535:
        raise StartError(words["no_port"].format(port=named))
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1").strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was used a moment ago is free
        try:
            probe.bind((host, int(named)))
        except OSError as error:
            raise StartError(words["port_taken"].format(port=named)) from error
    return int(named)


def serve(port: int | None) -> None:
    """Build the page and serve it."""
    gc.disable()  # while the page is built there is no garbage, and afterwards nothing of it ever becomes any
    page, heads, routes = build_page()
    gc.freeze()
    gc.enable()
    health = Health(page)
    # Not a daemon: a process that ends in the middle of a compilation aborts instead of stopping cleanly.
    threading.Thread(target=prepare, args=(health,)).start()
    page.queue(max_size=32)
    page.launch(
        server_port=port,
        theme=build_theme(),
        css=read_source("parts/lab.css"),
        ssr_mode=False,
        max_file_size=MAX_UPLOAD_BYTES,
        enable_monitoring=False,
        run_history=False,
        footer_links=["api"],
        _frontend=False,  # else Gradio asks for its own page, and gives up where that takes 3 s, as on a busy host
        app_kwargs=app_options(page, heads, [*routes, health.route], MAX_UPLOAD_BYTES, CARDS.of),
    )


def prepare(health: Health) -> None:
    """Warm the page up, unless the lab is being stopped: the end waits for this thread."""
    try:
        for _ in warm_up():
            if not threading.main_thread().is_alive():
                return
    except Exception as error:  # noqa: BLE001 - whatever it is: the lab works without
        _log.warning("%s while warming up: the first visitors wait longer", type(error).__name__)
    health.is_ready.set()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C while it starts, before Gradio listens for it
        main()
