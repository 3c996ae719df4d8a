"""What a server says later of a message that it had taken: delivery reports (RFC 3464) and those in words only.

A report in words names nobody for sure: every address that it holds may be the one.  Who reads it knows to whom the
message went, and takes those only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from yizhan.mime.charsets import decode_text
from yizhan.mime.headers import read_addresses, read_message_ids
from yizhan.mime.html import html_to_text
from yizhan.mime.limits import (
    MAX_PARAGRAPHS,
    MAX_REPORT_CHARS,
    MAX_REPORT_IDS,
    MAX_REPORTED,
    MAX_SAID_CHARS,
    MAX_SPOKEN_OF,
)
from yizhan.mime.structure import Leaf, Parsed, first_field, split_header

_FIELDS = ("message/delivery-status", "message/global-delivery-status")
_ORIGINALS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_DAEMON = re.compile(r"(?:mailer|mail|m)[-_.]?daemon|postmaster|microsoftexchange[0-9a-f]{32}|bounces?", re.IGNORECASE)
_FAILURE = re.compile(
    r"undeliver|not (?:be )?delivered|deliver\w{0,9} (?:status|fail|has failed|problem|notification|report)"
    r"|returned mail|return(?:ed|ing)? to sender|failure notice|mail (?:failure|delivery|system error)"
    r"|could ?n[o']t be delivered|did not reach|unable to deliver|delivery to the following|is returned|"
    r"退信|退回|投递失败|发送失败|无法投递|无法送达|未送达|未能送达|拒收|投递延迟|延迟投递|"
    r"не\s+(?:может\s+быть\s+|было\s+|удалось\s+|могло\s+быть\s+)?достав|недостав|сообщение\s+возвращ|"
    r"(?:ошибка|сбой|доставка)\s+(?:доставки|письма|отложена|задержана|невозможна)|delay",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"delay|not yet been delivered|will (?:be retried|continue|keep trying)|still trying"
    r"|could not send message for past|延迟|延时|稍后.{0,12}(?:重试|投递)|继续尝试"
    r"|задерж|отложен|попытк\w{1,3} .{0,40}продолж",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"fail|undeliver|returned|permanent|giv(?:en|ing) up|退信|退回|失败|не\s+(?:может|удалось)", re.I
)
_REASON = re.compile(
    r"(?:退信原因|英文说明|拒收原因|失败原因|bounce reason|the error(?: that the other server returned)? was|reason|"
    r"причина|diagnostic)[^\n:：]{0,40}[:：]",
    re.IGNORECASE,
)
# From here on it is the message that was sent.
_COPY = re.compile(
    r"^[ \t]*-{2,}.{0,40}(?:below this line|copy of|original message|message header|returned message|原始?邮件|"
    r"исходное|оригинал|текст письма)|^original message follows|^the original message was received at[^\n]*\n-+",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_REPLY = re.compile(r"(?<![\d.])[45]\d\d(?=[ -]|$)|\b[45]\.\d{1,3}\.\d{1,3}\b", re.MULTILINE)
_ID_LINE = re.compile(r"^[ \t>]*message-id[ \t]*:[^\n<]{0,20}(<[^<>\s]{1,990}>)", re.IGNORECASE | re.MULTILINE)
_UTF8_ESCAPE = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")  # RFC 6533 §3


class Action(StrEnum):
    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class Reported:
    """One recipient: under which addresses the report knows them, what became of it, an enhanced status code (RFC 3463)
    or nothing, and the server's words."""

    addresses: tuple[str, ...]
    action: Action
    status: str
    said: str


@dataclass(frozen=True, slots=True)
class Report:
    """`message_ids` may be the reported message's, the likeliest first; `is_formal`: it follows RFC 3464."""

    recipients: tuple[Reported, ...]
    message_ids: tuple[str, ...]
    is_formal: bool


def looks_like_report(parsed: Parsed) -> bool:
    """Whether it is worth to be read as one; cheap, and never raises."""
    if any(leaf.content_type in _FIELDS for leaf in parsed.leaves):
        return True
    if any(leaf.content_type == "message/disposition-notification" for leaf in parsed.leaves):
        return False
    if parsed.header("x-failed-recipients"):
        return True
    senders = read_addresses(parsed.header("from"))
    daemon = any(_DAEMON.fullmatch(address.rpartition("@")[0]) for _, address in senders)
    nobody = parsed.header("return-path") == "<>"
    return (daemon or nobody) and bool(
        _FAILURE.search(parsed.header("subject")) or _FAILURE.search(_text(parsed)[:2000])
    )


def read_report(parsed: Parsed) -> Report | None:
    """What the report says; None when it is none, or says nothing of anybody.  Never raises."""
    if not looks_like_report(parsed):
        return None
    text = _text(parsed)
    formal = [leaf for leaf in parsed.leaves if leaf.content_type in _FIELDS]
    recipients = [each for leaf in formal for each in _read_fields(leaf, text)] or _read_words(parsed, text)
    if not recipients:
        return None
    ids = tuple(dict.fromkeys(_message_ids(parsed, text)))[:MAX_REPORT_IDS]
    return Report(tuple(recipients[:MAX_REPORTED]), ids, bool(formal))


