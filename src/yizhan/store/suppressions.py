"""Addresses that a person is warned of before they write to them."""

from collections.abc import Iterable

from yizhan.base.errors import NotFound
from yizhan.base.ids import SubmissionId
from yizhan.store import changes, lane
from yizhan.store.accounts import address_key
from yizhan.store.models import Suppression
from yizhan.store.scope import Scope
from yizhan.store.text import storable

_MAX_SAID_CHARS = 2_000


def list_all(scope: Scope, limit: int, after: int | None = None) -> list[Suppression]:
    """The newest first; those before `after`, the id of the last one seen."""
    rows = Suppression.objects.filter(workspace_id=scope.workspace_id)
    return list((rows if after is None else rows.filter(pk__lt=after)).order_by("-pk")[:limit])


def known(scope: Scope, addresses: Iterable[str]) -> dict[str, Suppression]:
    """Those of these addresses that are on the list, as they were asked for."""
    asked = {address_key(address): address for address in addresses}
    rows = Suppression.objects.filter(workspace_id=scope.workspace_id, address_key__in=list(asked))
    return {asked[row.address_key]: row for row in rows}


@lane.keeps
def add(
    scope: Scope, address: str, reason: str, said: str = "", submission_id: SubmissionId | int | None = None
) -> Suppression:
    """On the list from now on; once is enough, and the first reason stays."""
    row, made = Suppression.objects.get_or_create(
        workspace_id=scope.workspace_id,
        address_key=address_key(address),
        defaults={
            "address": address,
            "reason": reason,
            "said": storable(said, _MAX_SAID_CHARS),
            "submission_id": submission_id,
        },
    )
    if made:
        changes.record(scope.workspace_id, "suppressions.changed", f"suppression:{row.pk}", {})
    return row


@lane.keeps
def remove(scope: Scope, suppression_id: int) -> None:
    """Off the list; raises `NotFound`."""
    gone, _ = Suppression.objects.filter(workspace_id=scope.workspace_id, pk=suppression_id).delete()
    if not gone:
        raise NotFound("no such suppression")
    changes.record(scope.workspace_id, "suppressions.changed", f"suppression:{suppression_id}", {})
