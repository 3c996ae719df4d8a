"""Cards of an address book as files: vCard 3 and 4 (RFC 2426, RFC 6350), and what telephones still write (2.1)."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from yizhan.mime.charsets import decode_text
from yizhan.mime.limits import MAX_CARD_CHARS, MAX_CARD_LINES

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]{1,40})((?:;(?:\"[^\"]*\"|[^:\"])*)?):(.*)", re.DOTALL)
_SPLIT = re.compile(r"(?<!\\);")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SIMPLE = {"ORG": "company", "TITLE": "position", "NICKNAME": "nickname", "TEL": "phone", "NOTE": "note"}
_FIELDS = {field: name for name, field in _SIMPLE.items()}


@dataclass(slots=True)
class VCard:
    """`addresses` in their order, the preferred one first; `fields` as `store.models.card.Card.fields`."""

    name: str = ""
    addresses: list[str] = field(default_factory=list)
    zone: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def read_vcards(text: str) -> Iterator[VCard]:
    """Each card of a file; never raises, and passes over what it does not know."""
    card: VCard | None = None
    for line in _lines(text):
        word = line.strip().upper()
        if word == "BEGIN:VCARD":
            card = VCard()
        elif word == "END:VCARD" and card is not None:
            yield card
            card = None
        elif card is not None:
            _read_line(card, line)


def write_vcard(name: str, address: str, zone: str, fields: dict[str, str]) -> str:
    """One card of version 3, which everything reads, with CRLF."""
    last, first = fields.get("last_name", ""), fields.get("first_name", "")
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{_escape(name or address)}", f"N:{_escape(last)};{_escape(first)};;;"]
    lines.append(f"EMAIL;TYPE=INTERNET:{_escape(address)}")
    lines += [f"{_FIELDS[key]}:{_escape(value)}" for key, value in fields.items() if key in _FIELDS and value]
    lines += [f"TZ;VALUE=text:{_escape(zone)}"] if zone else []
    return "".join(_fold(line) for line in [*lines, "END:VCARD"])


def _lines(text: str) -> Iterator[str]:
    """Whole lines: folded ones joined, and those of quoted-printable that end with an equals sign."""
    pending = ""
    for at, line in enumerate(_FOLD.sub("", text.replace("\x00", "")).splitlines()):
        if at >= MAX_CARD_LINES:
            return
        pending += line[:MAX_CARD_CHARS]
        if pending.endswith("=") and "QUOTED-PRINTABLE" in pending[:200].upper() and len(pending) < MAX_CARD_CHARS:
            pending = pending[:-1]
            continue
        yield pending
        pending = ""
    yield pending


def _read_line(card: VCard, line: str) -> None:
    found = _LINE.fullmatch(line)
    if found is None:
        return
    name, parameters, value = found[1].upper(), found[2].upper(), _decoded(found[3], found[2])
    if name == "FN":
        card.name = _plain(value)
    elif name == "N":
        _read_name(card, value)
    elif name == "EMAIL":
        place = 0 if "PREF" in parameters else len(card.addresses)
        card.addresses.insert(place, _plain(value).removeprefix("mailto:"))
    elif name == "TZ":
        card.zone = _plain(value) if "/" in value else card.zone
    elif name in _SIMPLE:
        card.fields.setdefault(_SIMPLE[name], _plain(_SPLIT.split(value)[0] if name == "ORG" else value))


def _read_name(card: VCard, value: str) -> None:
    last, first = ([_plain(part) for part in _SPLIT.split(value)] + ["", ""])[:2]
    card.fields |= {key: word for key, word in (("last_name", last), ("first_name", first)) if word}
    card.name = card.name or " ".join(filter(None, (first, last)))


def _decoded(value: str, parameters: str) -> str:
    """vCard 2.1 writes other letters as quoted-printable, and says in which charset."""
    if "QUOTED-PRINTABLE" not in parameters.upper():
        return value
    charset = re.search(r"CHARSET=\"?([\w-]{1,40})", parameters, re.IGNORECASE)
    return decode_text(binascii.a2b_qp(value.encode("utf-8", "replace")), charset[1] if charset else "utf-8")


def _plain(value: str) -> str:
    """RFC 6350 §3.4: `\\n` is a line, any other character behind a backslash itself."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _escape(value: str) -> str:
    escaped = re.sub(r"([\\,;])", r"\\\1", value.replace("\x00", ""))
    return re.sub(r"\r\n|\r|\n", r"\\n", escaped)


def _fold(line: str) -> str:
    """Lines of at most 75 octets, no character cut in two (RFC 6350 §3.2)."""
    pieces, piece, octets = [], "", 0
    for char in line:
        width = len(char.encode("utf-8", "replace"))
        if octets + width > 74:
            pieces.append(piece)
            piece, octets = " ", 1
        piece, octets = piece + char, octets + width
    return "\r\n".join([*pieces, piece]) + "\r\n"
