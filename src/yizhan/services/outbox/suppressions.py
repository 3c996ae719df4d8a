"""The list of addresses that a person is warned of: those that bounced, and those they put there themselves."""

from collections.abc import Iterable
from typing import Any

from yizhan.base.errors import BadInput, NotFound
from yizhan.mime.addresses import read_typed
from yizhan.store import suppressions
from yizhan.store.models import Suppression
from yizhan.store.scope import Scope

A_PAGE = 200


class SuppressionWrong(BadInput):
    """What was typed is no e-mail address."""

    code = "suppression_wrong"

    def __init__(self, part: str) -> None:
        super().__init__(f"{part!r} is not an e-mail address")
        self.part = part


def list_suppressions(scope: Scope, after: int | None = None, limit: int = A_PAGE) -> list[dict[str, Any]]:
    """`id address reason said submission created_at`, the newest first; those before the id `after`."""
    return [_shape(row) for row in suppressions.list_all(scope, limit, after)]


def known(scope: Scope, addresses: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Those of these addresses that are on the list, each with its shape."""
    return {address: _shape(row) for address, row in suppressions.known(scope, addresses).items()}


def add(scope: Scope, typed: str) -> list[dict[str, Any]]:
    """Put these addresses on the list; raises `SuppressionWrong` and adds none when one is no address."""
    found = read_typed(typed)
    if found.wrong or not found.people:
        raise SuppressionWrong((found.wrong or [typed.strip()])[0])
    return [_shape(suppressions.add(scope, address, "person")) for _, address in found.people]


def remove(scope: Scope, suppression_id: int) -> None:
    """Take one off; raises `NotFound`."""
    suppressions.remove(scope, suppression_id)


def remove_address(scope: Scope, address: str) -> None:
    """Take an address off; raises `NotFound`."""
    found = suppressions.known(scope, [address])
    if not found:
        raise NotFound(f"{address} is not on the list")
    suppressions.remove(scope, found[address].pk)


def _shape(row: Suppression) -> dict[str, Any]:
    return {
        "id": row.pk,
        "address": row.address,
        "reason": row.reason,
        "said": row.said,
        "submission": row.submission_id,
        "created_at": row.created_at,
    }
