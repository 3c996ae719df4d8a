"""A real server's account and our copy of it: changed at random there, synced here, and compared whole."""

import asyncio
import imaplib
import random
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.net.connecting import dialer
from tests.store.making import bind
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.net.endpoints import Endpoint, Security
from yizhan.net.imap import ImapSession
from yizhan.providers.probe import ProbeTarget, open_imap
from yizhan.services.sync.bodies import fetch_bodies
from yizhan.services.sync.engine import Synced, sync_account
from yizhan.store.lane import Lane
from yizhan.store.models import Account, Mailbox, Message
from yizhan.store.scope import Scope

Sides = dict[str, dict[int, frozenset[str]]]
Client = Callable[[], AbstractContextManager[imaplib.IMAP4]]
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "work")


@dataclass(slots=True)
class Mirror:
    """`client` opens a session past our code; `port` is where ours goes, which may be a proxy's."""

    account_id: AccountId
    lane: Lane
    client: Client
    login: str
    secret: Secret[str]
    port: int

    @asynccontextmanager
    async def session(self) -> AsyncIterator[ImapSession]:
        place = Endpoint("127.0.0.1", self.port, Security.PLAIN)
        session = await open_imap(ProbeTarget(self.login, self.secret, place, place, None), dialer())
        try:
            yield session
        finally:
            await session.close()

    def sync(self) -> Synced:
        return asyncio.run(self._sync())

    def sync_or_break(self) -> None:
        """A sync that the network may end at any point."""
        with suppress(YizhanError):
            self.sync()

    async def _sync(self) -> Synced:
        async with self.session() as session:
            return await sync_account(self.account_id, session, self.lane, None, now=datetime.now(UTC))

    def fetch_bodies(self) -> int:
        return asyncio.run(self._fetch_bodies())

    async def _fetch_bodies(self) -> int:
        async with self.session() as session:
            return await fetch_bodies(self.account_id, session, self.lane, None, now=datetime.now(UTC))

    def ours(self) -> Sides:
        rows = Mailbox.objects.filter(account_id=self.account_id, selectable=True)
        return {
            row.name: {
                uid: frozenset(flags) for uid, flags in Message.objects.filter(mailbox=row).values_list("uid", "flags")
            }
            for row in rows
        }

    def theirs(self) -> Sides:
        with self.client() as client:
            return {name: _flags(client, name) for name in _names(client)}


@contextmanager
def mirror(
    scope: Scope, client: Client, login: str, secret: Secret[str], port: int, **fields: object
) -> Iterator[Mirror]:
    """Everything is kept, however old, unless `fields` of the account say otherwise."""
    account = bind(scope, f"{login.partition('@')[0]}@example.test", secret.reveal())
    Account.objects.filter(pk=account.pk).update(**{"sync_days": None, **fields})
    lane = Lane()
    try:
        yield Mirror(AccountId(account.pk), lane, client, login, secret, port)
    finally:
        lane.close()


def change_at_random(client: imaplib.IMAP4, dice: random.Random, count: int) -> None:
    """So many changes by somebody else's program."""
    for _ in range(count):
        names = _names(client)
        name = dice.choice(names)
        act = dice.choice(_ACTS)
        act(client, name, dice)


def _deliver(client: imaplib.IMAP4, name: str, dice: random.Random) -> None:
    for _ in range(dice.randint(1, 4)):
        letter = f"From: a@example.test\r\nSubject: {dice.random()}\r\n\r\nhello\r\n".encode()
        flags = " ".join(dice.sample(FLAGS, dice.randint(0, 2)))
        client.append(_quoted(name), f"({flags})", None, letter)


def _mark(client: imaplib.IMAP4, name: str, dice: random.Random) -> None:
    uids = _uids(client, name)
    if uids:
        chosen = ",".join(dice.sample(uids, min(len(uids), dice.randint(1, 5))))
        client.uid("STORE", chosen, dice.choice(("+FLAGS", "-FLAGS", "FLAGS")), f"({dice.choice(FLAGS)})")


def _expunge(client: imaplib.IMAP4, name: str, dice: random.Random) -> None:
    uids = _uids(client, name)
    if uids:
        client.uid("STORE", ",".join(dice.sample(uids, min(len(uids), 3))), "+FLAGS", "(\\Deleted)")
        client.expunge()


def _create(client: imaplib.IMAP4, name: str, dice: random.Random) -> None:
    client.create(_quoted(f"Clients{dice.randint(1, 4)}"))


def _rename(client: imaplib.IMAP4, name: str, dice: random.Random) -> None:
    if name.startswith("Clients"):
        client.rename(_quoted(name), _quoted(f"Clients{dice.randint(5, 9)}"))


def _remove(client: imaplib.IMAP4, name: str, dice: random.Random) -> None:
    if name.startswith("Clients"):
        client.delete(_quoted(name))


_ACTS = (_deliver, _deliver, _deliver, _mark, _mark, _expunge, _create, _rename, _remove)


def _names(client: imaplib.IMAP4) -> list[str]:
    _, lines = client.list()
    return [line.decode().rpartition(' "/" ')[2].strip('"') for line in lines if isinstance(line, bytes)]


def _uids(client: imaplib.IMAP4, name: str) -> list[str]:
    client.select(_quoted(name))
    return [uid.decode() for uid in client.uid("SEARCH", "ALL")[1][0].split()]


def _flags(client: imaplib.IMAP4, name: str) -> dict[int, frozenset[str]]:
    client.select(_quoted(name), readonly=True)
    _, lines = client.uid("FETCH", "1:*", "(FLAGS)")
    found = {}
    for line in lines:
        if isinstance(line, bytes):
            uid = re.search(rb"UID (\d+)", line)
            flags = frozenset(flag.decode() for flag in imaplib.ParseFlags(line)) - {"\\Recent"}
            if uid is not None:
                found[int(uid[1])] = flags
    return found


def _quoted(name: str) -> str:
    return f'"{name}"'
