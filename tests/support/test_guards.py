"""The guards that hold for every test do hold: each is broken on purpose in a run of its own."""

import socket
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from tests.support.guarded.sitecustomize import OutsideCall
from tests.support.home import new_home
from tests.support.planted import check_nothing_planted, is_planted_in, planted_forms

REPOSITORY = Path(__file__).parents[2]
PREAMBLE = """
import os, socket
from base64 import b64encode
from tests.support.places import given_file, new_folder
from tests.support.planted import planted_word
"""


def run_tests(folder: Path, body: str) -> str:
    """What pytest says about a file with this test, run with our plugins but apart from us."""
    path = folder / "test_apart.py"
    path.write_text(f"{PREAMBLE}\n{body}\n")
    plugins = ["-p", "tests.support.guards", "-p", "tests.support.marks"]
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(REPOSITORY / "pyproject.toml"), *plugins]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [*command, "--rootdir", str(folder), str(path)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("def test_it():\n    print(planted_word())", "test_apart.py::test_it: Captured stdout call"),
        ("def test_it():\n    (new_folder('db') / 'db.wal').write_text(planted_word())", "db.wal"),
        ("def test_it(tmp_path):\n    (tmp_path / 'x.log').write_text(planted_word())", "x.log"),
        ("def test_it():\n    assert planted_word() == 0", "test_apart.py::test_it: failure"),
    ],
)
def test_a_planted_secret_in_any_output_fails_the_run(tmp_path: Path, body: str, place: str) -> None:
    said = run_tests(tmp_path, body)
    assert "LEAK: the planted secret stands in" in said
    assert place in said


def test_a_planted_secret_that_a_test_gives_fails_nothing(tmp_path: Path) -> None:
    said = run_tests(tmp_path, "def test_it():\n    given_file(planted_word())")
    assert "1 passed" in said
    assert "LEAK" not in said


FORGIVING = """
def test_it():
    try:
        socket.create_connection(("192.0.2.1", 25), 1)
    except RuntimeError:
        pass
"""


def test_reaching_past_this_machine_fails_the_test_even_if_it_forgives(tmp_path: Path) -> None:
    said = run_tests(tmp_path, FORGIVING)
    assert "1 failed" in said
    assert "socket.connect 192.0.2.1" in said


def test_the_guard_holds_in_the_programs_that_tests_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YIZHAN_TEST_CALLS", str(tmp_path / "calls"))
    script = "import socket; socket.getaddrinfo('imap.example.com', 993)"
    result = new_home(program=(sys.executable, "-c", script)).cli()
    assert "OutsideCall" in result.err
    assert (tmp_path / "calls").read_text() == "socket.getaddrinfo imap.example.com\n"


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, "127.0.0.1"),
        (socket.AF_INET, "127.9.9.9"),
        (socket.AF_INET, "localhost"),
        (socket.AF_INET6, "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1"),
    ],
)
def test_this_machine_may_be_reached(family: socket.AddressFamily, address: str) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        assert line.connect_ex((address, 9)) == 0


def test_a_listener_for_the_world_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YIZHAN_TEST_CALLS", str(tmp_path / "calls"))
    with socket.socket() as line, pytest.raises(OutsideCall):
        line.bind(("0.0.0.0", 0))


@pytest.mark.parametrize("before", range(4))
def test_base64_hides_no_secret_whatever_stands_before_it(before: int, planted_secret: str) -> None:
    assert is_planted_in(b64encode(b"x" * before + planted_secret.encode() + b"tail"))


def test_other_words_are_no_secret(planted_secret: str) -> None:
    check_nothing_planted(planted_secret[:-1], "a shorter word")
    assert all(len(form) >= 22 for form in planted_forms())
