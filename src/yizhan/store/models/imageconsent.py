"""Whose pictures a person lets Yizhan fetch."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.workspace import Workspace


class ImageConsent(models.Model):
    """The pictures of this sender are fetched without asking; the address as compared."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    address_key = models.CharField(max_length=640)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "address_key"], name="store_imageconsent_address"),
        ]
