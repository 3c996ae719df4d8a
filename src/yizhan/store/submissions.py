"""The outbox as kept: what was handed in, to whom, and how far it is.  Its states belong to `services.outbox`.

Everything here is durable: a person was told that it is queued, or a server may have taken it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, MessageId, SubmissionId
from yizhan.store import asking, blobs, changes, lane
from yizhan.store.errors import BlobMissing
from yizhan.store.limits import MAX_MESSAGE_ID_CHARS, MAX_SUBJECT_CHARS
from yizhan.store.models import Account, Blob, Recipient, Submission
from yizhan.store.scope import Scope
from yizhan.store.text import storable, storable_json

# What every message asks while it is sent, as the database gets it (`asking` says why).
_BEGIN = (
    "UPDATE store_submission SET state = %s, final_dot_at = NULL, handed_bytes = 0, not_before = NULL"
    " WHERE id = %s AND state IN ('queued', 'scheduled') AND (not_before IS NULL OR not_before <= %s)"
    " AND (scheduled_at IS NULL OR scheduled_at <= %s) RETURNING id"
)
_MARK = "UPDATE store_submission SET final_dot_at = %s WHERE id = %s RETURNING id"
_JUDGE = "UPDATE store_recipient SET state = %s, said = %s WHERE submission_id = %s AND address IN AMONG RETURNING id"
_FIELDS = {each.name: each for each in Submission._meta.concrete_fields}
_NO_COPY_YET = ("", "appending", "failed")
_MAX_SAID_CHARS = 2_000  # an SMTP reply line has at most 512 octets (RFC 5321 §4.5.3.1.5); a few lines of them


@lane.keeps
def create(
    scope: Scope,
    account_id: AccountId | int,
    *,
    state: str,
    subject: str,
    message_id: str,
    mail_from: str,
    recipients: Sequence[tuple[str, str]],
    names: Mapping[str, str] | None = None,
    blob: Blob | None,
    created_at: datetime,
    not_before: datetime | None = None,
    scheduled_at: datetime | None = None,
    zone: str = "",
    together: str = "",
    origin: MessageId | int | None = None,
    act: str = "",
    retried_from: SubmissionId | int | None = None,
) -> Submission:
    """Take a message in; `recipients` are (address, kind), `names` theirs by address; the rest as `Submission` says.

    Raises `NotFound` for an account of somebody else, `BlobMissing` for bytes that were not put just before.
    """
    if not Account.objects.filter(workspace_id=scope.workspace_id, pk=account_id).exists():
        raise NotFound("no such account")
    if blob is not None and not blobs.hold(blob.pk):
        raise BlobMissing(f"blob {blob.pk} was collected meanwhile; put it again")
    submission = Submission.objects.create(
        workspace_id=scope.workspace_id,
        account_id=account_id,
        state=state,
        subject=storable(subject, MAX_SUBJECT_CHARS),
        message_id=storable(message_id, MAX_MESSAGE_ID_CHARS),
        mail_from=mail_from,
        blob=blob,
        created_at=created_at,
        not_before=not_before,
        scheduled_at=scheduled_at,
        zone=zone,
        together=together,
        origin_id=origin,
        act=act,
        retried_from_id=retried_from,
        retries=_retries_before(scope, retried_from),
    )
    _address(submission, recipients, names or {})
    _news(submission.pk)
    return get(scope, SubmissionId(submission.pk))


def _address(submission: Submission, recipients: Sequence[tuple[str, str]], names: Mapping[str, str]) -> None:
    Recipient.objects.bulk_create(
        Recipient(
            submission=submission,
            name=storable(names.get(address, ""), MAX_SUBJECT_CHARS),
            address=address,
            kind=kind,
        )
        for address, kind in recipients
    )


def get(scope: Scope, submission_id: SubmissionId | int) -> Submission:
    """The submission with its account and recipients; raises `NotFound`."""
    return _one(Submission.objects.filter(workspace_id=scope.workspace_id), submission_id)


def lock(scope: Scope, submission_id: SubmissionId | int) -> Submission:
    """As `get`, and inside the caller's transaction nobody else changes it; raises `NotFound`."""
    Submission.objects.select_for_update().filter(workspace_id=scope.workspace_id, pk=submission_id).first()
    return get(scope, submission_id)


def retried_as(submission_ids: Collection[SubmissionId | int]) -> dict[int, int]:
    """Those of these that were handed in again, and as which."""
    again = Submission.objects.filter(retried_from_id__in=list(submission_ids)).order_by("id")
    return dict(again.values_list("retried_from_id", "pk"))


def together(scope: Scope, submission_id: SubmissionId | int) -> list[Submission]:
    """It, and those that the same message was made into for others, in their order; raises `NotFound`."""
    found = get(scope, submission_id)
    if not found.together or found.retried_from_id is not None:
        return [found]
    rows = Submission.objects.filter(workspace_id=scope.workspace_id, together=found.together, retried_from=None)
    return list(_whole(rows).order_by("id"))


