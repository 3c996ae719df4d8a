"""What somebody asks the engine to do, and its answer."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account
from yizhan.store.models.workspace import Workspace


class Request(models.Model):
    """Left by a door, claimed by an engine.  The secret, if any, is sealed and gone when the request is settled."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE)
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL)
    kind = models.CharField(max_length=60)
    payload = models.JSONField(default=dict)
    sealed_secret = models.BinaryField(null=True)
    key_id = models.CharField(max_length=16, blank=True, default="", db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    progress = models.JSONField(default=dict)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    claims = models.IntegerField(default=0)
    claimed_by = models.CharField(max_length=80, blank=True, default="")
    claimed_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "id"], name="store_request_waiting")]
