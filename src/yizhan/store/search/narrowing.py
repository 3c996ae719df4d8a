"""A query with a word more, or without one that it has: what a link beside the finds leads to."""

from collections.abc import Sequence
from datetime import UTC, tzinfo

from yizhan.store.search.analyzer import fold
from yizhan.store.search.matching import Term
from yizhan.store.search.query import Filter, Piece, role_of, split_query

_QUOTES = frozenset('"“”„«»「」')


def word_of(name: str, value: str) -> str:
    """The filter as it is typed, like `in:"Project A"`; empty for a value that cannot be typed."""
    if value and not set(value[0]) & _QUOTES and not any(character.isspace() for character in value):
        return f"{name}:{value}"
    return "" if not value or set(value) & _QUOTES else f'{name}:"{value}"'


def narrow(typed: str, words: str, instead_of: Sequence[str] = (), zone: tzinfo = UTC) -> tuple[str, bool]:
    """The query with these filters, or without them if it has them; and whether it has.

    Filters of the names in `instead_of` give way: one asks for one mailbox at a time.  Raises `QueryRefused`, also
    when there is no room for more words.
    """
    pieces = split_query(typed, zone)
    wanted = [_key(piece) for piece in split_query(words, zone)]
    others = [piece for piece in pieces if _key(piece) not in wanted and _is_one_of(piece, instead_of)]
    has_all = set(wanted) <= {_key(piece) for piece in pieces} and not others
    kept = [piece.text for piece in pieces if _key(piece) not in wanted and piece not in others]
    narrowed = " ".join(kept if has_all else [*kept, words])
    split_query(narrowed, zone)
    return narrowed, has_all


def _is_one_of(piece: Piece, names: Sequence[str]) -> bool:
    return isinstance(piece.meant, Filter) and not piece.meant.negative and piece.meant.name in names


def _key(piece: Piece) -> object:
    """Equal for pieces that mean the same."""
    meant = piece.meant
    if meant is None or isinstance(meant, Term):
        return piece.text
    value = meant.value
    if isinstance(value, str):
        value = (role_of(value) if meant.name == "in" else "") or fold(value)
    return meant.name, value, meant.negative
