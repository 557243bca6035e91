"""The page as a request calls it, with no server: its answers by name, for tests that have `upload_folder`."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
import numpy as np

from convdemo.kernels import KERNELS
from convdemo.ui.feature_map.files import save_map
from convdemo.ui.feature_map.lesson import draw
from convdemo.ui.kernel.value import kernel_value

COFFEE = {"example": "coffee"}  # 600 x 400, colour
SOBEL = kernel_value(KERNELS["sobel_x"])
CONTROLS = {
    "stride": 1, "padding": "none", "dilation": 1, "bias": 0.0, "relu": False, "flip": "no", "channels": "grey",
    "directions": "one", "display": "auto", "scale": "vivid",
}  # fmt: skip
LONGEST_SENTENCE = 500  # characters that fit under a control
ANSWERS = ("picture", "kernel", "figure", "code", "header", "stride", "dilation", "bias", "relu")
"""What `draw` answers for."""


def ask(picture=COFFEE, kernel=SOBEL, **controls):
    """What `draw` answers, by name; as the browser gets it, it must be JSON."""
    answer = draw(request(picture, kernel, **controls))
    json.dumps(answer, allow_nan=False, ensure_ascii=False).encode()
    return {name: answer.get(name, gr.skip()) for name in ANSWERS}


def request(picture=COFFEE, kernel=SOBEL, **controls):
    """What `draw` is sent."""
    return {"picture": picture, "kernel": kernel, **(CONTROLS | controls)}


def random_bytes(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def cells(text):
    """A kernel as someone types it cell by cell."""
    rows = [row.split() for row in text.split(";")]
    return {"name": "custom", "parameters": {}, "cells": rows, "text": None}


def run_async(coroutine):
    """What a coroutine returns; it runs in a thread of its own, as a browser's loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def is_skipped(update):
    return update == gr.skip()


def check_old_figure_stays(answer):
    assert answer["figure"]["stale"] is True
    assert "value" not in answer["figure"]  # an update without a value leaves the one on screen
    assert is_skipped(answer["code"])
    assert is_skipped(answer["header"])


def save(kind, *given, **controls):
    """What the page answers when a file of this kind is asked for."""
    return save_map(request(*given, **controls), gr.EventData(None, {"kind": kind}))["figure"]
