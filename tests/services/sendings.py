"""An account whose SMTP server is a script, and its outbox sent in this process."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Any

from tests.net.connecting import dialer
from tests.services.clocks import SetClock
from tests.store.making import NOON, bind, take_lease
from tests.support.faulty import FaultyServer, Line, Script
from yizhan.base.ids import AccountId, SubmissionId
from yizhan.net.dialers import Dialer
from yizhan.net.dns import SystemResolver
from yizhan.net.policy import AddressPolicy
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.attempt import Rest
from yizhan.services.outbox.sending import Sender
from yizhan.store import blobs, submissions
from yizhan.store.lane import Lane
from yizhan.store.models import Submission
from yizhan.store.scope import Scope

_numbers = count(1)


class Direct(Egress):
    """Leads to this machine, whatever the route."""

    def __init__(self) -> None:
        super().__init__(SystemResolver(), AddressPolicy())

    def dialer_for(self, route: str) -> Dialer:
        return dialer()


class Sending:
    """One account whose SMTP server is `server`; its clock stands still until it is moved."""

    def __init__(self, scope: Scope, server: FaultyServer, **fields: Any) -> None:
        where = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "plain"}
        self.scope, self.server = scope, server
        self.account = bind(scope, f"li{next(_numbers)}@example.test", **{"status": "normal", **where, **fields})
        self.lease = take_lease(self.account, ttl=3_600)
        self.clock = SetClock(NOON)

    def hand_in(self, *to: str, raw: bytes = b"Subject: hi\r\n\r\nhello\r\n", **fields: Any) -> SubmissionId:
        row = submissions.create(
            self.scope,
            self.account.pk,
            state="queued",
            subject="hi",
            message_id=f"<{next(_numbers)}@example.test>",
            mail_from=self.account.address,
            recipients=[(each, "to") for each in to or ("wang@example.test",)],
            blob=blobs.put(raw),
            created_at=self.clock.now(),
            **fields,
        )
        return SubmissionId(row.pk)

    def send(self) -> Rest:
        """Send all that is due now, over one connection."""
        return asyncio.run(self._send())

    def send_twice(self, between: Callable[[], None]) -> None:
        """The same, and once more over the connection that was kept."""
        asyncio.run(self._send(between))

    async def _send(self, between: Callable[[], None] | None = None) -> Rest:
        async with Lane() as lane:
            sender = Sender(AccountId(self.account.pk), egress=Direct(), lane=lane, clock=self.clock, lease=self.lease)
            try:
                rest = await sender.send_due()
                if between is not None:
                    await lane.read(between)
                    rest = await sender.send_due()
            finally:
                await sender.close()
        return rest

    def row(self, submission_id: SubmissionId) -> Submission:
        return submissions.get(self.scope, submission_id)

    def state(self, submission_id: SubmissionId) -> tuple[str, bool]:
        """The state, and whether its final dot is marked."""
        row = self.row(submission_id)
        return row.state, row.final_dot_at is not None

    def told(self, submission_id: SubmissionId) -> dict[str, tuple[str, str]]:
        """What is kept of each recipient."""
        return {each.address: (each.state, each.said) for each in self.row(submission_id).recipients.all()}

    def later(self, submission_id: SubmissionId) -> datetime:
        """Move the clock to when it is tried again."""
        again = self.row(submission_id).not_before
        assert again is not None
        self.clock.move(seconds=(again - self.clock.now()).total_seconds())
        return again


def picky(verdicts: Mapping[str, list[str]]) -> Script:
    """SMTP that answers each recipient with the next of its verdicts, and the others with 250."""

    async def script(line: Line) -> None:
        await line.say("220 hi")
        taken = 0
        while said := await line.hear():
            verb, who = said.split(" ")[0].split(":")[0].upper(), said.partition("<")[2].partition(">")[0]
            answers = verdicts.get(who, []) if verb == "RCPT" else []
            answer = answers.pop(0) if answers else _ANSWERS.get(verb, "250 ok")
            taken = 0 if verb == "MAIL" else taken + int(verb == "RCPT" and answer.startswith("250"))
            if verb == "EHLO":
                await line.say("250-hi", "250-PIPELINING", "250 AUTH PLAIN")
            elif verb == "DATA" and not taken:
                await line.say("503 5.5.1 nobody to send it to")
            elif verb == "DATA":
                await line.say("354 go on")
                while await line.hear() != ".":
                    continue
                await line.say("250 taken")
            else:
                await line.say(answer)

    return script


_ANSWERS = {"AUTH": "235 welcome", "QUIT": "221 bye"}