def _text(parsed: Parsed) -> str:
    plain, markup = parsed.body("text/plain"), parsed.body("text/html")
    text = "" if plain is None else plain.text()
    if not text.strip() and markup is not None:
        text = html_to_text(markup.text())
    return text[:MAX_REPORT_CHARS].replace("\r\n", "\n")


def _read_fields(leaf: Leaf, text: str) -> Iterator[Reported]:
    """RFC 3464 §2.3: a group of fields for each recipient."""
    content = decode_text(leaf.data()[:MAX_REPORT_CHARS]).replace("\r\n", "\n")
    for group in re.split(r"\n[ \t]*\n", content)[: MAX_REPORTED + 10]:
        pairs, _ = split_header(group.encode("utf-8", "replace").strip() + b"\n\n", [])
        told = {name: " ".join(decode_text(value).split()) for name, value in reversed(pairs)}
        named = [_bare(told.get(name, "")) for name in ("original-recipient", "final-recipient")]
        addresses = tuple(dict.fromkeys(each for each in named if "@" in each))
        if not addresses:
            continue
        said = told.get("diagnostic-code", "").partition(";")[2].strip()
        said = (said or _words_about(addresses[-1], text))[:MAX_SAID_CHARS]
        status = _status(told.get("status", ""), said)
        yield Reported(addresses, _action(told.get("action", ""), status), status, said)


def _bare(typed: str) -> str:
    """`rfc822; <li@example.com>` without its type, brackets and escapes."""
    value = typed.partition(";")[2] or typed
    return _UTF8_ESCAPE.sub(lambda found: _char(found[1]), value).strip(" <>\"'")


def _char(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number < 0xD800 or 0xE000 <= number < 0x110000 else ""


def _action(told: str, status: str) -> Action:
    word = told.lower().split(" ")[0]
    if word in ("relayed", "expanded", "delivered"):
        return Action.DELIVERED
    if word == "delayed" or (word != "failed" and status.startswith("4")):
        return Action.DELAYED
    return Action.DELIVERED if word != "failed" and status.startswith("2") else Action.FAILED


def _status(told: str, said: str) -> str:
    """The field's, unless it says nothing (`5.0.0`) and the server's words say more."""
    named, spoken = _STATUS.search(told), _STATUS.search(said)
    if named and not (named[0].endswith(".0.0") and spoken):
        return named[0]
    return spoken[0] if spoken else ""


def _read_words(parsed: Parsed, text: str) -> list[Reported]:
    report = _COPY.split(text, maxsplit=1)[0]
    action = _action_in_words(parsed.header("subject"), report)
    own = {address.casefold() for name in ("to", "delivered-to") for _, address in read_addresses(parsed.header(name))}
    named = [address for _, address in read_addresses(parsed.header("x-failed-recipients"))]
    found = dict.fromkeys(address.rstrip(".") for address in (*named, *_ADDRESS.findall(report)))
    recipients = []
    for address in islice(found, MAX_SPOKEN_OF):
        if address.casefold() in own or _DAEMON.fullmatch(address.rpartition("@")[0]):
            continue
        said = _words_about(address, report)
        recipients.append(Reported((address,), action, _status("", said), said))
    return recipients


def _action_in_words(subject: str, report: str) -> Action:
    for text in (subject, report[:2000]):
        if _DELAY.search(text) and not _FOR_GOOD.search(text):
            return Action.DELAYED
        if _FOR_GOOD.search(text):
            return Action.FAILED
    return Action.FAILED


def _words_about(address: str, text: str) -> str:
    """The server's words about this one: where the reason is named, or beside the address, or wherever a code is."""
    split = re.split(r"\n[ \t]*\n", text, maxsplit=MAX_PARAGRAPHS)[:MAX_PARAGRAPHS]
    paragraphs = [each.strip()[: 4 * MAX_SAID_CHARS] for each in split if each.strip()]
    at = [number for number, each in enumerate(paragraphs) if address.lower() in each.lower()]
    beside = [paragraphs[number] for number in at] + [each for number in at for each in paragraphs[number + 1 :][:1]]
    reasons = [text[found.end() :][:MAX_SAID_CHARS] for found in islice(_REASON.finditer(text), MAX_PARAGRAPHS)]
    choices = [*(each for each in beside if _REPLY.search(each)), *reversed(reasons), *beside]
    best = next((each for each in choices if _REPLY.search(each)), choices[0] if choices else "")
    best = best or next((each for each in paragraphs if _REPLY.search(each)), "")
    return " ".join(best.split())[:MAX_SAID_CHARS]


def _message_ids(parsed: Parsed, text: str) -> Iterator[str]:
    own = parsed.header("message-id")
    for leaf in parsed.leaves:
        if leaf.content_type in _ORIGINALS:
            fields, _ = split_header(leaf.data(), [])
            for name in ("resent-message-id", "message-id"):
                yield from read_message_ids(decode_text(first_field(fields, name)))
    for name in ("x-cm-original-message-id", "x-original-message-id", "in-reply-to", "references"):
        yield from (each for each in reversed(read_message_ids(parsed.header(name))) if each != own)
    yield from _ID_LINE.findall(text)
