"""The child of `sidework`: one function over one heap of bytes, in a process that may die of them.

    python -m yizhan.services.messages.aside MODULE FUNCTION SECONDS MEMORY

Bytes come in at one end and go out at the other.  It ends with 0 only when the function answered.
"""

import importlib
import math
import resource
import signal
import sys

MAX_OPEN_FILES = 32  # its pipes, its modules, and the fonts that a drawing asks for


def main() -> None:
    """Be small first, then look at what a stranger sent."""
    module, function, seconds, memory = sys.argv[1:]
    _stay_within(math.ceil(float(seconds)), int(memory))
    task = getattr(importlib.import_module(module), function)
    sys.stdout.buffer.write(task(sys.stdin.buffer.read()))
    sys.stdout.buffer.flush()


def _stay_within(seconds: int, memory: int) -> None:
    """No more time and memory than that, no file written, no process begun (where we are not root), no core left."""
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for name, most in bounds.items():
        resource.setrlimit(name, (most, most))
    signal.alarm(2 * seconds)  # whoever began it may be gone


if __name__ == "__main__":
    main()
