"""A word more or less in a query, as the links beside the finds give it."""

from datetime import UTC, datetime

import pytest

from yizhan.store.search.narrowing import narrow, word_of
from yizhan.store.search.query import Filter, parse_query


@pytest.mark.parametrize(
    ("typed", "words", "narrowed"),
    [
        ("报价单", "is:unread", ("报价单 is:unread", False)),
        ("报价单 状态：未读 price", "is:unread", ("报价单 price", True)),
        ('"price  list" -draft', "has:attachment", ('"price  list" -draft has:attachment', False)),
        ("price -is:unread", "is:unread", ("price -is:unread is:unread", False)),
        ("is:unread", "is:unread", ("", True)),
        ("from: anna", "is:unread", ("from: anna is:unread", False)),
    ],
)
def test_a_word_is_added_or_taken_away_and_the_rest_stays_as_it_was_typed(
    typed: str, words: str, narrowed: tuple[str, bool]
) -> None:
    assert narrow(typed, words) == narrowed


@pytest.mark.parametrize(
    ("typed", "words", "names", "narrowed"),
    [
        ("price in:sent", "in:inbox", ["in"], ("price in:inbox", False)),
        ("price 位置:收件箱", "in:inbox", ["in"], ("price", True)),
        ("price -in:sent", "in:inbox", ["in"], ("price -in:sent in:inbox", False)),
        (
            "a after:2024 before:2025",
            "after:2025 before:2026",
            ["after", "before"],
            ("a after:2025 before:2026", False),
        ),
        ("a after:2025 before:2026", "after:2025 before:2026", ["after", "before"], ("a", True)),
        ("a after:2025-01-01 before:2026", "after:2025", ["after", "before"], ("a after:2025", False)),
    ],
)
def test_a_word_takes_the_place_of_others_of_its_kind(
    typed: str, words: str, names: list[str], narrowed: tuple[str, bool]
) -> None:
    assert narrow(typed, words, names) == narrowed


@pytest.mark.parametrize("name", ["Sent", "Project A", "Проект А", "项目/报价", "x", 'a"b', "in:a:b"])
def test_a_word_that_is_made_means_its_value(name: str) -> None:
    assert parse_query(word_of("in", name)).filters == [Filter("in", name)]


@pytest.mark.parametrize("name", ["", 'a" b', '"a"', "Проект «А»"])
def test_a_name_that_cannot_be_typed_makes_no_word(name: str) -> None:
    assert word_of("in", name) == ""


def test_days_are_compared_in_the_zone_that_is_asked_for() -> None:
    day = datetime(2025, 1, 1, tzinfo=UTC).tzinfo
    assert narrow("a after:2025", "after:2025-01-01", ["after"], day or UTC) == ("a", True)
