"""Responses are cut whole, in bounded memory and in time that grows with the bytes."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.imap.reading import frames
from yizhan.imap.errors import RemoteProtocolError
from yizhan.imap.frames import Framer
from yizhan.imap.limits import MAX_FETCH_LINE, MAX_LINE, MAX_LITERAL, MAX_LITERAL_BEFORE_LOGIN, MAX_LITERALS

GIVEN = (
    b"* OK human words {3}\r\n"
    b"* 1 FETCH (BODY[] {5}\r\na\r\n\x00b)\r\n"
    b'* LIST () "/" ~{3}\r\na"b\r\n'
    b"A1 BAD a literal {10}\r\n"
    b"* BYE\n"
    b"+ go {1}\r\n"
)


def test_each_response_is_one_line_and_its_literals() -> None:
    assert [(frame.text, frame.literals) for frame in frames(GIVEN)] == [
        (b"* OK human words {3}", []),
        (b"* 1 FETCH (BODY[] \0)", [b"a\r\n\x00b"]),
        (b'* LIST () "/" \0', [b'a"b']),
        (b"A1 BAD a literal {10}", []),
        (b"* BYE", []),
        (b"+ go {1}", []),
    ]


def test_a_short_literal_is_put_into_the_line_as_if_quoted() -> None:
    [frame] = frames(b"* 1 FETCH (BODY[] {5}\r\na\r\nbc UID 3)\r\n")
    assert frame == (b'* 1 FETCH (BODY[] "a\r\nbc" UID 3)', [])


@given(st.lists(st.integers(1, len(GIVEN) - 1)))
def test_frames_do_not_depend_on_how_the_bytes_come(cuts: list[int]) -> None:
    framer = Framer()
    found = []
    edges = [0, *sorted(cuts), len(GIVEN)]
    for low, high in pairwise(edges):
        framer.feed(GIVEN[low:high])
        while (frame := framer.next_frame()) is not None:
            found.append(frame)
    assert found == frames(GIVEN)
    assert framer.pending == 0


def test_a_nul_in_a_line_cannot_pass_for_a_literal() -> None:
    [frame] = frames(b'* LIST () "/" "a\x00b"\r\n')
    assert frame == (b'* LIST () "/" "a\x80b"', [])


@pytest.mark.parametrize(
    "data",
    [
        b"x" * (MAX_LINE + 1),
        b"* 1 FETCH (" + b"x" * MAX_FETCH_LINE,
        b"* OK FETCH (" + b"x" * MAX_LINE,
        b"x" * (MAX_LINE + 1) + b"\r\n",
        b"* 1 FETCH (" + b"BODY[] {0}\r\n" * (MAX_LITERALS + 1),
        b"* 1 FETCH (" + b"x" * 1000 + (b" {1}\r\nx" + b"y" * 4400) * 4000,
        b"* 1 FETCH (BODY[] {%d}\r\n" % (MAX_LITERAL + 1),
        b"* 1 FETCH (BODY[] {9999999999999999999}\r\n",
    ],
)
def test_what_is_past_a_bound_is_refused_at_once(data: bytes) -> None:
    framer = Framer()
    framer.allow_messages()
    framer.feed(data)
    with pytest.raises(RemoteProtocolError):
        framer.next_frame()


def test_what_is_said_of_a_letter_is_cut_at_the_bound_and_the_next_response_is_whole() -> None:
    begun = b"* 1 FETCH (UID 7 BODY "
    for rest in (b"x" * MAX_LINE, b"{3}\r\n\r\n) " + b"x" * MAX_LINE):
        [cut, next_one] = frames(begun + rest + b")\r\n* 2 EXISTS\r\n")
        assert (len(cut.text), cut.text.startswith(begun), next_one.text) == (MAX_LINE, True, b"* 2 EXISTS")


def test_literals_count_together() -> None:
    framer = Framer()
    framer.allow_messages()
    framer.feed(b"* 1 FETCH (BODY[1] {5}\r\nhello BODY[2] {%d}\r\n" % (MAX_LITERAL - 4))
    with pytest.raises(RemoteProtocolError):
        framer.next_frame()


def test_before_login_no_server_has_a_message_to_show() -> None:
    framer = Framer()
    framer.feed(b"* X {%d}\r\n" % (MAX_LITERAL_BEFORE_LOGIN + 1))
    with pytest.raises(RemoteProtocolError):
        framer.next_frame()


def test_time_grows_with_the_bytes_and_not_with_their_square() -> None:
    """A large literal in small pieces, and many lines in one."""

    def seconds(size: int) -> float:
        framer = Framer()
        framer.allow_messages()
        begun = time.process_time()
        framer.feed(b"* 1 FETCH (BODY[] {%d}\r\n" % size)
        for _ in range(size // 1024):
            framer.feed(b"x" * 1024)
            framer.next_frame()
        framer.feed(b"x" * (size % 1024) + b")\r\n" + b"* 1 EXISTS\r\n" * (size // 100))
        while framer.next_frame() is not None:
            pass
        return time.process_time() - begun

    small = min(seconds(2_000_000) for _ in range(3))
    assert seconds(16_000_000) < 40 * max(small, 0.005)


def test_the_rest_is_given_away_once() -> None:
    framer = Framer()
    framer.feed(b"A1 OK go\r\nrest")
    framer.next_frame()
    assert framer.take_rest() == b"rest"
    assert framer.pending == 0
