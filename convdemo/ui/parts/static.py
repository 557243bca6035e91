"""How does what is the same for every visitor reach the browser?

Scripts, styles, the example photos and the first feature map are kept in memory, under addresses that hold a hash of
their content: a browser may keep them for good, a new content has a new address, and no folder that is emptied can take
them away.
"""

import hashlib
import io
import mimetypes
import re
from functools import cache
from pathlib import Path

from PIL import Image
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

UI_FOLDER = Path(__file__).parents[1]
_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
_COMMENTS = {".js": re.compile(rb"(?m)(^|[ \t])[ \t]*//( .*)?$"), ".css": re.compile(rb"[ \t]*/\*.*?\*/", re.DOTALL)}
_PUBLISHED: dict[str, bytes] = {}  # by their addresses
_PICTURES: dict[bytes, str] = {}  # addresses by the digests of what was published


def publish(data: bytes, name: str) -> str:
    """Serve a file that is the same for every visitor; its address, relative to the page."""
    address = f"lab/{hashlib.sha256(data).hexdigest()[:16]}/{name}"
    _PUBLISHED[address] = data
    return address


def publish_picture(png: bytes, name: str) -> str:
    """Serve a picture that is the same for every visitor as lossless WebP, a quarter smaller than a PNG.

    To write it takes half a second, too long for a picture that is asked for once.
    """
    buffer, digest = io.BytesIO(), hashlib.sha256(png).digest()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(buffer, "WEBP", lossless=True, quality=50, method=4)
    _PICTURES[digest] = publish(buffer.getvalue(), Path(name).with_suffix(".webp").name)
    return _PICTURES[digest]


def published_picture(png: bytes) -> str | None:
    """Return the address of a picture that has been published, None if it has not."""
    return _PICTURES.get(hashlib.sha256(png).digest())


def as_sent(source: Path) -> bytes:
    """Return a script or a style sheet without its comments, those behind code too; every line of a script stays one.

    No text or pattern of a script has a blank and "// " in it: tests/test_architecture.py holds them to that.
    """
    comment = _COMMENTS.get(source.suffix)
    return comment.sub(b"", source.read_bytes()) if comment else source.read_bytes()


@cache
def published_scripts() -> str:
    """Serve the scripts of all parts of the page; the address of their folder, named after the content of all."""
    paths = sorted(UI_FOLDER.glob("*/*.js"))
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in paths)).hexdigest()[:16]
    _PUBLISHED.update({f"lab/{digest}/{path.relative_to(UI_FOLDER).as_posix()}": as_sent(path) for path in paths})
    return f"lab/{digest}"


def published(address: str) -> bytes | None:
    """Return the file with this address, None if there is none."""
    return _PUBLISHED.get(address)


async def _serve(request: Request) -> Response:
    address = f"lab/{request.path_params['address']}"
    data = published(address)
    if data is None:
        return PlainTextResponse("", status_code=404)
    return Response(data, media_type=mimetypes.guess_type(address)[0], headers=_FOR_GOOD)


ROUTE = Route("/lab/{address:path}", _serve)
"""What the app needs to serve them."""
