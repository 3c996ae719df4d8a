"""What can be read from a refusal before any rule is asked: its words in one form, its codes, the wait it asks for."""

import re
import unicodedata
from dataclasses import dataclass

from yizhan.providers.limits import MAX_WAIT_S

# RFC 5530 §3, RFC 3501 §7.1, RFC 9051 §7.1, RFC 7889, and those of Dovecot, Yahoo and Gmail.
RESPONSE_CODES = frozenset(
    [
        "UNAVAILABLE",
        "AUTHENTICATIONFAILED",
        "AUTHORIZATIONFAILED",
        "EXPIRED",
        "PRIVACYREQUIRED",
        "CONTACTADMIN",
        "NOPERM",
        "INUSE",
        "EXPUNGEISSUED",
        "CORRUPTION",
        "SERVERBUG",
        "CLIENTBUG",
        "CANNOT",
        "LIMIT",
        "OVERQUOTA",
        "ALREADYEXISTS",
        "NONEXISTENT",
        "ALERT",
        "WEBALERT",
        "BADCHARSET",
        "PARSE",
        "READ-ONLY",
        "TRYCREATE",
        "UNKNOWN-CTE",
        "TOOBIG",
        "NOTSAVED",
        "BADEVENT",
        "HASCHILDREN",
        "REFERRAL",
        "BADCOMPARATOR",
        "OVERQUOTASOFT",
        "OVERQUOTAHARD",
        "NOTAVAILABLE",
        "USEATTR",
        "CLOSED",
        "AUTH",
        "THROTTLED",
        "MESSAGELIMIT",
        "LOGINDISABLED",
        "TEMPFAIL",
        "SYS",
        "SYS/TEMP",
        "SYS/PERM",
        "IN-USE",
        "LOGIN-DELAY",
    ]
)
_RESPONSE_CODE = re.compile(r"""[\[('"]([A-Z][A-Z/-]{2,24})(?=[\] '")])""")
_REPLY = re.compile(r"""(?<![\w.:/=@?&-])([245]\d\d)(?=[\s,;:)'"-]|$)""")
_ENHANCED = re.compile(r"(?<![\w.])#?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_BREAKS = re.compile(r"[\W_]+")
# Letters that NFKD does not take apart.
_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe"}
)
# A character that is a word of its own: Chinese and Japanese write no spaces.
_ALONE = re.compile(r"([\u3040-\u30ff\u3400-\u9fff])")
_REFUSING = re.compile(r"(?:^|[\s:>'\"])(NO|BAD|-ERR)(?=[\s(:]|$)")


@dataclass(frozen=True, slots=True)
class Signs:
    """`text` in the form of `normal_form`; codes as the protocol writes them; `reply` is empty if there is none."""

    text: str
    reply: str
    enhanced: frozenset[str]
    codes: frozenset[str]


def read_signs(said: str, code: str, *, is_smtp: bool) -> Signs:
    """The signs in the server's words; `code` is what the protocol's own parser found, if it was asked."""
    reply = code if code.isdecimal() else read_reply(said) if is_smtp else ""
    codes = {found for found in _RESPONSE_CODE.findall(said) if found in RESPONSE_CODES}
    if code and not reply:
        codes.add(code)
    return Signs(normal_form(said), reply, frozenset(_ENHANCED.findall(said)), frozenset(codes))


def read_reply(said: str) -> str:
    """The number of the first SMTP reply in the words, or nothing."""
    match = _REPLY.search(said)
    return match[1] if match else ""


def normal_form(text: str) -> str:
    """Lower case, no accents, words parted by one space, a space at both ends; `授权码` is three words."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_LETTERS)
        text = "".join(char for char in text if not unicodedata.combining(char))
        text = _ALONE.sub(r" \1 ", text)
    return f" {_BREAKS.sub(' ', text.lower()).strip()} "


def is_permanent(said: str, reply: str) -> bool:
    """Whether these words are a no for good: a tagged NO or BAD, or a reply 5xx."""
    return reply.startswith("5") or (not reply and _REFUSING.search(said) is not None)


_UNITS = (
    (re.compile(r"milli|ms\b|毫秒|миллисек", re.IGNORECASE), 0.001),
    (re.compile(r"sec|sek|s\b|秒|сек", re.IGNORECASE), 1),
    (re.compile(r"min|m\b|分|мин", re.IGNORECASE), 60),
    (re.compile(r"h|st|uur|小时|小時|時間|时|час|ч\b", re.IGNORECASE), 3600),
    (re.compile(r"d|j|tag|天|日|дн|день|сут|dz", re.IGNORECASE), 86400),
)
_WAIT = re.compile(
    r"(?:again|retry|retry[- ]after|wait|back[- ]?off(?: time)?|delay(?:ed)?|greylist(?:ed|ing)?|for|in|after|within|"
    r"через|подождите|повтор\w*|попробуйте|请|等待|稍后|dans|erneut|nach|intente|tras|en|tra|za|daqui a)"
    r"\D{0,24}?(\d{1,9})\s{0,3}[-+]?\s{0,3}"
    r"(milli\w*|ms\b|sec\w*|sek\w*|s\b|min\w*|m\b|hours?|hrs?\b|h\b|stund\w*|heures?|horas?|ore\b|days?|tag\w*|jours?|"
    r"d[ií]as?|毫秒|秒|分钟|分鐘|分|小时|小時|天|日|сек\w*|мин\w*|час\w*|дн\w*|сут\w*)",
    re.IGNORECASE,
)
_CJK_WAIT = re.compile(r"(\d{1,6})\s{0,3}(毫秒|秒钟|秒|分钟|分鐘|分|小时|小時|時間|天)(?:之?[后後内內]|$)")
_CLOCK_WAIT = re.compile(r"(?:again|retry|wait|in|for)\s{1,3}(?:(\d{1,2}):)?(\d{1,2}):(\d{2})\b", re.IGNORECASE)
_PLAIN_WAIT = re.compile(r"retry[-_ ]?after[\"']?\s{0,3}[:=]?\s{0,3}(\d{1,9})\b", re.IGNORECASE)


def read_wait(said: str) -> int | None:
    """Seconds that the server asks to wait, 1 to `MAX_WAIT_S`; None if it names no time."""
    if match := _WAIT.search(said) or _CJK_WAIT.search(said):
        return _bounded(int(match[1]) * _unit(match[2]))
    if match := _CLOCK_WAIT.search(said):
        return _bounded(int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3]))
    if match := _PLAIN_WAIT.search(said):
        return _bounded(int(match[1]))
    return None


def _unit(word: str) -> float:
    return next((seconds for pattern, seconds in _UNITS if pattern.match(word)), 1.0)


def _bounded(seconds: float) -> int | None:
    return min(max(round(seconds), 1), MAX_WAIT_S) if seconds > 0 else None
