"""How is a result worked out once, however many ask for it at the same time?

A cache with a limit lets everybody in who comes before the first has finished: a class that opens one photo would
decode it thirty times at once.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import wraps
from typing import Any


def once(maxsize: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator for a function of hashable values whose last `maxsize` results are kept.

    Who asks for what is being worked out waits for it. What raised an error is not kept. `cache_clear` forgets all.
    """

    def decorate(work_out: Callable[..., Any]) -> Callable[..., Any]:
        results: OrderedDict[tuple[Hashable, ...], Future] = OrderedDict()
        lock = threading.Lock()

        @wraps(work_out)
        def ask(*key: Hashable) -> Any:
            with lock:
                is_new = key not in results
                future = results.setdefault(key, Future())
                results.move_to_end(key)
                if len(results) > maxsize:
                    results.popitem(last=False)
            if is_new:
                try:
                    future.set_result(work_out(*key))
                except BaseException as error:  # noqa: BLE001 - it is raised below, and whoever waits must hear of it
                    future.set_exception(error)
                    with lock:
                        if results.get(key) is future:
                            del results[key]
            return future.result()

        def cache_clear() -> None:
            with lock:
                results.clear()

        ask.cache_clear = cache_clear
        return ask

    return decorate
