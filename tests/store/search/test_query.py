"""What may be typed, and what it means."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yizhan.store.search.limits import MAX_QUERY_CHARS
from yizhan.store.search.matching import Term
from yizhan.store.search.query import Filter, Query, QueryRefused, parse_query


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("报价单 price", [Term("报价单"), Term("price")]),
        ('"price list" -draft', [Term("price list", phrase=True), Term("draft", negative=True)]),
        ("“报价单 汇总”", [Term("报价单 汇总", phrase=True)]),
        ("from:anna", [Term("anna", "senders")]),
        ("发件人：李雷", [Term("李雷", "senders")]),
        ("Кому:анна -тема:«счёт»", [Term("анна", "recipients"), Term("счёт", "subject", True, True)]),
        ("發件人: 李雷 price", [Term("李雷", "senders"), Term("price")]),
        ('тема:  "счёт на оплату"', [Term("счёт на оплату", "subject", True)]),
        ("主题:报价 附件名:pi.pdf", [Term("报价", "subject"), Term("pi.pdf", "files")]),
        ("re:price https://example.org/a", [Term("re:price"), Term("https://example.org/a")]),
        ("price , — !", [Term("price")]),
        ('"never closed', [Term("never closed", phrase=True)]),
    ],
)
def test_words_become_terms(typed: str, terms: list[Term]) -> None:
    assert parse_query(typed) == Query(terms, [])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("is:unread", Filter("is", "unread")),
        ("状态：未读", Filter("is", "unread")),
        ("-is:flagged", Filter("is", "flagged", True)),
        ("has:attachment", Filter("has", "attachment")),
        ("有:附件", Filter("has", "attachment")),
        ("есть:вложение", Filter("has", "attachment")),
        ('in:"Sent Items"', Filter("in", "Sent Items")),
        ("account:work", Filter("account", "work")),
        ("before:2026-11-01", Filter("before", datetime(2026, 11, 1, tzinfo=UTC))),
        ("after:2026", Filter("after", datetime(2026, 1, 1, tzinfo=UTC))),
        ("之后:2026年11月3日", Filter("after", datetime(2026, 11, 3, tzinfo=UTC))),
        ("после:03.11.2026", Filter("after", datetime(2026, 11, 3, tzinfo=UTC))),
        ("larger:5M", Filter("larger", 5 * 1024 * 1024)),
        ("больше:10кб", Filter("larger", 10 * 1024)),
    ],
)
def test_names_become_filters(typed: str, found: Filter) -> None:
    assert parse_query(typed) == Query([], [found])


def test_a_day_begins_where_the_person_is() -> None:
    beijing = timezone(timedelta(hours=8))
    [found] = parse_query("before:2026-11-01", beijing).filters
    assert found.value == datetime(2026, 10, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("… !? ——  ，。", "empty"),
        ("-", "empty"),
        ("price " * 10_000, "too_long"),
        ("a " * 41, "too_long"),
        ("a." * 50, "too_long"),
        ("from:", "no_value"),
        ("from:!!", "bad_value"),
        ("price 发件人： ", "no_value"),
        ("is:nothing", "bad_value"),
        ("before:2026-02-31", "bad_value"),
        ("before:yesterday", "bad_value"),
        ("larger:much", "bad_value"),
    ],
)
def test_what_cannot_be_looked_for_is_refused_with_its_reason(typed: str, reason: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        parse_query(typed)
    assert refused.value.reason == reason


@given(st.text(alphabet='ab报价:："“”-@. \t！from', max_size=200) | st.text(max_size=MAX_QUERY_CHARS))
def test_whatever_is_typed_is_a_query_or_a_refusal(typed: str) -> None:
    found = asked(typed)
    assert isinstance(found, Query | QueryRefused)


def asked(typed: str) -> Query | QueryRefused:
    try:
        return parse_query(typed)
    except QueryRefused as refused:
        return refused
