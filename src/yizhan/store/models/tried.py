"""A sign-in with a secret that is not kept."""

from typing import ClassVar

from django.db import models


class Try(models.Model):
    """`fingerprint`: a keyed hash of address and secret, from which neither can be had.  Kept for an hour."""

    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["fingerprint", "at"], name="store_try_recent")]
