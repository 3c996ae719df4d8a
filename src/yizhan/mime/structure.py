"""The parts of a message.

Python's own parser raises on some mail, and takes time and stack that grow with how deep a stranger nests; this one
reads each level once, in a loop of its own, stops at `limits`, and writes down what was odd instead of refusing.
"""

import binascii
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from yizhan.mime.charsets import decode_text
from yizhan.mime.cms import signed_content
from yizhan.mime.headers import decode_header, read_parameters
from yizhan.mime.limits import (
    MAX_BOUNDARY_CHARS,
    MAX_DEFECTS,
    MAX_DEPTH,
    MAX_FIELD_BYTES,
    MAX_FIELDS,
    MAX_HEADER_BYTES,
    MAX_PARTS,
    MAX_TEXT_CHARS,
)

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)", re.DOTALL)
_FOLDED_LINE = re.compile(rb"[^\n]+(?:\n[ \t][^\n]*)*\n?")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_NOT_BASE64 = bytes({*range(256)} - {*f"{string.ascii_letters}{string.digits}+/".encode()})
_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_ARMOUR_WITHIN = 200  # bytes: the armour of a text begins it
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf; `part` is its number as IMAP counts, `size_bytes` its decoded size."""

    part: str
    content_type: str
    filename: str
    size_bytes: int
    disposition: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that holds no others, still encoded; `fields` are its header's, (name in lower case, raw value)."""

    number: str
    fields: tuple[tuple[str, bytes], ...]
    content_type: str
    parameters: dict[str, str]
    disposition: str
    filename: str
    encoded: bytes = field(repr=False)

    @property
    def is_body(self) -> bool:
        """Text to be read rather than a file to be kept."""
        return self.disposition != "attachment" and not (self.filename and not self.disposition)

    @property
    def content_id(self) -> str:
        """What `cid:` addresses name, without brackets; empty when there is none (RFC 2392)."""
        return decode_header(first_field(self.fields, "content-id")).strip("<> ")

    def data(self) -> bytes:
        """The bytes with the transfer encoding undone; as far as it goes when they are broken."""
        return _decode_transfer(self.encoded, first_field(self.fields, "content-transfer-encoding"))

    def text(self) -> str:
        """The bytes as text; at most `MAX_TEXT_CHARS`."""
        return decode_text(self.data(), self.parameters.get("charset")).replace("\x00", "")[:MAX_TEXT_CHARS]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A whole message: its own header, its leaves in order, what was odd about it, and how it says to be protected.

    `protection` is smime_signed, smime_encrypted, pgp_signed, pgp_encrypted or empty: a claim of the sender, which
    nobody has checked.
    """

    fields: tuple[tuple[str, bytes], ...]
    leaves: tuple[Leaf, ...]
    defects: tuple[str, ...]
    protection: str = ""

    def header(self, name: str) -> str:
        """The first field of that name as people read it, or nothing."""
        return decode_header(first_field(self.fields, name.lower()))

    def body(self, content_type: str) -> Leaf | None:
        """The first leaf of this type that is to be read, not an attached file."""
        return next((leaf for leaf in self.leaves if leaf.content_type == content_type and leaf.is_body), None)


def parse_message(raw: bytes) -> Parsed:
    """The message in parts; never raises, whatever a stranger wrote."""
    parsed = _parse(raw)
    return _unwrap_signed(parsed) if parsed.protection == "smime_wrapped" else parsed


def _parse(raw: bytes) -> Parsed:
    defects: list[str] = []
    leaves: list[Leaf] = []
    top, body = split_header(raw, defects)
    stack: list[tuple[str, int, tuple[tuple[str, bytes], ...], bytes]] = [("", 0, top, body)]
    while stack and len(leaves) < MAX_PARTS:
        number, depth, fields, content = stack.pop()
        content_type, parameters = _content_type(fields)
        children = _children(content_type, parameters, content, depth, defects)
        if children:
            inner = [split_header(child, defects) for child in children]
            numbered = [(f"{number}.{at}".lstrip("."), depth + 1, *each) for at, each in enumerate(inner, 1)]
            stack.extend(reversed(numbered))
        else:
            leaves.append(_leaf(number or "1", fields, content_type, parameters, content))
    if stack:
        defects.append(f"more than {MAX_PARTS} parts")
    return Parsed(top, tuple(leaves), tuple(dict.fromkeys(defects))[:MAX_DEFECTS], _protection(top, leaves))


def _protection(fields: tuple[tuple[str, bytes], ...], leaves: list[Leaf]) -> str:
    """RFC 1847, 3156, 8551: what the type of the whole says, or an armour in the text."""
    content_type, parameters = _content_type(fields)
    protocol = parameters.get("protocol", "").lower()
    if content_type in _PKCS7:
        return "smime_wrapped"
    if content_type == "multipart/signed":
        return "pgp_signed" if "pgp" in protocol else "smime_signed"
    if content_type == "multipart/encrypted":
        return "pgp_encrypted"
    first = leaves[0].encoded[:_ARMOUR_WITHIN].lstrip() if leaves else b""
    if first.startswith(b"-----BEGIN PGP MESSAGE-----"):
        return "pgp_encrypted"
    return "pgp_signed" if first.startswith(b"-----BEGIN PGP SIGNED MESSAGE-----") else ""


def _unwrap_signed(parsed: Parsed) -> Parsed:
    """An opaque signature's content in its place, once; encrypted or broken it stays a file."""
    content = signed_content(parsed.leaves[0].data()) if parsed.leaves else None
    if content is None:
        return replace(parsed, protection="smime_encrypted")
    inner = _parse(content)
    return Parsed(parsed.fields, inner.leaves, inner.defects, "smime_signed")


