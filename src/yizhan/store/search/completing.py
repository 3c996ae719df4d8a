"""What is compared when an address is completed: a name and an address, folded, each word after a space."""

import re

from yizhan.store.search.analyzer import fold, is_cjk

MAX_FOLDED_CHARS = 600  # with four bytes a character, still less than an entry of an index may have
MAX_WORDS = 5  # nobody types more to find one person
_APART = re.compile(r"[\s,;<>\"'()]+")


def folded_person(name: str, address: str) -> str:
    """As `Card.folded` and `Correspondent.folded` keep it: name, address, and the domain by itself."""
    words = [each for each in _APART.split(fold(f"{name} {address} {address.rpartition('@')[2]}")) if each]
    return f" {' '.join(words)}"[:MAX_FOLDED_CHARS]


def typed_parts(typed: str) -> list[str]:
    """What `folded` has to contain, all of it: the beginning of a word, or any part of a word that has no spaces."""
    words = [each for each in _APART.split(fold(typed[:MAX_FOLDED_CHARS])) if each]
    return [word if is_cjk(word) else f" {word}" for word in words[:MAX_WORDS]]
