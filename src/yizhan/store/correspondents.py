"""People whom one's mail names, read off the messages in the order of their numbers, for completing what is typed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F

from yizhan.store import lane
from yizhan.store.accounts import address_key
from yizhan.store.limits import MAX_COMPLETED, MESSAGES_LEARNT
from yizhan.store.models import Account, Card, Correspondent, Message, Workspace
from yizhan.store.scope import Scope
from yizhan.store.search.completing import folded_person, typed_parts
from yizhan.store.text import storable

_SENT = "sent"
# What lies there was not written to people, not by people, or lies elsewhere as well.
_UNTOLD = ("drafts", "junk", "trash", "all")
# Nobody writes back to these; whoever does is remembered by that.
_ROBOT = re.compile(r"(?:no|do.?not).?reply|mailer-daemon|postmaster|bounces?\b|notifications?\b|newsletters?\b")
_MAX_NAME_CHARS, _MAX_ADDRESS_CHARS = 300, 320


@dataclass(slots=True)
class _Seen:
    address: str
    last_at: datetime
    name: str = ""
    written_to: int = 0
    heard_from: int = 0


@lane.writes
def learn(limit: int = MESSAGES_LEARNT) -> int:
    """Engine only: read up to `limit` more messages of each workspace; how many were read."""
    return sum(_learn(row, limit) for row in Workspace.objects.select_for_update().order_by("id"))


def complete(scope: Scope, typed: str) -> list[tuple[str, str, str]]:
    """Up to `MAX_COMPLETED` (name, address, `card` or `mail`), those written to most often and last before the others.

    `typed` are beginnings of words of a name or an address, in any case; of a Chinese name any part of it.
    """
    parts = typed_parts(typed)
    if not parts:
        return []
    cards = Card.objects.filter(workspace_id=scope.workspace_id)
    people = Correspondent.objects.filter(workspace_id=scope.workspace_id)
    found_people = people.order_by("-written_to", "-last_at")
    for part in parts:
        cards, found_people = cards.filter(folded__contains=part), found_people.filter(folded__contains=part)
    kept = list(cards.order_by("address_key")[: MAX_COMPLETED * 10])
    ranks = {row.address_key: row for row in people.filter(address_key__in=[card.address_key for card in kept])}
    ranked = [(_rank(ranks.get(card.address_key)), card.name, card.address, "card") for card in kept]
    keys = {card.address_key for card in kept}
    more = [row for row in found_people[: MAX_COMPLETED * 2] if row.address_key not in keys]
    ranked += [(_rank(row), row.name, row.address, "mail") for row in more]
    ranked.sort(key=lambda each: each[0], reverse=True)
    return [(name, address, kind) for _, name, address, kind in ranked[:MAX_COMPLETED]]


def _rank(row: Correspondent | None) -> tuple[int, float]:
    return (0, 0.0) if row is None else (row.written_to, row.last_at.timestamp())


def _learn(workspace: Workspace, limit: int) -> int:
    rows = Message.objects.filter(workspace_id=workspace.pk, pk__gt=workspace.correspondents_upto)
    read = list(
        rows.order_by("pk").values("pk", "internal_date", "senders", "to", "cc", role=F("mailbox__role"))[:limit]
    )
    if not read:
        return 0
    own = set(Account.objects.filter(workspace_id=workspace.pk).values_list("address_key", flat=True))
    seen: dict[str, _Seen] = {}
    for row in read:
        for each, written in _named(row):
            _count(seen, each, row["internal_date"], written=written, own=own)
    _keep(workspace.pk, seen)
    Workspace.objects.filter(pk=workspace.pk).update(correspondents_upto=read[-1]["pk"])
    return len(read)


def _named(row: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, str], bool]]:
    if row["role"] == _SENT:
        yield from ((each, True) for each in (*row["to"], *row["cc"]))
    elif row["role"] not in _UNTOLD:
        yield from ((each, False) for each in row["senders"])


def _count(seen: dict[str, _Seen], who: Mapping[str, str], at: datetime, *, written: bool, own: set[str]) -> None:
    address = who["address"]
    key = address_key(address)
    local, _, domain = key.rpartition("@")
    fits = local and domain and len(address) <= _MAX_ADDRESS_CHARS and not re.search(r"\s", address)
    if not fits or (not written and (key in own or _ROBOT.search(local))):
        return
    found = seen.setdefault(key, _Seen(address, at))
    found.written_to += written
    found.heard_from += not written
    name = " ".join(who["name"].split())
    if name and (not found.name or at >= found.last_at) and address_key(name) != key:
        found.name = name
    found.last_at = max(found.last_at, at)


# In one statement, for another process may do the same: counts add up, and the newest name stays.
_UPSERT = """
INSERT INTO store_correspondent AS t
(workspace_id, address_key, address, name, written_to, heard_from, last_at, folded)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (workspace_id, address_key) DO UPDATE SET
written_to = t.written_to + excluded.written_to, heard_from = t.heard_from + excluded.heard_from,
name = CASE WHEN excluded.name <> '' AND (t.name = '' OR excluded.last_at >= t.last_at)
THEN excluded.name ELSE t.name END,
folded = CASE WHEN excluded.name <> '' AND (t.name = '' OR excluded.last_at >= t.last_at)
THEN excluded.folded ELSE t.folded END,
last_at = CASE WHEN excluded.last_at > t.last_at THEN excluded.last_at ELSE t.last_at END
"""


def _keep(workspace_id: int, seen: Mapping[str, _Seen]) -> None:
    values = [
        (
            workspace_id,
            storable(key, 640),
            storable(each.address, _MAX_ADDRESS_CHARS),
            storable(each.name, _MAX_NAME_CHARS),
            each.written_to,
            each.heard_from,
            connection.ops.adapt_datetimefield_value(each.last_at),
            storable(folded_person(each.name, each.address), 600),
        )
        for key, each in sorted(seen.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_UPSERT, values)
