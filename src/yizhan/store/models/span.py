"""How an account stood, and from when to when."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account


class StatusSpan(models.Model):
    """A stretch of time in one status for one cause; `ended_at` is null for the one that lasts."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="spans", db_index=False)
    status = models.CharField(max_length=20)
    diagnosis = models.JSONField(null=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account", "-began_at"], name="store_span_latest")]
