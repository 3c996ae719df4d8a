"""What a server tells, as values (RFC 9051 §7).

Tuples with names: they compare, cannot be changed, and are made a hundred thousand times in a first synchronisation.
Words of the protocol are `str`; what a person wrote stays `bytes`, for its charset is `mime`'s affair.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from yizhan.imap.numset import NumSet, expand


class Atom(bytes):
    """A word that was not quoted, such as a flag, a number or an item's name."""


Value: TypeAlias = "bytes | list[Value] | None"
Pairs: TypeAlias = tuple[tuple[bytes, bytes], ...]


class Address(NamedTuple):
    """One of ENVELOPE's addresses; without `host` it opens or, without `mailbox` too, closes a group."""

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


class Envelope(NamedTuple):
    """The header as the server read it; everything as it stood there, encoded words too."""

    date: bytes | None
    subject: bytes | None
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    in_reply_to: bytes | None
    message_id: bytes | None


class Disposition(NamedTuple):
    """`attachment` or `inline`, in lower case, with its parameters."""

    kind: str
    parameters: Pairs


class BodyStructure(NamedTuple):
    """One part; `children` are a multipart's parts, or the one message inside a message/rfc822."""

    content_type: str  # in lower case, "text/plain"
    parameters: Pairs = ()
    content_id: bytes | None = None
    description: bytes | None = None
    encoding: bytes | None = None
    size: int = 0  # bytes as encoded
    lines: int | None = None
    md5: bytes | None = None
    disposition: Disposition | None = None
    language: tuple[bytes, ...] = ()
    location: bytes | None = None
    envelope: Envelope | None = None
    children: tuple["BodyStructure", ...] = ()

    def walk(self, number: str = "") -> Iterator[tuple[str, "BodyStructure"]]:
        """Every part that is no multipart with its number as FETCH takes it (RFC 9051 §6.4.5), in order."""
        if self.content_type.startswith("multipart/"):
            for at, child in enumerate(self.children, 1):
                yield from child.walk(f"{number}.{at}" if number else f"{at}")
            return
        number = number or "1"
        yield number, self
        for child in self.children:
            yield from child.walk(number if child.children else f"{number}.1")


_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return _NOTHING  # one for all; most responses have no sections


@dataclass(slots=True)
class Fetched:
    """What one FETCH response says of one message; None where it says nothing.

    `defect` names what could not be read: a message that a stranger wrote must not close its mailbox.
    """

    number: int = 0  # 0 under UIDONLY
    uid: int | None = None
    flags: frozenset[str] | None = None
    internal_date: datetime | None = None
    size: int | None = None
    mod_seq: int | None = None
    envelope: Envelope | None = None
    structure: BodyStructure | None = None  # BODYSTRUCTURE, or BODY without its extensions
    sections: Mapping[str, bytes | None] = field(default_factory=_nothing)  # "BODY[1.MIME]", "BINARY[2]", "RFC822"
    binary_sizes: Mapping[str, int] = field(default_factory=_nothing)  # "BINARY.SIZE[2]"
    email_id: str | None = None
    thread_id: str | None = None
    preview: bytes | None = None
    save_date: datetime | None = None
    gmail_message: int | None = None
    gmail_thread: int | None = None
    gmail_labels: tuple[bytes, ...] | None = None
    others: Mapping[str, Value] = field(default_factory=_nothing)
    defect: str = ""


class StatusData(NamedTuple):
    """STATUS; None where the server kept a number to itself."""

    name: str
    wire_name: str
    messages: int | None = None
    recent: int | None = None
    uid_next: int | None = None
    uid_validity: int | None = None
    unseen: int | None = None
    deleted: int | None = None
    size: int | None = None
    highest_mod_seq: int | None = None
    append_limit: int | None = None
    mailbox_id: str | None = None


class Listed(NamedTuple):
    """One line of LIST; `name` decoded, `wire_name` as the server wrote it (undecodable bytes as surrogates)."""

    name: str
    wire_name: str
    delimiter: str  # empty: no hierarchy
    attributes: frozenset[str]  # in lower case
    child_info: tuple[str, ...] = ()
    old_wire_name: str | None = None
    status: StatusData | None = None  # with LIST-STATUS


