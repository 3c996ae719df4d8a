"""A draft handed in to the outbox once, however often it is asked for, and taken back while that can be done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from yizhan.base.clock import Clock
from yizhan.base.errors import BadInput
from yizhan.base.ids import AccountId, DraftId, MessageId, SubmissionId
from yizhan.mime.headers import write_address
from yizhan.services.outbox import listing
from yizhan.services.outbox.submitting import Enclosure, Outgoing, Priority, keep, prepare
from yizhan.services.writing.adopting import read_draft
from yizhan.services.writing.content import Content, account_of
from yizhan.services.writing.drafts import save
from yizhan.services.writing.identities import sender_of
from yizhan.store import blobs, drafts, lane, submissions
from yizhan.store.models import Draft, Submission
from yizhan.store.scope import Scope

_LISTS = ("to", "cc", "bcc", "reply_to")
_STOPPED = ("cancelled", "failed")


class NoSender(BadInput):
    """It was not said which account it is from."""

    code = "no_sender"


class _Overtaken(Exception):
    """Somebody else handed it in, or wrote on, between our look and our transaction."""


def hand_in(
    scope: Scope,
    draft_id: DraftId,
    version: int,
    content: object,
    clock: Clock,
    *,
    at: datetime | None = None,
    zone: str = "",
    delay_s: int = 0,
) -> list[SubmissionId]:
    """Queue the draft with these words; asked for again with the same words, the same submissions.

    `at`, `zone` and `delay_s` as `submitting.submit` takes them.  Raises `BadInput` (then the words are saved and
    nothing is sent), `DraftMovedOn`, `NotFound`.
    """
    while True:
        saved = save(scope, draft_id, version, content, clock)
        if saved["state"] not in ("", "cancelled"):
            return [SubmissionId(row.pk) for row in submissions.together(scope, saved["submission_id"])]
        found = drafts.get(scope, draft_id)
        try:
            return _keep(scope, found, saved, clock, at, zone, delay_s)
        except _Overtaken:
            version = 0  # the same words are found again by themselves, others become a draft of their own


def take_back(scope: Scope, submission_id: SubmissionId, clock: Clock) -> DraftId:
    """Cancel what can be cancelled of it, and the draft to write on with, to whom it did not go.

    What was handed in without a draft becomes one.  Raises `NotFound`, and `TooLate` when nothing could be cancelled.
    """
    rows = submissions.together(scope, submission_id)
    stopped = [row for row in rows if row.state in _STOPPED or _cancel(scope, row)]
    if not stopped:
        raise listing.TooLate(f"the message is {rows[0].state} by now")
    draft_id = drafts.of_submissions(scope, [row.pk for row in rows])
    if draft_id is None:
        return _as_draft(scope, stopped, clock)
    content = drafts.get(scope, draft_id).content
    left = _addressed(stopped, separately=content["separately"])
    some_have_it = len(stopped) < len(rows) or any(_has_it(row) for row in stopped)
    drafts.reopen(scope, draft_id, clock.now(), content | left if some_have_it else None)
    return draft_id


def _keep(
    scope: Scope, found: Draft, saved: dict[str, Any], clock: Clock, at: datetime | None, zone: str, delay_s: int
) -> list[SubmissionId]:
    content: Content = saved["content"]
    account_id = account_of(content)
    if account_id is None:
        raise NoSender("it is not said which account the message is from")
    separately = content["separately"]
    outgoing = _outgoing(found, content, files_of(found, content), _sender(scope, content))
    ready = prepare(scope, account_id, outgoing, clock, at=at, zone=zone, delay_s=delay_s, separately=separately)
    with lane.durable("hand_in"):
        made = keep(scope, ready)
        if not drafts.tie(scope, DraftId(found.pk), saved["version"], made[0]):
            raise _Overtaken
    return made


def _sender(scope: Scope, content: Content) -> tuple[str, str] | None:
    """The identity that was chosen, if it is this account's; None: the account's default."""
    if content["identity"] is None:
        return None
    account_id, sender = sender_of(scope, content["identity"])
    if account_id != content["from"]:
        raise NoSender("the identity belongs to another account")
    return sender


def _outgoing(found: Draft, content: Content, files: tuple[Enclosure, ...], sender: tuple[str, str] | None) -> Outgoing:
    to, cc, bcc, reply_to = ([content[name]] if content[name].strip() else [] for name in _LISTS)
    plain = content["plain"] or not content["html"].strip()
    return Outgoing(
        sender=sender,
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=reply_to,
        subject=" ".join(content["subject"].split()),
        text=content["text"] if plain else "",
        html="" if plain else f"<!DOCTYPE html><html><body>{content['html']}</body></html>",
        files=files,
        in_reply_to=found.in_reply_to,
        references=tuple(found.references),
        receipt=content["receipt"],
        priority=Priority(content["priority"]),
        origin=None if found.origin_id is None else MessageId(found.origin_id),
        act=found.act,
    )


def files_of(found: Draft, content: Content) -> tuple[Enclosure, ...]:
    """In the order in which they came; a picture that was taken out of the text stays behind."""
    rows = sorted(found.files.all(), key=lambda each: each.pk)
    going = [row for row in rows if not row.cid or (f"cid:{row.cid}" in content["html"] and not content["plain"])]
    return tuple(Enclosure(row.name, row.content_type, blobs.get(row.blob_id), row.cid) for row in going)


def _cancel(scope: Scope, row: Submission) -> bool:
    try:
        listing.cancel(scope, SubmissionId(row.pk))
    except listing.TooLate:
        return False
    return True


def _as_draft(scope: Scope, stopped: Sequence[Submission], clock: Clock) -> DraftId:
    """From its bytes; whom it would have reached in secret stands in the submission alone."""
    first = stopped[0]
    read = read_draft(b"" if first.blob_id is None else blobs.get(first.blob_id), AccountId(first.account_id))
    made = drafts.create(
        scope,
        read.content | _addressed(stopped, separately=bool(first.together)),
        clock.now(),
        account_id=first.account_id,
        origin=first.origin_id,
        act=first.act,
        in_reply_to=read.in_reply_to,
        references=read.references,
    )
    for each in read.files:
        blob = blobs.put(each.data)
        drafts.add_file(scope, made.pk, blob, name=each.name, content_type=each.content_type, cid=each.cid)
    return DraftId(made.pk)


def _addressed(stopped: Sequence[Submission], *, separately: bool) -> Content:
    """Those who have not got it, as a person types them."""
    people = [each for row in stopped for each in row.recipients.all() if each.state != "accepted"]
    typed = {
        kind: ", ".join(write_address(each.name, each.address) for each in people if each.kind == kind)
        for kind in ("to", "cc", "bcc")
    }
    return {**typed, "separately": separately}


def _has_it(row: Submission) -> bool:
    return any(each.state == "accepted" for each in row.recipients.all())
