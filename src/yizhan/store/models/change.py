"""What became different, in order."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.workspace import Workspace


class Change(models.Model):
    """`seq` counts without gaps within a workspace, in the order of the commits."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, blank=True, default="")
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "seq"], name="store_change_seq")]
