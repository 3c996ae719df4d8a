"""Header fields as people read them (RFC 5322, 2047, 2231)."""

import binascii
import re
from collections.abc import Iterator
from email.utils import getaddresses
from urllib.parse import unquote_to_bytes

from yizhan.mime.charsets import decode_text
from yizhan.mime.limits import MAX_FIELD_BYTES

_LINE_FOLD = re.compile(r"\r?\n(?=[ \t])")
# RFC 2047 §2, and what mailers really write: spaces inside the text, a language after the charset (RFC 2231 §5).
_ENCODED_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_PARAMETER = re.compile(r";\s*([^\s;=\"]{1,80})\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;\"]*)", re.DOTALL)
_PLAIN = re.compile(rb"[!-~]++(?: [!-~]++)*+")  # ASCII words with one blank between them
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,990}>")
_BIDI_AND_CONTROLS = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+")


def decode_header(raw: bytes | None) -> str:
    """RFC 2047 words and raw 8-bit bytes as text on one line; never raises."""
    if raw is None:
        return ""
    if len(raw) <= MAX_FIELD_BYTES and b"=?" not in raw and _PLAIN.fullmatch(raw):
        return raw.decode("ascii")  # most fields: the rest would change nothing and take ten times as long
    text = _LINE_FOLD.sub("", decode_text(raw[:MAX_FIELD_BYTES]))
    return " ".join(_BIDI_AND_CONTROLS.sub(" ", decode_words(text)).split())


def decode_words(text: str) -> str:
    """The text with its encoded words decoded; a broken one stays as it came.

    Neighbours in one charset are joined before decoding: many mailers cut a Chinese character in two (RFC 2047 §5).
    """
    pieces: list[str] = []
    charset, pending, end = "", b"", 0
    for word in _ENCODED_WORD.finditer(text):
        between = text[end : word.start()]
        data = _word_bytes(word[2], word[3])
        if data is None:
            continue
        neighbours = bool(pending) and not between.strip()
        if not (neighbours and word[1].lower() == charset):
            if pending:
                pieces.append(decode_text(pending, charset))
                pending = b""
            if not neighbours:
                pieces.append(between)
        charset, pending, end = word[1].lower(), pending + data, word.end()
    if not end:
        return text
    return "".join([*pieces, decode_text(pending, charset), text[end:]])


def _word_bytes(encoding: str, text: str) -> bytes | None:
    if encoding in "qQ":
        return binascii.a2b_qp(text.replace("_", " ").encode("utf-8", "replace"), header=False)
    try:
        data = binascii.a2b_base64(text.encode("ascii", "replace") + b"===")
    except binascii.Error:
        return None
    return data if data or not text else None


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The first word in lower case and the parameters of a Content-Type or Content-Disposition; never raises.

    RFC 2231 continuations and charsets are put together, and RFC 2047 words, which do not belong there, decoded.
    """
    value = _LINE_FOLD.sub("", value[:MAX_FIELD_BYTES])
    first, semicolon, rest = value.partition(";")
    found: dict[str, str] = {}
    for name, given in _PARAMETER.findall(semicolon + rest):
        plain = re.sub(r"\\(.)", r"\1", given[1:-1]) if given.startswith('"') else given.strip()
        found.setdefault(name.lower(), plain)
    return first.strip().lower(), {**_plain(found), **_extended(found)}


def _plain(found: dict[str, str]) -> dict[str, str]:
    return {name: decode_words(value) for name, value in found.items() if "*" not in name}


def _extended(found: dict[str, str]) -> dict[str, str]:
    """RFC 2231 §3 and §4: `name*0*=utf-8'en'...; name*1=...`."""
    names = dict.fromkeys(name.partition("*")[0] for name in found if "*" in name)
    return {name: _join(list(_sections(found, name))) for name in names}


def _sections(found: dict[str, str], name: str) -> Iterator[tuple[str, bool]]:
    if f"{name}*" in found:
        yield found[f"{name}*"], True
        return
    number = 0
    while (encoded := f"{name}*{number}*" in found) or f"{name}*{number}" in found:
        yield found[f"{name}*{number}*" if encoded else f"{name}*{number}"], encoded
        number += 1


def _join(sections: list[tuple[str, bool]]) -> str:
    charset = ""
    if sections and sections[0][1] and sections[0][0].count("'") >= 2:
        charset, _, first = sections[0][0].split("'", 2)
        sections[0] = (first, True)
    data = b"".join(
        unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace") for text, encoded in sections
    )
    return decode_text(data, charset)


def read_addresses(typed: str) -> list[tuple[str, str]]:
    """(name, address) of each entry of an address list."""
    return [(name, address) for name, address in getaddresses([typed]) if address]


def write_address(name: str, address: str) -> str:
    """As a person types it, and as `read_addresses` reads it back."""
    if not name or name == address:
        return address
    escaped = re.sub(r'([\\"])', r"\\\1", name)
    return f'"{escaped}" <{address}>' if re.search(r"[^\w .-]", name) else f"{name} <{address}>"


def read_message_ids(value: str) -> list[str]:
    """The ids of a Message-ID, In-Reply-To or References, with their brackets, each once, in order."""
    return list(dict.fromkeys(_MESSAGE_ID.findall(value)))
