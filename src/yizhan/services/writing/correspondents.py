"""Whom one may mean by what one has typed so far."""

from yizhan.store import correspondents
from yizhan.store.scope import Scope


def complete(scope: Scope, typed: str) -> list[dict[str, str]]:
    """People by `name address kind`: of the address book (`card`) or met in one's mail (`mail`), likely ones first."""
    found = correspondents.complete(scope, typed)
    return [{"name": name, "address": address, "kind": kind} for name, address, kind in found]
