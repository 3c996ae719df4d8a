"""The vault as doors and the plant use it."""

from yizhan.store.rotation import Rotated, rotate
from yizhan.store.vault import open_vault

__all__ = ["Rotated", "open_vault", "rotate"]
