"""The trouble that an account is in, as kept; when it begins and ends belongs to `services.accounts.incidents`."""

from datetime import datetime

from yizhan.store import changes, lane
from yizhan.store.models import Account


@lane.writes
def keep(account: Account, began_at: datetime | None, *, alerted: bool) -> None:
    """Since when there is trouble, None for none, and whether the person was told."""
    Account.objects.filter(pk=account.pk).update(incident_at=began_at, alerted=alerted)


@lane.writes
def tell(account: Account, kind: str) -> None:
    """The news of it: `{"address", "status", "cause"}`."""
    cause = account.diagnosis.get("cause") if account.diagnosis else None
    payload = {"address": account.address, "status": account.status, "cause": cause}
    changes.record(account.workspace_id, kind, f"account:{account.pk}", payload)
