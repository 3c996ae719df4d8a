"""One copy of each message in Sent, whoever files it, whatever was seen or lost before."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.scenarios.asked import door
from tests.store.making import bind, take_lease
from tests.support.home import Home
from tests.support.sandbox import SandboxPerson
from yizhan.base.clock import SystemClock
from yizhan.base.ids import AccountId
from yizhan.imap.utf7 import encode
from yizhan.sandbox.personas import PERSONAS
from yizhan.services.catalogue.known import provider_of_address
from yizhan.services.egress.dialers import make_egress
from yizhan.services.outbox.copies import Filing, looks_of
from yizhan.services.outbox.limits import OWN_COPY_LOOKS_S
from yizhan.services.outbox.sending import Sender
from yizhan.services.outbox.submitting import Outgoing, submit
from yizhan.store import mailboxes, submissions
from yizhan.store.lane import Lane
from yizhan.store.models import Account
from yizhan.store.scope import Scope

NewPerson = Callable[[str], SandboxPerson]
OPEN_PERSONAS = [name for name in PERSONAS if name != "outlook"]
SYSTEM = SystemClock()


def open_account(scope: Scope, person: SandboxPerson) -> Account:
    """Bound as the catalogue says, its Sent mailbox known as a sync leaves it."""
    provider = provider_of_address(person.address)
    servers: dict[str, Any] = {}
    for service, hosts in (("imap", person.persona.imap_hosts), ("smtp", person.persona.smtp_hosts)):
        host, _, port = hosts[0].partition("/")[0].partition(":")
        servers |= {f"{service}_host": host, f"{service}_port": int(port), f"{service}_security": "tls"}
    words = {"route": "demo", "status": "normal", "provider": provider.id if provider else ""}
    account = bind(scope, person.address, person.make_secret(), **words, **servers)
    sent = str(person.persona.mailbox_of("sent"))
    facts = mailboxes.MailboxFacts(wire_name=encode(sent), name=sent, delimiter="/", role="sent")
    mailboxes.store_list(account.pk, [facts], take_lease(account, ttl=600))
    return account


async def send_and_file(home: Home, account: Account, seconds: float = 90.0) -> None:
    """As the engine does, until nothing is left to file or to learn."""
    tools = {"egress": make_egress(None, (), home.folder), "clock": SYSTEM, "lease": None}
    until = time.monotonic() + seconds
    async with Lane() as lane:
        sender = Sender(AccountId(account.pk), lane=lane, **tools)  # type: ignore[arg-type]
        filing = Filing(AccountId(account.pk), lane=lane, **tools)  # type: ignore[arg-type]
        await sender.send_due()
        while (await filing.file_all()) is not None and await lane.read(_has_open_ones, account.pk):
            assert time.monotonic() < until
            await asyncio.sleep(0.3)
        await sender.close()
        await filing.close()


def _has_open_ones(account_id: int) -> bool:
    row = Account.objects.get(pk=account_id)
    return any(each.sent_copy in ("", "appending") for each in submissions.list_all(Scope(row.workspace_id)))  # type: ignore[arg-type]


def filed(person: SandboxPerson) -> int:
    box = person.sandbox.world.people[person.address].mailboxes.of_role("sent")
    assert box is not None
    return len(box.messages)


def test_every_persona_that_binds_has_exactly_one_copy_of_each(demo_home: Home, new_sandbox_person: NewPerson) -> None:
    people = [new_sandbox_person(persona_id) for persona_id in OPEN_PERSONAS]
    recipient = new_sandbox_person("plain")
    with door(demo_home) as scope:
        bound = [open_account(scope, person) for person in people]
        for number in range(2):
            for account in bound:
                words = Outgoing(to=[recipient.address], subject=f"Letter {number}", text="hello\n")
                submit(scope, AccountId(account.pk), words, SYSTEM)
            asyncio.run(_send_all(demo_home, bound))
        rows = submissions.list_all(scope)
        seen = {row.account_id: row.sent_copy for row in rows}
    own = [person.persona.rules.own_sent_copy for person in people]
    assert [row.state for row in rows] == ["sent"] * 2 * len(people)
    assert [filed(person) for person in people] == [2] * len(people)
    assert [seen[account.pk] == "by_server" for account in bound] == own


async def _send_all(home: Home, bound: list[Account]) -> None:
    await asyncio.gather(*(send_and_file(home, account) for account in bound))


@pytest.mark.parametrize(
    ("files_copy", "told", "last"),
    [(True, None, 30.0), (False, True, 0.0), (None, True, 30.0), (None, False, 2.0), (None, None, 2.0)],
)
def test_a_server_is_given_time_as_it_was_seen_to_need(files_copy: bool | None, told: bool | None, last: float) -> None:
    looks = looks_of(files_copy, told)
    assert (looks[0], looks[-1], set(looks) <= set(OWN_COPY_LOOKS_S)) == (0.0, last, True)
