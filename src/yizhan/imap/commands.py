"""Commands: a function each, giving what is sent, where it is allowed, and which answers are its own.

Mailboxes are wire names (`utf7`); numbers are `NumSet`s.  Every argument is checked here, before a byte is written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from yizhan.base.secret import Secret
from yizhan.imap.dates import make_date_time
from yizhan.imap.encoder import Part, astring, flag_list, message, words
from yizhan.imap.encoder import refuse_injection as refuse_injection  # SMTP's arguments are checked by it too
from yizhan.imap.errors import LocalProtocolError
from yizhan.imap.numset import NumSet
from yizhan.imap.sasl import Mechanism
from yizhan.imap.states import SIGNED_IN, Signal, State
from yizhan.imap.types import (
    CapabilityData,
    Enabled,
    ESearch,
    Exists,
    Expunged,
    Fetched,
    Flags,
    Listed,
    Namespaces,
    Quota,
    QuotaRoot,
    Recent,
    SearchData,
    ServerId,
    Status,
    StatusData,
    Untagged,
    Vanished,
)

_ALWAYS = frozenset(State) - {State.GREETING, State.LOGOUT}
_BEFORE = frozenset({State.NOT_AUTHENTICATED})
_SELECTED = frozenset({State.SELECTED})


@dataclass(frozen=True, slots=True)
class Command:
    """One command, ready to be sent once.

    `collects`: kinds of untagged data that answer it.  `alone`: nothing may be under way beside it, because the
    meaning of what follows depends on its end (RFC 9051 §5.5).  `numbered`: holds message numbers, which EXPUNGE
    moves.  `wanted`: the UIDs whose FETCH responses answer it; `mailbox`: the one whose STATUS does.
    """

    name: str
    parts: tuple[Part, ...]
    states: frozenset[State] = _ALWAYS
    collects: frozenset[type] = frozenset()
    alone: bool = False
    numbered: bool = False
    wanted: NumSet | None = None
    mailbox: str = ""
    signal: Signal | None = None
    mechanism: Mechanism | None = None


def capability() -> Command:
    return Command("CAPABILITY", (words("CAPABILITY"),), collects=frozenset({CapabilityData}))


def noop() -> Command:
    return Command("NOOP", (words("NOOP"),))


def logout() -> Command:
    return Command("LOGOUT", (words("LOGOUT"),), alone=True, signal=Signal.END)


def identify(facts: Mapping[str, str]) -> Command:
    """ID (RFC 2971); without facts NIL."""
    pairs = [piece for key, value in facts.items() for piece in (_string(key), words(" "), _string(value), words(" "))]
    listed = [words("("), *pairs[:-1], words(")")] if pairs else [words("NIL")]
    return Command("ID", (words("ID "), *listed), collects=frozenset({ServerId}))


def _string(text: str) -> Part:
    """In quotes always: ID's rule is `string`, not `astring`."""
    part = astring(text)
    return part if part.literal or part.data[:1] == b'"' else Part(b'"%b"' % part.data)


def starttls() -> Command:
    return Command("STARTTLS", (words("STARTTLS"),), states=_BEFORE, alone=True)


def login(user: str, secret: Secret[str]) -> Command:
    parts = (words("LOGIN "), astring(user), words(" "), astring(secret.reveal(), secret=True))
    return Command("LOGIN", parts, states=_BEFORE, alone=True, signal=Signal.AUTHENTICATE)


def authenticate(mechanism: Mechanism) -> Command:
    """The initial response is added where SASL-IR allows it (RFC 4959)."""
    return Command(
        "AUTHENTICATE",
        (words(f"AUTHENTICATE {mechanism.name}"),),
        states=_BEFORE,
        alone=True,
        signal=Signal.AUTHENTICATE,
        mechanism=mechanism,
    )


def unauthenticate() -> Command:
    """RFC 8437."""
    return Command(
        "UNAUTHENTICATE", (words("UNAUTHENTICATE"),), states=SIGNED_IN, alone=True, signal=Signal.UNAUTHENTICATE
    )


def compress() -> Command:
    """RFC 4978."""
    return Command("COMPRESS", (words("COMPRESS DEFLATE"),), states=SIGNED_IN, alone=True)


def enable(extensions: Sequence[str]) -> Command:
    """RFC 5161; not in the selected state (RFC 9051 §6.3.1)."""
    return Command(
        "ENABLE",
        (words(f"ENABLE {' '.join(extensions)}"),),
        states=frozenset({State.AUTHENTICATED}),
        collects=frozenset({Enabled}),
        alone=True,
    )


