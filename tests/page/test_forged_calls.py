"""Calls that no page would send: forged paths, wrong types, huge values, in every input of every event.

They go the way of a real call, through Gradio's own handling of files on the way in and out.
"""

import asyncio
import json
import math
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import numpy as np
import pydantic
import pytest
from gradio.context import LocalContext
from gradio.exceptions import InvalidPathError
from gradio.utils import get_upload_folder
from PIL import Image
from starlette.datastructures import QueryParams

from convdemo.images import ImageError, read_photo
from convdemo.ui.lesson import FaultError
from convdemo.ui.parts.static import UI_FOLDER
from convdemo.ui.picture.opening import DECODER, PictureGoneError, open_picture, read_upload
from convdemo.ui.sessions import RequestState
from tests.page.request import random_bytes, run_async
from tests.page.uploads import upload
from tests.serving import HANG

SIZE = (37, 53)  # of the picture that nobody may have: no picture of the lab has it
REQUEST = gr.Request(query_params=QueryParams("stride=2&nosuch=1"))
PATIENCE = 60  # seconds, after which a call hangs


def call(page, events, make_inputs):
    """What each event is answered with, as text; an error that the lab means to give is an answer too."""

    async def answer(event):
        LocalContext.blocks.set(page)
        state = RequestState(page)  # the served lab's own: Gradio's takes 0.1 s to make
        asked = page.process_api(event, make_inputs(event), state=state, request=REQUEST, event_data=Click())
        try:
            return json.dumps(await asyncio.wait_for(asked, PATIENCE), default=str)
        except FaultError:  # ours
            raise
        except (gr.Error, InvalidPathError, pydantic.ValidationError) as error:  # the last two are Gradio's own checks
            return str(error)

    async def answers():
        return [await answer(event) for event in events]

    return run_async(answers())


class Click:
    """What an event tells of itself, forged as well."""

    target = None
    _data = {"index": {"a": 1}, "kind": "../../x", "value": None}  # noqa: RUF012

    def __getattr__(self, name):
        try:
            return self._data[name]
        except KeyError:
            raise AttributeError(name) from None


@pytest.fixture
def secret(tmp_path):
    """A picture outside of all that is served."""
    path = tmp_path / "secret.png"
    Image.fromarray(np.full((*SIZE, 3), 77, np.uint8)).save(path)
    return path


def taken(since):
    """The files that the lab has written and that show the secret picture."""
    found = []
    for path in Path(get_upload_folder()).rglob("*.png"):
        if path not in since:
            with Image.open(path) as picture:
                if picture.size == SIZE[::-1]:
                    found.append(path)
    return found


@pytest.mark.parametrize("kind", ["a path", "a file of Gradio's", "a reference"])
def test_no_event_reads_a_file_that_was_not_uploaded(page, events, secret, kind):
    folder = Path(get_upload_folder())
    since = set(folder.rglob("*.png"))
    file = {"path": str(secret), "orig_name": "a.png", "url": None, "size": 1, "mime_type": None}
    if kind != "a path":
        file["meta"] = {"_type": "gradio.FileData"}
    value = {"upload": str(secret), "name": "a.png", "deeper": [file]} if kind == "a reference" else file
    answers = call(page, events, lambda event: [value] * len(event.inputs))
    for event, said in zip(events, answers, strict=True):
        assert not re.search(r"file=[^\"]*secret|FileData\W+path\W+[^\"]*secret", said), event.targets
    assert taken(since) == []


@pytest.mark.parametrize("kind", ["outside", "a link", "a pipe", "a descriptor", "a folder", "nothing", "no path"])
def test_only_regular_files_in_the_folder_of_uploads_are_opened(secret, kind):
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "forged"
    paths = {"outside": str(secret), "a descriptor": "/proc/self/fd/0", "a folder": str(folder), "no path": 7}
    if kind == "a link":
        place.symlink_to(secret)
    if kind == "a pipe":
        os.mkfifo(place)
    refused = PictureGoneError if kind == "nothing" else ImageError
    try:
        with pytest.raises(refused):
            read_upload(paths.get(kind, str(place)))
        with pytest.raises(refused):
            open_picture({"upload": paths.get(kind, str(place)), "name": "a.png"})
    finally:
        place.unlink(missing_ok=True)


def test_an_upload_is_read():
    reference = upload(np.full((*SIZE, 3), 99, np.uint8))
    assert read_upload(reference["upload"]).size == open_picture(reference).photo.size == SIZE


def test_a_picture_is_decoded_once_however_many_ask_for_it(monkeypatch):
    decoded, asked = [], threading.Barrier(8, timeout=HANG)

    def read(data):
        decoded.append(data)
        return read_photo(data)

    def ask(_):
        asked.wait()  # until all are there
        return open_picture(reference).photo.size

    monkeypatch.setattr(DECODER, "read", read)
    reference = upload(random_bytes(23, 31, 3, seed=77))
    with ThreadPoolExecutor(8) as threads:
        sizes = list(threads.map(ask, range(8)))
    assert sizes == [(23, 31)] * 8
    assert len(decoded) == 1


def test_only_one_function_opens_pictures_that_are_named_from_outside():
    # Whoever reads a picture otherwise has made it, or ships with the lab.
    opening = r"\b(?:read_photo|decode_image|Image\.open|os\.open|DECODER\.read)\([^\n]*"
    calls = {
        (path.relative_to(UI_FOLDER).as_posix(), found)
        for path in UI_FOLDER.rglob("*.py")
        for found in re.findall(opening, path.read_text())
    }
    assert calls == {
        ("picture/program.py", 'Image.open({file!r})"'),  # the text of a program
        ("parts/static.py", "Image.open(io.BytesIO(png)) as picture:"),
        ("picture/opening.py", "read_photo(path)"),
        ("picture/opening.py", "Image.open(example_path(name)) as picture:"),
        ("picture/opening.py", "os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)"),
        ("picture/opening.py", "DECODER.read(data)))"),
    }


PIECES = (None, True, -1, 10**30, 0.5, math.nan, -math.inf, "", "abc", "../../etc/passwd", "\ud800", "9" * 400, "NaN",
          "sobel_x", "photo", "pair", "network", "a;b,c|d", "\x00")  # fmt: skip
KEYS = (
    "example",
    "upload",
    "name",
    "cells",
    "text",
    "parameters",
    "path",
    "_type",
    "x",
)  # not "meta": Gradio's own check trips over it


def anything(rng, depth=0):
    """Any value that JSON can hold."""
    kind = rng.random()
    if depth < 3 and kind < 0.15:
        return [anything(rng, depth + 1) for _ in range(rng.integers(4))]
    if depth < 3 and kind < 0.4:
        return {KEYS[rng.integers(len(KEYS))]: anything(rng, depth + 1) for _ in range(rng.integers(5))}
    return PIECES[rng.integers(len(PIECES))]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_arrives_is_answered(page, events, seed):
    rng = np.random.default_rng(seed)
    for said in call(page, events, lambda event: [anything(rng) for _ in event.inputs]):
        said.encode()  # no lone surrogate, which would break the stream


@pytest.mark.parametrize(
    "value",
    [None, "abc", 10**300, math.nan, [[0] * 40] * 40, [[[[[[[[[[]]]]]]]]]], ";" * 100_000],
    ids=range(7),
)
def test_one_value_in_every_input_is_answered(page, events, value):
    answers = call(page, events, lambda event: [value] * len(event.inputs))
    for event, said in zip(events, answers, strict=True):
        assert len(said) < 1_000_000, event.fn
