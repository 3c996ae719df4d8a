"""Messages that answer one another."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.workspace import Workspace


class Thread(models.Model):
    """`subject` is the bare one, without what answers put before it; `newest_at` the newest message's time."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    subject = models.TextField(blank=True, default="")
    newest_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["workspace", "subject", "-newest_at"], name="store_thread_subject"),
        ]


class ThreadKey(models.Model):
    """A Message-ID that somebody has or names, by its hash, and the thread that it belongs to."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=32)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="keys")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "key"], name="store_threadkey_key")]
