"""Calls that no page would send, to a lab that runs: `python -m tests.forged --calls 20000`.

A seed makes them: wrong types, missing and surplus values, deep nesting, long texts, numbers that are none, kernels of
hundreds of cells a side, paths of the server, addresses of inside, broken JSON, to every event there is and to
addresses where there is none. Every 50th is an ordinary one, which must be answered as ever.
"""

import argparse
import collections
import http.client
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.serving import HANG, Served, serving

THREADS = 4
ORDINARY_EVERY = 50

WORDS = (
    "", "abc", "sobel_x", "gabor:angle=30", "coffee", "photo", "pair", "network", "none", "zeros",
    "3,1,1,1;2,2,1,0", "VGG-16", "../../etc/passwd", "/etc/passwd", "/proc/self/fd/0", "/proc/self/environ",
    "C:\\windows\\win.ini", "http://127.0.0.1:22/", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd",
    "data:image/png;base64,AAAA", "\0", "\ud800", "9" * 400, "1e400", "-0", "NaN", "<script>alert(1)</script>",
    "{{7*7}}", "%s%n", "a;b,c|d", "–", "🙂",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 7, 0.5, -0.0, 1e308, -1e308, 1e-320, 2**31, 2**63, 2**64, -(2**70), 10**30,
           float("nan"), float("inf"), float("-inf"))  # fmt: skip