def get_for_engine(submission_id: SubmissionId | int) -> Submission:
    """Engine only: the submission, whoever's it is; raises `NotFound`."""
    return _one(Submission.objects.all(), submission_id)


def list_all(
    scope: Scope, account_id: AccountId | int | None = None, limit: int = 200, state: str = ""
) -> list[Submission]:
    """The newest first, with account and recipients; of one state if it is named."""
    rows = Submission.objects.filter(workspace_id=scope.workspace_id)
    if state:
        rows = rows.filter(state=state)
    if account_id is not None:
        rows = rows.filter(account_id=account_id)
    return list(_whole(rows).order_by("-id")[:limit])


def count(scope: Scope, states: Sequence[str]) -> int:
    """How many submissions of this workspace are in these states."""
    return Submission.objects.filter(workspace_id=scope.workspace_id, state__in=list(states)).count()


def count_states(scope: Scope) -> dict[str, int]:
    """How many submissions of this workspace are in each state."""
    rows = Submission.objects.filter(workspace_id=scope.workspace_id).order_by().values("state")
    return {each["state"]: each["many"] for each in rows.annotate(many=Count("pk"))}


def accounts_due(account_ids: Sequence[AccountId], now: datetime) -> list[Account]:
    """Engine only: those of these accounts that have something to send now."""
    due = _due(now).filter(account_id__in=account_ids).values("account_id").distinct()
    return list(Account.objects.filter(pk__in=due).order_by("pk"))


def next_due(account_id: AccountId | int, now: datetime, limit: int) -> list[Submission]:
    """Engine only: of this account's that are due those that were handed in first, with account and recipients."""
    return list(_whole(_due(now).filter(account_id=account_id)).order_by("id")[:limit])


def begin(submission_id: SubmissionId | int, state: str, now: datetime) -> bool:
    """Inside the caller's transaction: in this state from now on, if it is still due.  Nobody is told: see `tell`."""
    at = _column("not_before", now)
    return bool(asking.ask(_BEGIN, [state, submission_id, at, at]))


def tell(submission_id: SubmissionId | int) -> None:
    """Inside the caller's transaction: the news of it as it is now."""
    _news(submission_id)


def _due(now: datetime) -> QuerySet[Submission]:
    return Submission.objects.filter(
        Q(not_before=None) | Q(not_before__lte=now),
        Q(scheduled_at=None) | Q(scheduled_at__lte=now),
        state__in=["queued", "scheduled"],
    )


def dots_since(account_id: AccountId | int, since: datetime) -> list[tuple[datetime, int]]:
    """Of each final dot since then the instant and to how many it was, the earliest first."""
    rows = Submission.objects.filter(account_id=account_id, final_dot_at__gt=since).order_by("final_dot_at")
    counted = rows.annotate(people=Count("recipients")).values_list("final_dot_at", "people")
    return [(at, people) for at, people in counted if at is not None]


@lane.keeps
def move(submission_id: SubmissionId | int, from_state: str, to_state: str, **fields: Any) -> bool:
    """From one state to another with these columns; False if it is in another state."""
    return move_relaxed(submission_id, from_state, to_state, **fields)


def move_relaxed(submission_id: SubmissionId | int, from_state: str, to_state: str, **fields: Any) -> bool:
    """As `move`, inside the caller's transaction, and a power cut may undo it until the next durable commit, which is
    never far: the mark of the next final dot."""
    if "diagnosis" in fields:
        fields["diagnosis"] = storable_json(fields["diagnosis"])
    said = {"state": to_state, **fields}
    values = [_column(name, value) for name, value in said.items()]
    rows = asking.ask(_moving(tuple(said)), [*values, submission_id, from_state])
    for workspace_id, account_id, sent_copy, handed_bytes in rows:
        _record(submission_id, workspace_id, account_id, to_state, sent_copy, handed_bytes)
    return bool(rows)


def mark_final_dot(submission_id: SubmissionId | int, at: datetime | None = None) -> None:
    """Inside the caller's durable transaction: note, before the final dot is written, that from now on the server may
    have the message."""
    if not asking.ask(_MARK, [_column("final_dot_at", at or timezone.now()), submission_id]):
        raise NotFound("no such submission")


@lane.writes
def set_sent_copy(submission_id: SubmissionId | int, sent_copy: str, *, forget: bool = False) -> None:
    """What became of the copy in the Sent mailbox; `forget` why it could not be filed before.

    A power cut may undo it: the copy is looked for before another one is filed.
    """
    fields = {"sent_copy": sent_copy, **({"diagnosis": None} if forget else {})}
    if Submission.objects.filter(pk=submission_id).update(**fields):
        _news(submission_id)


