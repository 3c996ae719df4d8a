"""What a person wants of messages and no server has confirmed yet."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account
from yizhan.store.models.mailbox import Mailbox
from yizhan.store.models.workspace import Workspace


class Intent(models.Model):
    """One wish about messages of one mailbox, carried to the server in the order of `id` within its account.

    `uids` is a sequence-set under `uid_validity`; `payload` says more by kind.  `action` is the same for all intents
    that one act of a person made, and is what undo takes back.  `not_before`: until then it can be undone for nothing.
    `said` is the diagnosis of a refusal.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="intents", db_index=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="intents")
    action = models.CharField(max_length=32)
    kind = models.CharField(max_length=20)
    uid_validity = models.BigIntegerField()
    uids = models.TextField()
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default="waiting")
    said = models.JSONField(null=True)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["account", "state", "id"], name="store_intent_waiting"),
            models.Index(fields=["workspace", "action"], name="store_intent_action"),
        ]
