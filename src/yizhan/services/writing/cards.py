"""The address book: who one writes to, and what is known of them."""

import re
from collections.abc import Mapping
from typing import Any

from yizhan.base.errors import BadInput
from yizhan.mime.addresses import is_address
from yizhan.mime.headers import write_address
from yizhan.services.owners.people import TIME_ZONES
from yizhan.store import cards
from yizhan.store.cards import CardFacts
from yizhan.store.models import Card
from yizhan.store.scope import Scope

FIELDS = ("first_name", "last_name", "company", "position", "nickname", "phone", "note")
PAGE = 100  # rows of a page: a browser draws them at once
MAX_FIELDS = 50  # of one card, one's own included
MAX_FIELD_NAME = 60
MAX_FIELD_CHARS = 2_000  # a note of a page
_UNFIT_NAME = re.compile(r"[{}|<>:\n]")  # what a variable could not name


class CardWrong(BadInput):
    """A card cannot be kept as it was typed; `part` is what is wrong with it."""

    code = "card_wrong"

    def __init__(self, part: str) -> None:
        super().__init__(f"this card cannot be kept: {part}")
        self.part = part


def list_cards(scope: Scope, typed: str = "", page: int = 1) -> tuple[list[dict[str, Any]], int]:
    """One page of those that `typed` finds, by name, and how many it finds: `id name address zone fields`."""
    rows, count = cards.search(scope, typed, (page - 1) * PAGE, PAGE)
    return [_shape(row) for row in rows], count


def find(scope: Scope, card_id: int) -> dict[str, Any]:
    """Raises `NotFound`."""
    return _shape(cards.get(scope, card_id))


def keep(
    scope: Scope, address: str, name: str, zone: str, fields: Mapping[str, str], card_id: int | None = None
) -> int:
    """A new card, or that one changed; its number.

    Raises `CardWrong`, `NotFound`, and `NameTaken` for an address that another has.
    """
    return cards.keep(scope, read_card(address, name, zone, fields), card_id)


def remove(scope: Scope, card_ids: list[int]) -> int:
    """How many are gone."""
    return cards.remove(scope, card_ids)


def read_card(address: str, name: str, zone: str, fields: Mapping[str, str]) -> CardFacts:
    """What was typed or stands in a file, tidied; raises `CardWrong`."""
    bare = address.strip()
    if not is_address(bare):
        raise CardWrong(f"{bare[:80]!r} is no e-mail address")
    if zone and zone not in TIME_ZONES:
        raise CardWrong(f"{zone[:60]!r} is no time zone")
    kept = {key.strip(): value.strip()[:MAX_FIELD_CHARS] for key, value in fields.items() if value.strip()}
    for key in kept:
        if not key or len(key) > MAX_FIELD_NAME or _UNFIT_NAME.search(key):
            raise CardWrong(f"{key[:60]!r} cannot be the name of a field")
    if len(kept) > MAX_FIELDS:
        raise CardWrong(f"{len(kept)} fields are more than the {MAX_FIELDS} of one card")
    shown = " ".join(name.split()) or " ".join(filter(None, (kept.get("first_name"), kept.get("last_name"))))
    return CardFacts(bare, shown[: cards.MAX_NAME_CHARS], zone, kept)


def _shape(row: Card) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "address": row.address, "zone": row.zone, "fields": row.fields}


def as_typed(card: Mapping[str, Any]) -> str:
    """Whom the card is of, as a person types a recipient."""
    return write_address(card["name"], card["address"])
