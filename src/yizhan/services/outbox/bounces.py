"""Delivery reports tied to what was sent: each recipient's state, and the list of addresses that mail does not reach.

A report can be forged.  So it counts for a recipient of a message that we did send, found by a Message-ID that nobody
can guess; one that names no id counts for what its own account sent to that address in the days before.  An address
that we never wrote to is touched by no report.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta

from yizhan.base.errors import YizhanError
from yizhan.base.ids import MessageId, WorkspaceId
from yizhan.mime.reports import Outcome, Report, Reported, read_report
from yizhan.mime.structure import parse_message
from yizhan.services.catalogue.diagnoses import diagnose_recipient
from yizhan.store import blobs, lane, reports, suppressions
from yizhan.store.models import Message, Recipient, Submission
from yizhan.store.reports import Verdict
from yizhan.store.scope import Scope

log = logging.getLogger(__name__)
AT_ONCE = 20  # reports of one turn: each is a transaction of its own
_SINCE_DAYS = 10  # servers give up after five days, some after a week
_CLOCKS_DIFFER = timedelta(hours=1)  # a report may be dated by a server before our own mark of what it reports
_STATES = {Outcome.FAILED: "bounced", Outcome.DELAYED: "delayed", Outcome.DELIVERED: "delivered"}
# RFC 3463 §3.2, and 5.1.10 of RFC 7505: the address itself is wrong, today and tomorrow.
_NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})


def read_due(limit: int = AT_ONCE) -> int:
    """Read the newest of what looks like a report; how many.  Outside a transaction; twice at once does no harm."""
    rows = reports.list_due(limit)
    for row in rows:
        _read_one(row)
    return len(rows)


def _read_one(row: Message) -> None:
    report = _parse(row)
    found = [] if report is None else _match(report, row)
    verdicts = [Verdict(who.pk, _STATES[told.outcome], told.said) for told, who, _ in found]
    hard = {who.pk for told, who, submission in found if told.outcome is Outcome.FAILED and is_hard(told, submission)}
    with lane.durable("read_report"):
        changed = reports.settle(MessageId(row.pk), verdicts, row.internal_date)
        for told, who, submission in found:
            if who.pk in hard.intersection(changed):
                scope = Scope(WorkspaceId(submission.workspace_id))
                suppressions.add(scope, who.address, "bounced", told.said, submission.pk)


def is_hard(told: Reported, submission: Submission) -> bool:
    """Whether the address is wrong for good, rather than full, blocked or too busy."""
    if told.status in _NO_SUCH_ADDRESS:
        return True
    said = diagnose_recipient(told.said, submission.account.smtp_host, submission.account.provider)
    return bool(said["cause"] == "user_unknown")


def _parse(row: Message) -> Report | None:
    try:
        return read_report(parse_message(blobs.get(str(row.blob_id))))
    except (
        YizhanError
    ) as error:  # bytes that are lost or damaged: `verify` finds them, and with new ones comes a new mark
        log.warning("report_not_read", extra={"message_number": row.pk, "code": error.code})
        return None


def _match(report: Report, row: Message) -> list[tuple[Reported, Recipient, Submission]]:
    found = []
    for submission in _submissions(report, row):
        for who in submission.recipients.all():
            told = next((each for each in report.recipients if _is(each, who)), None)
            if told is not None:
                found.append((told, who, submission))
    return found


def _submissions(report: Report, row: Message) -> Iterable[Submission]:
    if report.message_ids:
        return reports.find_by_ids(row.workspace_id, report.message_ids)
    addresses = [address for each in report.recipients for address in each.addresses]
    since = row.internal_date - timedelta(days=_SINCE_DAYS)
    return reports.find_by_address(row.account_id, addresses, since, row.internal_date + _CLOCKS_DIFFER)[:1]


def _is(told: Reported, who: Recipient) -> bool:
    return any(reports.same(address, who.address) for address in told.addresses)
