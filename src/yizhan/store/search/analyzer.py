"""From text to the words that the index holds; the same for what is kept and for what is asked.

Chinese, Japanese and Korean have no spaces, so a run of them becomes every pair of neighbours (会议纪要: 会议 议纪 纪要)
and its last character alone, so that a query of one character can ask for whatever begins with it.  Other words stay
whole.  An address is found whole, by either side of its @, and by each of its parts.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from unicodedata import normalize

MAX_WORD_CHARS = 40  # longer runs are encoded data; a query is cut the same way, so it still finds them

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES = re.compile(
    rf"(?P<address>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(?P<domain>[a-z0-9-]+(?:\.[a-z0-9-]+)+)|(?P<cjk>[{_CJK}]+)"
    rf"|(?P<word>[^\W_{_CJK}]+)"
)
_PARTS = re.compile(rf"[^\W_{_CJK}]+|[{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")


def fold(text: str) -> str:
    """Case, width, ё and traditional characters made one: what is equal to a reader is equal here."""
    return normalize("NFKC", text).casefold().translate(_table())


def words(text: str) -> list[str]:
    """The words of a text in their order, for the index."""
    return list(_words(fold(text)))


def is_cjk(text: str) -> bool:
    """Whether the folded word is of a script without spaces."""
    return _IS_CJK.match(text) is not None


def pieces(folded: str) -> Iterator[str]:
    """The runs of a folded text before they are cut up: addresses, domains, CJK runs and words."""
    for match in _PIECES.finditer(folded):
        yield match[0]


def pairs(run: str) -> list[str]:
    """A CJK run as overlapping pairs; a run of one as itself."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _words(folded: str) -> Iterator[str]:
    for match in _PIECES.finditer(folded):
        piece = match[0]
        match match.lastgroup:
            case "cjk":
                yield from pairs(piece)
                if len(piece) > 1:
                    yield piece[-1]
            case "word":
                yield piece[:MAX_WORD_CHARS]
            case "address":
                local, _, domain = piece.rpartition("@")
                yield piece[:MAX_WORD_CHARS]
                yield from _parted(local)
                yield from _parted(domain)
            case _:
                yield from _parted(piece)


def _parted(dotted: str) -> Iterator[str]:
    """The dotted name whole and in parts."""
    parts = _PARTS.findall(dotted)
    if len(parts) != 1 or parts[0] != dotted:
        yield dotted[:MAX_WORD_CHARS]
    for part in parts:
        if is_cjk(part):
            yield from pairs(part)
        else:
            yield part[:MAX_WORD_CHARS]


@cache
def _table() -> dict[int, str]:
    text = files("yizhan.store.search").joinpath("simplified.txt").read_text(encoding="utf-8")
    found = (pair for line in text.splitlines() if not line.startswith("#") for pair in line.split())
    return {ord(pair[0]): pair[1] for pair in found} | {ord("ё"): "е"}
