"""The links beside the finds: what each adds to the query or takes away."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import override_settings
from django.utils import timezone, translation

from tests.store.conftest import open_sqlite, sqlite, sqlite_template
from yizhan.services.messages.searching import Facets
from yizhan.web import narrowing

__all__ = ["open_sqlite", "sqlite", "sqlite_template"]

ACCOUNTS = [
    {"id": 1, "address": "anna@example.org", "label": "Anna", "colour": 1},
    {"id": 2, "address": "boris@example.org", "label": "", "colour": 2},
]


@pytest.fixture(autouse=True)
def _addresses(sqlite: object) -> Iterator[None]:
    """Django with a store's settings, whose hour is UTC, and one address."""
    with override_settings(ROOT_URLCONF="tests.web.list_urls"), translation.override("en"):
        yield


def counted(**changes: Counter[object]) -> Facets:
    since = Counter(dict.fromkeys(narrowing.moments(), 3))
    return Facets(**{"since": since, "kinds": Counter(unread=2, attached=0), **changes})  # type: ignore[arg-type]


def links(typed: str, facets: Facets) -> dict[str, tuple[dict[str, str], int, bool]]:
    """Title to the words of its address, the count, and whether it is on."""
    return {
        link["title"]: (dict(parse_qsl(urlsplit(link["address"]).query)), link["count"], link["on"])
        for group in narrowing.groups(ACCOUNTS, typed, facets)
        for link in group["links"]
    }


def test_an_account_is_a_word_of_the_query_that_takes_the_place_of_another() -> None:
    facets = counted(accounts=Counter({1: 5, 2: 7}))
    found = links("price account:anna@example.org", facets)
    assert found["boris@example.org"] == ({"q": "price account:boris@example.org"}, 7, False)
    assert found["Anna"] == ({"q": "price"}, 5, True)


def test_a_mailbox_is_named_by_its_role_or_its_name_and_left_out_when_that_cannot_be_typed() -> None:
    facets = counted(mailboxes=Counter({"inbox": 3, "Проект А": 2, 'a" b': 1}))
    found = links("price", facets)
    assert found["Inbox"] == ({"q": "price in:inbox"}, 3, False)
    assert found["Проект А"] == ({"q": 'price in:"Проект А"'}, 2, False)
    assert 'a" b' not in found


def test_years_and_ages_take_the_place_of_one_another() -> None:
    week = f"after:{timezone.localdate() - timedelta(days=7):%Y-%m-%d}"
    found = links(f"price {week}", counted(years=Counter({2025: 4})))
    assert found["2025"] == ({"q": "price after:2025 before:2026"}, 4, False)
    assert found["Last 7 days"] == ({"q": "price"}, 3, True)


def test_what_leaves_nothing_is_not_offered_unless_it_is_on() -> None:
    assert "Has attachment" not in links("price", counted())
    assert links("price has:attachment", counted())["Has attachment"] == ({"q": "price"}, 0, True)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_year_at_the_end_of_the_calendar_offends_nobody(year: int) -> None:
    assert links("price", counted(years=Counter({year: 1})))


def test_a_query_without_room_for_another_word_offers_none() -> None:
    full = " ".join(f"w{number}" for number in range(40))
    assert links(full, counted(accounts=Counter({1: 5}), years=Counter({2025: 1}))) == {}
