"""What can happen in the store that a caller has to know."""

from datetime import datetime

from yizhan.base.errors import BadInput, YizhanError


class AccountExists(BadInput):
    """This workspace has that address already."""

    code = "account_exists"

    def __init__(self, address: str, account_id: int) -> None:
        super().__init__(f"{address} is bound already")
        self.address = address
        self.account_id = account_id


class IdentityExists(BadInput):
    """The account has an identity of that address already."""

    code = "identity_exists"


class TooLate(BadInput):
    """What was to be taken back has happened."""

    code = "too_late"


class NameTaken(BadInput):
    """Another of the same kind has that name."""

    code = "name_taken"


class LeaseLost(YizhanError):
    """The account's lease went to somebody else; what was to be written was not."""

    code = "lease_lost"


class BlobMissing(YizhanError):
    """The store names bytes that the blob store does not have."""

    code = "blob_missing"


class BlobDamaged(YizhanError):
    """The blob store has other bytes than those that were put."""

    code = "blob_damaged"


class BlobTooLarge(BadInput):
    """More bytes than one blob may have."""

    code = "blob_too_large"


class DiskFull(YizhanError):
    """There is no room left on this machine's disk; nothing was written, and it can go on when there is."""

    code = "disk_full"
    retry = "later"


class KeyMissing(YizhanError):
    """There are sealed secrets, and no key here that opens them."""

    code = "key_missing"


class KeysExposed(YizhanError):
    """The key file may be read by others than its owner."""

    code = "keys_exposed"


class KeysUnreadable(YizhanError):
    """The key file or variable does not hold a key."""

    code = "keys_unreadable"


class SealBroken(YizhanError):
    """Sealed bytes were changed, or belong to another row."""

    code = "seal_broken"


class RotationRefused(YizhanError):
    """The key cannot be rotated from here; the detail says what to do instead."""

    code = "rotation_refused"


class SetupLinkVoid(BadInput):
    """The set-up link is unknown, used, too old, or there is an owner already."""

    code = "setup_link_void"

    def __init__(self, detail: str, expired_at: datetime | None = None) -> None:
        super().__init__(detail)
        self.expired_at = expired_at
