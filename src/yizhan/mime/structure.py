"""The parts of a message: its text, and a list of the rest."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from yizhan.mime.headers import decode_header, decode_text

MAX_PARTS = 1000  # shown; a message of 50,000 parts is an attack, not a letter


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf; `part` is its number as IMAP counts, `size_bytes` its decoded size."""

    part: str
    content_type: str
    filename: str
    size_bytes: int
    disposition: str


def list_parts(raw: bytes) -> list[Part]:
    """Every leaf in order; never raises on what a stranger wrote."""
    return [_describe(number, leaf) for number, leaf in _leaves(message_from_bytes(raw, policy=compat32))]


def text_of(raw: bytes, content_type: str) -> str:
    """The first leaf of this type as text, or nothing."""
    for _, leaf in _leaves(message_from_bytes(raw, policy=compat32)):
        if leaf.get_content_type() == content_type and leaf.get_content_disposition() != "attachment":
            return decode_text(_payload(leaf), leaf.get_param("charset", None) and str(leaf.get_param("charset")))
    return ""


def _leaves(root: Message) -> list[tuple[str, Message]]:
    found: list[tuple[str, Message]] = []
    stack: list[tuple[str, Message]] = [("", root)]
    while stack and len(found) < MAX_PARTS:
        number, message = stack.pop()
        children = message.get_payload() if message.get_content_maintype() == "multipart" else None
        if isinstance(children, list):
            numbered = enumerate(children, 1)
            inner = [(f"{number}.{at}".lstrip("."), child) for at, child in numbered if isinstance(child, Message)]
            stack.extend(reversed(inner))
        else:
            found.append((number or "1", message))
    return found


def _payload(leaf: Message) -> bytes:
    payload = leaf.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _describe(number: str, leaf: Message) -> Part:
    filename = decode_header((leaf.get_filename() or "").encode("utf-8", "surrogateescape"))
    disposition = leaf.get_content_disposition() or ""
    return Part(number, leaf.get_content_type(), filename, len(_payload(leaf)), disposition)
