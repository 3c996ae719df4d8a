"""What servers say later of a message: `tests/bounces`, one report a file, with what is to be read from it."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.mime.limits import MAX_REPORTED, MAX_SAID_CHARS, MAX_SPOKEN_OF
from yizhan.mime.reports import Report, looks_like_report, read_report
from yizhan.mime.structure import parse_message

CORPUS = sorted((Path(__file__).parents[1] / "bounces").glob("*.txt"))
SECONDS = 5.0


def split(file: Path) -> tuple[list[str], bytes]:
    expected, _, raw = file.read_text("utf-8").partition("\n\n")
    return [line.removeprefix("E: ") for line in expected.splitlines()], raw.replace("\n", "\r\n").encode()


def read(raw: bytes) -> Report:
    found = read_report(parse_message(raw))
    assert found is not None
    return found


def lines_of(report: Report) -> list[str]:
    people = [f"{each.action} {each.addresses[0]} {each.status or '-'}" for each in report.recipients]
    return people + [f"id {each}" for each in report.message_ids[:1]]


@pytest.mark.parametrize("file", CORPUS, ids=[file.stem for file in CORPUS])
def test_a_report_is_read(file: Path) -> None:
    expected, raw = split(file)
    assert lines_of(read(raw)) == expected


@pytest.mark.parametrize("file", CORPUS, ids=[file.stem for file in CORPUS])
def test_a_report_of_a_failure_gives_the_servers_words(file: Path) -> None:
    told = [each.said for each in read(split(file)[1]).recipients]
    assert all(told) or file.stem == "several"
    assert max(map(len, told)) <= MAX_SAID_CHARS


def test_the_words_are_those_about_this_recipient() -> None:
    words = {file.stem: read(split(file)[1]).recipients[0].said for file in CORPUS}
    assert words["163"].endswith("RCPT TO said 550 No such user here")
    assert words["mailru"].startswith("boris@example.org SMTP error from remote mail server")
    assert "550 5.1.1 unknown user" in words["qmail"]
    assert "does not exist" in words["aliyun"]
    assert "non-existent hosts" in words["exim"]


@pytest.mark.parametrize(
    "raw",
    [
        b"From: anna@example.com\r\nAuto-Submitted: auto-replied\r\nSubject: Out of office\r\n\r\nBack on Monday",
        b"From: boris@example.org\r\nSubject: Undelivered mail?\r\n\r\nDid it fail for x@example.org?",
        b"From: postmaster@example.org\r\nSubject: New rules\r\n\r\nWrite to help@example.org",
        b"Return-Path: <>\r\nFrom: mailer-daemon@example.org\r\nSubject: failure notice\r\n\r\nNobody is named",
        b"From: b@example.org\r\nSubject: Read\r\nContent-Type: multipart/report; boundary=x\r\n\r\n--x\r\n"
        b"Content-Type: message/disposition-notification\r\n\r\nFinal-Recipient: rfc822; b@example.org\r\n\r\n--x--",
        b"",
    ],
)
def test_other_mail_is_no_report(raw: bytes) -> None:
    assert read_report(parse_message(raw)) is None


@given(st.binary(max_size=2_000), st.sampled_from([b"delivery-status", b"rfc822"]))
def test_garbage_is_read_without_an_error(data: bytes, kind: bytes) -> None:
    raw = b"From: postmaster@x\r\nSubject: failed\r\nContent-Type: message/" + kind + b"\r\n\r\n" + data
    assert isinstance(read_report(parse_message(raw)), Report | None)


@pytest.mark.parametrize(
    "piece",
    [
        "deliver",
        "a@b.c ",
        "reason: ",
        "\n\nx@y.org 550 ",
        "не ",
        "попытка ",
        "\n---",
        "x.",
        "Message-ID:",
        "550 ",
        "\n \t",
        "@",
    ],
)
@pytest.mark.parametrize("kind", ["text/plain", "message/delivery-status"])
def test_no_report_takes_long(piece: str, kind: str) -> None:
    raw = f"From: postmaster@x.org\r\nSubject: failed delivery report\r\nContent-Type: {kind}\r\n\r\n{piece * 60_000}"
    begun = time.process_time()
    found = read_report(parse_message(raw.encode()))
    assert time.process_time() - begun < SECONDS
    assert found is None or len(found.recipients) <= MAX_REPORTED


def test_a_report_names_a_bounded_number() -> None:
    fields = "".join(f"\n\nFinal-Recipient: rfc822; n{n}@x.org\nAction: failed\nStatus: 5.1.1" for n in range(2_000))
    raw = f"From: postmaster@x.org\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x{fields}\n"
    assert len(read(raw.encode()).recipients) == MAX_REPORTED
    words = f"From: postmaster@x.org\nSubject: undelivered\n\n{' '.join(f'n{n}@x.org' for n in range(2_000))}"
    assert looks_like_report(parse_message(words.encode()))
    assert len(read(words.encode()).recipients) == MAX_SPOKEN_OF
