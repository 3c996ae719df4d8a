"""One authenticated IMAP connection: a short method a command, and no policy."""

import ssl
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from yizhan.base.secret import Secret
from yizhan.imap import commands, utf7
from yizhan.imap.capabilities import Capabilities
from yizhan.imap.commands import Command, Resync
from yizhan.imap.connection import Connection, Trace
from yizhan.imap.encoder import Part, astring, quoted, words
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.imap.numset import NumSet
from yizhan.imap.quirks import NONE, Quirks
from yizhan.imap.sasl import Mechanism
from yizhan.imap.states import SIGNED_IN, State
from yizhan.imap.types import (
    AppendUid,
    CopyUid,
    Enabled,
    ESearch,
    Exists,
    Expunged,
    Fetched,
    Flags,
    Listed,
    MessageLimit,
    Namespaces,
    Quota,
    Response,
    SearchData,
    ServerId,
    Status,
    StatusData,
    Vanished,
)
from yizhan.net.deadlines import deadline
from yizhan.net.errors import LineLost
from yizhan.net.imap_exchange import CARRY_SECONDS, Answer, Exchange
from yizhan.net.imap_news import News, idling
from yizhan.net.imap_rest import below, lowest_of, turns
from yizhan.net.streams import Stream
from yizhan.net.transcripts import strike

