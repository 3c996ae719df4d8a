"""The message that was answered or forwarded is marked so, here at once and at its server by an intent."""

from datetime import datetime

from yizhan.base.ids import WorkspaceId, make_token
from yizhan.store import acting
from yizhan.store.intents import Act
from yizhan.store.models import Submission
from yizhan.store.scope import Scope

# RFC 9051 §2.3.2; forwarding has a keyword that mail programs agree on (RFC 5788 registers it).
_FLAGS = {
    "reply": "\\Answered",
    "reply_all": "\\Answered",
    "forward": "$Forwarded",
    "forward_attached": "$Forwarded",
    "redirect": "$Forwarded",
}


def mark_origin(row: Submission, now: datetime) -> None:
    """Inside the transaction that notes that `row` was sent; nothing if it answers nothing that is still here."""
    flag = _FLAGS.get(row.act)
    if row.origin_id is None or flag is None:
        return
    scope = Scope(WorkspaceId(row.workspace_id))
    acting.set_flag(scope, [row.origin_id], flag, True, Act(make_token(9), now, now))
