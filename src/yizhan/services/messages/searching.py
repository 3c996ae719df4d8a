"""Search: what a person types, and the messages that answer it, the newest first."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.services.messages.indexing import index_due
from yizhan.services.messages.listing import PAGE, shape_of_row
from yizhan.services.messages.reading import MAX_LIMIT
from yizhan.store import savedsearches
from yizhan.store.models import Message
from yizhan.store.savedsearches import NameTaken, NoRoomForSearch
from yizhan.store.scope import Scope
from yizhan.store.search.facets import Facets, count_facets
from yizhan.store.search.finding import Found, Hits, find, load, walk
from yizhan.store.search.index import texts_of
from yizhan.store.search.limits import MAX_COUNTED, MAX_SURVEYED, MAX_SURVEYED_TEXTS
from yizhan.store.search.matching import Term, excerpt, find_ranges
from yizhan.store.search.narrowing import narrow, word_of
from yizhan.store.search.query import Filter, Query, QueryRefused, parse_query

__all__ = [
    "PAGE",
    "Facets",
    "NameTaken",
    "NoRoomForSearch",
    "QueryRefused",
    "catch_up",
    "narrow",
    "search",
    "search_page",
    "word_of",
]

SNIPPET_CHARS = 200
CATCH_UP = 200  # messages: a second or two, where no engine has read them
_CURSOR = re.compile(r"\d{1,19}")


def search(scope: Scope, typed: str, account_id: AccountId | None, limit: int) -> list[dict[str, Any]]:
    """At most so many messages that fit, in cli.md's shape with `snippet`, `highlights` and, where a file has the find,
    its name as `found_in`.  Raises `QueryRefused`.
    """
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
    down_to: str = "",
) -> dict[str, Any]:
    """`{"messages": [...], "next": cursor, "last": cursor}`, older than `cursor` and no older than `down_to`.

    A page may be short and still have a next; `last` is the place that it ends at.  Raises `QueryRefused`, or
    `BadInput` for a cursor that is none.
    """
    query = _of_account(parse_query(typed, zone), account_id)
    hits = walk(scope, query, _read_cursor(cursor), size, down_to=_read_cursor(down_to))
    return _page(scope, query, hits, size)


def first_page(
    scope: Scope, typed: str, account_id: AccountId | None, since: Sequence[datetime], size: int = PAGE
) -> dict[str, Any]:
    """The newest page as `search_page` gives it, with `count` of the finds, `more` if so many were only counted, and
    `facets` of those counted.

    `since` are moments to count from, in the zone where days begin.  Raises `QueryRefused`.
    """
    query = _of_account(parse_query(typed, since[0].tzinfo or UTC), account_id)
    hits = walk(scope, query, None, MAX_SURVEYED, look_at=MAX_SURVEYED_TEXTS)
    if hits.next is not None and len(hits.found) < size:
        further = walk(scope, query, hits.next, size - len(hits.found))
        hits = Hits([*hits.found, *further.found], further.next)
    facets: Facets = count_facets(scope, hits.found, since)
    told = {"count": len(hits.found), "more": hits.next is not None, "facets": facets}
    return {**_page(scope, query, hits, size), **told}


def count_found(scope: Scope, typed: str, account_id: AccountId | None = None, zone: tzinfo = UTC) -> tuple[int, bool]:
    """How many fit, and whether there are more than were counted.  Raises `QueryRefused`."""
    query = _of_account(parse_query(typed, zone), account_id)
    hits = walk(scope, query, None, MAX_COUNTED, look_at=MAX_COUNTED)
    return len(hits.found), hits.next is not None


def list_saved(scope: Scope) -> list[dict[str, Any]]:
    """Queries kept under a name: `id name query`, by name."""
    return [{"id": row.pk, "name": row.name, "query": row.query} for row in savedsearches.list_all(scope)]


def save_search(scope: Scope, name: str, typed: str) -> None:
    """Keep the query under the name, in place of what had it.  Raises `QueryRefused`, `NoRoomForSearch`, `BadInput`."""
    parse_query(typed)
    savedsearches.save(scope, name, typed.strip())


def rename_saved(scope: Scope, number: int, name: str) -> None:
    """Raises `NotFound`, `NameTaken`, `BadInput`."""
    savedsearches.rename(scope, number, name)


def delete_saved(scope: Scope, number: int) -> None:
    """Raises `NotFound`."""
    savedsearches.delete(scope, number)


def catch_up() -> None:
    """Without an engine: read for the index what is due, so that mail which just came is found."""
    left = CATCH_UP
    while left > 0 and (count := index_due()):
        left -= count


def _page(scope: Scope, query: Query, hits: Hits, size: int) -> dict[str, Any]:
    shown = hits.found[:size]
    following = shown[-1].place if len(hits.found) > size else hits.next
    last = following if following is not None else shown[-1].place if shown else None
    rows = load(scope, [hit.message_id for hit in shown])
    return {
        "messages": [_shape(row, query) for row in rows],
        "next": _write_cursor(following),
        "last": _write_cursor(last),
    }


def _read_cursor(cursor: str) -> int | None:
    if not cursor:
        return None
    if _CURSOR.fullmatch(cursor) is None:
        raise BadInput("this is no place in a list")
    return min(int(cursor), 2**63 - 1)


def _write_cursor(place: int | None) -> str:
    return "" if place is None else str(place)


def _of_account(query: Query, account_id: AccountId | None) -> Query:
    if account_id is None:
        return query
    return Query(query.terms, [*query.filters, Filter("account_id", account_id)])


def _shape(row: Message, query: Query) -> dict[str, Any]:
    shown = [term for term in query.terms if not term.negative]
    in_text = [term for term in shown if term.field in ("", "body")]
    in_files = [term for term in shown if term.field in ("", "files")]
    found_in, snippet = _snippet(row, in_text, in_files)
    people = " ".join(each["name"] or each["address"] for each in row.senders[:1])
    marks = {
        "from": find_ranges(people, [term for term in shown if term.field in ("", "senders")]),
        "subject": find_ranges(row.subject, [term for term in shown if term.field in ("", "subject")]),
        "snippet": find_ranges(snippet, in_text),
        "found_in": find_ranges(found_in, in_files),
    }
    return {**shape_of_row(row), "snippet": snippet, "found_in": found_in, "highlights": marks}


def _snippet(row: Message, in_text: Sequence[Term], in_files: Sequence[Term]) -> tuple[str, str]:
    """The name of the attached file that has the find, or nothing, and the text around it."""
    for name, text, folded in texts_of(row.searched):
        if found := excerpt(text, folded, in_text, SNIPPET_CHARS):
            return name, found
    named = (name for name in row.searched.files if find_ranges(name, in_files))
    return next(named, ""), row.snippet