def namespace() -> Command:
    return Command("NAMESPACE", (words("NAMESPACE"),), states=SIGNED_IN, collects=frozenset({Namespaces}))


def list_mailboxes(
    pattern: str = "*", *, reference: str = "", selecting: Sequence[str] = (), returning: Sequence[str] = ()
) -> Command:
    """LIST; with `selecting` or `returning` in its extended form (RFC 5258, RFC 5819, RFC 6154)."""
    head = f"LIST ({' '.join(selecting)}) " if selecting else "LIST "
    tail = f" RETURN ({' '.join(returning)})" if returning else ""
    parts = (words(head), _string(reference), words(" "), _string(pattern), words(tail))
    return Command("LIST", parts, states=SIGNED_IN, collects=frozenset({Listed, StatusData}))


def list_old(name: str, pattern: str = "*") -> Command:
    """XLIST, which Gmail had before SPECIAL-USE and QQ and Yandex still have; or LSUB."""
    return Command(
        name, (words(f'{name} "" '), _string(pattern)), states=SIGNED_IN, collects=frozenset({Listed, StatusData})
    )


def status(wire_name: str, items: Sequence[str]) -> Command:
    parts = (words("STATUS "), astring(wire_name), words(f" ({' '.join(items)})"))
    return Command("STATUS", parts, states=SIGNED_IN, collects=frozenset({StatusData}), mailbox=wire_name)


def on_mailbox(name: str, wire_name: str, tail: str = "") -> Command:
    """CREATE, DELETE, SUBSCRIBE, UNSUBSCRIBE: a command that takes one mailbox."""
    return Command(name, (words(f"{name} "), astring(wire_name), words(tail)), states=SIGNED_IN, alone=True)


def rename(wire_name: str, new_wire_name: str) -> Command:
    parts = (words("RENAME "), astring(wire_name), words(" "), astring(new_wire_name))
    return Command("RENAME", parts, states=SIGNED_IN, alone=True)


@dataclass(frozen=True, slots=True)
class Resync:
    """What QRESYNC is told (RFC 7162 §3.2.5): the mailbox as we last knew it."""

    uid_validity: int
    mod_seq: int
    known_uids: NumSet | None = None


def select(
    wire_name: str, *, read_only: bool = False, condstore: bool = False, resync: Resync | None = None
) -> Command:
    name = "EXAMINE" if read_only else "SELECT"
    tail = " (CONDSTORE)" if condstore else ""
    if resync is not None:
        known = f" {resync.known_uids}" if resync.known_uids else ""
        tail = f" (QRESYNC ({resync.uid_validity} {resync.mod_seq}{known}))"
    return Command(
        name,
        (words(f"{name} "), astring(wire_name), words(tail)),
        states=SIGNED_IN,
        collects=frozenset({Exists, Recent, Flags, Status, Vanished, Fetched, Listed}),
        alone=True,
        signal=Signal.SELECT,
    )


def leave(name: str) -> Command:
    """CLOSE, which expunges, or UNSELECT, which does not (RFC 3691)."""
    return Command(name, (words(name),), states=_SELECTED, alone=True, signal=Signal.DESELECT)


def expunge(uids: NumSet | None = None) -> Command:
    """EXPUNGE, or with UIDs UID EXPUNGE (RFC 4315 §2.1)."""
    text = "EXPUNGE" if uids is None else f"UID EXPUNGE {_numbers(uids)}"
    return Command("EXPUNGE", (words(text),), states=_SELECTED, collects=frozenset({Expunged, Vanished}))


def search(
    keys: Sequence[Part], *, uid: bool = True, returning: Sequence[str] | None = None, charset: str = ""
) -> Command:
    """SEARCH; `returning` (may be empty) asks for ESEARCH (RFC 4731).  `keys` from `words` and `astring`,
    so that keys of extensions (OLDER and YOUNGER, RFC 5032) need nothing here."""
    head = "UID SEARCH" if uid else "SEARCH"
    head += "" if returning is None else f" RETURN ({' '.join(returning)})"
    head += f" CHARSET {charset} " if charset else " "
    collects: frozenset[type] = frozenset({SearchData} if returning is None else {ESearch, SearchData})
    return Command("SEARCH", (words(head), *keys), states=_SELECTED, collects=collects, numbered=not uid)


