"""Addresses that mail does not reach, or should not."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.submission import Submission
from yizhan.store.models.workspace import Workspace


class Suppression(models.Model):
    """A person is warned before they write to it.  `said` is the server's own words of a bounce."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced"
        PERSON = "person"

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    address = models.CharField(max_length=320)
    address_key = models.CharField(max_length=640)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    said = models.TextField(blank=True, default="")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "address_key"], name="store_suppression_address"),
        ]
