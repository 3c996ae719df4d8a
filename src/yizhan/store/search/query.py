"""From what a person types to terms and filters.

    words "a phrase" -not from:anna to: subject: filename: in:sent account:work has:attachment is:unread
    before:2026-11-01 after:2026 larger:5M

Each name has Chinese and Russian forms, and a full-width colon is one; blanks may follow it.  A name that is none is
a word like others.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from yizhan.base.errors import YizhanError
from yizhan.store.search.analyzer import fold
from yizhan.store.search.limits import MAX_QUERY_CHARS, MAX_QUERY_WORDS
from yizhan.store.search.matching import Term


class QueryRefused(YizhanError):
    """A query that cannot be carried out.  `reason` is `empty`, `too_long`, `no_value` or `bad_value`; `word` which."""

    code: ClassVar[str] = "query_refused"

    def __init__(self, reason: str, word: str = "") -> None:
        super().__init__(_REASONS[reason].format(word=word))
        self.reason = reason
        self.word = word


_REASONS = {
    "empty": "there is no word to look for: punctuation alone is not in the index",
    "too_long": f"a query has at most {MAX_QUERY_WORDS} words and {MAX_QUERY_CHARS:,} characters",
    "no_value": "{word} needs a value after it",
    "bad_value": "{word} has a value that is not understood",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What a message has to be.  `name` is one of `account account_id in has is before after larger`."""

    name: str
    value: str | int | datetime
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """All of these."""

    terms: list[Term] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of a query as it was typed, and what it means; None for punctuation."""

    text: str
    meant: Term | Filter | None


_NAMES = {
    "from": "from 发件人 寄件人 от",
    "to": "to cc 收件人 抄送 кому копия",
    "subject": "subject 主题 标题 тема",
    "filename": "filename file 附件名 文件名 файл",
    "in": "in mailbox 位置 邮箱夹 文件夹 в папка",
    "account": "account 账号 帐号 邮箱 ящик аккаунт",
    "has": "has 有 包含 есть",
    "is": "is 状态 是 это",
    "before": "before 早于 之前 до",
    "after": "after since 晚于 之后 после",
    "larger": "larger 大于 больше",
}
_VALUES = {
    "has": {"attachment": "attachment attachments file files 附件 вложение вложения файл"},
    "is": {
        "unread": "unread unseen 未读 непрочитано непрочитанное непрочитанные",
        "read": "read seen 已读 прочитано прочитанное прочитанные",
        "flagged": "flagged starred 星标 已加星标 помечено помеченное помеченные",
        "answered": "answered replied 已回复 отвечено",
    },
}
_ROLES = {
    "inbox": "inbox 收件箱 входящие",
    "sent": "sent 已发送 已发邮件 发件箱 отправленные",
    "drafts": "drafts draft 草稿 草稿箱 черновики",
    "junk": "junk spam 垃圾邮件 垃圾箱 спам",
    "trash": "trash deleted 已删除 废纸篓 корзина удаленные",
    "archive": "archive 归档 архив",
}


def _by_form(words: dict[str, str]) -> dict[str, str]:
    return {fold(form): name for name, forms in words.items() for form in forms.split()}


_NAME_OF = _by_form(_NAMES)
_VALUE_OF = {name: _by_form(values) for name, values in _VALUES.items()}
_ROLE_OF = _by_form(_ROLES)
_TERM_FIELDS = {"from": "senders", "to": "recipients", "subject": "subject", "filename": "files"}
_OPENING, _CLOSING = '"“„«「', '"”“»」'
_QUOTED = rf"[{_OPENING}](?P<quoted>[^{_CLOSING}]*)[{_CLOSING}]?"
_WORD = re.compile(rf"(?P<minus>[-\u2212\uff0d]?)(?:(?P<name>[^\W\d_]+)[:：])?(?:{_QUOTED}|(?P<plain>\S*))")
_VALUE = re.compile(rf"\s*(?:{_QUOTED}|(?P<plain>\S*))")
_DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?)?年?")
_RUSSIAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SIZE = re.compile(r"(\d{1,9})(b|k|kb|m|mb|g|gb|кб|мб|гб)?")
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "к": 1 << 10, "м": 1 << 20, "г": 1 << 30}


def parse_query(typed: str, zone: tzinfo = UTC) -> Query:
    """The query; days begin at midnight in `zone`.  Raises `QueryRefused`."""
    query = Query()
    for piece in split_query(typed, zone):
        if isinstance(piece.meant, Term):
            query.terms.append(piece.meant)
        elif piece.meant is not None:
            query.filters.append(piece.meant)
    if not query.terms and not query.filters:
        raise QueryRefused("empty")
    return query


def split_query(typed: str, zone: tzinfo = UTC) -> list[Piece]:
    """The pieces of the query, in their order.  Raises `QueryRefused`."""
    if len(typed) > MAX_QUERY_CHARS:
        raise QueryRefused("too_long")
    pieces: list[Piece] = []
    at = 0
    while at < len(typed):
        found = None if typed[at].isspace() else _WORD.match(typed, at)
        if found is None or found.end() == at:
            at += 1
            continue
        value = _value_of(found, typed)
        at = value.end()
        pieces.append(Piece(typed[found.start() : at].rstrip(), _mean(found, value, zone)))
        if sum(piece.meant is not None for piece in pieces) > MAX_QUERY_WORDS:
            raise QueryRefused("too_long")
    return pieces


def role_of(value: str) -> str:
    """The role that this word means, or nothing."""
    return _ROLE_OF.get(fold(value), "")


def _value_of(found: re.Match[str], typed: str) -> re.Match[str]:
    """Where the value stands: with its name, or after blanks."""
    is_alone = fold(found["name"] or "") in _NAME_OF and found["quoted"] is None and not found["plain"]
    return (_VALUE.match(typed, found.end()) if is_alone else None) or found


def _mean(found: re.Match[str], value_of: re.Match[str], zone: tzinfo) -> Term | Filter | None:
    negative = bool(found["minus"])
    quoted, plain = value_of["quoted"], value_of["plain"]
    whole = found.string[found.start() : value_of.end()].rstrip()
    name = _NAME_OF.get(fold(found["name"] or ""), "")
    if found["name"] and not name:  # a name that is none: the whole is a word
        return _bare(Term(found[0][len(found["minus"]) :], negative=negative, phrase=quoted is not None))
    value = quoted if quoted is not None else plain
    if not name:
        return _bare(Term(value, negative=negative, phrase=quoted is not None))
    if not value.strip():
        raise QueryRefused("no_value", whole)
    if name in _TERM_FIELDS:
        term = Term(value, _TERM_FIELDS[name], quoted is not None, negative)
        if not term.runs:
            raise QueryRefused("bad_value", whole)
        return term
    meant = _READERS[name](name, value, zone)
    if meant is None:
        raise QueryRefused("bad_value", whole)
    return Filter(name, meant, negative)


def _bare(term: Term) -> Term | None:
    """Punctuation alone is passed over; if nothing else is there the query is refused as empty."""
    if len(term.runs) > MAX_QUERY_WORDS:
        raise QueryRefused("too_long")
    return term if term.runs else None


def _read_text(_name: str, value: str, _zone: tzinfo) -> str:
    return value


def _read_choice(name: str, value: str, _zone: tzinfo) -> str | None:
    return _VALUE_OF[name].get(fold(value))


def _read_day(_name: str, value: str, zone: tzinfo) -> datetime | None:
    found, russian = _DAY.fullmatch(value), _RUSSIAN_DAY.fullmatch(value)
    if russian is not None:
        day, month, year = russian.groups()
    elif found is not None:
        year, month, day = found.groups()
    else:
        return None
    try:
        return datetime(int(year), int(month or 1), int(day or 1), tzinfo=zone)
    except ValueError:  # the 31st of February
        return None


def _read_size(_name: str, value: str, _zone: tzinfo) -> int | None:
    found = _SIZE.fullmatch(fold(value))
    return None if found is None else int(found[1]) * _UNITS[(found[2] or "")[:1]]


_Reader = Callable[[str, str, tzinfo], str | int | datetime | None]
_READERS: dict[str, _Reader] = {
    "in": _read_text,
    "account": _read_text,
    "has": _read_choice,
    "is": _read_choice,
    "before": _read_day,
    "after": _read_day,
    "larger": _read_size,
}