def fetch(
    numbers: NumSet,
    items: str,
    *,
    uid: bool = True,
    changed_since: int = 0,
    vanished: bool = False,
    partial: tuple[int, int] | None = None,
) -> Command:
    """FETCH; `changed_since` is a mod-sequence (RFC 7162 §3.1.4.1), and `vanished` asks for what is gone since too.

    `partial` is the first and last place among the messages named, from the end if negative (RFC 9394 §3.3); by UID
    only.
    """
    modifiers = []
    if changed_since:
        modifiers.append(f"CHANGEDSINCE {changed_since}{' VANISHED' if vanished else ''}")
    if partial is not None:
        if not uid or 0 in partial or (partial[0] > 0) != (partial[1] > 0):
            raise LocalProtocolError("PARTIAL takes two places on the same side, and UIDs")
        modifiers.append(f"PARTIAL {partial[0]}:{partial[1]}")
    wanted = f" ({' '.join(modifiers)})" if modifiers else ""
    text = f"{'UID ' if uid else ''}FETCH {_numbers(numbers)} {items}{wanted}"
    return Command(
        "FETCH",
        (words(text),),
        states=_SELECTED,
        collects=frozenset({Fetched, Vanished} if vanished else {Fetched}),
        numbered=not uid,
        wanted=numbers if uid else None,
    )


def store(numbers: NumSet, change: str, flags: Iterable[str], *, uid: bool = True, unchanged_since: int = 0) -> Command:
    """STORE; `change` is `+FLAGS`, `-FLAGS.SILENT` and so on."""
    condition = f" (UNCHANGEDSINCE {unchanged_since})" if unchanged_since else ""
    head = words(f"{'UID ' if uid else ''}STORE {_numbers(numbers)}{condition} {change} ")
    return Command(
        "STORE",
        (head, flag_list(flags)),
        states=_SELECTED,
        collects=frozenset({Fetched}),
        numbered=not uid,
        wanted=numbers if uid else None,
    )


def copy(numbers: NumSet, wire_name: str, *, move: bool = False, uid: bool = True) -> Command:
    """COPY, or MOVE (RFC 6851), whose COPYUID comes untagged before the messages go (§4.3)."""
    name = "MOVE" if move else "COPY"
    parts = (words(f"{'UID ' if uid else ''}{name} {_numbers(numbers)} "), astring(wire_name))
    collects: frozenset[type] = frozenset({Status, Expunged, Vanished} if move else ())
    return Command(name, parts, states=_SELECTED, collects=collects, numbered=not uid, alone=move)


def append(
    wire_name: str, raw: bytes, flags: Iterable[str] = (), at: datetime | None = None, *, binary: bool = False
) -> Command:
    """APPEND; `at` becomes INTERNALDATE."""
    date = f' "{make_date_time(at).decode("ascii")}" ' if at else " "
    parts = (words("APPEND "), astring(wire_name), words(" "), flag_list(flags), words(date))
    return Command("APPEND", (*parts, message(raw, binary=binary)), states=SIGNED_IN)


def idle() -> Command:
    """RFC 2177; ended by `Connection.done`."""
    return Command("IDLE", (words("IDLE"),), states=SIGNED_IN, alone=True)


def notify(events: str) -> Command:
    """NOTIFY SET (...) or NOTIFY NONE (RFC 5465); `events` in its own grammar."""
    return Command("NOTIFY", (words(f"NOTIFY {events}"),), states=SIGNED_IN, collects=frozenset({StatusData}))


def get_quota_root(wire_name: str) -> Command:
    return Command(
        "GETQUOTAROOT",
        (words("GETQUOTAROOT "), astring(wire_name)),
        states=SIGNED_IN,
        collects=frozenset({Quota, QuotaRoot}),
    )


def get_quota(root: str) -> Command:
    return Command("GETQUOTA", (words("GETQUOTA "), astring(root)), states=SIGNED_IN, collects=frozenset({Quota}))


def other(text: str) -> Command:
    """A command without a function of its own, as it stands; every answer that nobody knows is its own."""
    return Command(text.split(" ", 1)[0].upper(), (words(text),), collects=frozenset({Untagged}), alone=True)


def ending_with_crlf(command: Command) -> Command:
    """The same APPEND with a line end after its message, as Yahoo wants it."""
    *head, last = command.parts
    if last.data.endswith(b"\r\n"):
        return command
    return replace(command, parts=(*head, last._replace(data=last.data + b"\r\n")))


def _numbers(numbers: NumSet) -> str:
    if not numbers:
        raise LocalProtocolError("a set of numbers is empty")
    return str(numbers)
