"""An account on a real Dovecot whose intents are carried in this process, and lines and processes that die on cue."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from imaplib import ParseFlags
from itertools import count
from typing import Any, TypeVar

from django.db import connections

from tests.net.connecting import dialer
from tests.services.clocks import SetClock
from tests.store.making import bind, take_lease
from tests.support.dovecot import Dovecot
from tests.support.mailhost import Person
from yizhan.base.ids import AccountId, MailboxId
from yizhan.net.errors import LineLost
from yizhan.net.imap import ImapSession
from yizhan.net.streams import Stream
from yizhan.providers.probe import ProbeTarget, open_imap
from yizhan.services.accounts.checking import read_target
from yizhan.services.messages.acting import Selection
from yizhan.services.sync.engine import list_mailboxes, sync_account, sync_mailbox
from yizhan.services.sync.journal import carry
from yizhan.store import mailboxes, messages
from yizhan.store.lane import Lane
from yizhan.store.models import Mailbox, Message
from yizhan.store.scope import Scope

R = TypeVar("R")
_numbers = count(1)


class Killed(Exception):
    """The process died here."""


class Fuse:
    """Lasts for so many steps, of the line and of the store; then the next one is the last."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def burn(self, error: Exception) -> None:
        self.left -= 1
        if self.left < 0:
            raise error


class FusedStream(Stream):
    """A line that is lost before something is sent, or before an answer is read."""

    __slots__ = ("_fuse",)

    def __init__(self, stream: Stream, fuse: Fuse) -> None:
        super().__init__(stream._wire)
        self._fuse = fuse

    async def read(self) -> bytes:
        self._fuse.burn(LineLost("cut before the answer"))
        return await super().read()

    async def write(self, data: bytes) -> None:
        self._fuse.burn(LineLost("cut before the command"))
        await super().write(data)


class LyingStream(Stream):
    """A line on which words are others than those that were said, one way or the other."""

    __slots__ = ("_lies",)

    def __init__(self, stream: Stream, lies: Mapping[bytes, bytes]) -> None:
        super().__init__(stream._wire)
        self._lies = lies

    async def read(self) -> bytes:
        return self._lie(await super().read())

    async def write(self, data: bytes) -> None:
        await super().write(self._lie(data))

    def _lie(self, data: bytes) -> bytes:
        for true, said in self._lies.items():
            data = re.sub(true, said, data)
        return data


class LyingDialer:
    """Dials lines on which what fits the one expression is replaced by the other."""

    def __init__(self, lies: Mapping[bytes, bytes]) -> None:
        self._lies = lies

    async def dial(self, host: str, port: int) -> Stream:
        return LyingStream(await dialer().dial(host, port), self._lies)


class FusedLane(Lane):
    """A store whose process dies before a transaction, or right after its commit."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self._fuse = fuse

    async def run(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        self._fuse.burn(Killed("before the transaction"))
        result = await super().run(function, *args, **kwargs)
        self._fuse.burn(Killed("after the commit"))
        return result


class FusedDialer:
    """Dials, and cuts when the fuse says so."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse

    async def dial(self, host: str, port: int) -> Stream:
        return FusedStream(await dialer().dial(host, port), self._fuse)


