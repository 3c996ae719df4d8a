"""A command is run as a person runs it, and what must not be seen is seen."""

import sys
from pathlib import Path

import pytest

from tests.support.home import Home, new_home
from tests.support.planted import SecretLeaked
from tests.support.processes import ServerDidNotStart

PYTHON = (sys.executable, "-c")


def python(script: str) -> Home:
    """A home whose program is this script instead of `yizhan`."""
    return new_home({"GREETING": "好"}, program=(*PYTHON, script))


def test_a_result_has_code_output_errors_and_json() -> None:
    script = "import sys, os; print('{\"a\": \"' + os.environ['GREETING'] + sys.stdin.read() + '\"}'); sys.exit('no')"
    result = python(script).cli(input="!")
    assert (result.code, result.json, result.err) == (1, {"a": "好!"}, "no\n")


def test_a_command_sees_an_empty_home_and_nothing_of_ours(tmp_path: Path) -> None:
    home = python("import os; print(*sorted(os.environ)); print(os.listdir(os.environ['YIZHAN_HOME']))")
    names, files = home.cli().out.splitlines()
    assert not {"PYTEST_CURRENT_TEST", "YIZHAN_TEST_PLANTED", "YIZHAN_DATABASE_URL"} & set(names.split())
    assert files == "[]"


def test_a_secret_in_an_output_or_an_argument_is_seen(planted_secret: str) -> None:
    echo = python("print(input())")
    with pytest.raises(SecretLeaked, match="the output of"):
        echo.cli(input=planted_secret)
    with pytest.raises(SecretLeaked, match="the arguments"):
        echo.cli(planted_secret)


SERVER = """
import http.server, sys
port = int(sys.argv[sys.argv.index("--port") + 1])
print(f"Open http://localhost:{port}/once/abc-123 in a browser", flush=True)
handler = http.server.BaseHTTPRequestHandler
handler.do_GET = lambda request: request.send_error(404)
http.server.HTTPServer(("127.0.0.1", port), handler).serve_forever()
"""


def test_serving_gives_its_link_and_ends_with_the_block() -> None:
    with python(SERVER).serve() as serving:
        assert serving.link == f"{serving.url}/once/abc-123"
        assert serving.server.is_running
    assert not serving.server.is_running


def test_a_server_that_does_not_come_up_shows_its_log() -> None:
    with pytest.raises(ServerDidNotStart, match="no such port"), python("raise SystemExit('no such port')").serve():
        pytest.fail("it did come up")
