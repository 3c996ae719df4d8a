"""Messages that answer a query, the newest first: the index proposes, and where it cannot tell the text decides."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db import transaction as django_transaction

from yizhan.store.models import Account, Mailbox, Message, SearchText
from yizhan.store.scope import Scope
from yizhan.store.search.analyzer import fold
from yizhan.store.search.index import FIELDS, WEIGHTS, fields_of, folded_of, header_of, place_at, quote
from yizhan.store.search.limits import CANDIDATES_AT_ONCE, MAX_CANDIDATES, MAX_MEANT, MAX_WALK_S, NEAR, TEXTS_AT_ONCE
from yizhan.store.search.matching import Term
from yizhan.store.search.query import Filter, Query, role_of


class Hit(NamedTuple):
    """One message in the order of the index, and what is counted of it beside the finds."""

    place: int
    message_id: int
    account_id: int
    mailbox_id: int
    attachments: int
    seen: bool
    flagged: bool
    answered: bool


@dataclass(frozen=True, slots=True)
class Hits:
    """The newest first; `next` is where to go on, or None when that is all.

    There may be fewer than were asked for, or none, and still a `next`: so much was looked at.
    """

    found: list[Hit]
    next: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """Messages with account, mailbox and `searched`; `next` as that of `Hits`."""

    rows: list[Message]
    next: int | None


@dataclass(frozen=True, slots=True)
class _Condition:
    """`{place}` in it is where the index keeps its order."""

    sql: str
    parameters: tuple[Any, ...] = ()


def find(scope: Scope, query: Query, before: int | None, limit: int) -> Found:
    """The newest messages that fit and stand before that place."""
    hits = walk(scope, query, before, limit)
    return Found(load(scope, [hit.message_id for hit in hits.found]), hits.next)


def walk(
    scope: Scope,
    query: Query,
    before: int | None,
    limit: int,
    *,
    down_to: int | None = None,
    look_at: int = MAX_CANDIDATES,
    at_least: int = 0,
    at_once: int = CANDIDATES_AT_ONCE,
    near: int = NEAR,
) -> Hits:
    """The newest that fit and stand before that place, and not below `down_to`.

    Where texts decide, `look_at` candidates are looked at, and up to `MAX_CANDIDATES` until `at_least` are found;
    `at_once` of them are asked of the index first, on PostgreSQL among the `near` next messages.
    """
    doubtful = [term for term in query.terms if not _is_settled(term)]
    conditions = [_Condition("m.workspace_id = %s", (scope.workspace_id,)), _Condition("NOT m.hidden")]
    conditions += [_condition(scope, each) for each in query.filters]
    conditions += [_Condition("{place} >= %s", (down_to,))] if down_to is not None else []
    at_once = at_once if doubtful else limit + 1
    hits, looked, end = Hits([], before), 0, time.monotonic() + MAX_WALK_S
    while True:
        batch = _candidates(query.terms, conditions, hits.next, at_once, near)
        hits, is_done = _take(hits, batch, doubtful, limit, end)
        if is_done:
            return hits
        looked += len(batch)
        if len(batch) < at_once:
            return Hits(hits.found, None)
        if looked >= look_at and len(hits.found) < at_least:
            look_at, limit = MAX_CANDIDATES, at_least
        if looked >= look_at or time.monotonic() > end:
            return hits
        at_once = look_at - looked


def _take(hits: Hits, batch: Sequence[Hit], doubtful: Sequence[Term], limit: int, end: float) -> tuple[Hits, bool]:
    """With those of the batch that fit; whether that is enough before the batch ended, or took too long."""
    found, before = list(hits.found), hits.next
    size = TEXTS_AT_ONCE if doubtful else max(1, len(batch))
    for at in range(0, len(batch), size):
        if at and time.monotonic() > end:
            return Hits(found, before), True
        fit = _fitting(batch[at : at + size], doubtful)
        for hit in batch[at : at + size]:
            if len(found) == limit:
                return Hits(found, before), True
            before = hit.place
            if hit.message_id in fit:
                found.append(hit)
    return Hits(found, before), False


def load(scope: Scope, numbers: Sequence[int]) -> list[Message]:
    """These messages with account, mailbox and `searched`, in this order; those that are gone are left out."""
    found = Message.objects.filter(workspace_id=scope.workspace_id)
    rows = found.select_related("account", "mailbox", "searched").in_bulk(numbers)
    return [rows[number] for number in numbers if number in rows]


def _is_settled(term: Term) -> bool:
    """On PostgreSQL names of files share a weight with the text."""
    return term.is_exact and not (connection.vendor == "postgresql" and term.field == "files")


def _fitting(batch: Sequence[Hit], doubtful: Sequence[Term]) -> set[int]:
    """Those that the texts confirm."""
    numbers = [hit.message_id for hit in batch]
    if not doubtful:
        return set(numbers)
    texts = dict(SearchText.objects.filter(pk__in=numbers).values_list("pk", "text"))
    unread = [number for number, text in texts.items() if text is None]
    headers = {row.pk: header_of(row) for row in Message.objects.filter(pk__in=unread)}
    fit = {number for number, text in texts.items() if text is not None and fits(folded_of(bytes(text)), doubtful)}
    return fit | {number for number, header in headers.items() if fits(_fold(header), doubtful)}


def _fold(header: Mapping[str, str]) -> dict[str, str]:
    return {name: fold(text) for name, text in fields_of(header, "", ()).items()}


def fits(folded: Mapping[str, str], terms: Sequence[Term]) -> bool:
    """Whether the texts have what they should and not what they should not."""
    return all(_has(folded, term) is not term.negative for term in terms)


def _has(folded: Mapping[str, str], term: Term) -> bool:
    return any(term.pattern.search(folded[name]) for name in _looked_at(term))


def _looked_at(term: Term) -> Sequence[str]:
    return (term.field,) if term.field else FIELDS


def _candidates(
    terms: Sequence[Term], conditions: Sequence[_Condition], before: int | None, limit: int, near: int
) -> list[Hit]:
    """The newest first: at least all that fit."""
    wanted = [term for term in terms if not term.negative]
    unwanted = [term for term in terms if term.negative and _is_settled(term)]
    older = [] if before is None else [_Condition("{place} < %s", (before,))]
    if connection.vendor != "postgresql":
        return _fetch(_sqlite(wanted, unwanted, [*conditions, *older], limit))
    if not wanted:
        asked = [*conditions, *older, *map(_lacks, unwanted)]
        return _fetch(
            _select("", "store_searchtext s JOIN store_message m ON m.id = s.message_id", asked, "s.place", limit)
        )
    with django_transaction.atomic(), connection.cursor() as cursor:
        newer = _near(before, near)  # it goes along an index, and so before the next line
        cursor.execute(_BY_INDEX)
        found = _fetch(_postgresql(wanted, unwanted, conditions, [*older, *newer], limit))
        if newer and len(found) < limit:
            found = _fetch(_postgresql(wanted, unwanted, conditions, older, limit))
        return found


# The planner takes `@@` for cheap and would read text after text to ask it: leave it the bitmaps of indexes.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"


def _fetch(statement: _Condition) -> list[Hit]:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return [Hit(*row) for row in cursor.fetchall()]


def _near(before: int | None, count: int) -> list[_Condition]:
    """Among the next so many messages: a common word is found there, and its other hits are left alone."""
    rows = SearchText.objects.order_by("-place").values_list("place", flat=True)
    rows = rows if before is None else rows.filter(place__lt=before)
    return [_Condition("{place} >= %s", (place,)) for place in rows[count : count + 1]]


def _lacks(term: Term) -> _Condition:
    return _Condition("NOT s.vector @@ %s::tsquery", (_tsquery(term),))


def _sqlite(wanted: list[Term], unwanted: list[Term], asked: list[_Condition], limit: int) -> _Condition:
    """CROSS JOIN keeps SQLite's planner to this order, which is the index's own, so nothing is sorted."""
    index, order = "store_searchtext s", "s.place"
    if wanted:
        index = "store_search CROSS JOIN store_searchtext s ON s.place = store_search.rowid"
        asked = [_Condition("store_search MATCH %s", (" AND ".join(map(_fts5, wanted)),)), *asked]
        order = "store_search.rowid"
    tables = f"{index} CROSS JOIN store_message m ON m.id = s.message_id"
    for term in unwanted:
        hits = "SELECT rowid FROM store_search WHERE store_search MATCH %s"
        asked.append(_Condition(f"{{place}} NOT IN ({hits})", (_fts5(term),)))
    return _select("", tables, asked, order, limit)


def _postgresql(
    wanted: list[Term], unwanted: list[Term], asked: Sequence[_Condition], places: Sequence[_Condition], limit: int
) -> _Condition:
    """MATERIALIZED keeps the planner from walking all messages backwards in the hope of a hit (600 ms instead of 4).

    Hits are sorted before their messages are looked up, one by one (LATERAL with OFFSET is not rewritten into a join),
    so that looking ends at the limit.
    """
    vector = ", vector" if unwanted else ""
    where, parameters = _all_of(
        [_Condition("vector @@ %s::tsquery", (" & ".join(map(_tsquery, wanted)),)), *places], "place"
    )
    head = f"WITH hits AS MATERIALIZED (SELECT place, message_id{vector} FROM store_searchtext WHERE {where}) "  # noqa: S608 - as in `_select`
    message = "CROSS JOIN LATERAL (SELECT * FROM store_message WHERE id = s.message_id OFFSET 0) m"
    tables = f"(SELECT * FROM hits ORDER BY place DESC) s {message}"  # noqa: S608
    found = _select(head, tables, [*asked, *map(_lacks, unwanted)], "s.place", limit)
    return _Condition(found.sql, (*parameters, *found.parameters))


_COLUMNS = "s.place, s.message_id, m.account_id, m.mailbox_id, m.attachments, m.seen, m.flagged, m.answered"


def _select(head: str, tables: str, asked: Sequence[_Condition], order: str, limit: int) -> _Condition:
    """Names and words of our own only; whatever was typed is a parameter."""
    where, parameters = _all_of(asked, order)
    sql = f"{head}SELECT {_COLUMNS} FROM {tables} WHERE {where} ORDER BY {order} DESC LIMIT %s"  # noqa: S608
    return _Condition(sql, (*parameters, limit))


def _all_of(conditions: Sequence[_Condition], place: str) -> tuple[str, tuple[Any, ...]]:
    parameters = tuple(each for condition in conditions for each in condition.parameters)
    return " AND ".join(condition.sql.format(place=place) for condition in conditions), parameters


def _fts5(term: Term) -> str:
    keys = (f'"{word}"{" *" if goes_on else ""}' for word, goes_on in term.keys)
    together = "(" + " AND ".join(keys) + ")"
    return f"{term.field} : {together}" if term.field else together


def _tsquery(term: Term) -> str:
    weight = WEIGHTS[term.field] if term.field else ""
    keys = (f"{quote(word)}:{'*' if goes_on else ''}{weight}".rstrip(":") for word, goes_on in term.keys)
    return "(" + " & ".join(keys) + ")"


def _condition(scope: Scope, each: Filter) -> _Condition:
    found = _BY_NAME[each.name](scope, each.value)
    return _Condition(f"NOT ({found.sql})", found.parameters) if each.negative else found


def _in_accounts(scope: Scope, value: Any) -> _Condition:
    """By address or label: those that are it, or else those that have it as a part."""
    wanted = fold(value)
    rows = Account.objects.filter(workspace_id=scope.workspace_id).values_list("pk", "address", "label")
    named = [(pk, [fold(name) for name in names]) for pk, *names in rows]
    exact = [pk for pk, names in named if wanted in names]
    return _one_of("m.account_id", exact or [pk for pk, names in named if any(wanted in name for name in names)])


def _in_mailboxes(scope: Scope, value: Any) -> _Condition:
    """By role, by name, or by the last level of a name."""
    wanted, role = fold(value), role_of(value)
    rows = Mailbox.objects.filter(account__workspace_id=scope.workspace_id)
    meant = [row.pk for row in rows if (role and row.role == role) or wanted in _names(row)]
    return _one_of("m.mailbox_id", meant)


def _names(row: Mailbox) -> set[str]:
    name = fold(row.name)
    return {name, name.rpartition(row.delimiter)[2] if row.delimiter else name}


def _one_of(column: str, numbers: Sequence[int]) -> _Condition:
    if not numbers:
        return _Condition("1 = 0")
    meant = numbers[:MAX_MEANT]
    return _Condition(f"{column} IN ({', '.join(['%s'] * len(meant))})", tuple(meant))


def _before(_: Scope, value: Any) -> _Condition:
    moment: datetime = value
    return _Condition("{place} < %s", (place_at(moment),))


def _after(_: Scope, value: Any) -> _Condition:
    moment: datetime = value
    return _Condition("{place} >= %s", (place_at(moment),))


_STATES = {"unread": "NOT m.seen", "read": "m.seen", "flagged": "m.flagged", "answered": "m.answered"}
_BY_NAME: dict[str, Callable[[Scope, Any], _Condition]] = {
    "account": _in_accounts,
    "account_id": lambda _, value: _Condition("m.account_id = %s", (value,)),
    "in": _in_mailboxes,
    "has": lambda _, __: _Condition("m.attachments > 0"),
    "is": lambda _, value: _Condition(_STATES[value]),
    "before": _before,
    "after": _after,
    "larger": lambda _, value: _Condition("m.size_bytes > %s", (value,)),
}
