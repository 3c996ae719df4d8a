"""Words that end a message by themselves."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.workspace import Workspace


class Signature(models.Model):
    """`html` is cleaned before it is kept.  Which one an account uses stands with the account."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=150)
    html = models.TextField(blank=True, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="store_signature_name")]
