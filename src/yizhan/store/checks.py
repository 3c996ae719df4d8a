"""What must hold of the data at any rest; tests ask after every scenario."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet

from yizhan.base.errors import YizhanError
from yizhan.imap.numset import NumSet
from yizhan.store import blobs, credentials, requests, vault
from yizhan.store.models import DELETING, Account, Change, Credential, Mailbox, Message, Request, Workspace
from yizhan.store.sealing import unseal
from yizhan.store.search import index


def inconsistencies() -> list[str]:
    """Everything that is wrong, one sentence each; empty when all is well."""
    return [*_counts(), *_orphans(), *_held_blobs(), *_sealed(), *_settled(), *_feed(), *_found()]


def _counts() -> Iterator[str]:
    shown, unseen = Q(held__hidden=False), Q(held__hidden=False, held__seen=False)
    rows = Mailbox.objects.annotate(
        held_count=Count("held", filter=shown), held_unseen=Count("held", filter=unseen), highest=Max("held__uid")
    )
    for row in rows.filter(Q(held_count__gt=F("messages")) | Q(held_unseen__gt=F("unseen"))):
        yield f"mailbox {row.pk} holds {row.held_count} messages, {row.held_unseen} unseen, and says less"
    for row in rows.filter(highest__gte=F("uid_next")):
        yield f"mailbox {row.pk} holds UID {row.highest} and expects {row.uid_next} next"
    being_erased = Q(account__status=DELETING, account__erase_at=None)
    for mailbox in Mailbox.objects.exclude(being_erased):
        uids = Message.objects.filter(mailbox=mailbox).values_list("uid", flat=True)
        if str(NumSet.of(uids)) != mailbox.held_uids:
            yield f"mailbox {mailbox.pk} says that it holds {mailbox.held_uids or 'nothing'}, which is not so"
    voided = Message.objects.exclude(uid_validity=F("mailbox__uid_validity"))
    yield from (f"message {pk} has a UIDVALIDITY of the past" for pk in voided.values_list("pk", flat=True))


def _orphans() -> Iterator[str]:
    for message in Message.objects.exclude(account_id=F("mailbox__account_id")):
        yield f"message {message.pk} and its mailbox name different accounts"
    for message in Message.objects.exclude(workspace_id=F("account__workspace_id")):
        yield f"message {message.pk} and its account name different workspaces"
    whole = Q(credential__isnull=False, lease__isnull=False)
    yield from (f"account {pk} has no credential or no lease" for pk in _ids(Account.objects.exclude(whole)))


def _held_blobs() -> Iterator[str]:
    for name in blobs.held():
        try:
            blobs.get(name)
        except YizhanError as error:
            yield f"blob: {error}"


def _sealed() -> Iterator[str]:
    sealed = [(credentials.place(row.pk), row.sealed, row.key_id) for row in Credential.objects.exclude(key_id="")]
    for row in Request.objects.exclude(sealed_secret=None):
        sealed.append((requests.place(row.pk), row.sealed_secret or b"", row.key_id))
    for place, value, key_id in sealed:
        try:
            unseal(vault.ring(), bytes(value), place)
        except YizhanError as error:
            yield f"sealed: {error}"
        if bytes(value)[1:9].hex() != key_id:
            yield f"sealed: {place} says key {key_id} and is sealed with another"


def _settled() -> Iterator[str]:
    loud = Request.objects.filter(state__in=["done", "failed"]).exclude(sealed_secret=None)
    yield from (f"request {pk} is settled and still holds a secret" for pk in _ids(loud))
    unanswered = Request.objects.filter(state__in=["done", "failed"], answer__isnull=True)
    yield from (f"request {pk} is settled and has no answer" for pk in _ids(unanswered))


def _feed() -> Iterator[str]:
    for workspace in Workspace.objects.annotate(newest=Max("change__seq")):
        if (workspace.newest or 0) > workspace.change_seq:
            yield f"workspace {workspace.pk} counts to {workspace.change_seq} and has change {workspace.newest}"
    for row in Change.objects.values("workspace").annotate(kept=Count("seq"), low=Min("seq"), high=Max("seq")):
        if row["kept"] != row["high"] - row["low"] + 1:
            yield f"workspace {row['workspace']} has a gap in its changes"


def _found() -> Iterator[str]:
    """The index holds each message once, in its place, with the words that it has and no others."""
    for message in Message.objects.filter(searched=None):
        yield f"message {message.pk} is not in the index"
    held = index.held()
    for message in Message.objects.select_related("searched").exclude(searched=None):
        row = message.searched
        if row.place != index.place_of(message):
            yield f"message {message.pk} stands in the wrong place of the index"
        if held.pop(row.place, None) != index.expected(message) and not row.due:
            yield f"the index has other words than message {message.pk}"
        if row.text is None and message.blob_id is not None and not row.due:
            yield f"message {message.pk} has bytes that nobody is to read for the index"
    yield from (f"the index holds {place}, which is no message" for place in held)


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True))
