"""Bind an account: walk its whole path, and keep it only when every stage has passed."""

from collections.abc import Callable
from dataclasses import dataclass

from yizhan.base.clock import Clock
from yizhan.base.errors import YizhanError
from yizhan.base.ids import AccountId
from yizhan.providers.probe import ProbeResult, ProbeTarget, StageReport, probe
from yizhan.services.accounts.forms import Binding
from yizhan.services.accounts.lifecycle import AccountStatus
from yizhan.services.egress.dialers import Egress
from yizhan.store import accounts
from yizhan.store.lane import Lane
from yizhan.store.scope import Scope

OnStage = Callable[[StageReport], None]


class AlreadyBound(YizhanError):
    """This address is bound here; the second try opens the first."""

    code = "already_bound"

    def __init__(self, address: str, account_id: AccountId) -> None:
        super().__init__(f"{address} is already bound")
        self.account_id = account_id


@dataclass(frozen=True, slots=True)
class BindOutcome:
    """`account_id` is None when a stage refused; then `result.diagnosis` says which and why."""

    result: ProbeResult
    account_id: AccountId | None


async def bind(
    scope: Scope, binding: Binding, *, egress: Egress, lane: Lane, clock: Clock, on_stage: OnStage
) -> BindOutcome:
    """Prove the binding and keep it.  A refused one keeps nothing.  Raises `AlreadyBound`."""
    await lane.read(refuse_second, scope, binding.address)
    result = await probe(probe_target(binding), egress.dialer_for(binding.route), on_stage)
    if result.diagnosis is not None:
        return BindOutcome(result, None)
    return BindOutcome(result, await lane.run(_keep, scope, binding, result, clock))


def probe_target(binding: Binding) -> ProbeTarget:
    return ProbeTarget(
        address=binding.address,
        login=binding.login,
        secret=binding.secret,
        imap=binding.imap,
        smtp=binding.smtp,
        ca_pem=binding.ca_pem or None,
        provider=binding.provider,
    )


def refuse_second(scope: Scope, address: str) -> None:
    """Raise `AlreadyBound` if the workspace has this address."""
    existing = accounts.find(scope, address)
    if existing is not None:
        raise AlreadyBound(address, AccountId(existing.pk))


def _keep(scope: Scope, binding: Binding, result: ProbeResult, clock: Clock) -> AccountId:
    try:
        account = accounts.create(scope, _new_account(binding, result, clock), binding.secret, _kind(binding))
    except accounts.AccountExists as error:  # bound by someone else while the probe ran
        raise AlreadyBound(binding.address, AccountId(error.account_id)) from None
    return AccountId(account.pk)


def _kind(binding: Binding) -> str:
    return binding.provider.secret_kind if binding.provider else "password"


def _new_account(binding: Binding, result: ProbeResult, clock: Clock) -> accounts.NewAccount:
    return accounts.NewAccount(
        address=binding.address,
        login=binding.login,
        label=binding.label,
        provider=binding.provider.id if binding.provider else "",
        imap_host=binding.imap.host,
        imap_port=binding.imap.port,
        imap_security=binding.imap.security.value,
        smtp_host=binding.smtp.host,
        smtp_port=binding.smtp.port,
        smtp_security=binding.smtp.security.value,
        ca_pem=binding.ca_pem,
        route=binding.route,
        sync_since=binding.sync_since,
        status=AccountStatus.NORMAL.value,
        capabilities=sorted(result.capabilities),
        last_ok_at=clock.now(),
    )
