"""Exactly one copy of each sent message in Sent: the server's own if it files one, else ours.

A step of its own: its failure never touches the sending.  What the server does is not taken from a list but seen: the
Message-ID is looked for after a short wait, and what was found is remembered for the account.  `appending` is kept
before APPEND, so that after a crash or a lost answer it is looked for before it is done again.
"""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.imap.errors import CommandRefused
from yizhan.net.imap import ImapSession
from yizhan.providers.entries import Quirk
from yizhan.providers.probe import ProbeTarget, open_imap
from yizhan.providers.stages import Stage
from yizhan.services.accounts.checking import read_target
from yizhan.services.accounts.lifecycle import SENDING_STAGES, WAITING_FOR_PERSON, AccountStatus
from yizhan.services.accounts.verdicts import diagnose_failure
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.catalogue.known import provider_by_id
from yizhan.services.egress.dialers import Egress
from yizhan.services.outbox.limits import (
    APPEND_SETTLES_S,
    COPY_AGAIN_S,
    COPY_WITHIN_S,
    NEWEST_LOOKED_AT,
    OWN_COPY_LOOKS_S,
    STRANGE_COPY_LOOKS_S,
)
from yizhan.store import accounts, blobs, mailboxes, submissions
from yizhan.store.errors import LeaseLost
from yizhan.store.lane import Lane
from yizhan.store.leases import Lease, fence
from yizhan.store.models import Submission

_ITEMS = "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"


def looks_of(files_copy: bool | None, told: bool | None) -> tuple[float, ...]:
    """When the server's own copy is looked for, in seconds after sending; then ours is filed.  Pure.

    `files_copy`: what was seen of this account; `told`: what the provider's file says.
    """
    if files_copy is not None:
        return OWN_COPY_LOOKS_S if files_copy else OWN_COPY_LOOKS_S[:1]
    return OWN_COPY_LOOKS_S if told else STRANGE_COPY_LOOKS_S


@dataclass(slots=True)
class Sent:
    """The opened Sent mailbox of one account."""

    session: ImapSession
    target: ProbeTarget
    name: str

    async def find(self, message_id: str) -> list[int]:
        """The UIDs of that Message-ID; also past what SEARCH leaves out."""
        await self.session.noop()  # what came since is seen from here on
        found = await self.session.search_message_id(message_id)
        if found or Quirk.NO_SEARCH not in self.target.quirks:
            return found
        status = await self.session.status(self.name, "MESSAGES")
        if not status.messages:
            return []
        newest = f"{max(1, status.messages - NEWEST_LOOKED_AT + 1)}:*"
        heads = await self.session.fetch(newest, _ITEMS, uid=False)
        wanted = message_id.encode("utf-8")
        return [
            each.uid for each in heads if each.uid and any(wanted in (part or b"") for part in each.sections.values())
        ]


