"""The change feed: what became different, written in the transaction that made it so."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from yizhan.base.ids import WorkspaceId
from yizhan.store import asking, inserting, lane
from yizhan.store.models import Change, Workspace
from yizhan.store.scope import Scope
from yizhan.store.text import storable_json

_NAMES = ("workspace_id", "seq", "kind", "subject", "payload", "at")
_COUNT_ON = "UPDATE store_workspace SET change_seq = change_seq + 1 WHERE id = %s RETURNING change_seq"


def record(
    workspace_id: WorkspaceId | int, kind: str, subject: str = "", payload: Mapping[str, Any] | None = None
) -> int:
    """The number of the new change.  Call it last: on PostgreSQL it holds the workspace until the commit.

    The counter is a row, not a sequence: so changes are numbered in the order of their commits, and whoever has
    read number n never finds a smaller one later.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a change is recorded in the transaction that makes it")
    [(seq,)] = asking.ask(_COUNT_ON, [workspace_id])  # in one statement: a message that is sent has two changes
    news = storable_json(dict(payload or {}))
    inserting.insert(Change, _NAMES, [(workspace_id, seq, kind, subject, news, timezone.now())])
    return int(seq)


def since(scope: Scope, seq: int, limit: int = 200) -> list[Change]:
    """The changes after number `seq`, oldest first."""
    return list(Change.objects.filter(workspace_id=scope.workspace_id, seq__gt=seq).order_by("seq")[:limit])


def latest(scope: Scope) -> int:
    """The number of the newest change; 0 when there was none."""
    return Workspace.objects.values_list("change_seq", flat=True).get(pk=scope.workspace_id)


def pulse() -> tuple[int, int] | None:
    """What becomes another when somebody commits, cheap enough to be asked a hundred times a second.

    Two commits of one tick of the clock may look alike, so ask `latest` now and then too.  None where nothing tells.
    """
    if connection.vendor != "sqlite":
        return None
    log = Path(f"{connection.settings_dict['NAME']}-wal")  # looked at and not opened: closing it would drop locks
    try:
        found = log.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


@lane.writes
def prune(before: datetime, limit: int = 1000) -> int:
    """Forget changes older than that, from the first on; how many went.  0 means that none are left."""
    gone = 0
    for row in Change.objects.filter(at__lt=before).values("workspace").annotate(last=Max("seq")):
        old = Change.objects.filter(workspace=row["workspace"], seq__lte=row["last"]).order_by("seq")
        gone += Change.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])).delete()[0]
    return gone
