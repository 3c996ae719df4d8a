"""winmail.dat: what Outlook wraps a message in for other Outlooks (MS-OXTNEF).

Files and a body are taken out; one in RTF as the markup that Outlook made it of, or as text.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from yizhan.mime.charsets import decode_text
from yizhan.mime.limits import MAX_TNEF_ATTRIBUTES, MAX_TNEF_FILES
from yizhan.mime.rtf import read_rtf, unpack_rtf

_SIGNATURE = b"\x78\x9f\x3e\x22"
_BODY, _PROPERTIES, _RENDERING = 0x2800C, 0x69003, 0x69002
_TITLE, _DATA, _ATTACHMENT, _CODEPAGE = 0x18010, 0x6800F, 0x69005, 0x69007
_LONG_NAME, _DATA_BINARY, _TEXT, _HTML, _RTF = 0x3707, 0x3701, 0x1000, 0x1013, 0x1009
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}  # MAPI types of fixed size
_VARIABLE = {13, 30, 31, 258}
_MULTIPLE = 0x1000


@dataclass(slots=True)
class TnefFile:
    name: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Tnef:
    """What was found: a body in text or markup, either may be empty, and the files."""

    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)


def read_tnef(data: bytes) -> Tnef | None:
    """What is inside; as far as it goes when it is cut short, None when it is none.  Never raises."""
    if not data.startswith(_SIGNATURE):
        return None
    found, charset = Tnef(), "windows-1252"
    for name, value in _attributes(data):
        if name == _CODEPAGE and len(value) >= 4:
            charset = f"windows-{int.from_bytes(value[:4], 'little')}"
        elif name == _BODY:
            found.text = decode_text(value.rstrip(b"\0"), charset)
        elif name == _PROPERTIES:
            kept = dict(_properties(value))
            found.text = found.text or _read_text(kept.get(_TEXT), charset)
            markup, text = read_rtf(unpack_rtf(kept.get(_RTF, (0, b""))[1]))
            found.html = _read_text(kept.get(_HTML), charset) or markup
            found.text = found.text or text
        elif name == _RENDERING and len(found.files) < MAX_TNEF_FILES:
            found.files.append(TnefFile())
        elif found.files:
            _add_to_file(found.files[-1], name, value, charset)
    return found


def _add_to_file(file: TnefFile, name: int, value: bytes, charset: str) -> None:
    if name == _TITLE:
        file.name = file.name or decode_text(value.rstrip(b"\0"), charset)
    elif name == _DATA:
        file.data = value
    elif name == _ATTACHMENT:
        kept = dict(_properties(value))
        file.name = _read_text(kept.get(_LONG_NAME), charset) or file.name
        file.data = file.data or kept.get(_DATA_BINARY, (0, b""))[1]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, value) of each attribute: level, id, length, value, checksum."""
    at = 6
    for _ in range(MAX_TNEF_ATTRIBUTES):
        if at + 9 > len(data):
            return
        name, size = struct.unpack_from("<II", data, at + 1)
        yield name, data[at + 9 : at + 9 + size]
        at += 9 + size + 2


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """(id, (type, value)) of each MAPI property; stops at the first that cannot be read."""
    try:
        yield from _each_property(data)
    except struct.error:  # cut short: what came before it stands
        return


def _each_property(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    count, at = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, MAX_TNEF_ATTRIBUTES)):
        kind, name = struct.unpack_from("<HH", data, at)
        at += 4
        if name >= 0x8000:
            at = _after_name(data, at)
        values, base = 1, kind & ~_MULTIPLE
        if kind & _MULTIPLE or base in _VARIABLE:
            values, at = struct.unpack_from("<I", data, at)[0], at + 4
        for _ in range(min(values, MAX_TNEF_ATTRIBUTES)):
            size = _SIZES.get(base, 0)
            if base in _VARIABLE:
                size, at = struct.unpack_from("<I", data, at)[0], at + 4
            elif not size:
                return
            yield name, (base, data[at : at + size])
            at += size + -size % 4


def _after_name(data: bytes, at: int) -> int:
    """Past the GUID and the number or the text of a named property."""
    kind, size = struct.unpack_from("<II", data, at + 16)
    return at + 24 if kind == 0 else at + 24 + size + -size % 4


def _read_text(value: tuple[int, bytes] | None, charset: str) -> str:
    if value is None:
        return ""
    kind, data = value
    return decode_text(data, "utf-16le" if kind == 31 else charset).rstrip("\0")
