"""Many threads at once, each with its own database connection, closed at its end."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

R = TypeVar("R")


def at_once(count: int, work: Callable[[int], R]) -> list[R]:
    """What `work(0)` to `work(count - 1)` return, all started together."""
    barrier = threading.Barrier(count)

    def run(number: int) -> R:
        try:
            barrier.wait(10)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