def make_leaf(number: str, content_type: str, filename: str, data: bytes) -> Leaf:
    """A part that came without a header of its own; text in UTF-8."""
    disposition = "attachment" if filename else ""
    return Leaf(number, (), content_type, {"charset": "utf-8"}, disposition, filename, data)


def list_parts(raw: bytes) -> list[Part]:
    """Every leaf in order; never raises on what a stranger wrote."""
    return [describe(leaf) for leaf in parse_message(raw).leaves]


def describe(leaf: Leaf) -> Part:
    """The leaf in a line."""
    return Part(leaf.number, leaf.content_type, leaf.filename, len(leaf.data()), leaf.disposition)


def text_of(raw: bytes, content_type: str) -> str:
    """The first leaf of this type as text, or nothing."""
    leaf = parse_message(raw).body(content_type)
    return "" if leaf is None else leaf.text()


def split_header(raw: bytes, defects: list[str]) -> tuple[tuple[tuple[str, bytes], ...], bytes]:
    """The header's fields, names in lower case, and what comes after."""
    fields: list[tuple[str, bytes]] = []
    at = 0
    while not raw.startswith((b"\r\n", b"\n"), at):
        if at >= len(raw):
            return tuple(fields), b""
        line = _FOLDED_LINE.match(raw, at, MAX_HEADER_BYTES + 1)
        found = None if line is None else _FIELD.match(line[0][:MAX_FIELD_BYTES])
        if line is None or line.end() > MAX_HEADER_BYTES or len(fields) >= MAX_FIELDS:
            defects.append("a header that does not end")
            return tuple(fields), _after_blank_line(raw, at)
        if found:
            fields.append((found[1].decode("ascii").lower(), found[2]))
        elif at or not line[0].startswith((b"From ", b">From ")):
            defects.append("a header that no blank line ends")
            return tuple(fields), raw[at:]
        at = line.end()
    return tuple(fields), raw[raw.index(b"\n", at) + 1 :]


def first_field(fields: tuple[tuple[str, bytes], ...], name: str) -> bytes:
    """The raw value of the first field of that name, or nothing."""
    return next((value for each, value in fields if each == name), b"")


def _after_blank_line(raw: bytes, at: int) -> bytes:
    found = _BLANK_LINE.search(raw, at)
    return raw[found.end() :] if found else b""


