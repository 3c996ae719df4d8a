"""What a term of a query means in a text: the one truth, which the index only makes quick.

A bare term may go on after its end (`прайс` finds `прайса`); a phrase, in quotes, ends where it ends.  Runs of a term
stand in the text one after another with nothing but marks between them; an @ has to be one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from unicodedata import combining

from yizhan.store.search.analyzer import LETTER, MAX_WORD_CHARS, fold, is_cjk, pairs, runs

_MARKS = r"[\W_]*"
_AROUND = 22  # columns before the find: enough to see what it is about, few enough to leave it in sight
_WIDE = "\u2e80"  # characters from here on take two
_PIECE = 256  # characters folded at once on the way to an excerpt


@dataclass(frozen=True)
class Term:
    """Words to be found, as they were typed.  `field` is one of `FIELDS`, or empty for any."""

    typed: str
    field: str = ""
    phrase: bool = False
    negative: bool = False

    @cached_property
    def runs(self) -> list[str]:
        """The term's words and CJK runs, folded; none when it is punctuation."""
        return runs(fold(self.typed))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a folded text has to have."""
        folded, end, pattern = fold(self.typed), 0, ""
        for run in self.runs:
            start = folded.index(run, end)
            if end:
                pattern += f"{_MARKS}@{_MARKS}" if "@" in folded[end:start] else _MARKS
            word, end = re.escape(run), start + len(run)
            # What stands before a word is looked at after it: a pattern that begins with letters is ten times as fast.
            left, right = ("", "") if is_cjk(run) else (f"(?<!{LETTER}{word})", f"(?!{LETTER})")
            is_open = not self.phrase and not runs(folded[end:])
            pattern += word + left + ("" if is_open else right)
        return re.compile(pattern)

    @cached_property
    def keys(self) -> list[tuple[str, bool]]:
        """Words that every text with this term has in the index, and whether each may go on."""
        found = []
        for number, run in enumerate(self.runs, 1):
            if is_cjk(run):
                found += [(pair, len(pair) == 1) for pair in pairs(run)]
            else:
                found.append((run[:MAX_WORD_CHARS], not self.phrase and number == len(self.runs)))
        return found

    @property
    def is_exact(self) -> bool:
        """Whether the index alone tells, without a look at the text."""
        return len(self.keys) == 1 and len(self.keys[0][0]) < MAX_WORD_CHARS


def find_ranges(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where these terms stand in a text as it is written: (start, end) in characters, in order, none overlapping."""
    folded, places = _fold_with_places(text)
    spans = sorted(found.span() for term in terms for found in term.pattern.finditer(folded) if found[0])
    ranges: list[tuple[int, int]] = []
    for start, end in spans:
        first, last = places[start], places[end]
        if ranges and first < ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, max(last, first + 1)))
    return ranges


def excerpt(text: str, folded: str, terms: Sequence[Term], most: int) -> str:
    """The part of the text around the first find, on one line; empty when nothing is found there."""
    starts = [found.start() for term in terms if (found := term.pattern.search(folded))]
    if not starts:
        return ""
    begin = _before(text, _place_of(text, folded, min(starts)))
    cut = " ".join(text[begin : begin + most].split())
    return f"…{cut}" if begin else cut


def _before(text: str, at: int) -> int:
    room = _AROUND
    while at and room > 0:
        at -= 1
        room -= 2 if text[at] >= _WIDE else 1
    return at


def _place_of(text: str, folded: str, at: int) -> int:
    """About where in the text that place of its folded form is: marks are found anew in the excerpt itself."""
    if len(text) == len(folded):
        return at
    start = 0
    for start in range(0, len(text), _PIECE):
        width = len(fold(text[start : start + _PIECE]))
        if at < width:
            break
        at -= width
    return start + min(at, _PIECE)


def _fold_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters (and its end) where it came from."""
    whole, pieces = fold(text), [_fold_cluster(each) for each in text]
    if "".join(pieces) == whole:  # no mark joined what stands before it: nearly always
        places = [at for at, piece in enumerate(pieces) for _ in piece]
        return whole, [*places, len(text)]
    folded, places = [], []
    for start, cluster in _clusters(text):
        piece = _fold_cluster(cluster)
        folded.append(piece)
        places += [start] * len(piece)
    return "".join(folded), [*places, len(text)]


_fold_cluster = lru_cache(maxsize=20_000)(fold)  # the characters of a language, and then some


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    """Each character with the marks that belong to it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not combining(text[at]):
            yield start, text[start:at]
            start = at
