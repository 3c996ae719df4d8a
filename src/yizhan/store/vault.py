"""The vault: secrets sealed with the key that the vault's row names.

Whoever seals reads that row in the same transaction, so that after a rotation has changed it no process seals with
the key before.
"""

import hmac
from collections.abc import Callable

from django.db import connection

from yizhan.base.errors import NotFound
from yizhan.base.secret import Secret
from yizhan.store import keys, lane
from yizhan.store.errors import KeyMissing
from yizhan.store.home import home
from yizhan.store.models import Credential, Request, Vault
from yizhan.store.sealing import Keyring, Place, seal, unseal

_CANARY = b"this vault opens"
AnySecret = Secret[str] | Secret[bytes]


def open_vault() -> None:
    """See that the right key is at hand; make one when there are no secrets yet.

    Raises `KeyMissing`, `KeysExposed`, `KeysUnreadable` or `SealBroken`, each saying what to do.
    """
    vault = Vault.objects.order_by("id").first()
    if vault is None:
        _start_vault()
        return
    ring = keys.read_keys(home())
    if ring is None:
        raise KeyMissing(_missing("no key is at hand", vault.key_id))
    try:
        ring.find(vault.key_id)
    except KeyMissing:
        raise KeyMissing(_missing(f"{ring.source} holds other keys", vault.key_id)) from None
    unseal(ring, bytes(vault.canary), canary_place())


def ring() -> Keyring:
    """The keys at hand; raises `KeyMissing`."""
    found = keys.read_keys(home())
    if found is None:
        raise KeyMissing(_missing("no key is at hand", "its own"))
    return found


def seal_in(place: Place, secret: AnySecret) -> tuple[bytes, str]:
    """The sealed value and its key's id; inside the transaction that writes them."""
    if not connection.in_atomic_block:
        raise RuntimeError("a secret is sealed in the transaction that writes it")
    key_id = _current_key_id()
    key = ring().find(key_id)
    plain = secret.reveal()
    return seal(key, plain.encode() if isinstance(plain, str) else plain, place), key.id


def open_from(read: Callable[[], bytes | memoryview | None], place: Place) -> Secret[str]:
    """The secret in a row that `read` fetches; raises `NotFound` when the row holds none.

    A rotation may re-seal the row and drop the key between the two readings; the second time it is at rest.
    """
    for last in (False, True):
        sealed = read()
        if not sealed:
            raise NotFound("this row holds no secret")
        try:
            return Secret(unseal(ring(), bytes(sealed), place).decode())
        except KeyMissing:
            if last:
                raise
    raise AssertionError("unreachable")


def fingerprint(data: bytes) -> str:
    """A hash that only who has the vault's key can make; another after a rotation."""
    key_id = _current_key_id()
    key = ring().find(key_id)
    return hmac.digest(key.secret, b"yizhan fingerprint\0" + data, "sha256").hex()


def canary_place() -> Place:
    return Place("vault", 1, "canary")


def seal_canary(found: Keyring, key_id: str) -> bytes:
    return seal(found.find(key_id), _CANARY, canary_place())


def _current_key_id() -> str:
    # FOR SHARE holds a rotation off until this transaction ends; on SQLite the lane does.
    suffix = " FOR SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key_id FROM store_vault ORDER BY id LIMIT 1{suffix}")  # noqa: S608 - a constant of ours
        row = cursor.fetchone()
    return str(row[0]) if row else _start_vault()


@lane.keeps
def _start_vault() -> str:
    """Make the vault's row, and the key if need be; in a race the first one's stays."""
    _refuse_lost_row()
    if keys.read_keys(home()) is None:
        keys.make_key_file(home())
    found = ring()
    key_id = found.newest.id
    defaults = {"key_id": key_id, "canary": seal_canary(found, key_id)}
    vault, _ = Vault.objects.get_or_create(id=1, defaults=defaults)
    return vault.key_id


def _refuse_lost_row() -> None:
    sealed = Credential.objects.exclude(key_id="").exists() or Request.objects.exclude(key_id="").exists()
    if sealed and keys.read_keys(home()) is None:
        raise KeyMissing(_missing("no key is at hand", "a key"))


def _missing(why: str, key_id: str) -> str:
    return (
        f"the database holds mailbox secrets sealed with key {key_id}, and {why}. Put the key file back at "
        f"{keys.key_file(home())} (mode 600), or set YIZHAN_KEY (or YIZHAN_KEY_OLD) to that key. Without it the "
        "secrets are lost: delete the accounts, or start with another database, and enter them again"
    )
