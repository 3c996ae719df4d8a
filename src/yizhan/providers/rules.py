"""The rules of diagnosis: small records in `data/rules.toml`, asked from narrow to wide; the first that fits wins.

A rule holds phrases, never patterns, so that no text can make one slow.  A phrase matches where its words stand in
this order; each begins where a word begins and may go on (`block` finds `blocked`), `=` closes it (`rbl=` does not find
`rblx`, and a word of two letters is closed anyway), and ` .. ` lets `MAX_GAP` characters stand between.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from typing import Any

from yizhan.providers.causes import Cause
from yizhan.providers.limits import MAX_GAP
from yizhan.providers.signs import Signs, normal_form

# The words of `at` and the stages that each stands for.
STAGE_GROUPS: dict[str, tuple[str, ...]] = {
    "auth": ("login", "smtp_auth"),
    "tls": ("tls", "smtp_tls"),
    "connect": ("resolve", "route", "connect", "smtp_connect"),
    "greeting": ("greeting", "ehlo"),
    "id": ("id",),
    "session": ("id", "select", "list", "fetch", "append", "create", "idle"),
    "send": ("mail-from", "rcpt-to", "data"),
    **{
        stage: (stage,)
        for stage in ("select", "fetch", "append", "create", "list", "idle", "mail-from", "rcpt-to", "data")
    },
}
_KEYS = {
    "cause",
    "words",
    "without",
    "codes",
    "enhanced",
    "replies",
    "at",
    "protocols",
    "families",
    "after",
    "candidates",
}
_PREFIX = 3  # letters of a phrase's first word by which it is found
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Fits when every condition that it has holds; an empty one always does."""

    cause: Cause
    words: tuple[Phrase, ...] = ()
    without: tuple[Phrase, ...] = ()
    codes: frozenset[str] = frozenset()  # RFC 5530
    enhanced: frozenset[str] = frozenset()  # RFC 3463; `*.7.8` is any class
    replies: frozenset[str] = frozenset()  # RFC 5321; `5` is any of that class
    stages: frozenset[str] = frozenset()
    protocols: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    after_s: int | None = None
    candidates: tuple[Cause, ...] = ()

    def is_for(self, stage: str, protocol: str) -> bool:
        return (not self.stages or stage in self.stages) and (not self.protocols or protocol in self.protocols)

    def allows(self, signs: Signs, families: frozenset[str]) -> bool:
        """Whether all conditions hold but for those of `is_for`, and for `words`, of which the index has found some."""
        return (
            (not self.families or not self.families.isdisjoint(families))
            and (not self.replies or signs.reply in self.replies or signs.reply[:1] in self.replies)
            and (not self.codes or not self.codes.isdisjoint(signs.codes))
            and (not self.enhanced or any(_is_among(status, self.enhanced) for status in signs.enhanced))
            and not _any_occurs(self.without, signs.text)
        )


def _is_among(status: str, wanted: frozenset[str]) -> bool:
    return status in wanted or f"*{status[1:]}" in wanted


def parse_phrase(text: str) -> Phrase:
    """The parts of a phrase in the form of `normal_form`, each with its leading space; raises `ValueError`."""
    return tuple(_parse_part(part) for part in text.split(".."))


def _parse_part(part: str) -> str:
    normal = normal_form(part)
    if not normal.strip():
        raise ValueError("a phrase has an empty part")
    # A short word is a whole one: `ip` would find half of all texts.
    closed = part.rstrip().endswith("=") or (normal.isascii() and len(normal.strip()) < _PREFIX)
    return normal if closed else normal.rstrip()


def _any_occurs(phrases: tuple[Phrase, ...], text: str) -> bool:
    """Plain loops, and the first part alone first: nearly all of the time of 10,000 lines is spent here."""
    for phrase in phrases:  # noqa: SIM110
        if phrase[0] in text and occurs(phrase, text):
            return True
    return False


def occurs(phrase: Phrase, text: str) -> bool:
    """Whether the parts stand in this order, each at most `MAX_GAP` after the one before."""
    at = text.find(phrase[0])
    if len(phrase) == 1:
        return at >= 0
    while at >= 0:
        if _goes_on(phrase, text, at + len(phrase[0]) - 1):
            return True
        at = text.find(phrase[0], at + 1)
    return False


def _goes_on(phrase: Phrase, text: str, end: int) -> bool:
    for part in phrase[1:]:
        at = text.find(part, end, end + MAX_GAP + len(part))
        if at < 0:
            return False
        end = at + len(part) - 1
    return True


Index = dict[str, list[tuple[int, tuple[Phrase, ...]]]]


