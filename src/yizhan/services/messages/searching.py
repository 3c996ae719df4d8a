"""Search: what a person types, and the messages that answer it, the newest first."""

import re
from datetime import UTC, tzinfo
from typing import Any

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.services.messages.indexing import index_due
from yizhan.services.messages.listing import PAGE, shape_of_row
from yizhan.services.messages.reading import MAX_LIMIT
from yizhan.store.models import Message
from yizhan.store.scope import Scope
from yizhan.store.search.finding import Found, find
from yizhan.store.search.index import body_of
from yizhan.store.search.matching import excerpt, find_ranges
from yizhan.store.search.query import Filter, Query, QueryRefused, parse_query

__all__ = ["QueryRefused", "catch_up", "search", "search_page"]

SNIPPET_CHARS = 200
CATCH_UP = 200  # messages: a second or two, where no engine has read them
_CURSOR = re.compile(r"\d{1,19}")


def search(scope: Scope, typed: str, account_id: AccountId | None, limit: int) -> list[dict[str, Any]]:
    """At most so many messages that fit, in cli.md's shape with `snippet` and `highlights`.  Raises `QueryRefused`."""
    wanted = max(1, min(limit, MAX_LIMIT))
    query = _of_account(parse_query(typed), account_id)
    rows: list[Message] = []
    found = Found([], None)
    while len(rows) < wanted:
        found = find(scope, query, found.next, wanted - len(rows))
        rows += found.rows
        if found.next is None:
            break
    return [_shape(row, query) for row in rows]


def search_page(
    scope: Scope,
    typed: str,
    account_id: AccountId | None = None,
    cursor: str = "",
    zone: tzinfo = UTC,
    size: int = PAGE,
) -> dict[str, Any]:
    """`{"messages": [...], "next": cursor}`; a page may be short and still have a next.

    Raises `QueryRefused`, or `BadInput` for a cursor that is none.
    """
    if cursor and _CURSOR.fullmatch(cursor) is None:
        raise BadInput("this is no place in a list")
    query = _of_account(parse_query(typed, zone), account_id)
    before = min(int(cursor), 2**63 - 1) if cursor else None
    found = find(scope, query, before, size)
    return {
        "messages": [_shape(row, query) for row in found.rows],
        "next": "" if found.next is None else str(found.next),
    }


def catch_up() -> None:
    """Without an engine: read for the index what is due, so that mail which just came is found."""
    left = CATCH_UP
    while left > 0 and (count := index_due()):
        left -= count


def _of_account(query: Query, account_id: AccountId | None) -> Query:
    if account_id is None:
        return query
    return Query(query.terms, [*query.filters, Filter("account_id", account_id)])


def _shape(row: Message, query: Query) -> dict[str, Any]:
    shown = [term for term in query.terms if not term.negative]
    in_text = [term for term in shown if term.field in ("", "body")]
    snippet = excerpt(*body_of(row.searched), in_text, SNIPPET_CHARS) or row.snippet
    people = " ".join(each["name"] or each["address"] for each in row.senders[:1])
    marks = {
        "from": find_ranges(people, [term for term in shown if term.field in ("", "senders")]),
        "subject": find_ranges(row.subject, [term for term in shown if term.field in ("", "subject")]),
        "snippet": find_ranges(snippet, in_text),
    }
    return {**shape_of_row(row), "snippet": snippet, "highlights": marks}
