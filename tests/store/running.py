"""Start worker processes on a test's home."""

import os
import subprocess
import sys
from pathlib import Path

from tests.store.databases import Home

ROOT = Path(__file__).parents[2]


def start_worker(home: Home, name: str, *arguments: str) -> "subprocess.Popen[str]":
    """`tests.store.workers.NAME`, with pipes to its standard input and output."""
    environment = {**os.environ, **home.variables}
    command = [sys.executable, "-m", f"tests.store.workers.{name}", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def read_line(worker: "subprocess.Popen[str]") -> str:
    """The next line that it prints, or all that it complained when it prints none."""
    assert worker.stdout is not None
    assert worker.stderr is not None
    return worker.stdout.readline().strip() or worker.stderr.read()


def say(worker: "subprocess.Popen[str]", line: str) -> None:
    """Write a line to its standard input."""
    assert worker.stdin is not None
    worker.stdin.write(line + "\n")
    worker.stdin.flush()
