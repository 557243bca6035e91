"""How much long work at once is best for everybody? `python -m tests.benchmarks.limits` prints a table.

For each kind of long work (the names are those of `concurrency_id`) labs are started with other limits than the shipped
one. Visitors ask for the work at the same moment, which then waits for its turn, while others change the kernel, one
every half second each: what the work takes stands against what it costs them.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.crowd import Seen, change
from tests.benchmarks.visitor import Known, Taste, Visitor, look_around
from tests.serving import Served, serving

LIMITED = """
import runpy
from convdemo.ui.lesson import Room

connected = Room._connected

def limited(self, act, request, answers, options):
    if options.get("concurrency_id") == {name!r}:
        options = dict(options, concurrency_limit={limit})
    return connected(self, act, request, answers, options)

Room._connected = limited
runpy.run_path("app.py", run_name="__main__")
"""
"""The lab with another limit."""

FAST = 5
"""Visitors who change the kernel."""

EVERY = 0.5
"""Seconds between two changes of one of them."""


def slow_learning(values: dict[str, Any]) -> None:
    values["Rows"] = values["Columns"] = 9
    values["Steps"] = 3000


def many_draws(values: dict[str, Any]) -> None:
    values["Draws"] = 200


WORK: dict[str, tuple[str, bool, Callable[[dict[str, Any]], None] | None, tuple[int, ...], int]] = {
    # name: the lesson, whether it waits in Gradio's queue, what it is, limits (the second is shipped), how many ask
    "learn": ("learn", False, None, (1, 4, 8), 16),
    "runs": ("learn", True, slow_learning, (4, 16, 32), 24),
    "fields": ("receptive", True, many_draws, (2, 8, 16), 12),
    "why": ("why", False, None, (1, 2, 4), 16),
    "layers": ("layers", False, None, (1, 2, 4), 16),
    "filter_runs": ("filters", True, None, (2, 8, 16), 12),
}


def call_of(config: dict[str, Any], lesson: str, *, is_queued: bool, alter: Callable | None) -> dict[str, Any]:
    """What the page sends when it asks for the work: of the lesson's first event that takes its controls."""
    components = {each["id"]: each["props"] for each in config["components"]}
    event = next(
        each
        for each in config["dependencies"]
        if each["api_name"].startswith(f"{lesson}_room") and each["queue"] == is_queued and len(each["inputs"]) > 4
        and any(kind in ("input", "click", "change") for _, kind in each["targets"])
        and components[each["inputs"][0]].get("name") != "header"
    )  # fmt: skip
    labels = [components[number].get("label") or str(number) for number in event["inputs"]]
    values = {label: components[number].get("value") for label, number in zip(labels, event["inputs"], strict=True)}
    if alter:
        alter(values)
    return {"fn_index": event["id"], "data": [values[label] for label in labels], "trigger_id": event["targets"][0][0]}


async def told(client: httpx.AsyncClient, session: str) -> AsyncIterator[dict[str, Any]]:
    async with client.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                yield json.loads(line[5:])


async def work(port: int, call: dict[str, Any], number: int, *, is_queued: bool) -> tuple[float, float]:
    """Seconds to the first answer, and to the last one."""
    session, start = f"limits{number:04}", time.perf_counter()
    body = {**call, "session_hash": session, "event_data": None}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=600) as client:
        answer = await client.post(f"gradio_api/{'queue/join' if is_queued else 'run/predict'}", json=body)
        answer.raise_for_status()
        first = time.perf_counter() - start
        if not is_queued:
            return first, first
        first = None
        async for message in told(client, session):
            if message["msg"] in ("process_generating", "process_completed"):
                first = first or time.perf_counter() - start
            if message["msg"] == "process_completed":
                if not message["success"]:
                    raise RuntimeError(message)
                return first, time.perf_counter() - start
    raise RuntimeError("the stream has ended")


async def pick(port: int, known: Known, number: int, seen: Seen, until: asyncio.Event) -> None:
    """Change the kernel until the work is done, and ten times at least."""
    visitor, taste, count = Visitor(port), Taste(number), 0
    while count < 10 or not until.is_set():
        data = [known.call["data"][0], taste.kernel(), *known.call["data"][2:]]
        await change(visitor, {**known.call, "data": data}, None, "", seen, seen.answers)
        await asyncio.sleep(EVERY)
        count += 1
    visitor.leave()


async def together(lab: Served, call: dict[str, Any] | None, count: int, *, is_queued: bool) -> tuple[list, Seen]:
    """What the work took, and what those saw who changed the kernel."""
    known, seen, done = await look_around(lab.port), Seen(), asyncio.Event()
    picking = asyncio.gather(*(pick(lab.port, known, number, seen, done) for number in range(FAST)))
    await asyncio.sleep(EVERY)
    took = await asyncio.gather(*(work(lab.port, call, number, is_queued=is_queued) for number in range(count)))
    done.set()
    await picking
    return took, seen


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


async def until_ready(lab: Served) -> None:
    async with httpx.AsyncClient() as client:
        while (await client.get(f"{lab.address}/health")).status_code != 200:
            await asyncio.sleep(0.5)


async def config_of(lab: Served) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=60) as client:
        return (await client.get(f"{lab.address}/config")).json()


def measure(name: str, limit: int) -> str:
    """One row of the table."""
    lesson, is_queued, alter, limits, count = WORK[name]
    program = ("-c", LIMITED.format(name=name, limit=limit))
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), program) as lab:
        asyncio.run(until_ready(lab))
        call = call_of(asyncio.run(config_of(lab)), lesson, is_queued=is_queued, alter=alter)
        _, alone = asyncio.run(together(lab, call, 0, is_queued=is_queued))
        took, seen = asyncio.run(together(lab, call, count, is_queued=is_queued))
    firsts, alls = zip(*took, strict=True)
    shipped = " (shipped)" if limit == limits[1] else ""
    return (
        f"| {name}, {count} at once | {limit}{shipped} | {statistics.median(firsts):.1f} s, {max(firsts):.1f} s "
        f"| {max(alls):.1f} s | {p95(seen.answers):.2f} s | {p95(alone.answers):.2f} s | {sum(seen.refused.values())} |"
    )


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=WORK, default=list(WORK), help="which work (all)")
    options = parser.parse_args()
    print("| work | limit | first answer, median, last | all done after | kernel p95 beside it | alone | refused |")
    print("|---|---|---|---|---|---|---|")
    for name in options.only:
        for limit in WORK[name][3]:
            print(measure(name, limit), flush=True)


if __name__ == "__main__":
    main()
