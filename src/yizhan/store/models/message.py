"""A message of a mailbox: (mailbox, uid_validity, uid)."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account
from yizhan.store.models.blob import Blob
from yizhan.store.models.mailbox import Mailbox
from yizhan.store.models.thread import Thread
from yizhan.store.models.workspace import Workspace

# Filters of lists whose messages may be few: without an index of their own a page of them reads the whole mailbox.
# Each holds what its condition is about, so that nothing of the row is read and SQLite prefers it to the whole index.
_RARE = {
    "seen": models.Q(hidden=False, seen=False),
    "flagged": models.Q(hidden=False, flagged=True),
    "attachments": models.Q(hidden=False, attachments__gt=0),
}


class Message(models.Model):
    """What lists show, without the message's own bytes.

    Address columns are lists of `{"name", "address"}`.  `seen`, `flagged`, `answered` repeat `flags` for fast filters.
    `server_id` is the server's own name for the bytes, the same in every mailbox (X-GM-MSGID, EMAILID of RFC 8474).
    `report_due`: it looks like a delivery report and nobody has read it as one.  `receipt` is what became of the read
    receipt that it asks for: empty, `sent` or `declined`.
    `hidden`: shown to nobody, for it was moved or deleted here and the server has yet to be told, or cannot remove it.
    The workspace and account repeat the mailbox's, so that every list is one walk along one index.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, db_index=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, db_index=False, related_name="held")
    uid_validity = models.BigIntegerField()
    uid = models.BigIntegerField()
    internal_date = models.DateTimeField()
    date = models.DateTimeField(null=True)
    message_id = models.TextField(blank=True, default="")
    in_reply_to = models.TextField(blank=True, default="")
    subject = models.TextField(blank=True, default="")
    senders = models.JSONField(default=list, db_column="from_list")
    to = models.JSONField(default=list, db_column="to_list")
    cc = models.JSONField(default=list, db_column="cc_list")
    flags = models.JSONField(default=list)
    seen = models.BooleanField(default=False)
    flagged = models.BooleanField(default=False)
    answered = models.BooleanField(default=False)
    hidden = models.BooleanField(default=False, db_default=False)
    size_bytes = models.BigIntegerField(default=0)
    attachments = models.IntegerField(default=0)
    snippet = models.TextField(blank=True, default="")
    server_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    report_due = models.BooleanField(default=False, db_default=False)
    receipt = models.CharField(max_length=10, blank=True, default="", db_default="")
    thread = models.ForeignKey(Thread, null=True, on_delete=models.SET_NULL, related_name="messages", db_index=False)
    blob = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["mailbox", "uid_validity", "uid"], name="store_message_uid"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-internal_date", "-id"], name="store_message_newest"),
            models.Index(fields=["account", "-internal_date", "-id"], name="store_message_account"),
            models.Index(fields=["mailbox", "-internal_date", "-id", "hidden"], name="store_message_mailbox"),
            models.Index(fields=["thread", "internal_date"], name="store_message_thread"),
            *(
                models.Index(
                    fields=["mailbox", "-internal_date", "-id", "hidden", name],
                    name=f"store_message_{name}",
                    condition=condition,
                )
                for name, condition in _RARE.items()
            ),
            models.Index(
                fields=["account", "-internal_date", "-id"],
                condition=models.Q(blob=None),
                name="store_message_bodiless",
            ),
            models.Index(fields=["mailbox"], condition=models.Q(hidden=True), name="store_message_hidden"),
            models.Index(
                fields=["account", "server_id"], condition=~models.Q(server_id=""), name="store_message_server"
            ),
            models.Index(fields=["account"], condition=models.Q(report_due=True), name="store_message_report"),
        ]
