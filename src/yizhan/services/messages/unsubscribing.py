"""Leaving a mailing list by one POST (RFC 8058), when a person says so and never before.

It goes by the account's route and carries no cookie; what the list answered is in the request's answer.
"""

from dataclasses import dataclass

from yizhan.base.errors import BadInput
from yizhan.base.ids import MessageId, RequestId
from yizhan.mime.asks import Unsubscribe, read_unsubscribe
from yizhan.mime.structure import parse_message
from yizhan.net.http import post
from yizhan.services.egress.dialers import DEMO, Egress
from yizhan.services.messages.limits import UNSUBSCRIBE_SECONDS
from yizhan.services.messages.reading import raw_message
from yizhan.store import messages, requests
from yizhan.store.lane import Lane
from yizhan.store.models import Request
from yizhan.store.scope import Scope

UNSUBSCRIBE = "unsubscribe"  # a request's kind; its payload is `{"address", "message_id"}`, its answer `{"status"}`
_FORM = b"List-Unsubscribe=One-Click"


class NotOffered(BadInput):
    """The list does not offer to be left so, or did not take it."""

    code = "unsubscribe_not_offered"


@dataclass(frozen=True, slots=True)
class Leaving:
    """`state` is empty, `coming`, `done` or `failed`; `said` why."""

    state: str
    request_id: int | None = None
    said: str = ""


def ask_to_leave(scope: Scope, message_id: MessageId) -> RequestId:
    """Leave a request for the engine; raises `NotOffered`, `NotFound`."""
    if not _ways(scope, message_id).post:
        raise NotOffered("this list takes no one-click unsubscription")
    row = messages.get(scope, message_id)
    payload = {"address": row.account.address, "message_id": row.pk}
    return RequestId(requests.leave(scope, UNSUBSCRIBE, None, payload).pk)


def find_leaving(scope: Scope, message_id: MessageId) -> Leaving:
    """What became of it."""
    found = requests.find_about(scope, UNSUBSCRIBE, "message_id", message_id)
    if found is None:
        return Leaving("")
    if found.settled_at is None:
        return Leaving("coming", found.pk)
    said = str((found.answer or {}).get("error", {}).get("detail", ""))
    return Leaving("failed" if found.state == Request.State.FAILED else "done", found.pk, said)


async def leave_list(scope: Scope, message_id: MessageId, *, egress: Egress, lane: Lane) -> int:
    """The list's HTTP status, once it took it; raises `NotOffered` when it did not, `NetError`, `RouteUnknown`."""
    row = await lane.read(messages.get, scope, message_id)
    ways = await lane.read(_ways, scope, message_id)
    dialer = egress.dialer_for(await lane.read(lambda: row.account.route))
    if not ways.post:
        raise NotOffered("this list takes no one-click unsubscription")
    answer = await post(ways.post, dialer, _FORM, seconds=UNSUBSCRIBE_SECONDS, to_outside=dialer.route != DEMO)
    if not 200 <= answer.status < 300:
        raise NotOffered(f"the list answered {answer.status}")
    return answer.status


def _ways(scope: Scope, message_id: MessageId) -> Unsubscribe:
    return read_unsubscribe(parse_message(raw_message(scope, message_id))) or Unsubscribe("", "", "", "", "")
