"""An ASGI application of ours in a home of its own, without the engine: for pages that need none."""

import http.client
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.home import new_home
from tests.support.places import new_folder
from tests.support.ports import free_port
from tests.support.processes import start_server

_REPOSITORY = Path(__file__).parents[2]


@contextmanager
def serving(application: str = "yizhan.runtime.asgi:application") -> Iterator[str]:
    """The address at which it answers, `http://localhost:PORT` (passkeys refuse addresses of numbers)."""
    home, port = new_home(), free_port()
    env = {**home.env, "PYTHONPATH": f"{home.env['PYTHONPATH']}:{_REPOSITORY}"}
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--log-level", "warning"]
    server = start_server(command, new_folder("web") / "output.log", env=env)
    try:
        server.wait_until(lambda: _answers(port))
        yield f"http://localhost:{port}"
    finally:
        server.stop()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("localhost", port, timeout=5)
    try:
        connection.request("GET", "/static/mark.svg")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
