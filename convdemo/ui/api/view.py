"""The page for programs: what there is to call. Its components and docstrings stand in no page that people learn from.

Gradio sends with a page what programs may call on it. On a page of their own, the endpoints cost the others nothing.
"""

from collections.abc import Iterable

import gradio as gr

from convdemo.ui.api.endpoint import Endpoint
from convdemo.ui.parts.widgets import fill, read_text

PATH = "api"


def show_endpoints(page: gr.Blocks, endpoints: Iterable[Endpoint]) -> None:
    """Add the page to the lab, and let programs call the endpoints."""
    words, endpoints = read_text("api"), tuple(endpoints)
    with page.route(words["title"], f"/{PATH}", show_in_navbar=False):
        told = [(endpoint.name, endpoint.summary) for endpoint in endpoints]
        gr.HTML(fill("api.list", title=words["title"], sentence=words["sentence"], how=words["how"], endpoints=told))
        for endpoint in endpoints:
            endpoint.connect()
