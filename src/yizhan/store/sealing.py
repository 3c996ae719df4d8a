"""Seal a secret to its place: AES-256-GCM with the row's identity as associated data.

A sealed value is `version (1) | key id (8) | nonce (12) | ciphertext and tag`.  A value copied to another row or
column does not open there.  The nonce is random: 2^32 values a key stay safe (NIST SP 800-38D §8.3), and a key is
meant to be rotated long before.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from yizhan.store.errors import KeyMissing, SealBroken

KEY_BYTES = 32
_VERSION = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _ID_BYTES + _NONCE_BYTES


@dataclass(frozen=True, slots=True)
class Key:
    """A key, known by an id that is derived from it: the same key has the same id wherever it is kept."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")

    @property
    def id(self) -> str:
        return hashlib.sha256(b"yizhan key id\0" + self.secret).digest()[:_ID_BYTES].hex()


def make_key() -> Key:
    return Key(os.urandom(KEY_BYTES))


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys that open, the newest last; `source` says where they came from."""

    keys: Sequence[Key]
    source: str

    def find(self, key_id: str) -> Key:
        """The key of that id; raises `KeyMissing`."""
        for key in self.keys:
            if key.id == key_id:
                return key
        raise KeyMissing(f"a secret is sealed with key {key_id}, which is not in {self.source}")

    @property
    def newest(self) -> Key:
        return self.keys[-1]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands."""

    table: str
    row_id: int
    field: str

    def __str__(self) -> str:
        return f"{self.table}|{self.row_id}|{self.field}"


def seal(key: Key, plain: bytes, place: Place) -> bytes:
    """`plain`, readable by nobody without the key, and in no other place."""
    head = _VERSION + bytes.fromhex(key.id)
    nonce = os.urandom(_NONCE_BYTES)
    return head + nonce + AESGCM(key.secret).encrypt(nonce, plain, str(place).encode())


def unseal(ring: Keyring, sealed: bytes, place: Place) -> bytes:
    """What was sealed there; raises `KeyMissing`, or `SealBroken` when it was changed or moved."""
    if len(sealed) < _HEAD_BYTES or sealed[:1] != _VERSION:
        raise SealBroken(f"{place} does not hold a sealed value")
    key = ring.find(sealed[1 : 1 + _ID_BYTES].hex())
    nonce = sealed[1 + _ID_BYTES : _HEAD_BYTES]
    try:
        return AESGCM(key.secret).decrypt(nonce, sealed[_HEAD_BYTES:], str(place).encode())
    except InvalidTag:
        raise SealBroken(f"the sealed value in {place} was changed, or belongs to another place") from None
