"""How the page travels: from memory, compressed, its files kept for good, with all that it needs named in its head."""

import asyncio
import gzip
import http.client
import io
import json
import re
import urllib.error
import urllib.request

import numpy as np
import pytest
from PIL import Image

from convdemo.ui.early.files import files_of
from convdemo.ui.serving import MOST_PAGES, Early, Head, Kept
from tests.page.request import run_async
from tests.serving import HANG

LESSONS = ("feature_map", "step", "learn", "receptive", "why", "filters", "layers")


def fetch(lab, path, **headers):
    """The headers and the body of an answer, as it travels."""
    request = urllib.request.Request(f"{lab.address}/{path}", headers={"Accept-Encoding": "gzip", **headers})
    with urllib.request.urlopen(request, timeout=HANG) as answer:
        return answer.headers, answer.read()


def html(lab, path, **headers):
    return gzip.decompress(fetch(lab, path, **headers)[1]).decode()


def test_the_same_page_comes_from_memory_and_without_compression_too(lab):
    assert html(lab, "") == html(lab, "") == fetch(lab, "", **{"Accept-Encoding": "identity"})[1].decode()
    assert fetch(lab, "")[0]["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["", *LESSONS])
def test_every_lesson_is_a_page_with_a_head_that_names_what_it_needs(lab, path):
    page = html(lab, path)
    named = re.findall(r'<link rel="(?:module)?preload"[^>]* href="([^"]+)"', page)
    assert any("header/header.js" in address for address in named)
    assert any(re.fullmatch(r"assets/core-[\w-]+\.js", address) for address in named)
    for address in named:
        headers, body = fetch(lab, address)
        assert body
        assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_only_a_page_that_opens_as_it_was_built_names_its_pictures(lab):
    assert re.findall(r'as="image" href="lab/\w+/([\w-]+\.webp)"', html(lab, "")) == ["feature-map.webp", "coffee.webp"]
    assert re.findall(r'as="image" href="lab/\w+/([\w-]+\.webp)"', html(lab, "learn?__theme=dark")) == ["coffee.webp"]
    assert 'as="image"' not in html(lab, "?stride=2")


def first_view(lab, query):
    """The pictures that a link opens with, and the map, if it comes along."""
    headers, body = fetch(lab, f"first_view{query}")
    return json.loads(headers["X-First-View"]), body


def test_the_map_of_a_link_is_answered_at_once(lab):
    pictures, body = first_view(lab, "?kernel=gaussian&stride=2&picture=brick")
    with Image.open(io.BytesIO(body)) as drawn:
        height, width = pictures["map"]["size"]
        assert drawn.size == (width, height)
        # Some blue, white and red only, so no green above the others.
        pixels = np.asarray(drawn.convert("RGB"), int)
    assert (pixels[..., 1] <= pixels[..., [0, 2]].max(axis=-1)).all()
    photo_height, photo_width = pictures["photo"]["size"]
    # The Gaussian has 7 x 7 weights: floor((size - 7) / 2) + 1.
    assert (height, width) == ((photo_height - 7) // 2 + 1, (photo_width - 7) // 2 + 1)
    assert pictures["photo"]["file"].endswith("brick.webp")


@pytest.mark.parametrize("query", ["", "?kernel=sobel_x", "?stride=nosuch&nosuch=1"])
def test_a_map_that_every_visitor_has_is_named_only(lab, query):
    pictures, body = first_view(lab, query)
    assert pictures["map"]["file"].endswith("/feature-map.webp")
    assert body == b""


@pytest.mark.parametrize("query", ["?tab=learn", "?channels=colour"])
def test_where_there_is_no_map_or_several_there_is_the_photo(lab, query):
    pictures, body = first_view(lab, query)
    assert list(pictures) == ["photo"]
    assert body == b""


def test_a_page_says_under_which_address_it_is_reached(lab):
    assert '"root":"https://lab.example"' in html(lab, "", Host="lab.example", **{"X-Forwarded-Proto": "https"})
    assert "lab.example" not in html(lab, "")


@pytest.mark.parametrize("path", ["lab/", "lab/0123456789abcdef/coffee.png", "lab/../app.py", "assets/no.js"])
def test_what_is_not_there_is_not_kept(lab, path):
    for _ in range(2):
        with pytest.raises(urllib.error.HTTPError) as error:
            fetch(lab, path)
        with error.value:
            assert error.value.code == 404


def test_a_part_of_a_file_and_an_unchanged_one_are_answered_as_ever(lab):
    address = re.search(r"lab/\w+/coffee\.webp", html(lab, ""))[0]
    headers, body = fetch(lab, address)
    assert headers["Content-Type"] == "image/webp"
    assert "Content-Encoding" not in headers  # a picture is compressed already
    assert body[8:12] == b"WEBP"


@pytest.mark.parametrize(
    ("path", "length", "code"),
    [
        ("gradio_api/queue/join", 1_000_001, 413),
        ("gradio_api/upload", 10_000_000, 413),
        ("gradio_api/queue/join", None, 411),
    ],
)
def test_what_is_too_long_is_refused_before_it_is_read(lab, path, length, code):
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=HANG)
    connection.putrequest("POST", f"/{path}")
    connection.putheader(*(("Content-Length", length) if length else ("Transfer-Encoding", "chunked")))
    connection.endheaders()  # nothing follows
    answer = connection.getresponse()
    assert answer.status == code
    assert json.loads(answer.read())["detail"].endswith((": send less.", ": send Content-Length."))
    connection.close()


@pytest.mark.parametrize("path", ["", "learn"])
def test_browsers_are_told_what_the_page_may_do(lab, path):
    headers, _ = fetch(lab, path)
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert "frame-ancestors" not in policy  # courses show it in a frame


@pytest.mark.parametrize("path", ["", "learn", "gradio_api/info", "config"])
def test_browsers_guess_no_types_and_ask_again_for_what_changes(lab, path):
    headers, _ = fetch(lab, path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-cache"


def test_no_visitor_writes_a_host_into_the_page_and_only_what_is_needed_is_served(lab):
    assert "evil.example" not in html(lab, "", **{"X-Forwarded-Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as error:
        fetch(lab, "openapi.json")
    with error.value:
        assert error.value.code == 404


def test_as_many_pages_are_kept_as_there_is_room_for():
    async def app(scope, receive, send):
        made.append(dict(scope["headers"])[b"host"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<head><style></style></head><gradio-app>"})

    async def ask(host):
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http"}
        await kept({**scope, "headers": [(b"host", host)]}, asyncio.sleep, send)
        return sent[1]["body"]

    made, kept = [], Kept(app, {"/": Head(Early("first", "last", "view"), Early())})
    hosts = [str(number).encode() for number in range(MOST_PAGES + 1)]

    async def ask_all():
        return [await ask(host) for host in (*hosts, hosts[-1], hosts[0])]

    assert set(run_async(ask_all())) == {b"<head>first<style></style>last</head>view<gradio-app>"}
    assert made == [*hosts, hosts[0]]  # the first had to go
    assert len(kept.pages) == MOST_PAGES


def test_the_modules_of_the_front_end_are_found():
    """They are read from Gradio's own files: a release that builds them otherwise would leave few."""
    files = files_of(["html", "slider"])
    assert len(files_of([])) < len(files_of(["html"])) < len(files)
    assert [name for name in files if name.startswith("core-")]
    assert [name for name in files if name.startswith("Blocks-")]
    assert [name for name in files if name.startswith("HTML-") and name.endswith(".js")]
    assert files_of(["nosuch"]) == files_of([])