class Exists(NamedTuple):
    messages: int


class Recent(NamedTuple):
    messages: int


class Expunged(NamedTuple):
    number: int


class Flags(NamedTuple):
    """The flags that the mailbox knows."""

    flags: frozenset[str]


class CapabilityData(NamedTuple):
    words: tuple[str, ...]


class Enabled(NamedTuple):
    words: tuple[str, ...]


class SearchData(NamedTuple):
    """SEARCH, in the server's order (RFC 9051 §7.3.4, RFC 7162 §3.1.5)."""

    numbers: tuple[int, ...]
    mod_seq: int | None = None


class ESearch(NamedTuple):
    """ESEARCH (RFC 4731, RFC 9394); `tag` is the command's that it answers."""

    tag: str
    uid: bool
    min: int | None = None
    max: int | None = None
    total: int | None = None
    all: NumSet | None = None
    mod_seq: int | None = None
    partial_range: str = ""
    partial: NumSet | None = None


class Vanished(NamedTuple):
    """UIDs that are gone (RFC 7162 §3.2.10); `earlier`: before now, so message numbers do not move."""

    uids: NumSet
    earlier: bool


class Namespace(NamedTuple):
    prefix: str
    wire_prefix: str
    delimiter: str


class Namespaces(NamedTuple):
    personal: tuple[Namespace, ...]
    others: tuple[Namespace, ...]
    shared: tuple[Namespace, ...]


class Quota(NamedTuple):
    """One root's limits; each resource with usage and limit in the resource's unit (STORAGE: KiB; RFC 9208 §5)."""

    root: str
    resources: tuple[tuple[str, int, int], ...]


class QuotaRoot(NamedTuple):
    wire_name: str
    roots: tuple[str, ...]


class ServerId(NamedTuple):
    """ID (RFC 2971); keys in lower case."""

    facts: tuple[tuple[str, str], ...]


class AppendUid(NamedTuple):
    """APPENDUID (RFC 4315 §3)."""

    uid_validity: int
    uids: NumSet


class CopyUid(NamedTuple):
    """COPYUID (RFC 4315 §3): the ranges on both sides in the order of the wire, which pairs them."""

    uid_validity: int
    source: tuple[tuple[int, int], ...]
    target: tuple[tuple[int, int], ...]

    def pairs(self) -> dict[int, int]:
        """From the old UID to the new; raises `RemoteProtocolError` for too many.  Empty if the sides differ."""
        source, target = expand(self.source), expand(self.target)
        return dict(zip(source, target, strict=True)) if len(source) == len(target) else {}


class MessageLimit(NamedTuple):
    """MESSAGELIMIT (RFC 9738 §3.1): no more messages a command, and the lowest UID that was dealt with (0: none)."""

    limit: int
    uid: int


CodeValue: TypeAlias = "int | frozenset[str] | NumSet | AppendUid | CopyUid | MessageLimit | str | None"


class Status(NamedTuple):
    """OK, NO, BAD, BYE or PREAUTH; `tag` is empty for an untagged one; `code` is upper case, or empty.

    `argument` is the code's as it came; `value` the same as a value where we know the code.
    """

    tag: bytes
    status: str
    code: str
    argument: bytes
    text: bytes
    value: CodeValue = None


class Continuation(NamedTuple):
    """`+`: the server waits for the rest of a command."""

    text: bytes


class Untagged(NamedTuple):
    """Data of a name that we do not know."""

    name: str
    number: int | None
    values: tuple[Value, ...]


Data: TypeAlias = (
    "Exists | Recent | Expunged | Fetched | Flags | CapabilityData | Enabled | Listed | StatusData | SearchData"
    " | ESearch | Vanished | Namespaces | Quota | QuotaRoot | ServerId | Untagged"
)
Response: TypeAlias = "Status | Continuation | Data"
