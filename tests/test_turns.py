"""Tests take turns: many at once, but one that must be alone is never there together with another."""

import threading
from contextlib import ExitStack

from tests.serving import HANG
from tests.turns import in_turn


class Runner:
    """Somebody who wants a turn, in a thread of its own; `there` are those whose turn it is."""

    def __init__(self, path, there, *, alone):
        self.began, self.may_end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, args=(path, there, alone), daemon=True)
        self._thread.start()

    def _run(self, path, there, alone):
        with in_turn(path, alone=alone):
            there.add(self)
            self.company = set(there)
            self.began.set()
            self.may_end.wait(HANG)
            there.discard(self)

    def end(self):
        self.may_end.set()
        self._thread.join(HANG)


def test_others_run_side_by_side(tmp_path):
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(in_turn(tmp_path / "turns", alone=False))
        one_more = Runner(tmp_path / "turns", set(), alone=False)
        assert one_more.began.wait(HANG)
        one_more.end()


def test_who_must_be_alone_is_alone(tmp_path):
    there = set()
    first, second = (Runner(tmp_path / "turns", there, alone=False) for _ in range(2))
    assert first.began.wait(HANG)
    assert second.began.wait(HANG)
    alone = Runner(tmp_path / "turns", there, alone=True)
    later = Runner(tmp_path / "turns", there, alone=False)
    first.end()
    second.end()
    # Whichever of the two is woken first: the other one comes when it has gone.
    for _ in range(2):
        waiting = [runner for runner in (alone, later) if not runner.may_end.is_set()]
        while not any(runner.began.wait(0.01) for runner in waiting):
            pass
        next(runner for runner in waiting if runner.began.is_set()).end()
    assert alone.company == {alone}
    assert alone not in later.company
