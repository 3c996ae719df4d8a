"""Union, intersection, difference and the largest ones are what they are for sets of integers."""

from hypothesis import given
from hypothesis import strategies as st

from yizhan.imap.numset import NumSet

numbers = st.frozensets(st.integers(1, 40), max_size=20)


@given(numbers, numbers)
def test_sets_of_numbers_are_sets(ours: frozenset[int], theirs: frozenset[int]) -> None:
    left, right = NumSet.of(ours), NumSet.of(theirs)
    assert (left | right) == NumSet.of(ours | theirs)
    assert (left & right) == NumSet.of(ours & theirs)
    assert (left - right) == NumSet.of(ours - theirs)


@given(numbers, st.integers(0, 25))
def test_the_largest_are_the_last_of_the_sorted(ours: frozenset[int], count: int) -> None:
    assert NumSet.of(ours).largest(count) == NumSet.of(sorted(ours, reverse=True)[:count])
