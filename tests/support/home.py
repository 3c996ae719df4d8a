"""A fresh Yizhan home, and `yizhan` run in it as a person runs it: as a program of its own."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import guarded
from tests.support.places import new_folder
from tests.support.planted import check_nothing_planted
from tests.support.ports import free_port
from tests.support.processes import Server, start_server

COMMAND_SECONDS = 90.0
_YIZHAN = (str(Path(sys.executable).parent / "yizhan"),)
_CONSISTENCY = """
import django, json
django.setup()
from yizhan.store.checks import inconsistencies
print(json.dumps(inconsistencies()))
"""


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output, as `--json` promises."""
        return json.loads(self.out)


@dataclass(slots=True)
class Serving:
    """A running `yizhan serve`."""

    url: str
    server: Server = field(repr=False)

    @property
    def output(self) -> str:
        """What it printed so far."""
        return self.server.log.read_text(encoding="utf-8", errors="replace")

    @property
    def link(self) -> str:
        """The one-time link that it printed, the longest address of its own that it named."""
        return max(re.findall(rf"{re.escape(self.url)}[^\s\"'<>]*", self.output), key=len)

    def stop(self) -> int:
        """Ask it to end, as a service manager or Ctrl-C does; gives its exit code."""
        if self.server.is_running:
            self.server.process.send_signal(signal.SIGTERM)
        return self.server.wait_for_end()

    def kill(self) -> None:
        """What a power cut does to it and to its children."""
        os.killpg(self.server.process.pid, signal.SIGKILL)
        self.server.wait_for_end()


@dataclass(slots=True)
class Home:
    """An empty YIZHAN_HOME.  `program` is `yizhan` but in the tests of this file."""

    folder: Path
    env: dict[str, str] = field(repr=False)
    program: Sequence[str] = _YIZHAN

    def cli(self, *arguments: str, input: str | None = None, seconds: float = COMMAND_SECONDS) -> Result:
        """Run one command to its end; `input` goes to its standard input.  Fails if a secret shows anywhere."""
        command = [*self.program, *arguments]
        check_nothing_planted("\0".join(command), "the arguments of a command")
        done = subprocess.run(
            command,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env=self.env,
            timeout=seconds,
            check=False,
        )
        result = Result(done.returncode, done.stdout, done.stderr)
        check_nothing_planted(result.out, f"the output of {' '.join(arguments)}")
        check_nothing_planted(result.err, f"the errors of {' '.join(arguments)}")
        return result

    @contextmanager
    def serve(self, *arguments: str, port: int | None = None, ready: str = "/") -> Iterator[Serving]:
        """`yizhan serve` on a free port, from when it answers `ready` to the end of the block."""
        port = port or free_port()
        log = new_folder("serve") / "output.log"
        command = [*self.program, "serve", "--port", str(port), *arguments]
        serving = Serving(f"http://localhost:{port}", start_server(command, log, env=self.env))
        try:
            serving.server.wait_until(lambda: _answers(port, ready))
            yield serving
        finally:
            serving.stop()
            check_nothing_planted(serving.output, "the output of serve")

    @contextmanager
    def engine(self) -> Iterator[Server]:
        """`yizhan engine` alone, from when it has begun to the end of the block."""
        log = new_folder("engine") / "output.log"
        running = start_server([*self.program, "engine"], log, env=self.env)
        try:
            running.wait_until(lambda: "engine_started" in log.read_text(encoding="utf-8"))
            yield running
        finally:
            running.stop()
            check_nothing_planted(log.read_text(encoding="utf-8", errors="replace"), "the output of the engine")

    def inconsistencies(self) -> list[str]:
        """What the store says is wrong with its data; empty when all is well or nothing was ever kept."""
        if not (self.folder / "yizhan.sqlite3").exists() and "YIZHAN_DATABASE_URL" not in self.env:
            return []
        env = {**self.env, "DJANGO_SETTINGS_MODULE": "yizhan.runtime.settings"}
        done = subprocess.run(
            [sys.executable, "-c", _CONSISTENCY], env=env, capture_output=True, text=True, timeout=60, check=True
        )
        return list(json.loads(done.stdout.splitlines()[-1]))


def new_home(env: Mapping[str, str] | None = None, program: Sequence[str] = _YIZHAN) -> Home:
    """An empty home; `env` adds variables such as YIZHAN_LANG."""
    folder = new_folder("home")
    folder.chmod(0o700)
    return Home(folder, {**_environment(folder), **(env or {})}, program)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of whoever runs the tests, but for the guard that keeps a command on this machine."""
    kept = ("PATH", "TMPDIR", "YIZHAN_TEST_CALLS")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(Path(guarded.__file__).parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "YIZHAN_HOME": str(folder),
        "YIZHAN_LANG": "en",
        "YIZHAN_LOG": "info",
    }


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
