"""From text to the words that the index holds; the same for what is kept and for what is asked.

Chinese, Japanese and Korean have no spaces, so a run of them becomes every pair of neighbours (会议纪要: 会议 议纪
纪要) and its last character alone, so that a query of one character can ask for whatever begins with it.  Other words
stay whole.  An address is its parts; that they stand side by side is seen in the text itself (`matching`).
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from unicodedata import normalize

MAX_WORD_CHARS = 40  # longer runs are encoded data; a query is cut the same way, so it still finds them

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
LETTER = rf"[^\W_{_CJK}]"  # of a script with spaces
_RUNS = re.compile(rf"{LETTER}+|[{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")


def fold(text: str) -> str:
    """Case, width, ё and traditional characters made one: what is equal to a reader is equal here."""
    if text.isascii():
        return text.lower()
    return normalize("NFKC", normalize("NFKC", text).casefold()).translate(_table())


def words(text: str) -> Iterator[str]:
    """The words of a text in their order, for the index."""
    for run in runs(fold(text)):
        if not is_cjk(run):
            yield run[:MAX_WORD_CHARS]
            continue
        yield from pairs(run)
        if len(run) > 1:
            yield run[-1]


def runs(folded: str) -> list[str]:
    """The words and the CJK runs of a folded text."""
    return _RUNS.findall(folded)


def is_cjk(run: str) -> bool:
    """Whether the run is of a script without spaces."""
    return _IS_CJK.match(run) is not None


def pairs(run: str) -> list[str]:
    """A CJK run as overlapping pairs; a run of one as itself."""
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


@cache
def _table() -> dict[int, str]:
    text = files("yizhan.store.search").joinpath("simplified.txt").read_text(encoding="utf-8")
    found = (pair for line in text.splitlines() if not line.startswith("#") for pair in line.split())
    return {ord(pair[0]): pair[1] for pair in found} | {ord("ё"): "е"}
