"""A message from its parts, and the headers of an answer.

Everything but a message inside the message goes as 7-bit: it passes every server and needs no 8BITMIME (RFC 6152).
The bytes are written here rather than by Python's own `email`: that parses an attached message and writes it anew, and
folds long names and ids in ways that some readers cannot undo.
"""

import base64
import binascii
import hashlib
import mimetypes
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from io import BytesIO
from itertools import chain

from yizhan.mime.fields import address_field, check_lines, ids_field, parameter_field, text_field
from yizhan.mime.filenames import safe_filename
from yizhan.mime.headers import read_message_ids
from yizhan.mime.html import html_to_text
from yizhan.mime.limits import MAX_REFERENCES

_MAX_PLAIN_LINE = 990  # octets of a line that goes as it is; RFC 5322 §2.1.1 allows 998
_BASE64_LINE = 57  # octets to a line of 76 characters (RFC 2045 §6.8)
_CHUNK = _BASE64_LINE * 10_000
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_BARE_BREAK = re.compile(rb"\r(?!\n)|(?<!\r)\n|\x00")
_LONG_LINE = re.compile(rb"[^\n]{1000}")  # 998 octets, and CR
_CID = re.compile(r"[A-Za-z0-9._@+-]+")


class Priority(StrEnum):
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


_PRIORITY_FIELDS = {
    Priority.HIGH: "X-Priority: 1\r\nImportance: high\r\n",
    Priority.NORMAL: "",
    Priority.LOW: "X-Priority: 5\r\nImportance: low\r\n",
}


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes along.  `cid`, without brackets, is how the markup names a picture that stands in it; an empty
    `content_type` is told by the name's ending."""

    name: str
    content_type: str
    data: bytes
    cid: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is said, by whom, to whom; people are (name, address).  Bcc is never part of it.

    `in_reply_to` and `references` are Message-IDs with their brackets.  `date` is aware, and its offset is written.
    `receipt_to`: the address that a read receipt is asked for.  `calendar` is an answer to an invitation (RFC 6047),
    `disposition` the fields of a read receipt that is given (RFC 8098).
    """

    sender: tuple[str, str]
    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    reply_to: tuple[tuple[str, str], ...]
    subject: str
    text: str
    html: str
    files: tuple[Enclosure, ...]
    message_id: str
    date: datetime
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    receipt_to: str = ""
    priority: Priority = Priority.NORMAL
    calendar: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """`head` are the fields that say what it is, `body` its bytes in pieces, which are made as they are written."""

    head: str
    body: Iterable[bytes]
    eight_bit: bool = False


def make_message(draft: Draft) -> bytes:
    """The bytes with CRLF, no line longer than 998; raises `HeaderInjected`, `AddressUnwritable`.

    All ASCII, but for an address that cannot be written so and for an attached message that has other bytes.  It says
    nothing of this machine: no program's name, no host, no path of a file.
    """
    head = _head(draft)
    check_lines(*(text for file in draft.files for text in (file.name, file.content_type, file.cid)))
    whole = _content(draft)
    written = BytesIO()  # grows in place: a large file is not held twice in its encoding
    written.write(f"{head}{whole.head}\r\n".encode())
    written.writelines(whole.body)
    return written.getvalue()


def make_redirect(
    raw: bytes,
    *,
    sender: tuple[str, str],
    to: Sequence[tuple[str, str]],
    cc: Sequence[tuple[str, str]] = (),
    message_id: str,
    date: datetime,
) -> bytes:
    """The message as it is, sent on: a block of Resent fields before its first byte (RFC 5322 §3.6.6).

    What is there stays, DKIM signatures too; a reply goes to who wrote it, not to who sent it on.  Raises as
    `make_message`.
    """
    check_lines(message_id)
    block = f"Resent-Date: {format_datetime(date)}\r\n" + address_field("Resent-From", [sender])
    for name, people in (("Resent-To", to), ("Resent-Cc", cc)):
        block += address_field(name, people) if people else ""
    return (block + ids_field("Resent-Message-ID", [message_id])).encode() + raw


def answer_references(references: str, in_reply_to: str, message_id: str) -> tuple[str, ...]:
    """The ids for References of an answer (RFC 5322 §3.6.4), the first and the newest when there are many."""
    parent = read_message_ids(references)
    if not parent:
        named = read_message_ids(in_reply_to)
        parent = named if len(named) == 1 else []
    ids = list(dict.fromkeys([*parent, *read_message_ids(message_id)]))
    return tuple(ids if len(ids) <= MAX_REFERENCES else [ids[0], *ids[1 - MAX_REFERENCES :]])


def _head(draft: Draft) -> str:
    fields = [f"Date: {format_datetime(draft.date)}\r\n", address_field("From", [draft.sender])]
    for name, people in (("Reply-To", draft.reply_to), ("To", draft.to), ("Cc", draft.cc)):
        fields += [address_field(name, people)] if people else []
    fields += [text_field("Subject", draft.subject), ids_field("Message-ID", [draft.message_id])]
    fields += [ids_field("In-Reply-To", [draft.in_reply_to])] if draft.in_reply_to else []
    fields += [ids_field("References", draft.references)] if draft.references else []
    fields += [address_field("Disposition-Notification-To", [("", draft.receipt_to)])] if draft.receipt_to else []
    # RFC 3834 §5: whoever answers mail by a program does not answer this.
    fields += ["Auto-Submitted: auto-replied\r\n"] if draft.disposition else []
    return "".join([*fields, _PRIORITY_FIELDS[draft.priority], "MIME-Version: 1.0\r\n"])


def _content(draft: Draft) -> _Part:
    """mixed(alternative(text, related(html, pictures)), files), and of these only what there is."""
    used = [file for file in draft.files if file.cid and f"cid:{file.cid}" in draft.html]
    boundary = "=_" + hashlib.sha256(draft.message_id.encode("utf-8", "replace")).hexdigest()[:24]  # "=_" is in no QP
    text = draft.text if draft.text.strip() or not draft.html else html_to_text(draft.html)
    body = _text_part("plain", text)
    if draft.html:
        markup = _text_part("html", draft.html)
        if used:
            pictures = [_file_part(file, inline=True) for file in used]
            markup = _multipart("related", f"{boundary}.r", [markup, *pictures], ("type", "text/html"))
        body = _multipart("alternative", f"{boundary}.a", [body, markup])
    if draft.calendar:
        body = _multipart(
            "alternative", f"{boundary}.a", [body, _text_part("calendar", draft.calendar, ("method", "REPLY"))]
        )
    if draft.disposition:
        told = _Part("Content-Type: message/disposition-notification\r\n", (draft.disposition.encode(),))
        body = _multipart("report", f"{boundary}.d", [body, told], ("report-type", "disposition-notification"))
    others = [_file_part(file, inline=False) for file in draft.files if file not in used]
    return _multipart("mixed", f"{boundary}.m", [body, *others]) if others else body


def _multipart(kind: str, boundary: str, parts: Sequence[_Part], *more: tuple[str, str]) -> _Part:
    pieces: list[Iterable[bytes]] = []
    for part in parts:
        pieces += [(f"--{boundary}\r\n{part.head}\r\n".encode(),), part.body, (b"\r\n",)]
    pieces.append((f"--{boundary}--\r\n".encode(),))
    field = parameter_field("Content-Type", f"multipart/{kind}", [*more, ("boundary", boundary)])
    eight_bit = any(part.eight_bit for part in parts)
    field += "Content-Transfer-Encoding: 8bit\r\n" if eight_bit else ""  # RFC 2045 §6.4: no less than what it holds
    return _Part(field, chain.from_iterable(pieces), eight_bit)


def _text_part(subtype: str, text: str, *more: tuple[str, str]) -> _Part:
    """As it is when every server passes it, else quoted-printable or base64, whichever is shorter."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").rstrip("\n") + "\n"
    data = lines.replace("\n", "\r\n").encode("utf-8", "replace")
    encoding = "7bit"
    if not data.isascii() or max(map(len, data.split(b"\r\n"))) > _MAX_PLAIN_LINE:
        quoted = binascii.b2a_qp(data)
        encoding = "quoted-printable" if len(quoted) <= len(data) * 4 // 3 else "base64"
        data = quoted if encoding == "quoted-printable" else b"".join(_base64(data))
    field = parameter_field("Content-Type", f"text/{subtype}", [("charset", "utf-8"), *more])
    return _Part(f"{field}Content-Transfer-Encoding: {encoding}\r\n", (data,))


