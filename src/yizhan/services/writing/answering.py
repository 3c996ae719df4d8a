"""A draft that answers or forwards a message: to whom, under which subject, in which thread, and what it quotes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from html import escape

from babel.dates import format_datetime

from yizhan.base.ids import AccountId, MessageId
from yizhan.mime.compose import Enclosure, answer_references
from yizhan.mime.filenames import safe_filename
from yizhan.mime.headers import read_addresses, write_address
from yizhan.mime.html import clean_html
from yizhan.mime.structure import Parsed, parse_message
from yizhan.mime.subjects import answer_subject, forward_subject
from yizhan.mime.summary import attached_files, words_of
from yizhan.mime.text import quote_text, text_to_html
from yizhan.store import blobs, identities, messages
from yizhan.store.accounts import address_key
from yizhan.store.models import Message
from yizhan.store.scope import Scope

MAX_QUOTED_CHARS = 200_000  # of a message that is quoted; nobody answers a longer one line by line
_LOCALES = {"zh-hans": "zh_Hans_CN", "en": "en_GB", "ru": "ru_RU"}
# {name} wrote at {date}; babel's own patterns put the date in each language's order.
_ATTRIBUTION = {
    "zh-hans": "{date}，{name} 写道：",
    "en": "On {date}, {name} wrote:",
    "ru": "{date}, {name} пишет:",
}
_DATES = {"zh-hans": "y年M月d日 HH:mm", "en": "d MMMM y 'at' HH:mm", "ru": "d MMMM y 'г.' 'в' HH:mm"}
_FORWARDED = {
    "zh-hans": ("---------- 转发的邮件 ----------", "发件人：", "时间：", "主题：", "收件人：", "抄送："),
    "en": ("---------- Forwarded message ----------", "From: ", "Date: ", "Subject: ", "To: ", "Cc: "),
    "ru": ("---------- Пересланное письмо ----------", "От: ", "Дата: ", "Тема: ", "Кому: ", "Копия: "),
}
Pair = tuple[str, str]


class Answer(StrEnum):
    REPLY = "reply"
    REPLY_ALL = "reply_all"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class Prefill:
    """What a person finds in the form.  `text` and `html` are the quote alone, `html` empty for a plain message;
    `parts` are the (part, file name, size in bytes) of files that go along when forwarded; `identity` is the one that
    the message came to, if it came to one."""

    account_id: AccountId
    to: tuple[Pair, ...]
    cc: tuple[Pair, ...]
    subject: str
    text: str
    html: str
    in_reply_to: str
    references: tuple[str, ...]
    parts: tuple[tuple[str, str, int], ...]
    identity: int | None = None

    @property
    def typed_to(self) -> list[str]:
        """The recipients as a person would type them."""
        return [write_address(*pair) for pair in self.to]

    @property
    def typed_cc(self) -> list[str]:
        return [write_address(*pair) for pair in self.cc]


def prefill(scope: Scope, message_id: MessageId, answer: Answer, language: str, zone: tzinfo) -> Prefill:
    """The draft of an answer, from the account that the message came to; raises `NotFound`."""
    row = messages.get(scope, message_id)
    parsed = parse_message(b"" if row.blob_id is None else blobs.get(row.blob_id))
    forward = answer is Answer.FORWARD
    mine = identities.list_all(scope, row.account_id)
    own = {row.account.address_key, *(each.address_key for each in mine)}
    to, cc = ((), ()) if forward else _recipients(row, parsed, own, everyone=answer is Answer.REPLY_ALL)
    own_id = parsed.header("message-id") or row.message_id
    references = answer_references(parsed.header("references"), parsed.header("in-reply-to"), own_id)
    intro = _forward_lines(row, language, zone) if forward else [_attribution(row, language, zone)]
    words = words_of(parsed)[:MAX_QUOTED_CHARS]
    return Prefill(
        account_id=AccountId(row.account_id),
        to=to,
        cc=cc,
        subject=forward_subject(row.subject) if forward else answer_subject(row.subject),
        text="\n".join([*intro, "", words.strip()] if forward else [*intro, quote_text(words)]),
        html=_html_quote(parsed, intro),
        in_reply_to="" if forward else own_id.strip(),
        references=references,
        parts=_files(parsed) if forward else (),
        identity=next((each.pk for each in mine if each.address_key in _keys([*row.to, *row.cc])), None),
    )


def complete_html(typed: str, filled: Prefill) -> str:
    """The markup beside a typed text: its own words above the original as it looked.

    Empty when the original was plain, or when the person wrote into the quote: then the text alone says what they mean.
    """
    quote = filled.text.strip()
    own = typed.replace("\r\n", "\n").rstrip()
    if not filled.html or not own.endswith(quote):
        return ""
    return f"<html><body>{text_to_html(own[: -len(quote)].rstrip())}<br>{filled.html}</body></html>"


def forwarded_files(scope: Scope, message_id: MessageId, parts: Sequence[str]) -> tuple[Enclosure, ...]:
    """Those parts of a message; raises `NotFound`."""
    row = messages.get(scope, message_id)
    parsed = parse_message(b"" if row.blob_id is None else blobs.get(row.blob_id))
    wanted = [leaf for leaf in parsed.leaves if leaf.number in parts]
    return tuple(
        Enclosure(safe_filename(leaf.filename, leaf.content_type, leaf.number), leaf.content_type, leaf.data())
        for leaf in wanted
    )


def _recipients(
    row: Message, parsed: Parsed, own: set[str], *, everyone: bool
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """RFC 5322 §3.6.3: to Reply-To, else From; for all, also To and Cc.  Never to oneself, but for one's own letters:
    an answer to those goes to whom they went."""
    senders = _pairs(row.senders)
    own_letter = any(address_key(address) in own for _, address in senders)
    first = _pairs(row.to) if own_letter else (read_addresses(parsed.header("reply-to")) or senders)
    more = _pairs(row.to) if everyone and not own_letter else []
    to = _without([*first, *more], own) or _without(first, set())
    taken = own | {address_key(address) for _, address in to}
    return to, _without(_pairs(row.cc), taken) if everyone else ()


def _keys(addresses: Sequence[dict[str, str]]) -> set[str]:
    return {address_key(each["address"]) for each in addresses}


def _pairs(addresses: Sequence[dict[str, str]]) -> list[Pair]:
    return [(each["name"], each["address"]) for each in addresses if each["address"]]


def _without(pairs: Sequence[Pair], taken: set[str]) -> tuple[Pair, ...]:
    kept: dict[str, Pair] = {}
    for name, address in pairs:
        if address_key(address) not in taken:
            kept.setdefault(address_key(address), (name, address))
    return tuple(kept.values())


def _attribution(row: Message, language: str, zone: tzinfo) -> str:
    name = next((each["name"] or each["address"] for each in row.senders), "?")
    return _ATTRIBUTION[language].format(date=_date(row.date or row.internal_date, language, zone), name=name)


def _forward_lines(row: Message, language: str, zone: tzinfo) -> list[str]:
    head, sender, date, subject, to, cc = _FORWARDED[language]
    lines = [head, sender + _people(row.senders), date + _date(row.date or row.internal_date, language, zone)]
    lines += [subject + row.subject, to + _people(row.to)]
    return [*lines, cc + _people(row.cc)] if row.cc else lines


def _people(addresses: Sequence[dict[str, str]]) -> str:
    return ", ".join(
        f"{name} <{address}>" if name and name != address else address for name, address in _pairs(addresses)
    )


def _date(moment: datetime, language: str, zone: tzinfo) -> str:
    return format_datetime(moment.astimezone(zone), _DATES[language], locale=_LOCALES[language])


def _html_quote(parsed: Parsed, intro: Sequence[str]) -> str:
    """The original as it looked, without its pictures: those came with the message or lie on somebody's server."""
    markup = parsed.body("text/html")
    if markup is None:
        return ""
    cleaned = clean_html(markup.text()[:MAX_QUOTED_CHARS], lambda _: None, lambda _: "")
    lines = "".join(f"<div>{escape(line)}</div>" for line in intro)
    bar = "margin:0 0 0 0.8ex;border-left:2px solid #cccccc;padding-left:1ex"
    return f'{lines}<blockquote type="cite" style="{bar}">{cleaned.html}</blockquote>'


def _files(parsed: Parsed) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (leaf.number, safe_filename(leaf.filename, leaf.content_type, leaf.number), len(leaf.data()))
        for leaf in attached_files(parsed)
    )
