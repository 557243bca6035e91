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

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from convdemo.ui import experiment, settings
from convdemo.ui.page import build_page
from convdemo.ui.picture import MAX_UPLOAD_BYTES
from convdemo.ui.theme import build_theme
from convdemo.ui.widgets import ASSETS


def main() -> None:
    """Serve the lab until it is interrupted."""
    logging.basicConfig(level=os.environ.get("CONVDEMO_LOG", "WARNING"))
    page: gr.Blocks = build_page()
    # Not a daemon: a process that ends in the middle of a compilation aborts instead of stopping cleanly.
    threading.Thread(target=warm_up).start()
    page.queue(max_size=32)
    page.launch(
        theme=build_theme(),
        css_paths=ASSETS / "lab.css",
        ssr_mode=False,
        max_file_size=MAX_UPLOAD_BYTES,
        state_session_capacity=200,
        enable_monitoring=False,
        run_history=False,
        footer_links=["api"],
        # The page, answers and scripts travel compressed; pictures are already, and streams of events go as they come.
        app_kwargs={"middleware": [Middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)]},
    )


def warm_up() -> None:
    """Compile what the first visitors will need, unless the lab is being stopped: the end waits for this thread."""
    for warm_up_part in (settings.warm_up, experiment.warm_up):
        if threading.main_thread().is_alive():
            warm_up_part()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C while it starts, before Gradio listens for it
        main()
