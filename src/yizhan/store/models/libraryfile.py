"""Files that are attached often."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.blob import Blob
from yizhan.store.models.workspace import Workspace


class LibraryFile(models.Model):
    """Kept once, attached by name."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=255)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="store_libraryfile_name")]
