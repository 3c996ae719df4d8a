"""Keeps a watch on one account: opens its session over its route, and opens it again when the line breaks."""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from yizhan.base.errors import YizhanError
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.net.errors import NetError
from yizhan.net.imap import ImapSession
from yizhan.providers.diagnosis import Diagnosis, status_after
from yizhan.providers.probe import ProbeTarget, open_imap
from yizhan.services.accounts import tries
from yizhan.services.accounts.checking import read_target
from yizhan.services.accounts.verdicts import Dice, diagnose_failure, keep_verdict
from yizhan.services.catalogue.known import provider_by_id
from yizhan.services.egress.dialers import Egress
from yizhan.services.sync.fetching import SyncRefused
from yizhan.services.sync.listening import Ear
from yizhan.services.sync.watch import Ground, Watch
from yizhan.services.sync.watch_limits import LOOK_S, RETURN_S, WELL_S

Pace = Callable[[str], AbstractAsyncContextManager[None]]
log = logging.getLogger(__name__)


async def attend(ground: Ground, egress: Egress, pace: Pace, ear: Ear, dice: Dice = random.random) -> None:
    """Keep the account up to date until cancelled.  `pace` gives a turn to sign in at a host.

    A line that was well for a while and breaks is opened again without a word.  Raises `SyncRefused` (then the account
    has the status that follows), `TriesUsedUp` or `LeaseLost`.
    """
    while True:
        await ground.lane.read(tries.refuse_more, ground.account_id, ground.clock.now())
        target, route = await ground.lane.read(read_target, ground.account_id)
        opened_at = time.monotonic()
        try:
            async with pace(target.imap.host):
                session = await open_imap(target, egress.dialer_for(route))
            opened_at = time.monotonic()
            await _watch(ground, session, target, ear)
        except (NetError, CommandRefused, RemoteProtocolError) as error:
            diagnosis = diagnose_failure(error, target)
            if not is_passing(error, diagnosis, time.monotonic() - opened_at):
                now = ground.clock.now()
                await ground.lane.run(
                    keep_verdict, ground.account_id, diagnosis, now=now, dice=dice, lease=ground.lease
                )
                raise SyncRefused(diagnosis) from error
            log.info("line_opened_again", extra={"account": ground.account_id, "cause": diagnosis.cause.value})
            await asyncio.sleep(dice() * RETURN_S)


def is_passing(error: YizhanError, diagnosis: Diagnosis, lived_s: float) -> bool:
    """Whether what ended a session that lived so long needs no word: a line that broke, or a BYE.  Pure.

    A server that answers "try again later" (Yahoo, Mailo) is left alone until then, and that is shown.
    """
    is_asked_to_wait = isinstance(error, CommandRefused) and error.status != "BYE"
    return not is_asked_to_wait and lived_s >= WELL_S and status_after(diagnosis) in (None, "unreachable")


def is_single(provider: str) -> bool:
    """Whether this provider bears one connection only, so that none is kept."""
    found = provider_by_id(provider)
    return found is not None and found.limits.connections == 1


async def _watch(ground: Ground, session: ImapSession, target: ProbeTarget, ear: Ear) -> None:
    watch = Watch(ground, session, ear)
    try:
        if not is_single(target.provider):
            await watch.run()
        await watch.bring_all()
        await session.logout()
    finally:
        await session.close()
    await asyncio.sleep(LOOK_S)
