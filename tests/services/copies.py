"""An account of a model server and our copy of it, and what can befall a sync between them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, ParamSpec, TypeVar

from django.db import connection

from tests.store.making import bind
from tests.support.modelserver import NOON, Manners, Server, Talk, Wire
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.net.imap import ImapSession
from yizhan.net.streams import Stream
from yizhan.services.sync.bodies import fetch_bodies
from yizhan.services.sync.engine import sync_account
from yizhan.services.sync.verify import verify_account
from yizhan.store.lane import Lane
from yizhan.store.models import Account, Mailbox, Message
from yizhan.store.scope import scope_of_home

P = ParamSpec("P")
R = TypeVar("R")
Act = Callable[[Server, "Copy"], None]
_accounts = count(1)
_seconds = count(1)


class Killed(YizhanError):
    """The engine died here."""

    code = "killed"


class Mortal(Lane):
    """A lane whose owner dies at its n-th write, before it or after it was committed."""

    def __init__(self) -> None:
        super().__init__(readers=1)
        self.writes_left: int | None = None
        self.is_after = False

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self.writes_left == 0 and not self.is_after:
            raise Killed("before a write")
        result = await super().run(function, *args, **kwargs)
        if self.writes_left == 0:
            raise Killed("after a write")
        if self.writes_left is not None:
            self.writes_left -= 1
        return result


@dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls one sync."""

    cut_after: int | None = None
    dies_at: int | None = None
    dies_after: bool = False
    meanwhile: tuple[tuple[int, Act], ...] = ()


@dataclass(slots=True)
class Copy:
    """Our side of one account."""

    account_id: AccountId
    lane: Mortal
    server: Server
    lawful: bool = True
    talks: list[Talk] = field(default_factory=list)

    def session(self, trouble: Trouble) -> ImapSession:
        meanwhile = {number: partial(act, self.server, self) for number, act in trouble.meanwhile}
        self.talks.append(Talk(self.server, meanwhile))
        wire: Any = Wire(self.talks[-1], trouble.cut_after)
        return ImapSession(_as_stream(wire))

    def sync(self, trouble: Trouble, now: datetime = NOON) -> None:
        asyncio.run(self._sync(trouble, now))

    def sync_or_break(self, trouble: Trouble) -> None:
        with suppress(YizhanError):
            self.sync(trouble)

    async def _sync(self, trouble: Trouble, now: datetime) -> None:
        self.lane.writes_left, self.lane.is_after = trouble.dies_at, trouble.dies_after
        session = self.session(trouble)
        try:
            await session.greeting()
            await sync_account(self.account_id, session, self.lane, None, now=now)
        finally:
            self.lane.writes_left = None
            await session.close()

    def fetch_bodies(self) -> int:
        return asyncio.run(self._fetch_bodies())

    async def _fetch_bodies(self) -> int:
        session = self.session(Trouble())
        await session.greeting()
        return await fetch_bodies(self.account_id, session, self.lane, None, now=NOON)

    def verify(self, repair: bool = False) -> dict[str, Any]:
        return asyncio.run(self._verify(repair))

    async def _verify(self, repair: bool) -> dict[str, Any]:
        session = self.session(Trouble())
        await session.greeting()
        return await verify_account(self.account_id, session, self.lane, None, now=NOON, repair=repair)

    def commands(self, talk: int | None = None) -> list[str]:
        """What was said in that connection, or in all."""
        talks = self.talks if talk is None else [self.talks[talk]]
        return [command for each in talks for command in each.commands]

    def limit_pages(self, more: int | None) -> None:
        """From now on the database may grow by so many pages, as a disk that is nearly full lets it."""

        def limit() -> None:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA page_count")
                most = 1_000_000 if more is None else cursor.fetchone()[0] + more
                cursor.execute(f"PRAGMA max_page_count = {most}")

        asyncio.run(Lane.run(self.lane, limit))

    def ours(self) -> dict[str, dict[int, tuple[str, frozenset[str]]]]:
        rows = Message.objects.filter(account_id=self.account_id).select_related("mailbox")
        found: dict[str, dict[int, tuple[str, frozenset[str]]]] = {name: {} for name in self.names()}
        for row in rows:
            found[row.mailbox.name][row.uid] = (row.subject, frozenset(row.flags))
        return found

    def names(self) -> list[str]:
        return list(Mailbox.objects.filter(account_id=self.account_id).values_list("name", flat=True))

    def theirs(self) -> dict[str, dict[int, tuple[str, frozenset[str]]]]:
        since = Account.objects.get(pk=self.account_id).sync_since or date.min
        rows = Mailbox.objects.filter(account_id=self.account_id, follow=Mailbox.Follow.NEVER)
        unfollowed = set(rows.values_list("name", flat=True))
        return {
            name: {
                uid: (letter.subject, letter.flags)
                for uid, letter in box.letters.items()
                if not letter.late and not letter.mute and letter.arrived.date() >= since and name not in unfollowed
            }
            for name, box in self.server.boxes.items()
        }


def _as_stream(wire: Any) -> Stream:
    return wire  # type: ignore[no-any-return]  # the model's line has what a session uses of a stream


def deliver(name: str, days: int, flags: frozenset[str], late: int, mute: int, server: Server, copy: Copy) -> None:
    arrived = NOON - timedelta(days=days, seconds=next(_seconds) % 3600)
    server.deliver(name, arrived, flags, late, mute)


def renumber_unlawfully(name: str, server: Server, copy: Copy) -> None:
    copy.lawful = False
    server.renumber_unlawfully(name)


def at_server(verb: str, *given: Any) -> Act:
    return lambda server, copy: getattr(server, verb)(*given)


def keep_since(days: int | None, server: Server, copy: Copy) -> None:
    since = None if days is None else (NOON - timedelta(days=days)).date()
    Account.objects.filter(pk=copy.account_id).update(sync_since=since)


def follow(name: str, how: str, server: Server, copy: Copy) -> None:
    Mailbox.objects.filter(account_id=copy.account_id, name=name).update(follow=how, covered_since=None)


@contextmanager
def made_copy(manners: Manners) -> Iterator[Copy]:
    """A new account that keeps everything, of a new server."""
    account = bind(scope_of_home(), f"model{next(_accounts)}@example.com")
    Account.objects.filter(pk=account.pk).update(sync_days=None)
    lane = Mortal()
    try:
        yield Copy(AccountId(account.pk), lane, Server(manners))
    finally:
        lane.close()
