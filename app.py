"""The Space's entry point: build the page and serve it.

Host and port come from GRADIO_SERVER_NAME and GRADIO_SERVER_PORT; Ctrl-C stops it. With CONVDEMO_LOG=INFO it
tells when a run ends.
"""

import contextlib
import logging
import os
import threading

# Gradio sums up its analytics after every event, unless this says seldom. It is read when gradio is imported.
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "100000")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from convdemo.ui.page import build_page, warm_up
from convdemo.ui.parts.files import own_folder
from convdemo.ui.parts.static import UI_FOLDER
from convdemo.ui.picture.opening import MAX_UPLOAD_BYTES
from convdemo.ui.serving import app_options
from convdemo.ui.theme import build_theme


def main() -> None:
    """Serve the lab until it is interrupted."""
    logging.basicConfig(level=os.environ.get("CONVDEMO_LOG", "WARNING"))
    with own_folder():
        serve()


def serve() -> None:
    """Build the page and serve it."""
    page, heads, routes = build_page()
    # Not a daemon: a process that ends in the middle of a compilation aborts instead of stopping cleanly.
    threading.Thread(target=prepare).start()
    page.queue(max_size=32)
    page.launch(
        theme=build_theme(),
        css_paths=UI_FOLDER / "parts" / "lab.css",
        ssr_mode=False,
        max_file_size=MAX_UPLOAD_BYTES,
        state_session_capacity=200,
        enable_monitoring=False,
        run_history=False,
        footer_links=["api"],
        app_kwargs=app_options(page, heads, routes, MAX_UPLOAD_BYTES),
    )


def prepare() -> None:
    """Warm the page up, unless the lab is being stopped: the end waits for this thread."""
    for _ in warm_up():
        if not threading.main_thread().is_alive():
            return


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C while it starts, before Gradio listens for it
        main()
