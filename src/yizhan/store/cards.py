"""The address book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.store import lane
from yizhan.store.accounts import address_key
from yizhan.store.errors import NameTaken
from yizhan.store.models import Card
from yizhan.store.scope import Scope
from yizhan.store.search.completing import folded_person, typed_parts
from yizhan.store.text import storable, storable_json

MAX_NAME_CHARS = 300


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a card says: `address` is one that mail can go to, `zone` an IANA time zone or empty."""

    address: str
    name: str = ""
    zone: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def search(scope: Scope, typed: str, first: int, count: int) -> tuple[list[Card], int]:
    """So many cards from number `first` on, by name, of those that `typed` finds; and how many it finds."""
    rows = _mine(scope)
    for part in typed_parts(typed):
        rows = rows.filter(folded__contains=part)
    return list(rows.order_by("name", "address_key")[first : first + count]), rows.count()


def every(scope: Scope) -> QuerySet[Card]:
    """All, by name."""
    return _mine(scope).order_by("name", "address_key")


def get(scope: Scope, card_id: int) -> Card:
    """Raises `NotFound`."""
    row = _mine(scope).filter(pk=card_id).first()
    if row is None:
        raise NotFound("no such card")
    return row


def find(scope: Scope, address: str) -> Card | None:
    """The card with this address."""
    return _mine(scope).filter(address_key=address_key(address)).first()


@lane.keeps
def keep(scope: Scope, facts: CardFacts, card_id: int | None = None) -> int:
    """A new card, or that one changed; its number.  Raises `NotFound`, `NameTaken` when another has the address."""
    row = Card(workspace_id=scope.workspace_id) if card_id is None else get(scope, card_id)
    if _mine(scope).filter(address_key=address_key(facts.address)).exclude(pk=card_id or 0).exists():
        raise NameTaken(f"there is a card with {facts.address}")
    _fill(row, facts)
    row.save()
    return row.pk


@lane.keeps
def bring(scope: Scope, batch: Sequence[CardFacts]) -> tuple[int, int]:
    """Cards of an import, each address once: how many are new, and how many were there.

    What is there keeps its own words; the import adds those that were missing.
    """
    keys = [address_key(each.address) for each in batch]
    there = {row.address_key: row for row in _mine(scope).filter(address_key__in=keys)}
    new, changed = [], []
    for key, each in zip(keys, batch, strict=True):
        row = there.get(key)
        if row is None:
            new.append(_fill(Card(workspace_id=scope.workspace_id), each))
        else:
            merged = CardFacts(row.address, row.name or each.name, row.zone or each.zone, {**each.fields, **row.fields})
            changed.append(_fill(row, merged))
    Card.objects.bulk_create(new)
    Card.objects.bulk_update(changed, ["name", "zone", "fields", "folded"])
    return len(new), len(changed)


@lane.keeps
def remove(scope: Scope, card_ids: Sequence[int]) -> int:
    """How many are gone."""
    return _mine(scope).filter(pk__in=list(card_ids)).delete()[0]


def zones(scope: Scope, addresses: Sequence[str]) -> dict[str, str]:
    """The time zones that cards say, by address as it was asked for."""
    keys = {address_key(each): each for each in addresses}
    rows = _mine(scope).filter(~Q(zone=""), address_key__in=list(keys))
    return {keys[row.address_key]: row.zone for row in rows}


def _fill(row: Card, facts: CardFacts) -> Card:
    row.name, row.address = storable(facts.name, MAX_NAME_CHARS), facts.address
    row.address_key, row.zone = address_key(facts.address), facts.zone
    row.fields = storable_json(facts.fields)
    row.folded = folded_person(f"{row.name} {facts.fields.get('nickname', '')}", facts.address)
    row.updated_at = timezone.now()
    return row


def _mine(scope: Scope) -> QuerySet[Card]:
    return Card.objects.filter(workspace_id=scope.workspace_id)
