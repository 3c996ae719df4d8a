"""One message handed in to be sent, and to whom."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account
from yizhan.store.models.blob import Blob
from yizhan.store.models.message import Message
from yizhan.store.models.workspace import Workspace


class Submission(models.Model):
    """`final_dot_at`: when the point of no return was about to be passed; kept before the dot is written.

    `scheduled_at` is the instant, `zone` the IANA time zone in which the person named it.  `together` is the same for
    those that one message to several people, sent separately, was made into.  `origin` is the message that it answers
    or forwards, and `act` how.
    `sent_at` is when the first recipients were accepted; it is `queued` again while others are put off.
    `sent_copy` is empty, `appending`, `appended`, `by_server` or `failed`.  `handed_bytes` of a large message have gone
    out while it is `sending`.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="submissions")
    state = models.CharField(max_length=20)
    subject = models.TextField(blank=True, default="")
    mail_from = models.CharField(max_length=320)
    message_id = models.TextField(blank=True, default="")
    blob = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    scheduled_at = models.DateTimeField(null=True)
    zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    together = models.CharField(max_length=32, blank=True, default="", db_default="")
    origin = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    act = models.CharField(max_length=20, blank=True, default="", db_default="")
    not_before = models.DateTimeField(null=True)
    final_dot_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_copy = models.CharField(max_length=10, blank=True, default="")
    diagnosis = models.JSONField(null=True)
    retries = models.IntegerField(default=0)
    retried_from = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    handed_bytes = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "not_before", "id"], name="store_submission_due"),
            models.Index(fields=["account", "final_dot_at"], name="store_submission_dots"),
            models.Index(fields=["account", "message_id"], name="store_submission_message"),
        ]


class Recipient(models.Model):
    """`said` is the server's own words about this one.

    `state` is empty (not asked yet, or put off in these words), `accepted`, `refused` (by the server it was handed to),
    or what a report said of it later: `bounced`, `delayed`, `delivered`; `reported_at` when, and `report` the message
    that says so.
    """

    class Kind(models.TextChoices):
        TO = "to"
        CC = "cc"
        BCC = "bcc"

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="recipients")
    name = models.TextField(blank=True, default="")
    address = models.CharField(max_length=320)
    kind = models.CharField(max_length=3, choices=Kind.choices)
    state = models.CharField(max_length=20, blank=True, default="")
    said = models.TextField(blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    report = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
