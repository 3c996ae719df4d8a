"""Walk an account's path and tell every stage; nothing of the account is changed by it."""

from dataclasses import asdict
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.ids import AccountId
from yizhan.providers.probe import OnStage, probe
from yizhan.services.accounts import tries
from yizhan.services.accounts.checking import read_target
from yizhan.services.catalogue.diagnoses import kept_form
from yizhan.services.egress.dialers import Egress
from yizhan.store.lane import Lane


async def examine(
    account_id: AccountId, *, egress: Egress, lane: Lane, clock: Clock, on_stage: OnStage
) -> dict[str, Any]:
    """`{"stages": [{"stage", "ok", "ms", "detail"}], "diagnosis": kept form or None}`; the tries of an hour hold.

    Raises `TriesUsedUp` before any packet is sent, or `NotFound`.
    """
    await lane.read(tries.refuse_more, account_id, clock.now())
    target, route = await lane.read(read_target, account_id)
    result = await probe(target, egress.dialer_for(route), on_stage)
    if result.diagnosis is not None:
        await lane.run(tries.note, account_id, result.diagnosis, clock.now())
    stages = [{**asdict(report), "stage": report.stage.value} for report in result.stages]
    return {"stages": stages, "diagnosis": None if result.diagnosis is None else kept_form(result.diagnosis)}
