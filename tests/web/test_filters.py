"""The words of a list's address."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from django.test import override_settings
from django.utils import translation

from tests.store.conftest import open_sqlite, sqlite, sqlite_template
from yizhan.web.filters import kinds, read_query, read_words, times

__all__ = ["open_sqlite", "sqlite", "sqlite_template"]


@pytest.fixture(autouse=True)
def _addresses(sqlite: object) -> Iterator[None]:
    """Django with a store's settings, whose hour is UTC, and one address."""
    with override_settings(ROOT_URLCONF="tests.web.list_urls"), translation.override("en"):
        yield


def test_without_words_a_list_is_of_all_inboxes() -> None:
    assert read_query({}).wanted.role == "inbox"
    assert read_query({}).kept == {}


def test_words_that_mean_nothing_are_passed_over() -> None:
    typed = {"account": "x", "mailbox": "9" * 30, "role": "inbox", "only": "all", "when": "ever", "from": "1999-13-01"}
    assert read_query(typed).kept == {}


def test_a_mailbox_says_more_than_a_role() -> None:
    narrowed = read_query({"mailbox": "4", "role": "sent"})
    assert (narrowed.kept, narrowed.wanted.role) == ({"mailbox": "4"}, None)


def test_days_are_whole_days() -> None:
    wanted = read_query({"from": "2026-11-01", "to": "2026-11-03"}).wanted
    assert wanted.since == datetime(2026, 11, 1, tzinfo=UTC)
    assert wanted.until == datetime(2026, 11, 4, tzinfo=UTC)


def test_a_named_time_stands_in_place_of_days() -> None:
    narrowed = read_query({"when": "today", "from": "2026-11-01"})
    assert narrowed.kept == {"when": "today"}
    assert narrowed.wanted.since is not None


def test_what_an_address_says_is_read_back() -> None:
    narrowed = read_query(QueryDict("account=7&only=starred&when=week"))
    words = narrowed.address().partition("?")[2]
    assert read_words(words) == narrowed


def test_a_filter_keeps_the_others_and_knows_that_it_is_on() -> None:
    narrowed = read_query({"account": "7", "only": "unread", "when": "week"})
    on = [each["title"] for each in (*kinds(narrowed), *times(narrowed)) if each["on"]]
    assert on == ["Unread", "Last 7 days"]
    assert kinds(narrowed)[0]["address"] == "/mail?account=7&when=week"
    assert times(narrowed)[0]["address"] == "/mail?account=7&only=unread"
