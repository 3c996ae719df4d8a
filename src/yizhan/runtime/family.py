"""Children that end when their parent does, however it ends.

The parent keeps one end of a pipe open and gives the other to each child; when the parent dies, even by kill -9, the
kernel closes its end, and the child reads the end of the file.
"""

import os
import signal
import threading
import time

PARENT_PIPE = "YIZHAN_PARENT_PIPE"
GRACE_S = 6.0  # a child that does not end when it is asked to has no one left who would insist


def watch_parent() -> None:
    """End this process when the one that started it is gone; nothing where nobody is to be watched."""
    pipe = os.environ.pop(PARENT_PIPE, None)
    if pipe is not None:
        threading.Thread(target=_wait, args=(int(pipe),), name="parent", daemon=True).start()


def _wait(pipe: int) -> None:
    os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
