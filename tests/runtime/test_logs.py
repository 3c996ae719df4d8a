"""A line of the log is one line, names its facts, and shows no secret."""

import logging
import sys

from yizhan.base.secret import Secret
from yizhan.runtime.logs import LineFormatter


def line(message: str, **facts: object) -> str:
    record = logging.getLogger("yizhan.runtime.engine").makeRecord(
        "yizhan.runtime.engine", logging.INFO, "", 0, message, (), None, extra=facts
    )
    return LineFormatter().format(record)


def test_facts_stand_as_names_and_values_on_one_line() -> None:
    text = line("request_settled", request=7, said="no\r\nsuch user")
    assert text.endswith('INFO yizhan.runtime.engine request_settled request=7 said="no  such user"')


def test_a_secret_is_stars() -> None:
    assert "hunter2" not in line("bound", secret=Secret("hunter2"))


def test_a_crash_has_its_trace() -> None:
    record = logging.LogRecord("yizhan", logging.ERROR, "", 0, "crashed", (), _failure())
    assert "ZeroDivisionError" in LineFormatter().format(record)


def _failure() -> tuple[type[BaseException], BaseException, object]:
    try:
        return (ValueError, ValueError(1 / 0), None)
    except ZeroDivisionError:
        return sys.exc_info()  # type: ignore[return-value]
