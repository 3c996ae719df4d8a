"""The link by which the first person makes Yizhan theirs."""

from django.db import models


class SetupLink(models.Model):
    """Only the hash of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