@lane.keeps
def fail_copies(submission_ids: Collection[int], diagnosis: Mapping[str, Any]) -> None:
    """No copy of these could be filed yet, and why; not of those whose APPEND was begun: what became of it is open."""
    rows = Submission.objects.filter(pk__in=list(submission_ids), sent_copy__in=["", "failed"])
    for number in rows.values_list("pk", flat=True):
        Submission.objects.filter(pk=number).update(sent_copy="failed")
        Submission.objects.filter(pk=number, state="sent", diagnosis__isnull=True).update(
            diagnosis=storable_json(diagnosis)
        )
        _news(number)


@lane.writes
def note_progress(submission_id: SubmissionId | int, handed_bytes: int) -> None:
    """So much of a message that is being sent has gone out."""
    if Submission.objects.filter(pk=submission_id, state="sending").update(handed_bytes=handed_bytes):
        _news(submission_id)


def set_recipients(submission_id: SubmissionId | int, verdicts: Mapping[str, tuple[str, str]]) -> None:
    """Inside the caller's transaction: what the server said of each address, as (state, its words)."""
    alike: dict[tuple[str, str], list[str]] = {}
    for address, verdict in verdicts.items():
        alike.setdefault(verdict, []).append(address)
    for (state, said), addresses in alike.items():
        asking.ask(_JUDGE, [state, storable(said, _MAX_SAID_CHARS), submission_id], addresses)


def unsettled(account_id: AccountId | int) -> list[Submission]:
    """Engine only: an account's submissions of which something is left to find out: being sent, or uncertain."""
    rows = Submission.objects.filter(account_id=account_id, state__in=["sending", "uncertain"])
    return list(_whole(rows).order_by("id"))


def newest_copy(account_id: AccountId | int, since: datetime) -> Submission | None:
    """Engine only: the newest message since then whose copy in Sent is ours."""
    rows = Submission.objects.filter(account_id=account_id, sent_at__gt=since, sent_copy="appended")
    return _whole(rows).order_by("-sent_at").first()


def sent_by_account(scope: Scope, since: datetime) -> dict[int, int]:
    """How many messages each account has handed over since then."""
    return _count_by_account(Submission.objects.filter(workspace_id=scope.workspace_id, final_dot_at__gt=since))


def waiting_by_account(scope: Scope) -> dict[int, int]:
    """How many messages of each account wait in the queue; scheduled ones are not counted."""
    return _count_by_account(Submission.objects.filter(workspace_id=scope.workspace_id, state="queued"))


def _count_by_account(rows: QuerySet[Submission]) -> dict[int, int]:
    counted = rows.order_by().values("account_id").annotate(many=Count("pk"))
    return {each["account_id"]: each["many"] for each in counted}


def without_copy(account_id: AccountId | int, since: datetime) -> list[Submission]:
    """Engine only: what was sent since then and has no copy in Sent yet, the first first."""
    rows = Submission.objects.filter(account_id=account_id, sent_at__gt=since, sent_copy__in=_NO_COPY_YET)
    return list(_whole(rows).order_by("sent_at", "id"))


def _retries_before(scope: Scope, retried_from: SubmissionId | int | None) -> int:
    return 0 if retried_from is None else get(scope, retried_from).retries + 1


def _whole(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    return rows.select_related("account", "blob").prefetch_related("recipients")


def _one(rows: QuerySet[Submission], submission_id: SubmissionId | int) -> Submission:
    submission = _whole(rows).filter(pk=submission_id).first()
    if submission is None:
        raise NotFound("no such submission")
    return submission


def _news(submission_id: SubmissionId | int) -> None:
    names = ("workspace_id", "account_id", "state", "sent_copy", "handed_bytes")
    _record(submission_id, *Submission.objects.values_list(*names).get(pk=submission_id))


def _record(
    submission_id: SubmissionId | int,
    workspace_id: int,
    account_id: int,
    state: str,
    sent_copy: str,
    handed_bytes: int,
) -> None:
    payload = {"account": account_id, "state": state, "sent_copy": sent_copy, "handed_bytes": handed_bytes}
    changes.record(workspace_id, "submission.changed", f"submission:{submission_id}", payload)


@lru_cache(maxsize=32)  # there are some ten sets of columns that a change of state writes
def _moving(names: tuple[str, ...]) -> str:
    columns = ", ".join(f"{_FIELDS[name].column} = %s" for name in names)
    where = "WHERE id = %s AND state = %s RETURNING workspace_id, account_id, sent_copy, handed_bytes"
    return f"UPDATE store_submission SET {columns} {where}"  # noqa: S608  (names of our own columns)


def _column(name: str, value: Any) -> Any:
    """As the database is given it."""
    return _FIELDS[name].get_db_prep_save(value, connection)
