"""What holds for the events of every lesson."""

import asyncio
import threading

from convdemo.ui import lesson
from tests.page.request import run_async
from tests.serving import HANG


def test_what_events_tell_is_sent_with_each_of_them(events):
    # With "always_last" Gradio would send what the first one told once more, with "once" nothing.
    telling = [event for event in events if event.collects_event_data]
    assert {event.targets[0][1] for event in telling} == {"select", "download", "take", "upload"}
    # A place on the photo, a pixel, a file to save, the whole photo; a filter of a bank and of two sets; what is taken;
    # the maps of layers to save.
    assert len(telling) == 9
    assert all(event.trigger_mode == "multiple" for event in telling)


def test_functions_with_one_name_take_turns_and_who_waits_takes_no_thread():
    at_work, most, threads, pair = [], [], set(), threading.Barrier(2, timeout=HANG)

    def work(given):
        at_work.append(given)
        most.append(len(at_work))
        threads.add(threading.get_ident())
        pair.wait()  # until another one is at work
        at_work.remove(given)
        return {"one": given["number"]}

    async def everybody():
        turns = [lesson.in_turn(work, "a test of turns", 2) for _ in range(2)]  # two events of one lesson
        return await asyncio.gather(*(turns[number % 2]({"number": number}) for number in range(40)))

    assert run_async(everybody()) == [{"one": number} for number in range(40)]
    assert max(most) == 2
    assert threading.get_ident() not in threads
