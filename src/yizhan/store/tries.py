"""Sign-ins with secrets that are not kept: how often the same one was tried, without the secret.

A row holds a hash of address and secret that is keyed with the vault's key, so that nobody can try guesses on it.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from yizhan.base.secret import Secret
from yizhan.store import lane, vault
from yizhan.store.accounts import address_key
from yizhan.store.limits import REFUSALS_KEPT_S
from yizhan.store.models import Try


@lane.keeps
def begin(address: str, secret: Secret[str], at: datetime, most: int) -> tuple[int | None, datetime | None]:
    """Note a try before it is made: its id; or None and the oldest one's instant when there were `most` in an hour."""
    mark = vault.fingerprint(f"{address_key(address)}\0{secret.reveal()}".encode())
    recent = _recent(mark, at)
    if recent.count() >= most:
        oldest = recent.order_by("at").first()
        return None, oldest.at if oldest else at
    return Try.objects.create(fingerprint=mark, at=at).pk, None


@lane.keeps
def forget(try_id: int, *, all_alike: bool = False) -> None:
    """The secret was not refused; `all_alike`: it was taken, and earlier refusals count no more."""
    made = Try.objects.filter(pk=try_id).first()
    if made is not None:
        (Try.objects.filter(fingerprint=made.fingerprint) if all_alike else Try.objects.filter(pk=try_id)).delete()


@lane.writes
def prune(before: datetime, limit: int = 1000) -> int:
    """Forget tries before that instant; how many went."""
    old = Try.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:limit]
    return Try.objects.filter(pk__in=list(old)).delete()[0]


def _recent(mark: str, at: datetime) -> QuerySet[Try]:
    """Of the hour before; what a clock wrote that was wrong by years does not count for years."""
    kept = timedelta(seconds=REFUSALS_KEPT_S)
    return Try.objects.filter(fingerprint=mark, at__gt=at - kept, at__lt=at + kept)
