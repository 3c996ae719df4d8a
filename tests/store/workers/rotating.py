"""Rotate the key, and be killed after the step named: `rotating STEP`."""

import os
import signal
import sys

import tests.store  # noqa: F401  (sets Django up)
from yizhan.store.rotation import rotate


def die_after(step: str, done: int, total: int) -> None:
    if step == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)


rotate(die_after, batch=2)