ANSWER_SECONDS = 15.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT or EXAMINE said; 0 or None where it said nothing."""

    exists: int
    uid_validity: int
    uid_next: int
    highest_mod_seq: int | None = None  # None under NOMODSEQ too (RFC 7162 §3.1.2.2)
    read_only: bool = False
    flags: frozenset[str] = frozenset()
    permanent_flags: frozenset[str] | None = None
    mailbox_id: str | None = None
    vanished: NumSet = field(default_factory=NumSet)  # with `resync`: gone since then
    changed: tuple[Fetched, ...] = ()  # with `resync`: changed since then
    is_part: bool = False  # with `resync`: not all of that was told (RFC 9738)


@dataclass(frozen=True, slots=True)
class Stored:
    """What STORE said: the new flags, and which messages had been changed by others meanwhile (RFC 7162 §3.1.3)."""

    fetched: tuple[Fetched, ...]
    modified: NumSet


class ImapSession:
    """Speaks over a stream; every wait has a deadline of `seconds`.

    Numbers are a `NumSet` or its text (`1:*`); mailboxes are wire names, which `wire_name` makes.  Each method raises
    `CommandRefused` for a lawful no, `LineLost`, `DeadlineMissed` or `RemoteProtocolError` (the session is over then).
    """

    def __init__(
        self, stream: Stream, *, seconds: float = ANSWER_SECONDS, quirks: Quirks = NONE, trace: Trace | None = None
    ) -> None:
        self._stream = stream
        self._seconds = seconds
        self._connection = Connection(quirks, trace)
        self._exchange = Exchange(stream, self._connection)

    @property
    def capabilities(self) -> Capabilities:
        """As last announced; empty if the server has said nothing since the last change."""
        return self._connection.capabilities

    @property
    def state(self) -> State:
        return self._connection.state

    @property
    def enabled(self) -> frozenset[str]:
        """What ENABLE has switched on."""
        return self._connection.enabled

    def take_news(self) -> list[Response]:
        """What the server told unasked since the last time, in order."""
        news = list(self._exchange.unasked)
        self._exchange.unasked.clear()
        return news

    def wire_name(self, name: str) -> str:
        """The wire name of a mailbox that somebody typed."""
        return name if "UTF8=ACCEPT" in self.enabled else utf7.encode(name)

    # ---- coming and going ----

    async def greeting(self) -> Status:
        """The first line; `CommandRefused` for BYE."""
        return await self._exchange.greeting(self._seconds)

    async def capability(self) -> None:
        await self._run(commands.capability())

    async def starttls(self, context: ssl.SSLContext, host: str) -> None:
        """Raises `InjectedPlaintext` if bytes came that pretend to have come through TLS."""
        if self.state in SIGNED_IN:  # PREAUTH in the open keeps TLS away (RFC 9051 §11.1)
            await self.close()
            raise RemoteProtocolError("the server says that we are signed in before TLS; someone may be in between")
        await self._run(commands.starttls())
        async with deadline(self._seconds, "TLS handshake"):
            await self._stream.start_tls(context, host)
        self._connection.tls_started()
        await self.capability()

    async def login(self, user: str, secret: Secret[str]) -> None:
        try:
            await self._sign_in(commands.login(user, secret))
        except CommandRefused as refusal:  # some servers repeat what they were told
            said = strike(refusal.text, [secret, Secret(quoted(secret.reveal().encode()).decode()[1:-1])])
            raise CommandRefused("LOGIN", refusal.status, refusal.response_code, said) from None

    async def authenticate(self, mechanism: Mechanism) -> None:
        """AUTHENTICATE; a refused token's `CommandRefused.challenge` holds what the server said of it."""
        await self._sign_in(commands.authenticate(mechanism))

    async def _sign_in(self, command: Command) -> None:
        if self.state in SIGNED_IN:
            raise RemoteProtocolError("the server says that we are signed in already")
        await self._run(command)
        if not self.capabilities:
            await self.capability()

    async def unauthenticate(self) -> None:
        await self._run(commands.unauthenticate())
        if not self.capabilities:
            await self.capability()

    async def identify(self, facts: Mapping[str, str]) -> ServerId:
        """Tell who we are; what the server tells of itself."""
        answer = await self._run(commands.identify(facts))
        return next(iter(_all(answer, ServerId)), ServerId(()))

    async def enable(self, *extensions: str) -> frozenset[str]:
        """What was switched on now."""
        answer = await self._run(commands.enable(extensions))
        return frozenset(word.upper() for each in _all(answer, Enabled) for word in each.words)

    async def compress(self) -> None:
        """Deflate both ways from here on."""
        await self._run(commands.compress())

    async def noop(self) -> None:
        """Let the server tell what is new (`take_news`)."""
        await self._run(commands.noop())

    async def logout(self) -> None:
        """Say goodbye; a server that has already gone is no error."""
        try:
            await self._run(commands.logout())
        except (CommandRefused, LineLost):
            return
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go without waiting; never raises."""
        await self._exchange.close()

    # ---- mailboxes ----

    async def namespace(self) -> Namespaces:
        return _one(await self._run(commands.namespace()), Namespaces)

    async def list_mailboxes(
        self, pattern: str = "*", *, selecting: Sequence[str] = (), returning: Sequence[str] = ()
    ) -> list[Listed]:
        """LIST; with `STATUS (...)` in `returning`, each has its `status`."""
        return _listed(await self._run(commands.list_mailboxes(pattern, selecting=selecting, returning=returning)))

    async def list_roles(self) -> list[Listed]:
        """XLIST, for servers that have it in the place of SPECIAL-USE."""
        return _listed(await self._run(commands.list_old("XLIST")))

    async def list_subscribed(self) -> list[Listed]:
        """LSUB."""
        return _listed(await self._run(commands.list_old("LSUB")))

    async def status(self, wire_name: str, *items: str) -> StatusData:
        return _one(await self._run(commands.status(wire_name, items)), StatusData)

    async def count_unseen(self, wire_name: str) -> int:
        return (await self.status(wire_name, "UNSEEN")).unseen or 0

    async def create(self, wire_name: str, *, role: str = "") -> None:
        """CREATE; `role` such as `\\Sent` needs CREATE-SPECIAL-USE (RFC 6154 §3)."""
        await self._run(commands.on_mailbox("CREATE", wire_name, f" (USE ({role}))" if role else ""))

    async def delete(self, wire_name: str) -> None:
        await self._run(commands.on_mailbox("DELETE", wire_name))

    async def rename(self, wire_name: str, new_wire_name: str) -> None:
        await self._run(commands.rename(wire_name, new_wire_name))

    async def subscribe(self, wire_name: str) -> None:
        await self._run(commands.on_mailbox("SUBSCRIBE", wire_name))

    async def unsubscribe(self, wire_name: str) -> None:
        await self._run(commands.on_mailbox("UNSUBSCRIBE", wire_name))

    async def quota(self, wire_name: str) -> list[Quota]:
        """The quotas that bound this mailbox (RFC 9208)."""
        return _all(await self._run(commands.get_quota_root(wire_name)), Quota)

    async def select(self, wire_name: str, *, condstore: bool = False, resync: Resync | None = None) -> Selected:
        return _selected(await self._run(commands.select(wire_name, condstore=condstore, resync=resync)))

    async def examine(self, wire_name: str, *, condstore: bool = False, resync: Resync | None = None) -> Selected:
        """Open a mailbox for reading only."""
        command = commands.select(wire_name, read_only=True, condstore=condstore, resync=resync)
        return _selected(await self._run(command))

    async def unselect(self) -> None:
        await self._run(commands.leave("UNSELECT"))

    async def close_mailbox(self) -> None:
        """CLOSE: what is marked deleted goes."""
        await self._run(commands.leave("CLOSE"))

    # ---- messages ----

    async def fetch(self, numbers: NumSet | str, items: str, *, uid: bool) -> list[Fetched]:
        """The items of each message in `numbers` (UIDs if `uid`), in the server's order."""
        async with aclosing(self.fetch_each(numbers, items, uid=uid)) as fetched:
            return [each async for each in fetched]

    async def fetch_each(self, numbers: NumSet | str, items: str, *, uid: bool) -> AsyncGenerator[Fetched, None]:
        """The same one by one as they come, so that bodies need not all be in memory."""
        left = _set(numbers)
        for _ in turns():
            lowest = 0
            command = commands.fetch(left, items, uid=uid)
            async with aclosing(self._exchange.each(command, self._seconds)) as lines:
                async for line in lines:
                    if isinstance(line, Fetched):
                        yield line
                    lowest = lowest_of([line])
            left = below(left, lowest) if uid else NumSet()
            if not left:
                return

    async def fetch_changes(
        self, numbers: NumSet | str, items: str, mod_seq: int, *, vanished: bool
    ) -> tuple[list[Fetched], NumSet]:
        """What has changed since `mod_seq`, and with `vanished` (QRESYNC) the UIDs that are gone since."""
        answers = await self._run_all(
            lambda uids: commands.fetch(uids, items, changed_since=mod_seq, vanished=vanished), _set(numbers)
        )
        gone = [pair for answer in answers for each in _all(answer, Vanished) for pair in each.uids.ranges]
        return [each for answer in answers for each in _all(answer, Fetched)], NumSet(gone)

    async def search(self, keys: Sequence[Part]) -> NumSet:
        """The UIDs found; by ESEARCH where there is one, which is shorter on the wire."""
        found, left, more = NumSet(), NumSet.from_(1), list[Part]()
        returning = ["ALL"] if self.capabilities.has("ESEARCH") else None
        for _ in turns():
            asked = [*keys, *more]
            answer = await self._run(commands.search(asked, returning=returning, charset=self._charset(asked)))
            found |= _found(answer) if returning is None else _one(answer, ESearch).all or NumSet()
            left = below(left, lowest_of([answer.status]))
            if not left:
                break
            more = [words(f" UID {left}")]
        return found

    async def search_last(self, keys: Sequence[Part], most: int) -> NumSet:
        """The last of the UIDs found, so many at most (PARTIAL, RFC 9394 §3.1)."""
        found, left, more = NumSet(), NumSet.from_(1), list[Part]()
        for _ in turns():
            asked, returning = [*keys, *more], [f"PARTIAL -1:-{most - len(found)}"]
            answer = await self._run(commands.search(asked, returning=returning, charset=self._charset(asked)))
            found |= _one(answer, ESearch).partial or NumSet()
            left = below(left, lowest_of([answer.status]))
            if not left or len(found) >= most:
                break
            more = [words(f" UID {left}")]
        return found

    async def esearch(self, keys: Sequence[Part], *returning: str, uid: bool = True) -> ESearch:
        """`returning` from MIN, MAX, COUNT, ALL, and `PARTIAL 1:100` (RFC 9394)."""
        command = commands.search(keys, uid=uid, returning=returning, charset=self._charset(keys))
        return _one(await self._run(command), ESearch)

    def _charset(self, keys: Sequence[Part]) -> str:
        """Named only where it is needed, and never under UTF8=ACCEPT (RFC 6855 §3)."""
        return "UTF-8" if any(key.literal for key in keys) and "UTF8=ACCEPT" not in self.enabled else ""

    async def search_message_id(self, message_id: str) -> list[int]:
        """Also of a message that was sent on under that id (RFC 5322 §3.6.6)."""
        for name in ("Message-ID", "Resent-Message-ID"):
            found = (await self.search([words(f"HEADER {name} "), astring(message_id)])).numbers()
            if found:
                return found
        return []

    async def store(
        self, numbers: NumSet | str, change: str, flags: Iterable[str], *, uid: bool = True, unchanged_since: int = 0
    ) -> Stored:
        """`change` is `+FLAGS`, `-FLAGS` or `FLAGS`, each with `.SILENT` if the new flags need not be told."""
        kept = tuple(flags)
        answers = await self._run_all(
            lambda some: commands.store(some, change, kept, uid=uid, unchanged_since=unchanged_since),
            _set(numbers),
            uid=uid,
        )
        modified = [answer.status.value for answer in answers if answer.status is not None]
        refused = [pair for each in modified if isinstance(each, NumSet) for pair in each.ranges]
        return Stored(tuple(each for answer in answers for each in _all(answer, Fetched)), NumSet(refused))

    async def copy(self, numbers: NumSet | str, wire_name: str, *, uid: bool = True) -> CopyUid | None:
        """COPY; None without UIDPLUS, or where the server's word is not to be trusted."""
        return _copy_uid(await self._run(commands.copy(_set(numbers), wire_name, uid=uid)))

    async def move(self, numbers: NumSet | str, wire_name: str, *, uid: bool = True) -> CopyUid | None:
        """MOVE (RFC 6851), as `copy`."""
        answers = await self._run_all(
            lambda some: commands.copy(some, wire_name, move=True, uid=uid), _set(numbers), uid=uid
        )
        told = [_copy_uid(answer) for answer in answers]
        known = [each for each in told if each is not None]
        if len(known) < len(told) or len({each.uid_validity for each in known}) != 1:
            return None
        sides = zip(*((each.source, each.target) for each in known), strict=True)
        return CopyUid(known[0].uid_validity, *(sum(side, ()) for side in sides))

    async def expunge(self, uids: NumSet | str | None = None) -> list[Expunged | Vanished]:
        """Remove what is marked deleted; with `uids` only these of them (UIDPLUS)."""
        if uids is None:
            answers = [await self._run(commands.expunge())]
        else:
            answers = await self._run_all(commands.expunge, _set(uids))
        return [line for answer in answers for line in answer.lines if isinstance(line, Expunged | Vanished)]

    async def append(
        self, wire_name: str, raw: bytes, flags: Iterable[str] = (), *, at: datetime | None = None, binary: bool = False
    ) -> AppendUid | None:
        """Put a message there; `at` becomes its internal date.  None without UIDPLUS."""
        command = commands.append(wire_name, raw, flags, at, binary=binary)
        answer = await self._exchange.run(command, max(self._seconds, CARRY_SECONDS))
        value = answer.status.value if answer.status is not None else None
        return value if isinstance(value, AppendUid) else None

    # ---- news ----

    def idle(self, seconds: float) -> AbstractAsyncContextManager[News]:
        """`async with session.idle(1700) as news: async for one in news: ...`, which ends after `seconds` (RFC 2177).

        A server may hang up after 30 minutes, so ask again before 29.
        """
        return idling(self._exchange, seconds, self._seconds)

    def news(self, seconds: float) -> News:
        """What comes unasked within `seconds`, without IDLE: under NOTIFY (RFC 5465) it comes by itself."""
        return News(self._exchange, seconds)

    async def notify(self, events: str) -> list[StatusData]:
        """NOTIFY, such as `SET STATUS (PERSONAL (MessageNew MessageExpunge))` or `NONE`."""
        return _all(await self._run(commands.notify(events)), StatusData)

    async def _run(self, command: Command) -> Answer:
        return await self._exchange.run(command, self._seconds)

    async def _run_all(self, make: Callable[[NumSet], Command], numbers: NumSet, *, uid: bool = True) -> list[Answer]:
        """The answers of a server that may stop at so many messages a command."""
        answers: list[Answer] = []
        for _ in turns():
            answers.append(await self._run(make(numbers)))
            numbers = below(numbers, lowest_of([*answers[-1].lines, answers[-1].status])) if uid else NumSet()
            if not numbers:
                break
        return answers


