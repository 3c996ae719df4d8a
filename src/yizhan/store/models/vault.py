"""Which key seals now, and the proof that the right one is at hand."""

from django.db import models


class Vault(models.Model):
    """One row.  `canary` is a known text sealed with the key that seals now."""

    key_id = models.CharField(max_length=16)
    canary = models.BinaryField()