class Filing:
    """Files the copies of one account, over one session while there is work."""

    def __init__(self, account_id: AccountId, *, egress: Egress, lane: Lane, clock: Clock, lease: Lease | None) -> None:
        self._account_id = account_id
        self._egress = egress
        self._lane = lane
        self._clock = clock
        self._lease = lease
        self._sent: Sent | None = None
        self._seen_appending: dict[int, datetime] = {}
        self._failures: dict[int, int] = {}

    async def file_all(self) -> datetime | None:
        """Settle every copy that can be settled now; when to come again for the others, None if there are none.

        What keeps it from its work is noted at each of the messages.  Raises `LeaseLost`.
        """
        now = self._clock.now()
        rows = await self._lane.read(submissions.without_copy, self._account_id, now - timedelta(seconds=COPY_WITHIN_S))
        if not rows:
            return None
        if AccountStatus(rows[0].account.status) in WAITING_FOR_PERSON:  # a copy is worth no try of a refused secret
            return now + timedelta(seconds=COPY_AGAIN_S[-1])
        again: list[datetime] = []
        for row in rows:
            try:
                at = await self._settle(row)
            except LeaseLost:
                raise
            except YizhanError as error:
                await self._note_failure(rows, error)
                return self._next_try()
            again += [at] if at is not None else []
        self._failures.pop(0, None)
        return min(again, default=None)

    async def close(self) -> None:
        """Let go of the session."""
        sent, self._sent = self._sent, None
        if sent is not None:
            await sent.session.close()

    async def _settle(self, row: Submission) -> datetime | None:
        """When to come again for this one; None when it is settled."""
        sent_at, now = row.sent_at or row.created_at, self._clock.now()
        if row.sent_copy == "appending":
            return await self._look_again(row, now)
        provider = provider_by_id(row.account.provider)
        files_copy = (await self._lane.read(accounts.get_for_engine, self._account_id)).files_copy
        looks = looks_of(files_copy, provider.files_sent_copy if provider else None)
        sent = await self._open()
        if await sent.find(row.message_id):
            await self._note(row, "by_server", files_copy=True)
            return None
        later = [at for each in looks if (at := sent_at + timedelta(seconds=each)) > now]
        if later:
            return later[0]
        if files_copy:
            await self._lane.run(_remember, self._account_id, None, self._lease)
        return await self._append(row, sent)

    async def _look_again(self, row: Submission, now: datetime) -> datetime | None:
        """An APPEND was begun and its answer is not known."""
        sent = await self._open()
        if await sent.find(row.message_id):
            await self._note(row, "appended")
            return None
        first = self._seen_appending.setdefault(row.pk, now)
        settled = first + timedelta(seconds=APPEND_SETTLES_S)
        if now < settled:
            return settled
        return await self._append(row, sent)

    async def _append(self, row: Submission, sent: Sent) -> datetime | None:
        """None when it is filed; when it was refused, when to try again."""
        raw = await self._lane.read(_read, str(row.blob_id))
        await self._note(row, "appending")
        try:
            await sent.session.append(sent.name, raw, ["\\Seen"])
        except CommandRefused as refusal:
            if refusal.status == "BYE":
                raise
            await self._note(row, "failed")
            await self._lane.run(submissions.fail_copies, [row.pk], kept_form(diagnose_failure(refusal, sent.target)))
            return self._next_try(row.pk)
        await self._note(row, "appended")
        return None

    def _next_try(self, submission_id: int = 0) -> datetime:
        """Of one message whose copy was refused, or of all when the session failed."""
        failures = self._failures[submission_id] = self._failures.get(submission_id, 0) + 1
        return self._clock.now() + timedelta(seconds=COPY_AGAIN_S[min(failures, len(COPY_AGAIN_S)) - 1])

    async def _open(self) -> Sent:
        if self._sent is None:
            target, route = await self._lane.read(read_target, self._account_id)
            known = await self._lane.read(mailboxes.by_role, self._account_id, "sent")
            session = await open_imap(target, self._egress.dialer_for(route))
            try:
                self._sent = Sent(session, target, known.wire_name if known else await _make_sent(session))
                await session.examine(self._sent.name)
            except BaseException:
                await session.close()
                self._sent = None
                raise
        return self._sent

    async def _note(self, row: Submission, sent_copy: str, files_copy: bool | None = None) -> None:
        await self._lane.run(_keep, row.pk, sent_copy, self._account_id, files_copy, self._lease)

    async def _note_failure(self, rows: list[Submission], error: YizhanError) -> None:
        await self.close()
        target, _ = await self._lane.read(read_target, self._account_id)
        kept = kept_form(diagnose_failure(error, target))
        await self._lane.run(submissions.fail_copies, [row.pk for row in rows], kept)


async def _make_sent(session: ImapSession) -> str:
    """The wire name of a Sent mailbox where there was none."""
    name = session.wire_name("Sent")
    try:
        await session.create(name)
    except CommandRefused as refusal:
        if refusal.response_code.upper() != "ALREADYEXISTS" and "exist" not in refusal.text.decode("latin-1").lower():
            raise
    return name


def _read(blob: str) -> bytes:
    """A message once in memory, not twice as joined pieces would be."""
    whole = io.BytesIO()
    for piece in blobs.pieces(blob):
        whole.write(piece)
    return whole.getvalue()


def _keep(
    submission_id: int, sent_copy: str, account_id: AccountId, files_copy: bool | None, lease: Lease | None
) -> None:
    fence(lease)
    row = submissions.get_for_engine(submission_id)
    was_of_copy = row.diagnosis is not None and Stage(row.diagnosis["stage"]) not in SENDING_STAGES
    submissions.set_sent_copy(submission_id, sent_copy, forget=sent_copy in ("appended", "by_server") and was_of_copy)
    if files_copy is not None:
        accounts.remember_files_copy(account_id, files_copy)


def _remember(account_id: AccountId, files_copy: bool | None, lease: Lease | None) -> None:
    fence(lease)
    accounts.remember_files_copy(account_id, files_copy)
