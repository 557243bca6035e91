"""The visitors of lecture_hall.py, in a process of their own; prints what they saw as JSON."""

import asyncio
import collections
import json
import resource
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks.visitor import HEIGHT, WIDTH, Known, RefusedError, Taste, Visitor, look_around, photo, uploaded

PHOTO_AFTER, PHOTO_WITHIN = 5.0, 10.0
"""Seconds: when the uploads begin after the first arrival, and how long they are spread."""


@dataclass
class Seen:
    """What visitors saw: seconds, and what was refused."""

    answers: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    visits: list[float] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)
    refused: collections.Counter[str] = field(default_factory=collections.Counter)


@dataclass(frozen=True)
class Plan:
    """What a crowd does.

    Attributes:
        port: of the lab.
        visitors: how many.
        seconds: how long each stays.
        every: seconds between two kernels, about.
        arrive: seconds over which they arrive.
        photos: how many of them upload one.
        cached: whether their browsers have the files already.
    """

    port: int
    visitors: int
    seconds: float
    every: float
    arrive: float
    photos: int
    cached: bool


async def come(plan: Plan, number: int, known: Known, picture: bytes | None, seen: Seen, begin: float) -> None:
    """Open the page, pick kernels, upload a photo if there is one, and leave."""
    taste, visitor = Taste(number), Visitor(plan.port)
    chance = taste.chance
    await until(begin + chance.random() * plan.arrive)
    end = time.perf_counter() + plan.seconds
    upload_at = begin + PHOTO_AFTER + chance.random() * PHOTO_WITHIN if picture else end
    call = known.call
    try:
        await open_page(plan, visitor, known, seen)
        while True:
            # Not all in step, as a round number would have them.
            next_at = time.perf_counter() + max(0.2, chance.gauss(plan.every, plan.every / 6))
            await until(min(next_at, max(upload_at, time.perf_counter())))
            if time.perf_counter() >= end:
                break
            sent, times = (picture, seen.uploads) if time.perf_counter() >= upload_at else (None, seen.answers)
            if sent:
                upload_at = end
            call = {**call, "data": [call["data"][0], taste.kernel(), *call["data"][2:]]}
            call = await change(visitor, call, sent, f"photo-{number}.jpg", seen, times)
    except RefusedError as error:
        seen.refused[str(error)] += 1
    finally:
        visitor.leave()


async def change(
    visitor: Visitor, call: dict[str, Any], sent: bytes | None, name: str, seen: Seen, times: list[float]
) -> dict[str, Any]:
    """Ask for a map, of a photo that is uploaded first if there is one; what was asked."""
    start = time.perf_counter()
    try:
        if sent:
            picture = uploaded(await visitor.upload(sent, name), name, HEIGHT, WIDTH)
            call = {**call, "data": [picture, *call["data"][1:]]}
        files = await visitor.draw(call)
        await visitor.ask(files[0])
        times.append(time.perf_counter() - start)
        await visitor.fetch_all(files[1:])
    except RefusedError as error:
        seen.refused[str(error)] += 1
    return call


async def until(when: float) -> None:
    await asyncio.sleep(max(0.0, when - time.perf_counter()))


async def open_page(plan: Plan, visitor: Visitor, known: Known, seen: Seen) -> None:
    start = time.perf_counter()
    await visitor.ask("")
    seen.pages.append(time.perf_counter() - start)
    if not plan.cached:
        await visitor.fetch_all(known.files)
    seen.visits.append(time.perf_counter() - start)
    await visitor.beat()


async def crowd(plan: Plan) -> dict[str, Any]:
    """What a crowd saw, and the processor's seconds that it took itself."""
    known = await look_around(plan.port)
    pictures = [photo(number) if number < plan.photos else None for number in range(plan.visitors)]
    seen, before, begin = Seen(), own_seconds(), time.perf_counter()
    await asyncio.gather(*(come(plan, number, known, pictures[number], seen, begin) for number in range(plan.visitors)))
    return {**vars(seen), "wall": time.perf_counter() - begin, "processor": own_seconds() - before}


def own_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(json.dumps(asyncio.run(crowd(Plan(**json.loads(sys.argv[1]))))))
