"""The Receptive field tab without a browser, for its tests: what is sent, and what the answers say."""

import json
import re
from functools import cache
from html import unescape
from urllib.parse import parse_qsl

import gradio as gr
import numpy as np
from starlette.datastructures import QueryParams

from convdemo.ui import state as links
from convdemo.ui.lesson import Shared, when_due
from convdemo.ui.receptive import lesson as tab
from convdemo.ui.receptive.rows import rows_of
from convdemo.ui.receptive.state import STACKS, STATE
from tests.page.request import run_async
from tests.page.uploads import upload

COFFEE = {"example": "coffee"}  # 400 rows, 600 columns
LONGEST = 600  # characters of a sentence, whatever was sent
FOLLOW = when_due("receptive", tab.draw, tab.draw, ("picture",))
"""What draws the lesson when it is opened."""

START = {
    "picture": COFFEE, "line": STACKS["VGG-16"], "layer": 18, "row": 1, "column": 1, "other": "", "model": "linear",
    "draws": 3, "seed": 0, "resized": False, "photo": None, "was": None,
    "table": [["1", "2", "3", "4", "pool", "as it was"]],
}  # fmt: skip

LINK = (
    "receptive_stack=AlexNet&receptive_compare=5,2,1,0&receptive_layer=4&receptive_unit=3,7&receptive_model=relu"
    "&receptive_draws=7&receptive_seed=5"
)


@cache
def built():
    """The lesson on a page of its own; where no event loop runs, Gradio would open some that nobody closes."""

    async def build():
        with gr.Blocks():
            return tab.build(Shared(gr.HTML("receptive"), gr.HTML(COFFEE)))

    return run_async(build())


def request(**changes):
    """What an event is sent. Units, which sliders count from 1, are counted from 0 here, as in links.

    The model is a random one by default, so that nothing is measured at once.
    """
    units = {name: changes[name] for name in ("row", "column") if type(changes.get(name)) is int}
    return START | changes | {name: at + 1 for name, at in units.items() if at >= 0}


def named(answer):
    """An answer by the names of all parts; as the browser gets it, it must be JSON."""
    places = {*built().parts, "query"}
    assert set(answer) <= places
    json.dumps(answer, allow_nan=False, ensure_ascii=False).encode()
    return {name: answer.get(name, gr.skip()) for name in places}


def from_query(parameters):
    """The state of a link, and notices."""
    return links.from_query(parameters, STATE.in_links, STATE.former_names)


def standing(answer, **sent):
    """The layer and the unit after an answer: it leaves sliders alone that stand there already."""
    layer, row, column = (answer[name].get("value", sent.get(name, START[name])) for name in ("layer", "row", "column"))
    return layer, row - 1, column - 1


def ask(act=tab.draw, **changes):
    return named(act(request(**changes)))


def rows_in(answer):
    """The rows that an answer makes."""
    return answer["table"]["value"]


def is_skipped(update):
    return update == gr.skip()


def plain(html):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))).replace("\u00a0", " ").strip()


def sentence(answer):
    """What is wrong, if anything is."""
    return plain(answer["problem"])


def query(answer):
    return dict(parse_qsl(answer["query"]))


def table_of(line):
    return [list(row) for row in rows_of(line).cells]


def wrong(answer):
    """The cells that are marked, and what they say."""
    return [tuple(cell) for cell in answer["table"]["shown"]["wrong"]]


def noise(shape, seed=0):
    return upload(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def restored(link):
    """What a link sets, by name."""
    updates = tab.restore(from_query(QueryParams(link))[0], {"picture": COFFEE})
    assert set(updates) <= set(built().restored)
    return updates


def standing_after(link):
    """What the controls say after a link was restored."""
    values = {name: part.value for name, part in built().parts.items() if name in START} | {"picture": COFFEE}
    for name, update in restored(link).items():
        values[name] = update["value"] if isinstance(update, dict) and "value" in update else update
    return values


def opened(link):
    """What is answered when the lesson is opened after a link was restored, or without one."""
    return named(FOLLOW({"screen": "receptive", "drawn": [], **standing_after(link)}))
