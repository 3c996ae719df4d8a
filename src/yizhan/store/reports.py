"""Delivery reports: which wait to be read, what they are about, and what they say of each recipient."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from yizhan.base.ids import MessageId
from yizhan.store import changes, lane
from yizhan.store.accounts import address_key
from yizhan.store.models import Message, Recipient, Submission
from yizhan.store.text import storable

_MAX_ASKED = 50  # addresses of one report that names no message: such a report is about one or a few
_MAX_SAID_CHARS = 2_000  # as of a refusal
# What a report may make of a recipient, by what is known so far: a delay is no news of what has come or has failed.
_AFTER = {"bounced": ("", "accepted", "delayed"), "delayed": ("", "accepted"), "delivered": ("", "accepted", "delayed")}

# Whoever has no state yet in one of these is still to be handed over: a report of them is forged.
_NOT_HANDED_OVER = ("draft", "queued", "scheduled", "sending")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is `bounced`, `delayed` or `delivered`; `said` the server's own words."""

    recipient_id: int
    state: str
    said: str


def list_due(limit: int) -> list[Message]:
    """Engine only: the newest that look like a report and were not read as one, with their account."""
    due = Message.objects.filter(report_due=True).values("pk")  # by itself, so that its small index is walked
    rows = Message.objects.filter(pk__in=due).exclude(blob=None).select_related("account")
    return list(rows.order_by("-pk")[:limit])


def find_by_ids(workspace_id: int, message_ids: Collection[str]) -> list[Submission]:
    """Engine only: the submissions with these Message-IDs, with their recipients."""
    rows = Submission.objects.filter(account__workspace_id=workspace_id, message_id__in=list(message_ids))
    return list(rows.select_related("account").prefetch_related("recipients"))


def find_by_address(account_id: int, addresses: Collection[str], since: datetime, until: datetime) -> list[Submission]:
    """Engine only: what this account sent to these between two instants, the newest first, with its recipients."""
    sent = Submission.objects.filter(account_id=account_id, final_dot_at__gte=since, final_dot_at__lte=until)
    named = reduce(or_, (Q(recipients__address__iexact=address) for address in list(addresses)[:_MAX_ASKED]), Q())
    rows = sent.filter(named).distinct().order_by("-final_dot_at") if named else sent.none()
    return list(rows.select_related("account").prefetch_related("recipients"))


@lane.keeps
def settle(report_id: MessageId | int, verdicts: Sequence[Verdict], at: datetime) -> list[int]:
    """The report is read, and says this; which recipients are in another state by it."""
    changed: list[int] = []
    for each in verdicts:
        rows = Recipient.objects.filter(pk=each.recipient_id, state__in=_AFTER[each.state])
        rows = rows.exclude(state="", submission__state__in=_NOT_HANDED_OVER)
        said = storable(each.said, _MAX_SAID_CHARS)
        if rows.update(state=each.state, said=said, reported_at=at, report_id=report_id):
            changed.append(each.recipient_id)
    for row in Submission.objects.filter(recipients__in=changed).distinct():
        news = {"account": row.account_id, "state": row.state, "sent_copy": row.sent_copy}
        changes.record(row.workspace_id, "submission.changed", f"submission:{row.pk}", news)
    Message.objects.filter(pk=report_id).update(report_due=False)
    return changed


def same(one: str, other: str) -> bool:
    """Whether two addresses are compared as one."""
    return address_key(one) == address_key(other)
