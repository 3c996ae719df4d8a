"""A server's container of messages (RFC 9051 §5.1)."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account


class Mailbox(models.Model):
    """`name` for people, `wire_name` for the server.  Numbers are null until the server has said them.

    `held_uids` is what is held here, as RFC 9051 writes a sequence-set; it grows only in the transaction that writes
    the messages. `synced_uid_next` and `highest_mod_seq` are where the next sync goes on from: all that the server told
    before them is here; `synced_messages` is how many messages it had then. `covered_since`: everything with an
    INTERNALDATE from that day on is held (the first day of the calendar: everything); null while history is still on
    its way. `in_range` is how many messages that range has at the server, `synced_at` when this mailbox last equalled
    it. `object_id` is the server's own name for the mailbox, which a rename does not change (RFC 8474 §4).
    """

    class Follow(models.TextChoices):
        AUTO = "auto"
        ALWAYS = "always"
        NEVER = "never"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="mailboxes", db_index=False)
    name = models.TextField()
    wire_name = models.TextField()
    delimiter = models.CharField(max_length=4, blank=True, default="")
    role = models.CharField(max_length=10, blank=True, default="")
    uid_validity = models.BigIntegerField(null=True)
    uid_next = models.BigIntegerField(null=True)
    highest_mod_seq = models.BigIntegerField(null=True)
    messages = models.BigIntegerField(null=True)
    unseen = models.BigIntegerField(null=True)
    held_uids = models.TextField(blank=True, default="", db_default="")
    synced_uid_next = models.BigIntegerField(null=True)
    synced_messages = models.BigIntegerField(null=True)
    covered_since = models.DateField(null=True)
    in_range = models.BigIntegerField(null=True)
    synced_at = models.DateTimeField(null=True)
    follow = models.CharField(max_length=6, choices=Follow.choices, default=Follow.AUTO, db_default="auto")
    object_id = models.CharField(max_length=255, blank=True, default="", db_default="")
    subscribed = models.BooleanField(default=True)
    selectable = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "wire_name"], name="store_mailbox_name")]
        indexes: ClassVar = [models.Index(fields=["role"], name="store_mailbox_role")]
