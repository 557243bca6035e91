"""A result is worked out once, however many ask for it at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from convdemo.ui.parts.once import once
from tests.serving import HANG


def test_who_comes_while_it_is_worked_out_waits_for_the_same_result():
    calls, begun, may_end = [], threading.Event(), threading.Event()

    @once(maxsize=2)
    def work_out(number):
        calls.append(number)
        begun.set()
        may_end.wait(HANG)
        return [number]

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(work_out, 3)
        assert begun.wait(HANG)
        others = [threads.submit(work_out, 3) for _ in range(2)]
        assert not any(future.done() for future in (first, *others))
        may_end.set()
        results = [future.result(HANG) for future in (first, *others)]
    assert calls == [3]
    assert all(result is results[0] for result in results)


def test_an_error_is_not_kept_and_neither_is_what_was_asked_for_longest_ago():
    calls = []

    @once(maxsize=2)
    def work_out(number):
        calls.append(number)
        return 1 // number

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            work_out(0)
    for number in (1, 2, 1, 3, 1, 2):  # 3 takes the place of 2, then 2 that of 3
        work_out(number)
    assert calls == [0, 0, 1, 2, 3, 2]
    work_out.cache_clear()
    assert (work_out(1), calls[-1]) == (1, 1)