def _file_part(file: Enclosure, *, inline: bool) -> _Part:
    """The name stands in both fields, for those who read one of them only (docs/adr/0007-names-of-files.md)."""
    content_type = _file_type(file)
    name = safe_filename(file.name, content_type)
    encoding = "base64"
    body: Iterable[bytes] = _base64(file.data)
    if content_type == "message/rfc822":
        encoding, body = _message_encoding(file.data), (file.data,)
        if not encoding:  # such a line would be broken on its way: as a file it arrives whole
            content_type, encoding, body = "application/octet-stream", "base64", _base64(file.data)
    head = parameter_field("Content-Type", content_type, [("name", name)], words=True)
    head += f"Content-Transfer-Encoding: {encoding}\r\n"
    kind = "inline" if inline else "attachment"
    head += parameter_field("Content-Disposition", kind, [("filename", name)])
    return _Part(head + (f"Content-ID: <{file.cid}>\r\n" if _CID.fullmatch(file.cid) else ""), body, encoding == "8bit")


def _message_encoding(raw: bytes) -> str:
    """RFC 2046 §5.2.1 lets a message inside a message be encoded in no way; empty when SMTP would break it."""
    if _BARE_BREAK.search(raw) or _LONG_LINE.search(raw):
        return ""
    return "7bit" if raw.isascii() else "8bit"


def _file_type(file: Enclosure) -> str:
    """As it is named, else by the name's ending; what has rules of its own about encoding is sent as bytes."""
    told = file.content_type.lower().partition(";")[0].strip()
    if not _TYPE.fullmatch(told):
        told = mimetypes.guess_type(file.name)[0] or ""
    own_rules = told.startswith(("message/", "multipart/")) and told != "message/rfc822"
    return told if told and not own_rules else "application/octet-stream"


def _base64(data: bytes) -> Iterator[bytes]:
    """In lines of 76 characters, piece by piece: a large file is not held twice more."""
    for at in range(0, len(data), _CHUNK):
        yield base64.encodebytes(data[at : at + _CHUNK]).replace(b"\n", b"\r\n")
