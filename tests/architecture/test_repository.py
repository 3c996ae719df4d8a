"""The files speak of Yizhan only: no place on somebody's machine, nothing unfinished, nothing about who wrote them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY, files, plant

_HERE = Path(__file__).resolve()
PLACES = ("/work/", "/opt/pypi", "/opt/wheels", "/root/", "/home/", "contract.md", "../shared")
WRITERS = ("worktree", "sub-agent", "subagent", "language model", "integrator", "orchestrator", "claude", "chatgpt")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError|\bnoqa(?!:)")
BINARY = {".png", ".jpg", ".gif", ".ico", ".woff2", ".mo", ".gz", ".der", ".sqlite3"}
# Other people's words: pinned packages and vendored scripts, fonts and licences; recorded dialogues with servers.
OTHERS = re.compile(r"(^|/)(uv\.lock|LICENSE[^/]*|vendor/.*|.*\.min\.(js|css)|transcripts/.*|corpus/.*)$")


def unwanted(root: Path) -> Iterator[str]:
    """Lines that do not belong in a repository that others read."""
    for path in files(root):
        where = path.relative_to(root).as_posix()
        if path.suffix in BINARY or OTHERS.search(where) or path.resolve() == _HERE:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            yield from (f"{where}:{number}: {word}" for word in _words(line, path.suffix == ".py"))


def _words(line: str, is_python: bool) -> Iterator[str]:
    low = line.lower()
    yield from (word for word in (*PLACES, *WRITERS) if word in low)
    if is_python and (match := UNFINISHED.search(line)):
        yield match[0]


def test_no_file_names_a_machine_a_writer_or_something_unfinished() -> None:
    assert list(unwanted(REPOSITORY)) == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("docs/a.md", "see /work/main", "docs/a.md:1: /work/"),
        ("Makefile", "all:\n\tpip install -f /opt/wheels x", "Makefile:2: /opt/wheels"),
        ("src/a.py", "x = 1  # TODO later", "src/a.py:1: TODO"),
        ("src/a.py", "raise NotImplementedError", "src/a.py:1: NotImplementedError"),
        ("src/a.py", "import os  # noqa", "src/a.py:1: noqa"),
        ("README.md", "made with Claude", "README.md:1: claude"),
    ],
)
def test_an_unwanted_line_is_named(tmp_path: Path, name: str, text: str, found: str) -> None:
    assert list(unwanted(plant(tmp_path, {name: text}))) == [found]


def test_other_peoples_files_are_not_judged(tmp_path: Path) -> None:
    plant(tmp_path, {"uv.lock": "/work/", "src/yizhan/web/static/vendor/htmx.js": "TODO /root/", ".venv/a.py": "TODO"})
    assert list(unwanted(tmp_path)) == []
