"""Who owns an account now, commands included, and the fence that keeps late writers out.

Whoever talks to an account's servers holds its lease.  A lease that is not renewed in time may be taken by another,
and its epoch grows; every write of the engine says with `fence` that the epoch is still its own.
Renew at a third of the time to live, and close the sockets when a renewal fails.
"""

from datetime import timedelta

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now

from yizhan.base.ids import AccountId
from yizhan.store import asking, lane
from yizhan.store.errors import LeaseLost
from yizhan.store.models import DELETING, Account, EngineBeat, Lease, Request

__all__ = [
    "Lease",
    "beat",
    "bury",
    "fence",
    "holder",
    "living_engines",
    "owners",
    "release",
    "renew",
    "revoke",
    "stop_beating",
    "take",
    "take_free",
]

# Instants come from the database (`Now`): clocks of several hosts differ, the database's is one.
_FREE = Q(owner="") | Q(until__lte=Now())


@lane.writes
def take(account_id: AccountId | int, owner: str, ttl: float) -> Lease | None:
    """The account's lease for `ttl` seconds, or None while a living owner holds it, even if that is `owner` itself.

    None also for an account that is being deleted, or is gone.
    """
    if not Account.objects.filter(pk=account_id).exclude(status=DELETING).exists():
        return None
    taken = Lease.objects.filter(_FREE, account_id=account_id).update(
        owner=owner, epoch=F("epoch") + 1, until=Now() + timedelta(seconds=ttl)
    )
    return Lease.objects.get(account_id=account_id) if taken else None


@lane.writes
def take_free(owner: str, ttl: float, limit: int) -> list[Lease]:
    """Up to `limit` leases that nobody living holds, the longest free first."""
    # SKIP LOCKED: engines that ask at once get different accounts, without waiting (SQLite has the lane instead).
    free = Lease.objects.filter(_FREE).exclude(account__status=DELETING).order_by("until")
    picked = free.select_for_update(skip_locked=True, of=("self",)).values_list("account_id", flat=True)[:limit]
    ids = list(picked)
    Lease.objects.filter(account_id__in=ids).update(
        owner=owner, epoch=F("epoch") + 1, until=Now() + timedelta(seconds=ttl)
    )
    return list(Lease.objects.filter(account_id__in=ids))


@lane.writes
def renew(owner: str, ttl: float) -> list[Lease]:
    """All that this owner still holds, for `ttl` more seconds; what is missing in the list was lost."""
    Lease.objects.filter(owner=owner).update(until=Now() + timedelta(seconds=ttl))
    return list(Lease.objects.filter(owner=owner))


@lane.writes
def release(lease: Lease) -> bool:
    """Let it go at once; False when it was somebody else's already."""
    mine = Lease.objects.filter(account_id=lease.account_id, owner=lease.owner, epoch=lease.epoch)
    return bool(mine.update(owner="", until=Now()))


@lane.writes
def revoke(account_id: AccountId | int) -> None:
    """Nobody holds it any more: what its owner still wants to write meets the fence."""
    Lease.objects.filter(account_id=account_id).update(owner="", epoch=F("epoch") + 1, until=Now())


def is_current(lease: Lease) -> bool:
    """Whether the lease is still this owner's in this epoch."""
    return Lease.objects.filter(account_id=lease.account_id, owner=lease.owner, epoch=lease.epoch).exists()


def holder(account_id: AccountId | int) -> str | None:
    """The living owner, or None."""
    living = Lease.objects.filter(account_id=account_id, until__gt=Now()).exclude(owner="")
    return living.values_list("owner", flat=True).first()


def fence(lease: Lease | None) -> None:
    """Raise `LeaseLost` unless the lease is still this epoch's, and keep it so until the transaction ends."""
    if lease is None:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("a fence stands in the transaction that it guards")
    row = "SELECT owner FROM store_lease WHERE account_id = %s AND epoch = %s"
    if asking.ask(row + asking.locked(), [lease.account_id, lease.epoch]) != [(lease.owner,)]:
        raise LeaseLost(f"the lease of account {lease.account_id} went to another owner")


@lane.writes
def beat(owner: str, ttl: float) -> None:
    """Say that this engine lives for `ttl` more seconds."""
    until = Now() + timedelta(seconds=ttl)
    if not EngineBeat.objects.filter(owner=owner).update(until=until):
        EngineBeat.objects.create(owner=owner, started_at=Now(), until=until)
    EngineBeat.objects.filter(until__lt=Now() - timedelta(days=1)).delete()


@lane.writes
def stop_beating(owner: str) -> None:
    """Say good-bye."""
    EngineBeat.objects.filter(owner=owner).delete()


def owners() -> list[str]:
    """Everyone who holds something now, or says that they live: leases, requests, beats."""
    held = Lease.objects.filter(until__gt=Now()).exclude(owner="").values_list("owner", flat=True)
    claimed = Request.objects.filter(state="running").exclude(claimed_by="").values_list("claimed_by", flat=True)
    beating = EngineBeat.objects.filter(until__gt=Now()).values_list("owner", flat=True)
    return sorted({*held, *claimed, *beating})


@lane.writes
def bury(owner: str) -> None:
    """Free what somebody held who is known to be dead.  The epoch grows with the next owner, as ever."""
    Lease.objects.filter(owner=owner).update(owner="", until=Now())
    EngineBeat.objects.filter(owner=owner).delete()


def living_engines() -> list[str]:
    """The engines that live now."""
    return list(EngineBeat.objects.filter(until__gt=Now()).order_by("started_at").values_list("owner", flat=True))
