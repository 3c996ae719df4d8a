"""Queries that a person keeps under a name."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.workspace import Workspace


class SavedSearch(models.Model):
    """A query under a name."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=150)
    query = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="store_savedsearch_name")]
