"""How long does the server take for the Receptive field tab? `python -m tests.benchmarks.receptive` prints it.

A request is everything that an event answers with: the photo with its boxes, the patch, the chart, the table and the
CSV. The aim is 100 ms for 200 layers and for a field of 3,000 pixels, so the last column is the part of 100 ms that is
taken; the one before compares with three layers. The influence of five layers
is to take at most a second. The shortest time of each counts: what else a machine does only ever
adds to it.
"""

import time

from convdemo.receptive_field import effective_receptive_field, parse_stack, receptive_field
from convdemo.ui.receptive.lesson import draw, take_network
from convdemo.ui.receptive.state import STACKS as KNOWN

ROUNDS = 7
AIM = 0.1  # seconds
PICTURE = {"example": "coffee"}
STACKS = {
    "three layers of 3x3": KNOWN["three_3x3"],
    "VGG-16": KNOWN["VGG-16"],
    "ResNet-101": KNOWN["ResNet-101"],
    "200 layers of 3x3": ";".join(["3,1,1,1"] * 200),
    "500 layers of 3x3": ";".join(["3,1,1,1"] * 500),
    "a field of 3,000 pixels": ";".join(
        ["3,1,1,1", *(f"3,1,{2**power},SAME" for power in range(1, 10)), "955,1,1,SAME"]
    ),
}


def shortest(function):
    """The shortest of several times."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def request(line, model):
    """What an event of the lesson is sent."""
    unit = {"layer": 0, "row": 0, "column": 0}
    return {"picture": PICTURE, "line": line, **unit, "other": "", "model": model, "draws": 20, "seed": 0, "was": None}


def main():
    usual = None
    for name, line in STACKS.items():
        for model in ("linear", "uniform"):  # with equal weights a small stack is measured at once
            spent = shortest(lambda line=line, model=model: draw(request(line, model)))
            usual = usual or spent
            size = receptive_field(parse_stack(line), (400, 600)).size[0]
            print(
                f"{name:24} field {size:5,} {model:8} {1e3 * spent:6.1f} ms, {spent / usual:5.1f} times the first, "
                f"{spent / AIM:5.2f} of the aim"
            )
    spent = shortest(lambda: take_network(request("", "linear") | {"network": "ResNet-101"}))
    print(f"choosing ResNet-101: {1e3 * spent:.1f} ms")
    five = parse_stack(";".join(["3,1,1,1"] * 5))
    for model in ("uniform", "linear", "relu"):
        spent = shortest(lambda model=model: effective_receptive_field(five, model, input_size=(400, 600), draws=20))
        print(f"influence in five layers, 20 draws, {model:8} {1e3 * spent:6.1f} ms, {spent:5.2f} of a second")


if __name__ == "__main__":
    main()
