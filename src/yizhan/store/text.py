"""Words from outside, made fit for both databases."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from yizhan.store.limits import MAX_ADDRESS_CHARS, MAX_ADDRESSES, MAX_FLAG_CHARS, MAX_FLAGS

# PostgreSQL refuses NUL in text and in jsonb, and no encoder takes half a surrogate pair.
_UNFIT = re.compile("[\0\ud800-\udfff]")
_INSTEAD = "\ufffd"
# Lists of people that are kept with their JSON: of so many people, and of so many characters, at most.
_SHORT, _SHORT_CHARS = 4, 400


def storable(text: str, most: int) -> str:
    """At most so many characters, with what no database takes replaced by U+FFFD."""
    text = text[:most]
    return text if text.isascii() and "\0" not in text else _UNFIT.sub(_INSTEAD, text)


def storable_flags(flags: Iterable[str]) -> list[str]:
    """Flags in a settled order, each once, so that equal sets are equal lists."""
    return sorted({storable(flag, MAX_FLAG_CHARS) for flag in flags})[:MAX_FLAGS]


class Written(list[Any]):
    """A list that knows its JSON, for rows that are written by the thousand; nobody changes it."""

    __slots__ = ("json",)

    def __init__(self, values: Iterable[Any]) -> None:
        super().__init__(values)
        self.json = json.dumps(self)


def storable_addresses(addresses: Sequence[Mapping[str, str]]) -> Written:
    """Addresses as cli.md shapes them."""
    if not addresses:
        return _NOBODY
    people = tuple([(each.get("name", ""), each.get("address", "")) for each in addresses[:MAX_ADDRESSES]])
    is_short = len(people) <= _SHORT and sum([len(name) + len(address) for name, address in people]) <= _SHORT_CHARS
    return (_known_people if is_short else _people)(people)


def _people(people: tuple[tuple[str, str], ...]) -> Written:
    return Written(
        {"name": storable(name, MAX_ADDRESS_CHARS), "address": storable(address, MAX_ADDRESS_CHARS)}
        for name, address in people
    )


# The same few people write, and the owner is in nearly every `To`.
_known_people = lru_cache(maxsize=2048)(_people)
_NOBODY = Written(())


def storable_json(value: Any) -> Any:
    """The same JSON with every text made fit."""
    if isinstance(value, str):
        return _UNFIT.sub(_INSTEAD, value)
    if isinstance(value, Mapping):
        return {_UNFIT.sub(_INSTEAD, str(key)): storable_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable_json(each) for each in value]
    return value
