"""Recorded dialogues: `S:` the server's line, `C:` ours, `E:` an event, `Q:` the quirks that are on, `#` a remark.

A line's end is CRLF on the wire; `\\xNN` stands for a byte.  A literal is simply the lines that follow its size.
What the client says is made by our own commands and compared with the `C:` line, its secret struck out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from yizhan.base.secret import Secret
from yizhan.imap import commands, sasl
from yizhan.imap.commands import Command, Resync
from yizhan.imap.connection import Connection, Event
from yizhan.imap.encoder import words
from yizhan.imap.numset import NumSet
from yizhan.imap.quirks import Quirks, parse_quirks

FOLDER = Path(__file__).parent
REFUSALS = FOLDER / "refusals"  # what servers say when they refuse, with the cause it is given: another test's
_BYTE = re.compile(rb"\\x([0-9a-f]{2})")


@dataclass(slots=True)
class Transcript:
    """`turns` are the server's lines and our commands in order; `events` what has to come of them."""

    path: Path
    quirks: Quirks = frozenset()
    turns: list[tuple[str, bytes]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


def transcripts() -> list[Path]:
    """Every file of this folder that is not a refusal."""
    return [path for path in sorted(FOLDER.rglob("*.txt")) if REFUSALS not in path.parents]


def read_transcript(path: Path) -> Transcript:
    """Raises `ValueError` for a line of another kind."""
    found = Transcript(path)
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, _, text = line.partition(": ")
        if kind in ("S", "C"):
            found.turns.append((kind, _BYTE.sub(lambda match: bytes([int(match[1], 16)]), text.encode("utf-8"))))
        elif kind == "E":
            found.events.append(text)
        elif kind == "Q":
            found.quirks = parse_quirks(text.split())
        elif line and not line.startswith("#"):
            raise ValueError(f"{path.name}: {line!r} is no line of a transcript")
    return found


Cut = Callable[[bytes], Iterator[bytes]]


def whole(data: bytes) -> Iterator[bytes]:
    yield data


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    yield from (data[at : at + 1] for at in range(len(data)))


def glued(data: bytes) -> Iterator[bytes]:
    """Each piece ends in the middle of the next line."""
    rest = b""
    for line in data.splitlines(keepends=True):
        yield rest + line[: len(line) // 2 + 1]
        rest = line[len(line) // 2 + 1 :]
    yield from [rest] if rest else []


def play(transcript: Transcript, cut: Cut) -> list[str]:
    """The events, shown; raises `AssertionError` if we say something else than the transcript has."""
    said: list[bytes] = []
    connection = Connection(transcript.quirks, lambda who, line: said.append(line) if who == "C" else None)
    events: list[str] = []
    tag = b""
    for kind, group in _groups(transcript.turns):
        if kind == "S":
            for piece in cut(b"".join(line + b"\r\n" for line in group)):
                connection.receive_data(piece)
                events += _drain(connection)
            continue
        for line in group:
            tag = say(connection, line.decode("utf-8"), tag)
        assert b"".join(said) == b"".join(line + b"\r\n" for line in group), transcript.path
        said.clear()
    return events


def _groups(turns: list[tuple[str, bytes]]) -> Iterator[tuple[str, list[bytes]]]:
    group: list[bytes] = []
    for at, (kind, line) in enumerate(turns):
        group.append(line)
        if at + 1 == len(turns) or turns[at + 1][0] != kind:
            yield kind, group
            group = []


def _drain(connection: Connection) -> list[str]:
    found = []
    while (event := connection.next_event()) is not None:
        found.append(show(event))
    connection.bytes_to_send()
    return found


def show(event: Event) -> str:
    """One event on one line: the tag that it answers, its kind, and what is not as it is by default."""
    tag = event.tag.decode("ascii") or "-"
    return f"{tag} {_show(event.response)}"


def _show(value: Any) -> str:
    if isinstance(value, frozenset):
        return "{" + " ".join(sorted(value)) + "}"
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return f"[{', '.join(map(_show, value))}]"
    if not (hasattr(value, "_fields") or is_dataclass(value)):
        return repr(value)
    shown = [f"{name}={_show(field)}" for name, field in _told(value)]
    return f"{type(value).__name__}({', '.join(shown)})"


def _told(value: Any) -> Iterator[tuple[str, Any]]:
    """What is there and not as it is when nothing is said."""
    if is_dataclass(value):
        silent = {each.name: None if each.default is MISSING else each.default for each in fields(value)}
        silent.update({name: {} for name in ("sections", "binary_sizes", "others")})
    else:
        silent = {"code": "", "argument": b"", "tag": b"", **value._field_defaults}
    for name in silent if is_dataclass(value) else value._fields:
        field = getattr(value, name)
        if field is not None and field != silent.get(name):
            yield name, field


def _set(text: str) -> NumSet:
    return NumSet.parse(text.encode("ascii"))


def _resync(validity: str, mod_seq: str, uids: str | None) -> Resync:
    return Resync(int(validity), int(mod_seq), _set(uids) if uids else None)


_SECRET = Secret("hunter2")
# How each line of ours is made.
_COMMANDS: list[tuple[str, Callable[..., Command]]] = [
    (r"CAPABILITY", commands.capability),
    (r"NOOP", commands.noop),
    (r"LOGOUT", commands.logout),
    (r"NAMESPACE", commands.namespace),
    (r"IDLE", commands.idle),
    (r"(CLOSE|UNSELECT)", commands.leave),
    (r"LOGIN (\S+) \*+", lambda user: commands.login(user, _SECRET)),
    (r"AUTHENTICATE PLAIN(?: \*+)?", lambda: commands.authenticate(sasl.Plain("me", _SECRET))),
    (r"AUTHENTICATE LOGIN", lambda: commands.authenticate(sasl.Login("me", _SECRET))),
    (r"AUTHENTICATE XOAUTH2(?: \*+)?", lambda: commands.authenticate(sasl.XOAuth2("me", _SECRET))),
    (r'ID \("name" "(\w+)"\)', lambda name: commands.identify({"name": name})),
    (r"ENABLE (.+)", lambda names: commands.enable(names.split())),
    (r'LIST "" "(.*?)"', commands.list_mailboxes),
    (r'LIST "" "(.*?)" RETURN \((.+)\)', lambda pattern, what: commands.list_mailboxes(pattern, returning=[what])),
    (r'(XLIST|LSUB) "" "(.*?)"', commands.list_old),
    (r"STATUS (\S+) \((.+)\)", lambda name, items: commands.status(name, items.split())),
    (r"(CREATE|DELETE|SUBSCRIBE|UNSUBSCRIBE) (\S+)", commands.on_mailbox),
    (r"SELECT (\S+)", commands.select),
    (r"SELECT (\S+) \(CONDSTORE\)", lambda name: commands.select(name, condstore=True)),
    (
        r"SELECT (\S+) \(QRESYNC \((\d+) (\d+)(?: (\S+))?\)\)",
        lambda name, *known: commands.select(name, resync=_resync(*known)),
    ),
    (r"EXAMINE (\S+)", lambda name: commands.select(name, read_only=True)),
    (r"EXAMINE (\S+) \(CONDSTORE\)", lambda name: commands.select(name, read_only=True, condstore=True)),
    (
        r"EXAMINE (\S+) \(QRESYNC \((\d+) (\d+)\)\)",
        lambda name, *known: commands.select(name, read_only=True, resync=_resync(*known, None)),
    ),
    (
        r"UID FETCH (\S+) (\(.*?\)) \(CHANGEDSINCE (\d+)( VANISHED)?\)",
        lambda numbers, items, since, gone: commands.fetch(
            _set(numbers), items, changed_since=int(since), vanished=bool(gone)
        ),
    ),
    (r"UID FETCH (\S+) (\(.*\))", lambda numbers, items: commands.fetch(_set(numbers), items)),
    (r"FETCH (\S+) (\(.*\))", lambda numbers, items: commands.fetch(_set(numbers), items, uid=False)),
    (
        r"UID STORE (\S+) (\S+) \((.*)\)",
        lambda numbers, change, flags: commands.store(_set(numbers), change, flags.split()),
    ),
    (
        r"UID STORE (\S+) \(UNCHANGEDSINCE (\d+)\) (\S+) \((.*)\)",
        lambda numbers, since, change, flags: commands.store(
            _set(numbers), change, flags.split(), unchanged_since=int(since)
        ),
    ),
    (r"UID (COPY|MOVE) (\S+) (\S+)", lambda verb, numbers, to: commands.copy(_set(numbers), to, move=verb == "MOVE")),
    (r"EXPUNGE", commands.expunge),
    (r"UID EXPUNGE (\S+)", lambda numbers: commands.expunge(_set(numbers))),
    (r"UID SEARCH RETURN \((.*?)\) (.+)", lambda what, keys: commands.search([words(keys)], returning=[what])),
    (r"UID SEARCH ((?!RETURN).+)", lambda keys: commands.search([words(keys)])),
    (r"NOTIFY (.+)", commands.notify),
    (
        r"APPEND (\S+) \((.*)\) \{(\d+)\+?\}",
        lambda name, flags, size: commands.append(name, b"x" * int(size), flags.split()),
    ),
    (r"GETQUOTAROOT (\S+)", commands.get_quota_root),
]


def say(connection: Connection, line: str, last: bytes) -> bytes:
    """Send what this line is made by; gives its tag.  DONE ends IDLE, and what continues a command comes by itself."""
    tag, _, text = line.partition(" ")
    if line == "DONE":
        connection.done(last)
    if re.fullmatch(r"Y\d+", tag) is None:
        return last
    for pattern, make in _COMMANDS:
        match = re.fullmatch(pattern, text)
        if match is not None:
            return connection.send(make(*match.groups()))
    raise AssertionError(f"no command of ours says {text!r}")
