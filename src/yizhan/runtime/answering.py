"""How each kind of request is answered; the engine and a command that has the lease itself answer alike.

A new kind is one function and one line in `ANSWERS`.  An answer is JSON: `{"account_id"}`, `{"diagnosis"}` for a
refusal from outside (a bind's with the `route` that was used), `{"error": {"code", "detail"}}` for everything else
that is a lawful no.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId, MessageId
from yizhan.base.secret import Secret
from yizhan.net.deadlines import deadline
from yizhan.providers.probe import OnStage
from yizhan.runtime.limits import SYNC_SECONDS, WHOLE_SECONDS
from yizhan.runtime.pacing import Pace
from yizhan.runtime.tenure import Tenure
from yizhan.runtime.wiring import Plant
from yizhan.services.accounts.asking import (
    BIND,
    BODY,
    CHECK,
    DISCOVER,
    DOCTOR,
    EDIT,
    IMPORT,
    MAILBOX,
    SYNC,
    VERIFY,
    edit_from,
    form_from,
)
from yizhan.services.accounts.binding import bind
from yizhan.services.accounts.checking import check, read_target
from yizhan.services.accounts.completing import complete
from yizhan.services.accounts.doctor import examine
from yizhan.services.accounts.editing import edit
from yizhan.services.accounts.forms import read_form
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.catalogue.discovering import discover
from yizhan.services.messages.images import IMAGES, fetch_pictures
from yizhan.services.messages.unsubscribing import UNSUBSCRIBE, leave_list
from yizhan.services.sync.engine import Synced
from yizhan.services.sync.fetching import SyncRefused, bring_body, bring_here
from yizhan.services.sync.mailboxes import change_mailboxes
from yizhan.services.sync.verify import verify_here
from yizhan.store.leases import Lease
from yizhan.store.scope import Scope

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """One thing asked for, and all that it takes to do it.  `account_id` and `lease` are None for `bind`."""

    plant: Plant
    clock: Clock
    pace: Pace
    tenure: Tenure
    scope: Scope
    account_id: AccountId | None
    lease: Lease | None
    payload: dict[str, Any]
    secret: Secret[str] | None
    on_stage: OnStage


async def _bind(work: Work) -> Answer:
    plant = work.plant
    binding = read_form(await complete(form_from(work.payload, work.secret or Secret("")), egress=plant.egress))
    async with work.pace.turn(binding.target.imap.host):
        result, account_id, route = await bind(
            work.scope, binding, egress=plant.egress, lane=plant.lane, clock=work.clock, on_stage=work.on_stage
        )
    if result.diagnosis is not None:
        return {"diagnosis": kept_form(result.diagnosis), "route": route}
    return {"account_id": account_id, "route": route}


async def _edit(work: Work) -> Answer:
    account_id, lease = owned(work)
    plant = work.plant
    form = edit_from(work.payload, work.secret)
    target, _ = await plant.lane.read(read_target, account_id)
    async with work.pace.turn(target.imap.host):
        editing = edit(
            work.scope,
            account_id,
            form,
            egress=plant.egress,
            lane=plant.lane,
            clock=work.clock,
            on_stage=work.on_stage,
            lease=lease,
        )
        result = await work.tenure.work(lease, "mail", editing)
    return {"account_id": account_id} if result.diagnosis is None else {"diagnosis": kept_form(result.diagnosis)}


async def _doctor(work: Work) -> Answer:
    account_id, lease = owned(work)
    plant = work.plant
    examining = examine(account_id, egress=plant.egress, lane=plant.lane, clock=work.clock, on_stage=work.on_stage)
    return {"account_id": account_id, "walked": await work.tenure.work(lease, "mail", examining)}


async def _check(work: Work) -> Answer:
    account_id, lease = owned(work)
    plant = work.plant
    target, _ = await plant.lane.read(read_target, account_id)
    async with work.pace.turn(target.imap.host):
        walk = check(
            account_id,
            egress=plant.egress,
            lane=plant.lane,
            clock=work.clock,
            on_stage=work.on_stage,
            lease=lease,
        )
        result = await work.tenure.work(lease, "mail", walk)
    return {"account_id": account_id} if result.diagnosis is None else {"diagnosis": kept_form(result.diagnosis)}


async def _sync(work: Work) -> Answer:
    account_id, lease = owned(work)
    plant = work.plant
    target, _ = await plant.lane.read(read_target, account_id)

    async def in_step() -> Synced:  # one at a time of those that write down what the server has, as a watch does
        async with work.tenure.turn(account_id, "sync"):
            return await bring_here(
                account_id, egress=plant.egress, lane=plant.lane, clock=work.clock, lease=lease, hurry=True
            )

    async with work.pace.turn(target.imap.host), deadline(WHOLE_SECONDS, "bringing all mail here"):
        synced = await work.tenure.work(lease, "mail", in_step())
    return {"account_id": account_id, "synced": asdict(synced)}


async def _verify(work: Work) -> Answer:
    account_id, lease = owned(work)
    plant, repair = work.plant, bool(work.payload.get("repair"))
    target, _ = await plant.lane.read(read_target, account_id)

    async def in_step() -> Answer:
        async with work.tenure.turn(account_id, "sync"):
            return await verify_here(
                account_id, egress=plant.egress, lane=plant.lane, clock=work.clock, lease=lease, repair=repair
            )

    async with work.pace.turn(target.imap.host), deadline(WHOLE_SECONDS, "comparing all mail"):
        verified = await work.tenure.work(lease, "mail", in_step())
    return {"account_id": account_id, "verified": verified}


async def _body(work: Work) -> Answer:
    account_id, lease = owned(work)
    plant, message_id = work.plant, MessageId(work.payload["message_id"])
    target, _ = await plant.lane.read(read_target, account_id)
    async with work.pace.turn(target.imap.host):
        fetching = bring_body(
            account_id, message_id, egress=plant.egress, lane=plant.lane, clock=work.clock, lease=lease
        )
        await work.tenure.work(lease, "mail", fetching)
    return {"account_id": account_id}


async def _images(work: Work) -> Answer:
    plant, message_id = work.plant, MessageId(work.payload["message_id"])
    pictures = await fetch_pictures(work.scope, message_id, egress=plant.egress, lane=plant.lane)
    return {"pictures": pictures}


async def _unsubscribe(work: Work) -> Answer:
    plant, message_id = work.plant, MessageId(work.payload["message_id"])
    return {"status": await leave_list(work.scope, message_id, egress=plant.egress, lane=plant.lane)}


async def _mailbox(work: Work) -> Answer:
    account_id, lease = owned(work)
    plant = work.plant
    target, _ = await plant.lane.read(read_target, account_id)
    changing = change_mailboxes(
        account_id, work.payload, egress=plant.egress, lane=plant.lane, clock=work.clock, lease=lease
    )
    async with work.pace.turn(target.imap.host), deadline(SYNC_SECONDS, "changing the mailboxes"):
        name = await work.tenure.work(lease, "mail", changing)
    return {"account_id": account_id, "name": name}


async def _discover(work: Work) -> Answer:
    egress = work.plant.egress
    found = await discover(
        work.payload["address"],
        dialer=egress.dialer_for("auto"),
        resolver=egress.resolver,
        language=work.payload["language"],
    )
    return {"found": found}


ANSWERS: dict[str, Callable[[Work], Awaitable[Answer]]] = {
    BIND: _bind,
    IMPORT: _bind,
    CHECK: _check,
    SYNC: _sync,
    VERIFY: _verify,
    MAILBOX: _mailbox,
    EDIT: _edit,
    DISCOVER: _discover,
    DOCTOR: _doctor,
    BODY: _body,
    IMAGES: _images,
    UNSUBSCRIBE: _unsubscribe,
}


def owned(work: Work) -> tuple[AccountId, Lease]:
    """The account and its lease, which work of this kind always has."""
    if work.account_id is None or work.lease is None:
        raise TypeError("work on an account came without the account or its lease")
    return work.account_id, work.lease


def answer_of(error: YizhanError) -> Answer:
    """What a lawful no is written down as."""
    if isinstance(error, SyncRefused):
        return {"diagnosis": kept_form(error.diagnosis)}
    return {"error": {"code": error.code, "detail": error.detail}}


def is_good(answer: Answer) -> bool:
    """Whether what was asked for was done."""
    return "error" not in answer and "diagnosis" not in answer
