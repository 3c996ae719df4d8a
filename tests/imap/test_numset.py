"""Sets of numbers: ranges, never more in memory than on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.imap.errors import LocalProtocolError, RemoteProtocolError
from yizhan.imap.limits import MAX_NUMBER
from yizhan.imap.numset import NumSet, expand, parse_ordered

numbers = st.sets(st.integers(1, MAX_NUMBER), min_size=1, max_size=60) | st.sets(st.integers(1, 80), min_size=1)


@given(numbers)
def test_a_set_comes_back_from_the_wire_as_it_went(chosen: set[int]) -> None:
    made = NumSet.of(chosen)
    back = NumSet.parse(bytes(made))
    assert back == made
    assert back.numbers() == sorted(chosen)
    assert len(made) == len(chosen)


@given(numbers, st.integers(1, 90))
def test_a_set_knows_what_is_in_it(chosen: set[int], number: int) -> None:
    assert (number in NumSet.of(chosen)) == (number in chosen)


@given(st.sets(st.integers(1, 500), min_size=1), st.integers(1, 40), st.integers(8, 60))
def test_pieces_of_a_set_are_small_enough_and_together_the_whole(chosen: set[int], count: int, size: int) -> None:
    pieces = list(NumSet.of(chosen).split(count, size))
    assert [number for piece in pieces for number in piece.numbers()] == sorted(chosen)
    assert max(len(piece) for piece in pieces) <= count
    assert max(len(bytes(piece)) for piece in pieces) <= size + 8


def test_an_open_set_stays_open_when_it_is_split() -> None:
    assert [str(piece) for piece in NumSet.parse(b"1:4,9:*").split(3)] == ["1:3", "4,9:*"]


@pytest.mark.parametrize(("wire", "shown"), [(b"4:2", "2:4"), (b"1,2,3", "1:3"), (b"*:5", "5:*"), (b"7:9,8", "7:9")])
def test_a_set_is_read_as_the_standard_means_it(wire: bytes, shown: str) -> None:
    assert str(NumSet.parse(wire)) == shown


def test_the_largest_number_is_not_the_star() -> None:
    assert str(NumSet.parse(b"4294967295")) == "4294967295"
    assert not NumSet.parse(b"4294967295").is_open
    assert str(NumSet.parse(b"4294967295,*")) == "4294967295,*"


@pytest.mark.parametrize("wire", [b"", b"0", b"1:", b"a", b"1,,2", b"4294967296", b"1:2:3", b" 1", b"-1"])
def test_what_is_no_set_is_refused(wire: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        NumSet.parse(wire)


def test_a_set_of_all_numbers_is_small_and_is_not_spread_out() -> None:
    everything = NumSet.parse(b"1:4294967295")
    assert len(everything) == MAX_NUMBER
    with pytest.raises(RemoteProtocolError):
        everything.numbers()
    with pytest.raises(RemoteProtocolError):
        NumSet.from_(5).numbers()


def test_a_number_that_is_none_is_refused_here() -> None:
    with pytest.raises(LocalProtocolError):
        NumSet.of([0])
    with pytest.raises(LocalProtocolError):
        NumSet.of([MAX_NUMBER + 1])


def test_the_order_of_a_copyuid_is_kept() -> None:
    assert expand(parse_ordered(b"8,7,3:4")) == [8, 7, 3, 4]
