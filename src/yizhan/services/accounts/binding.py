"""Bind an account: walk its whole path, and keep it only when every stage has passed."""

from dataclasses import replace

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.providers.probe import OnStage, ProbeResult, probe
from yizhan.services.accounts import tries
from yizhan.services.accounts.forms import Binding
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.services.catalogue.known import secret_kind_at
from yizhan.services.egress.dialers import Egress
from yizhan.store import accounts
from yizhan.store.lane import Lane
from yizhan.store.scope import Scope


class AlreadyBound(YizhanError):
    """This address is bound here."""

    code = "already_bound"


async def bind(
    scope: Scope, binding: Binding, *, egress: Egress, lane: Lane, clock: Clock, on_stage: OnStage
) -> tuple[ProbeResult, AccountId | None, str]:
    """Prove the binding and keep it; a refused one keeps nothing and has no id.  The route is the one that was used.

    Raises `AlreadyBound` or `TriesUsedUp`.
    """
    await lane.read(refuse_second, scope, binding.address)
    route = await lane.read(egress.route_of, binding.route, binding.target.imap.host)
    binding = replace(binding, route=route)
    dialer = egress.dialer_for(route)
    tried = await lane.run(tries.begin, binding.address, binding.target.secret, clock.now())
    result = await probe(binding.target, dialer, on_stage)
    await lane.run(tries.end, tried, result.diagnosis)
    if result.diagnosis is not None:
        return result, None, route
    return result, await lane.run(_keep, scope, binding, result, clock), route


def refuse_second(scope: Scope, address: str) -> None:
    """Raise `AlreadyBound` if this address is bound here."""
    if accounts.find(scope, address) is not None:
        raise AlreadyBound(f"{address} is already bound")


def _keep(scope: Scope, binding: Binding, result: ProbeResult, clock: Clock) -> AccountId:
    target = binding.target
    new = accounts.NewAccount(
        address=binding.address,
        **binding.kept_fields(result.login),
        status=AccountStatus.NORMAL.value,
        capabilities=sorted(result.capabilities),
        last_ok_at=clock.now(),
    )
    try:
        return AccountId(accounts.create(scope, new, target.secret, secret_kind_at(target.provider)).pk)
    except accounts.AccountExists:  # bound by someone else while the probe ran
        raise AlreadyBound(f"{binding.address} is already bound") from None
