"""A new key for the vault, while everybody goes on working.

1. The new key joins the old one in the key file.
2. The vault's row names the new key: from that commit on, every process seals with it.
3. Rows that the old key sealed are sealed again, each only if nobody changed it meanwhile.
4. When no row needs it any more, the old key leaves the file.

A crash after any step leaves a vault that opens, and running it again goes on from there.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import QuerySet

from yizhan.store import credentials, keys, lane, requests, vault
from yizhan.store.errors import KeyMissing, RotationRefused, SealBroken
from yizhan.store.home import home
from yizhan.store.models import Credential, Request, Vault
from yizhan.store.sealing import Keyring, Place, make_key, seal, unseal

OnStep = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Rotated:
    """`resumed`: an earlier rotation was cut short, and this one brought it to its end."""

    key_id: str
    resealed: int
    resumed: bool


def rotate(on_step: OnStep = lambda step, done, total: None, batch: int = 100) -> Rotated:
    """Give the vault a new key; `on_step(step, done, total)` is told after each step, `batch` rows or less.

    Raises `RotationRefused` (with what to do instead), `KeyMissing`, or `SealBroken` when a row does not open: the
    others are sealed again all the same, and the old key is kept.
    """
    vault.open_vault()
    with _alone():
        ring, resumed = _with_new_key(vault.ring())
        on_step("key_added", 0, 0)
        _adopt(ring)
        on_step("key_adopted", 0, 0)
        resealed, broken = _reseal_all(ring, on_step, batch)
        if broken:
            raise SealBroken(f"{broken} sealed values do not open; they stay as they are, and so does the old key")
        _retire(ring)
        on_step("old_key_retired", resealed, resealed)
    return Rotated(ring.newest.id, resealed, resumed)


@contextmanager
def _alone() -> Iterator[None]:
    with (home() / "keys.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RotationRefused("another rotation is running on this host; wait for its end") from None
        keys.remove_drafts(home())
        yield


def _with_new_key(ring: Keyring) -> tuple[Keyring, bool]:
    """The keys with a newer one than the vault's at their end; True when it was there already."""
    if len(ring.keys) > 1:
        return ring, ring.source == keys.FILE
    if ring.source != keys.FILE:
        raise RotationRefused(
            f"the key comes from {ring.source}, which only you can change: make a new one (openssl rand -base64 32), "
            "give the old one as YIZHAN_KEY_OLD (or the credential yizhan.key.old) and the new one in its place, "
            "restart, and run this again"
        )
    longer = Keyring([*ring.keys, make_key()], ring.source)
    keys.write_keys(home(), longer.keys)
    return longer, False


@lane.keeps
def _adopt(ring: Keyring) -> None:
    """From this commit on the newest key seals (on PostgreSQL it waits for those who are sealing: `FOR SHARE`)."""
    row = Vault.objects.select_for_update().get()
    if row.key_id == ring.newest.id:
        return
    ring.find(row.key_id)  # somebody on another host may have rotated to a key that we do not have
    row.key_id = ring.newest.id
    row.canary = vault.seal_canary(ring, row.key_id)
    row.save(update_fields=["key_id", "canary"])


def _reseal_all(ring: Keyring, on_step: OnStep, batch: int) -> tuple[int, int]:
    new = ring.newest.id
    total = _old_credentials(new).count() + _old_requests(new).count()
    done = broken = 0
    for reseal_some in (_reseal_credentials, _reseal_requests):
        last = 0
        while (some := reseal_some(ring, last, batch))[0]:
            last, resealed, failed = some
            done, broken = done + resealed, broken + failed
            on_step("resealed", done, total)
    return done, broken


@lane.keeps
def _reseal_credentials(ring: Keyring, after: int, batch: int) -> tuple[int, int, int]:
    """(last row looked at or 0, sealed again, not to be opened)."""
    rows = list(_old_credentials(ring.newest.id).filter(pk__gt=after).order_by("pk")[:batch])
    failed = 0
    for row in rows:
        sealed = _again(ring, bytes(row.sealed), credentials.place(row.pk))
        if sealed is None:
            failed += 1
        else:
            Credential.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=sealed, key_id=ring.newest.id)
    return (rows[-1].pk if rows else 0), len(rows) - failed, failed


@lane.keeps
def _reseal_requests(ring: Keyring, after: int, batch: int) -> tuple[int, int, int]:
    rows = list(_old_requests(ring.newest.id).filter(pk__gt=after).order_by("pk")[:batch])
    failed = 0
    for row in rows:
        sealed = _again(ring, bytes(row.sealed_secret or b""), requests.place(row.pk))
        if sealed is None:
            failed += 1
        else:
            same = Request.objects.filter(pk=row.pk, sealed_secret=row.sealed_secret)
            same.update(sealed_secret=sealed, key_id=ring.newest.id)
    return (rows[-1].pk if rows else 0), len(rows) - failed, failed


def _old_credentials(new: str) -> QuerySet[Credential]:
    return Credential.objects.exclude(key_id__in=["", new])


def _old_requests(new: str) -> QuerySet[Request]:
    return Request.objects.exclude(key_id__in=["", new])


def _again(ring: Keyring, sealed: bytes, place: Place) -> bytes | None:
    try:
        return seal(ring.newest, unseal(ring, sealed, place), place)
    except (KeyMissing, SealBroken):
        return None


def _retire(ring: Keyring) -> None:
    if ring.source == keys.FILE:
        keys.write_keys(home(), [ring.newest])
