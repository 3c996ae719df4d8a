"""The news of a workspace, in the order in which they were committed."""

from typing import Any

from yizhan.store import changes
from yizhan.store.scope import Scope


def latest(scope: Scope) -> int:
    """The number of the newest change; 0 when there was none."""
    return changes.latest(scope)


def pulse() -> tuple[int, int] | None:
    """What becomes another when there may be news, at next to no cost; None where only asking tells."""
    return changes.pulse()


def since(scope: Scope, seq: int, limit: int = 200) -> list[dict[str, Any]]:
    """The changes after number `seq`, oldest first, each `{"seq", "kind", "subject", "payload"}`."""
    return [
        {"seq": row.seq, "kind": row.kind, "subject": row.subject, "payload": row.payload}
        for row in changes.since(scope, seq, limit)
    ]
