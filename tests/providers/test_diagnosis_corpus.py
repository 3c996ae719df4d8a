"""What servers were seen to say, and what we know that they say, gets its cause: all of it, and never a wrong blame."""

import json
from pathlib import Path
from typing import Any

import pytest

from yizhan.providers.causes import Cause
from yizhan.services.catalogue.diagnoses import diagnose_lines

CORPUS = Path(__file__).parent.parent / "corpus" / "refusals"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPUS / name).read_text(encoding="utf-8").splitlines()]


def misnamed(records: list[dict[str, Any]]) -> list[str]:
    """Each record that gets another cause than its own."""
    asked = [json.dumps(record).encode() for record in records]
    answers = diagnose_lines(asked, "en")
    return [
        f"{record['raw']!r}: {answer.get('cause')} is not {record['cause']}"
        for record, answer in zip(records, answers, strict=True)
        if answer.get("cause") != record["cause"]
    ]


@pytest.mark.parametrize(("name", "at_least"), [("recorded.jsonl", 300), ("written.jsonl", 300)])
def test_every_line_gets_its_cause(name: str, at_least: int) -> None:
    records = rows(name)
    assert len(records) >= at_least
    assert misnamed(records) == []


def test_nothing_is_called_a_wrong_password_when_it_is_not() -> None:
    others = [record for name in ("recorded.jsonl", "written.jsonl") for record in rows(name)]
    asked = [json.dumps(record).encode() for record in others]
    blamed = [
        record["raw"]
        for record, answer in zip(others, diagnose_lines(asked, "en"), strict=True)
        if answer["cause"] == Cause.WRONG_PASSWORD and record["cause"] != Cause.WRONG_PASSWORD
    ]
    assert blamed == []


def test_a_line_that_is_misnamed_is_named() -> None:
    record = {"protocol": "imap", "stage": "auth", "raw": "NO [NOPERM] no", "cause": "wrong_password"}
    assert misnamed([record]) == ["'NO [NOPERM] no': permission_denied is not wrong_password"]
