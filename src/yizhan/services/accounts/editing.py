"""Change an account: what reaches the servers is proved first, and a refused edit changes nothing."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId
from yizhan.base.secret import Secret
from yizhan.providers.probe import OnStage, ProbeResult, probe
from yizhan.services.accounts import incidents, tries
from yizhan.services.accounts.forms import BindForm, Binding, read_form
from yizhan.services.accounts.lifecycle import AccountStatus, Signal, step
from yizhan.services.catalogue.known import secret_kind_at
from yizhan.services.egress.dialers import Egress
from yizhan.store import accounts
from yizhan.store.lane import Lane
from yizhan.store.models import Account, Lease
from yizhan.store.scope import Scope

_UNPROVED = frozenset({"label", "sync_days", "sync_since"})  # no server is asked about these


class NothingToEdit(BadInput):
    """Nothing was said to be another way."""

    code = "nothing_to_edit"


@dataclass(frozen=True, slots=True)
class EditForm:
    """What is to be another way, as typed; None leaves it as it is.  Days of mail take the place of a day."""

    secret: Secret[str] | None = None
    login: str | None = None
    imap: str | None = None
    smtp: str | None = None
    ca_pem: str | None = None
    label: str | None = None
    route: str | None = None
    sync_days: str | None = None
    sync_since: date | None = None

    def given(self) -> dict[str, Any]:
        """The fields that are not None."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name)) is not None}


def read_edit(scope: Scope, account_id: AccountId, form: EditForm) -> Binding:
    """The account as it would be; raises `NotFound`, `NothingToEdit`, or `BadInput` that names the field."""
    given = form.given()
    if not given:
        raise NothingToEdit("nothing is to be changed; name at least one field")
    account = accounts.get(scope, account_id)
    held = _as_form(account)
    if form.sync_days is not None:
        del held["sync_since"]
    return read_form(BindForm(**{**held, "secret": accounts.secret_of(account_id), **given}))


async def edit(
    scope: Scope,
    account_id: AccountId,
    form: EditForm,
    *,
    egress: Egress,
    lane: Lane,
    clock: Clock,
    on_stage: OnStage,
    lease: Lease | None,
) -> ProbeResult:
    """Prove and keep; a result with a diagnosis means that nothing was changed.

    Raises as `read_edit`, and `TriesUsedUp` when this secret was refused too often.
    """
    typed = await lane.read(read_edit, scope, account_id, form)
    binding = replace(typed, route=await lane.read(egress.route_of, typed.route, typed.target.imap.host))
    if form.given().keys() <= _UNPROVED:
        await lane.run(_keep, scope, account_id, binding, form, None, clock, lease)
        return ProbeResult()
    is_kept = binding.target.secret == await lane.read(accounts.secret_of, account_id)
    dialer, tried = egress.dialer_for(binding.route), None
    if is_kept:
        await lane.read(tries.refuse_more, account_id, clock.now())
    else:
        tried = await lane.run(tries.begin, binding.address, binding.target.secret, clock.now())
    result = await probe(binding.target, dialer, on_stage)
    if tried is not None:
        await lane.run(tries.end, tried, result.diagnosis)
    if result.diagnosis is None:
        await lane.run(_keep, scope, account_id, binding, form, result, clock, lease)
    elif is_kept:
        await lane.run(tries.note, account_id, result.diagnosis, clock.now())
    return result


def _as_form(account: Account) -> dict[str, Any]:
    return {
        "address": account.address,
        "login": account.login,
        "imap": f"{account.imap_host}:{account.imap_port}/{account.imap_security}",
        "smtp": f"{account.smtp_host}:{account.smtp_port}/{account.smtp_security}",
        "ca_pem": account.ca_pem,
        "label": account.label,
        "route": account.route,
        "sync_days": "all" if account.sync_days is None else str(account.sync_days),
        "sync_since": account.sync_since,
    }


def _keep(
    scope: Scope,
    account_id: AccountId,
    binding: Binding,
    form: EditForm,
    result: ProbeResult | None,
    clock: Clock,
    lease: Lease | None,
) -> None:
    target = binding.target
    accounts.update(scope, account_id, **binding.kept_fields(result.login if result else ""))
    if form.secret is not None:
        accounts.replace_secret(account_id, target.secret, secret_kind_at(target.provider))
    if result is None:
        return
    accounts.set_capabilities(account_id, sorted(result.capabilities), lease)
    status = AccountStatus(accounts.get(scope, account_id).status)
    if status is not AccountStatus.PAUSED:  # an edit does not wake what a person has laid to rest
        proved = step(step(status, Signal.CHECK), Signal.PROVED).value
        accounts.set_status(
            account_id, proved, None, at=clock.now(), ok=True, lease=lease, next_try_at=None, failures=0
        )
        incidents.follow(account_id, clock.now())