KEYS = (
    "example", "upload", "name", "original", "text", "cells", "weights", "parameters", "path",
    "url", "meta", "_type", "size", "orig_name", "mime_type", "is_stream", "data", "__type__", "value", "x"
)  # fmt: skip
FILE = {"_type": "gradio.FileData"}
PATHS = (
    "gradio_api/queue/join", "gradio_api/run/predict", "gradio_api/run/feature_map", "gradio_api/call/feature_map",
    "gradio_api/api/predict", "gradio_api/cancel", "gradio_api/reset", "gradio_api/component_server",
    "gradio_api/upload", "gradio_api/stream/abc", "gradio_api/process_recording", "login", "run/predict",
    "queue/join", "gradio_api/vibe-edit",
)  # fmt: skip
GETS = (
    "gradio_api/file=/etc/passwd", "gradio_api/file=..%2f..%2fetc%2fpasswd", "gradio_api/file=%00",
    "gradio_api/file=", "gradio_api/file=http://127.0.0.1/", "gradio_api/file/etc/passwd",
    "gradio_api/proxy=http://127.0.0.1/", "gradio_api/queue/data", "gradio_api/call/feature_map/nosuch",
    "gradio_api/heartbeat/", "static/../app.py", "lab/%ff", "assets/%00", "assets/..%2f..%2f..%2fapp.py",
    "custom_component/a/b/c/d", "dev/reload", "monitoring", "openapi.json", "docs", "first_view?kernel=" + "9" *
    5000, "first_view?stride=%ff&picture=../x", "?tab=nosuch&stride=1e9", "%2e%2e/app.py", "config",
    "gradio_api/info", "theme.css", "gradio_api/deep_link?session_hash=a", "?deep_link=../../etc/passwd",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A request: the path without its slash, and the body of a POST."""

    path: str
    body: bytes | None
    is_ordinary: bool = False


def value(random: Random, depth: int = 0) -> Any:
    """Return anything that JSON can hold, and some that it cannot."""
    kind = random.random()
    if kind < 0.3:
        return random.choice(WORDS)
    if kind < 0.5:
        return random.choice(NUMBERS)
    if kind < 0.6:
        return random.choice((None, True, False, [], {}))
    if kind < 0.7:
        path = random.choice(WORDS)
        files = ({"path": path, "orig_name": "a.png", "meta": FILE}, {"path": path, "url": path}, {"example": path})
        cells = {"name": "custom", "cells": [[random.choice(NUMBERS)] * 3] * 3}
        return random.choice((*files, {"upload": path, "name": path}, cells))
    if kind < 0.72:
        side = random.choice((40, 300))
        cells = [[random.choice(NUMBERS[:8])] * side] * side
        return random.choice((cells, {"name": "custom", "cells": cells}))
    if kind < 0.74:
        return random.choice(("9", ";", ",", "3,1,1,1;", "(", "\u202e", "a" * 61)) * random.choice((1000, 15_000))
    if kind < 0.75:
        deep: Any = 1
        for _ in range(random.choice((20, 400, 5000))):
            deep = random.choice(([deep], {"x": deep})) if depth == 0 and random.random() < 0.999 else [deep]
        return deep
    if depth > 3:
        return None
    if kind < 0.87:
        return [value(random, depth + 1) for _ in range(random.randrange(5))]
    return {random.choice(KEYS): value(random, depth + 1) for _ in range(random.randrange(6))}


def dumped(what: Any) -> bytes:
    """Return it as JSON; what lies too deep for the library is written by hand."""
    try:
        return json.dumps(what).encode("utf-8", "surrogatepass")
    except RecursionError:
        return b'{"fn_index": 1, "session_hash": "a", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def forge(random: Random, events: list[tuple[int, int]], ordinary: bytes) -> Iterator[Call]:
    """Return calls without an end.

    Args:
        random: what they hang on.
        events: the number of each event and of its values.
        ordinary: the body of a call that the page sends.
    """
    number = 0
    while True:
        number += 1
        kind = random.random()
        if number % ORDINARY_EVERY == 0:
            yield Call("gradio_api/run/predict", ordinary, is_ordinary=True)
        elif kind < 0.05:
            yield Call(random.choice(GETS), None)
        elif kind < 0.1:
            body = random.choice(
                (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"data": []}', b"9" * 5000, dumped(value(random)))
            )
            yield Call(random.choice(PATHS), body)
        else:
            event, count = random.choice(events)
            count = max(0, count + random.choice((0, 0, 0, 0, 0, 0, -1, 1)))
            one = value(random)
            values = [one] * count if random.random() < 0.2 else [value(random) for _ in range(count)]
            asked: dict[str, Any] = {"fn_index": event, "data": values, "session_hash": f"s{number}"}
            if random.random() < 0.5:
                asked["event_data"] = value(random)
            if random.random() < 0.1:
                asked[random.choice((*KEYS, *asked, "batched", "request", "trigger_id", "event_id"))] = value(random)
            body = dumped(asked)
            if random.random() < 0.02:
                body = body[: random.randrange(len(body))]
            yield Call(random.choice(("gradio_api/run/predict", "gradio_api/queue/join")), body)


@dataclass
class Report:
    """What came of it."""

    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def send(lab: Served, call: Call) -> tuple[int, bytes, float]:
    """Return the status and the body of the answer, and the seconds that it took; of a stream, none of it."""
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=HANG)
    start = time.perf_counter()
    headers = {"Content-Type": "application/json"}
    connection.request("GET" if call.body is None else "POST", f"/{call.path}", call.body, headers)
    answer = connection.getresponse()
    is_stream = answer.getheader("Content-Type", "").startswith("text/event-stream")
    body = b"" if is_stream else answer.read()
    took = time.perf_counter() - start
    connection.close()
    return answer.status, body, took


def follow(lab: Served, session: str) -> bytes:
    """Return what a queued event says first; then the visitor has left."""
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=HANG)
    connection.request("GET", f"/gradio_api/queue/data?session_hash={session}")
    answer = connection.getresponse()
    line = b""
    while (line := answer.readline()) and not re.search(rb'"msg": ?"process_(generating|completed)"', line):
        pass
    connection.close()
    return line


def config_of(lab: Served) -> dict[str, Any]:
    """Return what Gradio tells of the page."""
    _, body, _ = send(lab, Call("config", None))
    return json.loads(body)


def events_of(lab: Served) -> list[tuple[int, int]]:
    """Return the number of each event, and of its values."""
    return [(each["id"], len(each["inputs"])) for each in config_of(lab)["dependencies"] if each["backend_fn"]]


def ordinary_call(lab: Served, picture: Any = None) -> dict[str, Any]:
    """Return what the page sends when it asks for a feature map, be it of another picture."""
    config = config_of(lab)
    values = {each["id"]: each["props"].get("value") for each in config["components"]}
    # The first with as many values that asks the server; the picture comes first.
    asking = [each for each in config["dependencies"] if each["backend_fn"] and not each["queue"]]
    draw = next(each for each in asking if len(each["inputs"]) > 8)
    data = [values[number] for number in draw["inputs"]]
    return {"fn_index": draw["id"], "data": [picture or data[0], *data[1:]], "session_hash": "ordinary"}


def run(lab: Served, calls: int, seed: int) -> Report:
    """Send so many calls, `THREADS` at a time; what is not as it should be stands in the report's faults."""
    report = Report()
    ordinary = dumped(ordinary_call(lab))
    status, expected, _ = send(lab, Call("gradio_api/run/predict", ordinary))
    assert status == 200, expected
    expected = json.loads(expected)["data"]
    forged = forge(Random(seed), events_of(lab), ordinary)  # noqa: S311 - a seed makes them, nothing secret

    def ask(call: Call) -> None:
        said = ascii((call.path, (call.body or b"")[:300]))
        try:
            status, body, took = send(lab, call)
        except (OSError, http.client.HTTPException) as error:
            report.faults.append(f"{error!r}: {said}")
            return
        report.statuses[status] += 1
        report.seconds.append(took)
        if status == 200 and call.path.endswith("join"):
            body = follow(lab, json.loads(call.body)["session_hash"])
        if call.is_ordinary:
            if status != 200 or json.loads(body)["data"] != expected:
                report.faults.append(f"an ordinary call got {status}: {body[:200]!r}")
        elif status >= 500 and not is_sentence(body):
            report.faults.append(f"{status} {body[:200]!r}: {said}")
        if b"root:x:0" in body or b"PATH=" in body:
            report.faults.append(f"a file of the server: {said}")

    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(ask, (next(forged) for _ in range(calls))):
            pass
    return report


def is_sentence(body: bytes) -> bool:
    """Tell whether an answer says what is wrong, as Gradio sends a `gr.Error`."""
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return bool(said.get("error") or said.get("detail")) and "visible" in said


def main() -> int:
    """Run it and print what came of it; the status is 0 if nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as uploads, serving(Path(uploads)) as lab:
        start = time.monotonic()
        report = run(lab, options.calls, options.seed)
        log = lab.log.text
        seconds = sorted(report.seconds)
        print(f"{options.calls} calls in {time.monotonic() - start:.0f} s: {dict(sorted(report.statuses.items()))}")
        half, last = seconds[len(seconds) // 2], seconds[len(seconds) * 99 // 100]
        print(f"p50 {half:.3f} s, p99 {last:.3f} s, most {seconds[-1]:.3f} s")
        print(f"log: {len(log)} bytes, {log.count('Traceback')} tracebacks")
        for fault in report.faults[:20]:
            print(fault)
        print(f"{len(report.faults)} faults")
        if "Traceback" in log:
            print(log[-6000:])
    return bool(report.faults or "Traceback" in log or len(log) > 200_000)


if __name__ == "__main__":
    sys.exit(main())
