"""How does an assistant use the lab? The endpoints are tools of MCP, where whoever runs the lab asks for that.

`GRADIO_MCP_SERVER=True` does, and Gradio serves them, if it is installed as gradio[mcp]. A call goes the way of any
other: through the gate and the queue. What Gradio tells of the answer is text; here the pictures in it become pictures.
"""

import base64
import json
import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gradio import Blocks

from convdemo.ui.parts.files import upload_folder

SERVED = "/gradio_api/mcp/?"
"""Where the tools are, as a pattern of the path."""

MOST_PICTURES, MOST_BYTES = 8, 1_000_000
"""How many pictures an answer shows, and the most bytes of each; of all others it has the address."""


def are_asked_for() -> bool:
    """Tell whether whoever runs the lab asks for tools, as Gradio reads it."""
    return os.environ.get("GRADIO_MCP_SERVER", "").lower() == "true"


def can_be_served() -> bool:
    """Tell whether what serves them is installed."""
    return find_spec("mcp") is not None


def show_pictures(page: Blocks) -> None:
    """Let the tools of a page answer with pictures; nothing where it has no tools."""
    tools = page.mcp_server_obj
    if tools is None:
        return

    def tell(answers: list[Any], _root: str) -> list[Any]:
        pictures = [data for data in map(_read, _files(answers)) if data][:MOST_PICTURES]
        text = json.dumps(_with_addresses(answers[0] if len(answers) == 1 else answers), ensure_ascii=False)
        shown = [base64.b64encode(data).decode() for data in pictures]
        return [
            tools.types.TextContent(type="text", text=text),
            *(tools.types.ImageContent(type="image", data=data, mimeType="image/png") for data in shown),
        ]

    tools.postprocess_output_data = tell


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("meta"), dict) and isinstance(value.get("path"), str)


def _files(value: Any) -> Iterator[str]:
    """Yield the paths of all files in an answer."""
    if _is_file(value):
        yield value["path"]
    elif isinstance(value, dict | list | tuple):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _files(item)


def _with_addresses(value: Any) -> Any:
    """Return an answer in which each file is its address."""
    if _is_file(value):
        return value.get("url") or value["path"]
    if isinstance(value, dict):
        return {name: _with_addresses(item) for name, item in value.items()}
    return [_with_addresses(item) for item in value] if isinstance(value, list | tuple) else value


def _read(path: str) -> bytes:
    """Return a picture that the lab has made; nothing for any other file, and for a large one."""
    file = Path(path).resolve()
    if file.suffix != ".png" or not file.is_relative_to(upload_folder()):
        return b""
    return file.read_bytes() if file.stat().st_size <= MOST_BYTES else b""
