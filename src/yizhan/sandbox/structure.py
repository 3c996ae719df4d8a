"""ENVELOPE and BODYSTRUCTURE of a message (RFC 9051 §7.5.2)."""

from collections.abc import Iterable
from email.message import Message as Headers
from email.utils import getaddresses

from yizhan.sandbox.parts import Part

_ADDRESS_FIELDS = ("from", "sender", "reply-to", "to", "cc", "bcc")


def write_string(text: str | bytes | None) -> bytes:
    """NIL, a quoted string, or a literal where quotes cannot hold it."""
    if text is None:
        return b"NIL"
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if data.isascii() and not set(data) & set(b"\r\n\0") and len(data) < 1000:
        return b'"' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    data = data.replace(b"\0", b"")
    return b"{%d}\r\n%b" % (len(data), data)


def write_list(items: Iterable[bytes]) -> bytes:
    return b"(" + b" ".join(items) + b")"


def envelope(part: Part) -> bytes:
    """Ten fields; absent ones NIL, Sender and Reply-To from From where they are missing."""
    headers = part.headers
    people = {name: _addresses(headers, name) for name in _ADDRESS_FIELDS}
    people["sender"] = people["from"] if people["sender"] == b"NIL" else people["sender"]
    people["reply-to"] = people["from"] if people["reply-to"] == b"NIL" else people["reply-to"]
    return write_list(
        [
            write_string(_value(headers, "date")),
            write_string(_value(headers, "subject")),
            *(people[name] for name in _ADDRESS_FIELDS),
            write_string(_value(headers, "in-reply-to")),
            write_string(_value(headers, "message-id")),
        ]
    )


def _value(headers: Headers, name: str) -> str | None:
    values = _values(headers, name)
    return " ".join(values[0].split()) if values else None


def _values(headers: Headers, name: str) -> list[str]:
    """As they stand: `get` would turn raw 8-bit bytes into question marks."""
    return [str(value) for key, value in headers.raw_items() if key.lower() == name]


def _addresses(headers: Headers, name: str) -> bytes:
    found = [(display, address) for display, address in getaddresses(_values(headers, name)) if address]
    if not found:
        return b"NIL"
    return b"(" + b"".join(_address(display, address) for display, address in found[:1000]) + b")"


def _address(display: str, address: str) -> bytes:
    local, _, domain = address.rpartition("@")
    return write_list(
        [write_string(display or None), b"NIL", write_string(local or address), write_string(domain if local else "")]
    )


def body_structure(part: Part, *, extended: bool) -> bytes:
    """BODYSTRUCTURE, or BODY where not `extended`."""
    main, sub = (word.upper() for word in part.content_type)
    if part.is_multipart:
        inner = b"".join(body_structure(child, extended=extended) for child in part.children)
        tail = [_parameters(part), _disposition(part), b"NIL", b"NIL"] if extended else []
        return write_list([inner, write_string(sub), *tail])
    if main == "MULTIPART":
        main, sub = "TEXT", "PLAIN"
    fields = [
        write_string(main),
        write_string(sub),
        _parameters(part),
        write_string(_value(part.headers, "content-id")),
        write_string(_value(part.headers, "content-description")),
        write_string((_value(part.headers, "content-transfer-encoding") or "7bit").upper()),
        b"%d" % len(part.body),
    ]
    lines = b"%d" % part.body.count(b"\n")
    if part.is_message and part.children:
        inside = part.children[0]
        fields += [envelope(inside), body_structure(inside, extended=extended), lines]
    elif main == "TEXT":
        fields.append(lines)
    if extended:
        fields += [b"NIL", _disposition(part), b"NIL", b"NIL"]
    return write_list(fields)


def _parameters(part: Part) -> bytes:
    return _pairs(part.headers.get_params([])[1:])


def _disposition(part: Part) -> bytes:
    kind = part.headers.get_content_disposition()
    if kind is None:
        return b"NIL"
    pairs = part.headers.get_params([], header="content-disposition")[1:]
    return write_list([write_string(kind.upper()), _pairs(pairs)])


def _pairs(pairs: Iterable[tuple[str, object]]) -> bytes:
    words = [(name.upper(), value[2] if isinstance(value, tuple) else str(value)) for name, value in pairs if name]
    if not words:
        return b"NIL"
    return write_list(write_string(word) for pair in words[:100] for word in pair)