class RuleBook:
    """All rules, and by what each can be found, so that a text is compared only with the phrases that may be in it."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._keys = tuple(_keys(rule) for rule in self.rules)
        self._indexes: dict[tuple[str, str], Index] = {}  # as many as stages and protocols, which are few

    def first_fit(self, signs: Signs, stage: str, protocol: str, families: frozenset[str]) -> Rule | None:
        """The first rule that fits, or None."""
        index = self._indexes.get((stage, protocol)) or self._make_index(stage, protocol)
        found = [entry for key in _sign_keys(signs) if key in index for entry in index[key]]
        for number, phrases in sorted(found):
            if _any_occurs(phrases, signs.text) and self.rules[number].allows(signs, families):
                return self.rules[number]
        return None

    def _make_index(self, stage: str, protocol: str) -> Index:
        index: Index = {}
        for number, rule in enumerate(self.rules):
            if rule.is_for(stage, protocol):
                for key, phrases in self._keys[number].items():
                    index.setdefault(key, []).append((number, phrases))
        self._indexes[stage, protocol] = index
        return index


_ANY_TEXT: Phrase = (" ",)


def _keys(rule: Rule) -> dict[str, tuple[Phrase, ...]]:
    """One condition that the rule cannot fit without, as keys, each with the phrases that are then looked for."""
    if not rule.words:
        codes = rule.codes or {status.removeprefix("*") for status in rule.enhanced} or rule.replies or {"always"}
        return dict.fromkeys(codes, (_ANY_TEXT,))
    found: dict[str, tuple[Phrase, ...]] = {}
    for phrase in rule.words:
        key = _phrase_key(phrase)
        found[key] = (*found.get(key, ()), phrase)
    return found


def _phrase_key(phrase: Phrase) -> str:
    """Its first word if a space follows there, else the first letters of it."""
    first, _, rest = phrase[0].lstrip().partition(" ")
    return f" {first}" if rest or phrase[0].endswith(" ") else f" {first[:_PREFIX]}.."


def _sign_keys(signs: Signs) -> Iterator[str]:
    words = set(signs.text.split())
    yield from (f" {word}" for word in words)
    yield from {f" {word[:_PREFIX]}.." for word in words}
    yield from signs.codes
    for status in signs.enhanced:
        yield from (status, status[1:])
    if signs.reply:
        yield from (signs.reply, signs.reply[:1])
    yield "always"


def parse_rules(text: str) -> RuleBook:
    """The rules of a TOML document; raises `ValueError` that names the rule with a word that is not known."""
    return RuleBook(_parse_rule(record) for record in tomllib.loads(text)["rules"])


def _parse_rule(record: Mapping[str, Any]) -> Rule:
    try:
        if unknown := set(record) - _KEYS:
            raise ValueError(f"unknown key {min(unknown)!r}")
        return Rule(
            Cause(record["cause"]),
            tuple(map(parse_phrase, record.get("words", ()))),
            tuple(map(parse_phrase, record.get("without", ()))),
            frozenset(record.get("codes", ())),
            frozenset(record.get("enhanced", ())),
            frozenset(record.get("replies", ())),
            frozenset(stage for group in record.get("at", ()) for stage in STAGE_GROUPS[group]),
            frozenset(record.get("protocols", ())),
            frozenset(record.get("families", ())),
            record.get("after"),
            tuple(map(Cause, record.get("candidates", ()))),
        )
    except (ValueError, KeyError) as error:
        raise ValueError(f"rule {dict(record)}: {error}") from error


@cache
def rule_book() -> RuleBook:
    """The rules that Yizhan ships."""
    return parse_rules(_data("rules.toml"))


@cache
def known_families() -> dict[str, list[str]]:
    """Each family of servers, with the names by which it is known."""
    found: dict[str, list[str]] = tomllib.loads(_data("rules-families.toml"))
    return found


def _data(name: str) -> str:
    return files("yizhan.providers").joinpath(f"data/{name}").read_text(encoding="utf-8")


@lru_cache(maxsize=1024)
def families_of(provider: str, host: str) -> frozenset[str]:
    """The families of servers that a provider's name or a host belongs to."""
    names = [name for name in (provider.lower(), host.lower()) if name]
    pairs = product(known_families().items(), names)
    return frozenset(family for (family, marks), name in pairs if any(_is_mark(mark, name) for mark in marks))


def _is_mark(mark: str, name: str) -> bool:
    """`mark` is the name, or a part of it between dots, spaces or hyphens."""
    return mark == name or f".{mark}." in f".{name.replace(' ', '.').replace('-', '.')}." or name.endswith(f".{mark}")
