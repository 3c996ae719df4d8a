"""Bytes by their hash."""

from django.db import models


class Blob(models.Model):
    """The content stands in the blob store under this hash (SHA-256, hexadecimal), compressed.

    `touched_at` is when somebody last put it: fresh ones are not collected, their holder may be on its way.
    """

    hash = models.CharField(max_length=64, primary_key=True)
    size_bytes = models.BigIntegerField()
    stored_size = models.BigIntegerField()
    touched_at = models.DateTimeField(db_index=True)
