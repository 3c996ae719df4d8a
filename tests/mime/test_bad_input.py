"""The worst that a stranger can send is read in bounded time and memory."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from yizhan.mime.enclosed import enclosed
from yizhan.mime.limits import MAX_FIELD_BYTES, MAX_PARTS
from yizhan.mime.structure import list_parts, parse_message
from yizhan.mime.summary import summarise

SECONDS = 40.0  # of the processor, which tracemalloc slows several times; what grows with the square takes minutes
MB = 1024 * 1024


def _nested(levels: int) -> bytes:
    heads = "".join(f"Content-Type: multipart/mixed; boundary=b{at}\n\n--b{at}\n" for at in range(levels))
    return heads.encode() + b"\n\nHello\n"


def _inside(levels: int) -> bytes:
    return b"Content-Type: message/rfc822\n\n" * levels + b"\nHello\n"


def _many_parts(count: int) -> bytes:
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * count + b"--b--\n"


BAD: dict[str, Callable[[], bytes]] = {
    "200 MB": lambda: b"Subject: x\r\nContent-Type: application/octet-stream\r\n\r\n" + b"x" * 78 * (200 * MB // 78),
    "200 levels": lambda: _nested(200),
    "200 messages inside one another": lambda: _inside(200),
    "50,000 parts": lambda: _many_parts(50_000),
    "a header of 10 MB": lambda: b"X-Long: " + b"x" * 10 * MB + b"\r\n\r\nHello",
    "a folded header of 10 MB": lambda: b"X-Long: x" + b"\r\n x" * (2 * MB) + b"\r\n\r\nHello",
    "a million fields": lambda: b"X: y\r\n" * 1_000_000 + b"\r\nHello",
    "5,000 recipients": lambda: b"To: " + b", ".join(b"a%d@example.com" % n for n in range(5000)) + b"\r\n\r\nHello",
    "NULs": lambda: b"Subj\0ect: \0\r\nContent-Type: te\0xt/plain\r\n\r\n" + b"\0" * MB,
    "nothing but NULs": lambda: b"\0" * (10 * MB),
    "nothing": lambda: b"",
    "nothing but line breaks": lambda: b"\r\n" * MB,
    "one line": lambda: b"x" * (10 * MB),
    "base64 that is none": lambda: b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=!\0" * MB,
}


@pytest.mark.parametrize("name", BAD)
def test_the_worst_is_read_in_bounded_time_and_memory(name: str) -> None:
    raw = BAD[name]()
    tracemalloc.start()
    start = time.process_time()
    parsed = parse_message(raw)
    list_parts(raw)
    summarise(raw, 200)
    opened = list(enclosed(parsed))
    spent, (_, most) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < SECONDS
    assert most < 3 * len(raw) + 64 * MB
    assert len(parsed.leaves) <= MAX_PARTS
    assert len(opened) < MAX_PARTS


@pytest.mark.parametrize("name", ["200 levels", "50,000 parts", "a header of 10 MB", "a million fields"])
def test_what_was_left_out_is_written_down(name: str) -> None:
    assert parse_message(BAD[name]()).defects != ()


def test_of_5000_recipients_as_many_are_read_as_a_field_holds() -> None:
    assert len(parse_message(BAD["5,000 recipients"]()).header("to")) <= MAX_FIELD_BYTES
