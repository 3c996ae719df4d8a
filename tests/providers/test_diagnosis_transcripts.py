"""Every recorded refusal, through the real parsers, ends in the cause that it names; no cause is without one."""

from pathlib import Path

import pytest

from tests.providers.transcripts import FOLDER, diagnosis_of, read_transcript
from yizhan.providers.causes import Cause

PATHS = sorted(FOLDER.rglob("*.txt"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(FOLDER).as_posix())
async def test_a_recorded_refusal_gets_its_cause(path: Path) -> None:
    transcript = read_transcript(path)
    found = await diagnosis_of(transcript)
    facts = {
        "stage": found.stage.name,
        "cause": found.cause.value,
        "retry": found.retry.value,
        "retry_after_s": str(found.retry_after_s),
    }
    assert {name: facts[name] for name in transcript.expected} == transcript.expected


def test_every_cause_has_a_transcript() -> None:
    recorded = {read_transcript(path).expected["cause"] for path in PATHS}
    assert {cause.value for cause in Cause} - recorded == set()


def test_bytes_that_are_no_utf_8_are_shown_as_the_chinese_that_they_are() -> None:
    transcript = read_transcript(FOLDER / "qq" / "code-in-gbk.txt")
    assert "请使用授权码登录" in transcript.lines[-1][1].decode("gb18030")