class Post:
    """One account on one server, its intents and its rows."""

    def __init__(self, scope: Scope, server: Dovecot, person: Person) -> None:
        self.scope, self.server, self.person = scope, server, person
        host, port, security = server.host, server.starttls_port, "plain"
        self.account = bind(
            scope, person.address, person.secret, imap_host=host, imap_port=port, imap_security=security
        )
        self.lease = take_lease(self.account, ttl=3_600)
        self.clock = SetClock(datetime(2026, 11, 24, 9, tzinfo=UTC))

    @property
    def account_id(self) -> AccountId:
        return AccountId(self.account.pk)

    def deliver(self, many: int, mailbox: str = "INBOX") -> list[str]:
        """So many new messages there; gives their Message-IDs."""
        names = [f"<m{next(_numbers)}@example.test>" for _ in range(many)]
        letters = [f"From: a@b.test\r\nMessage-ID: {name}\r\nSubject: {name}\r\n\r\nHi\r\n".encode() for name in names]
        self.server.deliver(self.person.address, *letters, mailbox=mailbox)
        return names

    def at_server(self, mailbox: str) -> list[str]:
        """The Message-IDs there, sorted; what is marked deleted counts too."""
        raw = self.server.messages(self.person.address, mailbox)
        return sorted(str(message_from_bytes(each)["Message-ID"]) for each in raw)

    def here(self, mailbox: str) -> list[str]:
        """The Message-IDs that its list shows, sorted."""
        wanted = messages.Wanted(mailbox_id=self.place(mailbox))
        return sorted(row.message_id for row in messages.list_page(self.scope, wanted, None, 1_000))

    def place(self, name: str) -> MailboxId:
        return MailboxId(Mailbox.objects.get(account=self.account, wire_name=name).pk)

    def flags_there(self, mailbox: str) -> dict[str, set[str]]:
        """The flags of each message there, by Message-ID, but for `\\Recent`."""
        with self.server.client(self.person.address) as client:
            client.select(f'"{mailbox}"', readonly=True)
            _, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        told = [each for each in data if isinstance(each, tuple)]
        return {
            str(message_from_bytes(raw)["Message-ID"]): {flag.decode() for flag in ParseFlags(said)} - {"\\Recent"}
            for said, raw in told
        }

    def flags_here(self, mailbox: str) -> dict[str, set[str]]:
        """The same as it is shown here."""
        rows = Message.objects.filter(mailbox_id=self.place(mailbox), hidden=False)
        return {row.message_id: set(row.flags) for row in rows}

    def select(self, *names: str) -> Selection:
        return Selection(tuple(Message.objects.filter(message_id__in=names).values_list("pk", flat=True)))

    def numbers(self, name: str) -> tuple[int | None, int | None]:
        row = mailboxes.get_for_engine(self.place(name))
        return row.messages, row.unseen

    def sync(self, *names: str) -> None:
        """Headers and flags of these mailboxes."""
        asyncio.run(self._sync(names))

    def carry(self, lies: Mapping[bytes, bytes] | None = None) -> int:
        """Carry out all that is wished; how many intents were settled."""
        return asyncio.run(self._carry(LyingDialer(lies) if lies else None))

    def carry_until_cut(self, steps: int) -> bool:
        """Carry with a fuse of so many steps; False when it was not cut at all."""
        return asyncio.run(self._carry_until_cut(steps))

    def carry_and_sync(self) -> None:
        """Both in one session, as a pass does it."""
        asyncio.run(self._carry_and_sync())

    async def _carry_and_sync(self) -> None:
        async with Lane() as lane, self.session() as session:
            now = self.clock.now()
            await carry(self.account_id, session, lane, self.lease, now=now, hurry=True)
            await sync_account(self.account_id, session, lane, self.lease, now=now)

    async def _sync(self, names: tuple[str, ...]) -> None:
        async with Lane() as lane, self.session() as session:
            rows = await list_mailboxes(self.account_id, session, lane, self.lease)
            for row in rows:
                if row.wire_name in names:
                    now = self.clock.now()
                    await sync_mailbox(session, row, since=None, now=now, lane=lane, lease=self.lease)

    async def _carry(self, way: LyingDialer | None) -> int:
        async with Lane() as lane, self.session(way) as session:
            return await carry(self.account_id, session, lane, self.lease, now=self.clock.now(), hurry=True)

    async def _carry_until_cut(self, steps: int) -> bool:
        fuse = Fuse(steps)
        lane = FusedLane(fuse)
        try:
            async with self.session(FusedDialer(fuse)) as session:
                await carry(self.account_id, session, lane, self.lease, now=self.clock.now(), hurry=True)
            return False
        except (LineLost, Killed):
            return True
        finally:
            await asyncio.to_thread(lane.close)

    @asynccontextmanager
    async def session(self, way: Any = None) -> AsyncIterator[ImapSession]:
        target = await asyncio.to_thread(_read_target, self.account_id)
        session = await open_imap(target, way or dialer())
        try:
            yield session
        finally:
            await session.close()
            await asyncio.sleep(0)


def _read_target(account_id: AccountId) -> ProbeTarget:
    """In a thread of its own, whose connection goes with it."""
    try:
        return read_target(account_id)[0]
    finally:
        connections.close_all()