def _content_type(fields: tuple[tuple[str, bytes], ...]) -> tuple[str, dict[str, str]]:
    """RFC 2045 §5.2: without a usable one it is plain text."""
    value = decode_text(first_field(fields, "content-type"))
    content_type, parameters = read_parameters(value)
    if content_type == "text":  # RFC 1049's form
        content_type = "text/plain"
    if not _TYPE.fullmatch(content_type):
        content_type = "application/octet-stream" if value.strip() else "text/plain"
    return content_type, parameters


def _children(
    content_type: str, parameters: dict[str, str], content: bytes, depth: int, defects: list[str]
) -> list[bytes]:
    """The bodies of a multipart; none for a leaf, or for one that cannot be taken apart."""
    if not content_type.startswith("multipart/"):
        return []
    boundary = parameters.get("boundary", "").rstrip()
    if not 0 < len(boundary) <= MAX_BOUNDARY_CHARS:
        defects.append("a multipart without a boundary")
        return []
    if depth >= MAX_DEPTH:
        defects.append(f"parts nested more than {MAX_DEPTH} deep")
        return []
    parts = list(_between(content, boundary.encode("utf-8", "replace"), defects))
    if not parts:
        defects.append("a multipart without its parts")
    return parts


def _between(content: bytes, boundary: bytes, defects: list[str]) -> Iterator[bytes]:
    """RFC 2046 §5.1.1: the line break before a delimiter belongs to it."""
    delimiter = re.compile(b"--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    lines = (found for found in delimiter.finditer(content) if _begins_line(content, found.start()))
    start: int | None = None
    for count, found in enumerate(lines):
        if start is not None:
            yield content[start : max(start, _without_break(content, found.start()))]
        if found[1]:
            return
        if count >= MAX_PARTS:
            defects.append(f"more than {MAX_PARTS} parts")
            return
        line_end = content.find(b"\n", found.end())
        start = len(content) if line_end < 0 else line_end + 1
    if start is not None:
        defects.append("a multipart that does not end")
        yield content[start:]


def _begins_line(content: bytes, at: int) -> bool:
    """Asked of each place found: a search that begins with a line break reads a large file twenty times as slowly."""
    return at == 0 or content[at - 1 : at] == b"\n"


def _without_break(content: bytes, at: int) -> int:
    """Where the text ends whose next line begins here."""
    return at - (2 if content[at - 2 : at] == b"\r\n" else 1) if at else 0


def _leaf(
    number: str,
    fields: tuple[tuple[str, bytes], ...],
    content_type: str,
    parameters: dict[str, str],
    content: bytes,
) -> Leaf:
    disposition, more = read_parameters(decode_text(first_field(fields, "content-disposition")))
    filename = more.get("filename") or parameters.get("name") or ""
    if content_type.startswith("multipart/"):
        content_type = "text/plain"
    return Leaf(number, fields, content_type, parameters, disposition, " ".join(filename.split()), content)


def _decode_transfer(data: bytes, encoding: bytes) -> bytes:
    match encoding.strip().lower():
        case b"base64":
            return _decode_base64(data)
        case b"quoted-printable":
            return binascii.a2b_qp(data)
        case b"x-uuencode" | b"uuencode" | b"x-uue":
            return b"".join(_decode_uu(data))
    return data


def _decode_base64(data: bytes) -> bytes:
    """Lenient: what is not of the alphabet is passed over, a broken end is cut."""
    letters = data.translate(None, _NOT_BASE64)
    whole = len(letters) // 4 * 4
    rest = letters[whole:]
    padded = rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""
    return binascii.a2b_base64(letters[:whole] + padded)


def _decode_uu(data: bytes) -> Iterator[bytes]:
    for line in data.splitlines():
        if line[:6].lower() == b"begin " or line.strip() in (b"end", b"`", b""):
            continue
        try:
            yield binascii.a2b_uu(line)
        except binascii.Error:  # a line that is none: the file goes on after it
            continue
