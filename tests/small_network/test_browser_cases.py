"""Cases for the browser (tests/js/pnet.test.js): values of the small network on a photo of 15 x 18 pixels.

`python -m tests.small_network.test_browser_cases` writes them anew, from `convdemo.small_network`.
"""

import json
from pathlib import Path

import numpy as np

from convdemo.small_network import STAGES, run_network, take_apart

FILE = Path(__file__).parents[1] / "network_cases.json"
PHOTO = np.random.default_rng(5).integers(0, 256, (15, 18, 3), dtype=np.uint8)


def make_cases():
    image = PHOTO / np.float32(255)
    maps = run_network(image)
    values, sums = [], []
    for name, made in maps.items():
        height, width, channels = made.shape
        for row, column, channel in {
            (0, 0, 0),
            (height - 1, width - 1, channels - 1),
            (height // 2, width // 2, channels // 2),
        }:
            values.append([name, row, column, channel, round(float(made[row, column, channel]), 5)])
    for name in STAGES:
        if name != "pool1":
            step = take_apart(image, maps, name, 1, (0, 1))
            sums.append([name, 1, 0, 1, [round(float(one), 5) for one in step.sums], round(step.value, 5)])
    return {"size": [15, 18], "photo": PHOTO.ravel().tolist(), "values": sorted(values), "sums": sums}


def test_the_cases_are_what_the_core_makes():
    written, made = json.loads(FILE.read_text()), make_cases()
    assert written["photo"] == made["photo"]
    for one, other in zip(written["values"], made["values"], strict=True):
        assert one[:4] == other[:4]
        np.testing.assert_allclose(one[4], other[4], atol=1e-4)
    for one, other in zip(written["sums"], made["sums"], strict=True):
        np.testing.assert_allclose(one[4], other[4], atol=1e-4)


if __name__ == "__main__":
    FILE.write_text(json.dumps(make_cases()) + "\n")
