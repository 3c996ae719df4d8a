"""What holds for every test: this machine only, and the planted secret is found nowhere (a pytest plugin)."""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import PICTURES_VARIABLE
from tests.support.guarded.sitecustomize import CALLS_VARIABLE, install
from tests.support.places import run_folder
from tests.support.planted import is_planted_in, leaking_files, planted_word

_leaks: list[str] = []
_CALLS = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """One folder and one planted word a run; the worker processes of xdist inherit both."""
    if not _is_worker(config):
        _forget_who_runs_us()
    os.environ["TMPDIR"] = tempfile.tempdir = str(run_folder())
    planted_word()
    calls = run_folder() / f"calls-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    calls.touch()
    config.stash[_CALLS] = calls
    os.environ[CALLS_VARIABLE] = str(calls)
    install()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that reached past this machine has failed, whatever became of the refusal."""
    report = yield
    calls = item.config.stash[_CALLS]
    if tried := calls.read_text(encoding="utf-8"):
        calls.write_text("")
        report.outcome = "failed"
        report.longrepr = f"tests reach this machine only; this one tried:\n{tried}"
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What a test printed, logged or showed when it failed is output too."""
    for name, text in [*report.sections, ("failure", report.longreprtext)]:
        if is_planted_in(text):
            _leaks.append(f"{report.nodeid}: {name}")


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, Any, Any]:
    """Search everything that the run wrote; a find fails the run.  A run that is well leaves nothing behind."""
    result = yield
    if _is_worker(session.config):
        return result
    _leaks.extend(str(path) for path in leaking_files(run_folder()))
    if _leaks:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        shutil.rmtree(run_folder(), ignore_errors=True)
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for place in dict.fromkeys(_leaks):
        terminalreporter.write_line(f"LEAK: the planted secret stands in {place}", red=True)
    if run_folder().exists():
        terminalreporter.write_line(f"what the servers and commands wrote is in {run_folder()}")


def _forget_who_runs_us() -> None:
    """Nobody's own Yizhan, nor anything else in their home, is read or written by a test."""
    for name in [name for name in os.environ if name.startswith("YIZHAN_") and name != PICTURES_VARIABLE]:
        del os.environ[name]
    home = run_folder() / "person"
    home.mkdir()
    os.environ.update(HOME=str(home), YIZHAN_HOME=str(home / "yizhan"), LC_ALL="C.UTF-8")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")
