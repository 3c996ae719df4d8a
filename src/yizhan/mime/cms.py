"""What an opaque S/MIME signature is wrapped around (RFC 8551 §3.5.2, RFC 5652 §5).  Nothing is verified here."""

from collections.abc import Iterator

from yizhan.mime.limits import MAX_BER_DEPTH, MAX_BER_ELEMENTS

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
_OID, _OCTETS = 0x06, 0x04
_CONSTRUCTED, _TAG = 0x20, 0x1F
_SEQUENCE, _EXPLICIT = 0x30, 0xA0


def signed_content(data: bytes) -> bytes | None:
    """The message inside signed data; None for whatever else it is, encrypted or broken.  Never raises."""
    try:
        return _content(data)
    except (IndexError, ValueError):
        return None


def _content(data: bytes) -> bytes | None:
    """ContentInfo { signedData, [0] SignedData { version, digests, { type, [0] content } ... } }."""
    outer = list(_elements(_inside(data, _SEQUENCE)))
    if outer[0] != (_OID, _SIGNED_DATA):
        return None
    signed = list(_elements(_inside(outer[1][1], _SEQUENCE)))
    wrapped = list(_elements(signed[2][1]))
    if len(wrapped) < 2 or wrapped[1][0] != _EXPLICIT:  # a signature that stands beside what it signs
        return None
    tag, value = next(_elements(wrapped[1][1]))
    return b"".join(_octets(tag, value, 0))


def _inside(data: bytes, tag: int) -> bytes:
    found, value = next(_elements(data), (0, b""))
    if found != tag:
        raise ValueError("not what was expected here")
    return value


def _octets(tag: int, value: bytes, depth: int) -> Iterator[bytes]:
    """An octet string, whole or in pieces (BER, X.690 §8.7)."""
    if tag == _OCTETS:
        yield value
    elif tag == _OCTETS | _CONSTRUCTED and depth < MAX_BER_DEPTH:
        for inner, piece in _elements(value):
            yield from _octets(inner, piece, depth + 1)
    else:
        raise ValueError("no octets")


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(tag, value) of each element at this level."""
    at = 0
    for _ in range(MAX_BER_ELEMENTS):
        if at >= len(data) or data[at : at + 2] == b"\0\0":
            return
        start, end, after = _extent(data, at, 0)
        yield data[at], data[start:end]
        at = after
    raise ValueError("too many elements")


def _extent(data: bytes, at: int, depth: int) -> tuple[int, int, int]:
    """Where the value of the element at `at` begins and ends, and where the next element begins."""
    if data[at] & _TAG == _TAG or depth > MAX_BER_DEPTH:
        raise ValueError("tags of several bytes do not occur here")
    first, start = data[at + 1], at + 2
    if first == 0x80:  # an end that is marked, not counted (X.690 §8.1.3.6)
        end = start
        for _ in range(MAX_BER_ELEMENTS):
            if data[end : end + 2] == b"\0\0":
                return start, end, end + 2
            end = _extent(data, end, depth + 1)[2]
        raise ValueError("too many elements")
    if first > 0x80:
        more = first & 0x7F
        first, start = int.from_bytes(data[start : start + more]), start + more
    if start + first > len(data):
        raise ValueError("cut short")
    return start, start + first, start + first