def _set(numbers: NumSet | str) -> NumSet:
    return numbers if isinstance(numbers, NumSet) else NumSet.parse(numbers.encode("ascii", "replace"))


def _all(answer: Answer, kind: type[T]) -> list[T]:
    return [line for line in answer.lines if isinstance(line, kind)]


def _one(answer: Answer, kind: type[T]) -> T:
    """The last of its kind; raises `RemoteProtocolError` if the server said OK and nothing else."""
    found = _all(answer, kind)
    if not found:
        raise RemoteProtocolError(f"{answer.command.name} was answered with OK and without its data")
    return found[-1]


def _listed(answer: Answer) -> list[Listed]:
    statuses = {each.wire_name: each for each in _all(answer, StatusData)}
    return [each._replace(status=statuses.get(each.wire_name)) for each in _all(answer, Listed)]


def _copy_uid(answer: Answer) -> CopyUid | None:
    """In the tagged answer to COPY, in an untagged one to MOVE (RFC 6851 §4.3)."""
    said = [line for line in (*answer.lines, answer.status) if isinstance(line, Status)]
    return next((each.value for each in said if isinstance(each.value, CopyUid)), None)


def _selected(answer: Answer) -> Selected:
    codes = {line.code: line.value for line in answer.lines if isinstance(line, Status)}
    exists = [each.messages for each in _all(answer, Exists)]
    permanent = codes.get("PERMANENTFLAGS")
    mailbox_id = codes.get("MAILBOXID")
    return Selected(
        exists[-1] if exists else 0,
        _number(codes.get("UIDVALIDITY")) or 0,
        _number(codes.get("UIDNEXT")) or 0,
        _number(codes.get("HIGHESTMODSEQ")),
        answer.status is not None and answer.status.code == "READ-ONLY",
        frozenset(flag for each in _all(answer, Flags) for flag in each.flags),
        permanent if isinstance(permanent, frozenset) else None,
        mailbox_id if isinstance(mailbox_id, str) else None,
        NumSet(pair for each in _all(answer, Vanished) for pair in each.uids.ranges),
        tuple(_all(answer, Fetched)),
        any(isinstance(value, MessageLimit) for value in (*codes.values(), answer.status and answer.status.value)),
    )


def _found(answer: Answer) -> NumSet:
    """The UIDs of SEARCH; 0, which no message has, is none."""
    return NumSet.of(number for each in _all(answer, SearchData) for number in each.numbers if number)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
