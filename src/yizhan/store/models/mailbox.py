"""A server's container of messages (RFC 9051 §5.1)."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account


class Mailbox(models.Model):
    """`name` for people, `wire_name` for the server.  Numbers are null until the server has said them."""

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
    subscribed = models.BooleanField(default=True)
    selectable = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "wire_name"], name="store_mailbox_name")]
        indexes: ClassVar = [models.Index(fields=["role"], name="store_mailbox_role")]
