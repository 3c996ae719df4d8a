"""What is looked at before a message goes: said while one writes, and asked once more where it would go wrong.

`bad` would be refused or miss somebody; `warn` is worth a look; `ok` was looked at and is well.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from yizhan.mime.html import html_to_text
from yizhan.services.writing.content import Content
from yizhan.services.writing.drafts import encoded_size
from yizhan.services.writing.variables import left_over

OFTEN_REFUSED_BYTES = 25_000_000  # what many servers on the other side take at most (Gmail, Yandex: 25 MB)
_TEXT_GROWS = 1.4  # words in base64 with their line ends

# Words that promise a file; in Russian and English the beginnings of words.
_PROMISES = re.compile(
    r"附件|见附|附上|附后|随附|附檔|附加檔案"
    r"|\b(?:attach(?:ed|ing|ment|ments)?|enclosed|enclosing|enclosure)\b"
    r"|\b(?:прикреп|прилага|приложен|во вложени|вложен|в приложени|приложил)",
    re.IGNORECASE,
)
# A footer about confidential letters speaks of attachments and promises none.
_FOOTER = re.compile(r"\b(?:any|its|all|with) attachments?\b|любые вложения|及其附件|及附件", re.IGNORECASE)
_TAG = re.compile(r"<(/?)(blockquote|div)\b([^<>]*)>", re.IGNORECASE)
_SIGNATURE_MARK = "yz-signature"  # the editor's mark around what ends a message by itself
_FORWARDED = re.compile(r"^-{5,} ?\S.*\S ?-{5,}$")


class Kind(StrEnum):
    BAD = "bad"
    WARN = "warn"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; `parts` are what its words name, `fix` (address, what was probably meant)."""

    kind: Kind
    code: str
    parts: Mapping[str, str] = field(default_factory=dict)
    fix: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a check looks at.

    `files` are (name, bytes) of what is attached, `pictures` the bytes of what stands in the text.
    `suppressed` are recipients whom mail does not reach, with why; `suspects` those that look mistyped, with what was
    probably meant, which may be empty; `most_bytes` and `most_people` what the sender's own server takes.
    """

    content: Content
    people: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    suspects: Mapping[str, str] = field(default_factory=dict)
    suppressed: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, int], ...] = ()
    pictures: tuple[int, ...] = ()
    sender: str = ""
    login: str = ""
    must_be_login: bool = False
    most_bytes: int | None = None
    most_people: int | None = None


def check(facts: Facts) -> list[Check]:
    """Everything that is worth saying, what is bad first.  Pure."""
    found = [
        *_recipients(facts),
        *_sender(facts),
        *_size(facts),
        *_words(facts),
        *_attachments(facts),
    ]
    order = list(Kind)
    return sorted(found, key=lambda each: order.index(each.kind))


def own_words(content: Content) -> str:
    """What the person wrote: without what is quoted, forwarded, or ends every message."""
    if content["html"].strip() and not content["plain"]:
        return html_to_text(_outside_quotes(content["html"]))
    kept: list[str] = []
    for line in content["text"].splitlines():
        if line.rstrip() == "--" or _FORWARDED.match(line.strip()):
            break
        if not line.startswith(">"):
            kept.append(line)
    return "\n".join(kept)


def _recipients(facts: Facts) -> Iterator[Check]:
    if not facts.people and not facts.wrong:
        yield Check(Kind.BAD, "no_recipient")
    for typed in facts.wrong:
        yield Check(Kind.BAD, "recipient_wrong", {"address": typed})
    for address, meant in facts.suspects.items():
        yield Check(Kind.BAD, "address_suspect", {"address": address, "meant": meant}, (address, meant))
    for address, why in facts.suppressed.items():
        yield Check(Kind.WARN, "address_suppressed", {"address": address, "why": why})
    if facts.most_people is not None and len(facts.people) > facts.most_people and not facts.content["separately"]:
        parts = {"count": str(len(facts.people)), "most": str(facts.most_people)}
        yield Check(Kind.BAD, "recipients_too_many", parts)


def _sender(facts: Facts) -> Iterator[Check]:
    if not facts.login:
        yield Check(Kind.BAD, "no_sender")
    elif facts.must_be_login:
        same = facts.sender.casefold() == facts.login.casefold()
        yield Check(Kind.OK if same else Kind.BAD, "sender_is_login" if same else "sender_not_login")


def _size(facts: Facts) -> Iterator[Check]:
    sizes = [*(size for _, size in facts.files), *facts.pictures]
    words = len((facts.content["html"] + facts.content["text"]).encode("utf-8", "replace"))
    encoded = sum(encoded_size(size) for size in sizes) + int(words * _TEXT_GROWS)
    parts = {"size": str(sum(sizes)), "encoded": str(encoded)}
    if facts.most_bytes is not None and encoded > facts.most_bytes:
        yield Check(Kind.BAD, "too_large_here", {**parts, "most": str(facts.most_bytes)})
    elif encoded > OFTEN_REFUSED_BYTES:
        yield Check(Kind.WARN, "large_for_many", {**parts, "most": str(OFTEN_REFUSED_BYTES)})


def _words(facts: Facts) -> Iterator[Check]:
    content = facts.content
    if not content["subject"].strip():
        yield Check(Kind.WARN, "no_subject")
    text = content["text"] if content["plain"] or not content["html"] else html_to_text(content["html"])
    left = list(dict.fromkeys([*left_over(content["subject"]), *left_over(text)]))
    if left:
        yield Check(Kind.BAD, "variables_left", {"variables": " ".join(left[:10])})


def _attachments(facts: Facts) -> Iterator[Check]:
    said = _PROMISES.search(_FOOTER.sub("", own_words(facts.content)))
    if said:
        there = bool(facts.files)
        yield Check(Kind.OK if there else Kind.WARN, "files_there" if there else "file_forgotten", {"word": said[0]})


def _outside_quotes(html: str) -> str:
    """The markup without quotes and without the signature."""
    pieces: list[str] = []
    at = quotes = signature = 0
    for tag in _TAG.finditer(html):
        inside = bool(quotes or signature)
        pieces += [] if inside else [html[at : tag.start()]]
        at, step = tag.end(), -1 if tag[1] else 1
        if tag[2].lower() == "blockquote":
            quotes = max(0, quotes + step)
        elif signature or (step > 0 and _SIGNATURE_MARK in tag[3]):
            signature += step
        pieces += [] if inside else [" "]
    return "".join([*pieces, "" if quotes or signature else html[at:]])


def first_people(people: Iterable[str], most: int = 20) -> list[str]:
    """Those who are looked up: a list of hundreds is no letter to somebody."""
    return list(dict.fromkeys(people))[:most]
