"""Words from outside, made fit for both databases."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yizhan.store.limits import MAX_ADDRESS_CHARS, MAX_ADDRESSES, MAX_FLAG_CHARS, MAX_FLAGS

# PostgreSQL refuses NUL in text and in jsonb, and no encoder takes half a surrogate pair.
_UNFIT = dict.fromkeys([0, *range(0xD800, 0xE000)], "\ufffd")


def storable(text: str, most: int) -> str:
    """At most so many characters, with what no database takes replaced by U+FFFD."""
    return text[:most].translate(_UNFIT)


def storable_flags(flags: Iterable[str]) -> list[str]:
    """Flags in a settled order, each once, so that equal sets are equal lists."""
    return sorted({storable(flag, MAX_FLAG_CHARS) for flag in flags})[:MAX_FLAGS]


def storable_addresses(addresses: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Addresses as cli.md shapes them."""
    return [
        {
            "name": storable(each.get("name", ""), MAX_ADDRESS_CHARS),
            "address": storable(each.get("address", ""), MAX_ADDRESS_CHARS),
        }
        for each in addresses[:MAX_ADDRESSES]
    ]


def storable_json(value: Any) -> Any:
    """The same JSON with every text made fit."""
    if isinstance(value, str):
        return value.translate(_UNFIT)
    if isinstance(value, Mapping):
        return {str(key).translate(_UNFIT): storable_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable_json(each) for each in value]
    return value
