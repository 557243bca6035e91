"""What a link says of itself in a chat, a wiki or a course: Open Graph (ogp.me) and oEmbed (oembed.com)."""

import html
import io
import json
import re
import urllib.error
import urllib.request
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image

from convdemo.ui.embed.card import FRAME, MOST, SIZE
from tests.serving import HANG


def fetch(lab, path, **headers):
    request = urllib.request.Request(f"{lab.address}/{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=HANG) as answer:
        return answer.headers, answer.read()


def said(lab, path, **headers):
    """The head's sentences about the page, by their names."""
    page = fetch(lab, path, **headers)[1].decode()
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', page)
    links = re.findall(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    names = [name for name, _ in found]
    assert len(set(names)) == len(names)  # Gradio's own are gone
    return {name: html.unescape(text) for name, text in found}, [html.unescape(link) for link in links]


def oembed(lab, **parameters):
    return json.loads(fetch(lab, f"oembed?{urlencode(parameters)}")[1])


def refused(lab, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(lab, path)
    with caught.value as error:
        return error.code, error.read().decode()


def test_a_link_has_a_title_a_description_and_a_picture(lab):
    query = "kernel=emboss&picture=brick&stride=2"
    card, (frame,) = said(lab, f"?{query}")
    assert card["og:title"] == "Emboss on “Brick wall” – Feature map – Convolution Lab"
    assert card["og:description"].startswith("Lay the kernel on the picture")
    assert card["og:url"] == f"{lab.address}/?{query}"
    assert card["og:image"] == f"{lab.address}/preview.png?{query}"
    assert frame == f"{lab.address}/oembed?{urlencode({'url': card['og:url']})}"
    card, _ = said(lab, "learn?learn_rate=1.2", **{"Host": "lab.example", "X-Forwarded-Proto": "https"})
    assert card["og:title"] == "Learn a kernel – Convolution Lab"
    assert card["og:url"] == "https://lab.example/learn?learn_rate=1.2"
    card, _ = said(lab, "")  # without a link too
    assert card["og:url"] == f"{lab.address}/"
    assert card["og:image"] == f"{lab.address}/preview.png"


def test_the_picture_of_a_link_is_its_photo_and_its_map(lab):
    headers, png = fetch(lab, "preview.png?kernel=identity&picture=coffee&channels=colour")
    assert headers["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.size == SIZE
        pixels = np.asarray(picture.convert("RGB"), int)
    # The identity without padding is the photo but for its border; it is drawn as a picture.
    left, right = pixels[150:400, 100:500], pixels[150:400, 680:1080]
    assert np.abs(left - right).mean() < 12
    assert pixels[:20].min() == 255  # a white edge


def test_the_frame_of_a_link(lab):
    told = oembed(lab, url=f"{lab.address}/?tab=learn&learn_rate=1.2&embed=1", maxwidth=500)
    assert (told["version"], told["type"], told["width"], told["height"]) == ("1.0", "rich", 500, FRAME[1])
    [source] = re.findall(r'<iframe src="([^"]+)"', told["html"])
    assert html.unescape(source) == f"{lab.address}/learn?embed=1&learn_rate=1.2"
    assert told["thumbnail_url"].startswith(f"{lab.address}/preview.png?")
    assert oembed(lab, url=f"{lab.address}/step")["width"] == FRAME[0]
    told = oembed(lab, url=f"{lab.address}/step?present=1&step=<b>")
    assert "present" not in told["html"]
    assert told["thumbnail_url"] == f"{lab.address}/preview.png?present=1&step=%3Cb%3E"
    for url in (
        "",
        "https://evil.example/?tab=learn",
        f"{lab.address}/nosuch",
        "http://[",
        lab.address.replace("http:", ""),
        f"{lab.address.replace('http', 'javascript')}/%0aalert(1)//",  # would run in the page that shows the frame
        f"{lab.address}/'\"><b>/step",
        f"{lab.address}/?{'a' * MOST}=1",
    ):
        code, text = refused(lab, f"oembed?{urlencode({'url': url})}")
        assert code == 404
        assert text.startswith("This is no link to a page of this lab")
    assert refused(lab, f"oembed?{urlencode({'url': f'{lab.address}/', 'format': 'xml'})}")[0] == 501


@pytest.mark.parametrize(
    "query",
    [
        urlencode({"kernel": '"><script>alert(1)</script>', "picture": "../../etc/passwd"}),
        urlencode({"kernel": "nan,inf;1,2", "stride": "NaN", "tab": "<b>"}),
        "%00%ff&&&=;=",
    ],
)
def test_a_hostile_link_is_text_and_shows_the_default(lab, query):
    card, _ = said(lab, f"?{query}")
    assert card["og:title"] == "Sobel x on “Coffee cup” – Feature map – Convolution Lab"
    assert b"<script>alert" not in fetch(lab, f"?{query}")[1]
    assert fetch(lab, f"preview.png?{query}")[1] == fetch(lab, "preview.png")[1]


def test_a_link_that_is_too_long_says_nothing_of_itself(lab):
    query = f"kernel={'1,' * MOST}1"
    assert said(lab, f"?{query}") == ({}, [])
    assert refused(lab, f"preview.png?{query}")[0] == 414
