"""Uploads without a browser, for tests that have the fixture `upload_folder`."""

from pathlib import Path

from gradio.utils import get_upload_folder
from PIL import Image


def upload(content, name="mine.png", **options):
    """What a browser sends for an upload: the bytes of a file, or pixels or a picture to be saved as one."""
    path = Path(get_upload_folder()) / "0123456789abcdef" / name
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        picture = content if isinstance(content, Image.Image) else Image.fromarray(content)
        picture.save(path, **options)
    return {"upload": str(path), "name": name, "original": None}
