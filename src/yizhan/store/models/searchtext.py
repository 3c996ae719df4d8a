"""What of a message can be found, beside the index itself."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.message import Message


class SearchText(models.Model):
    """Written with the message.  `due`: the index does not have all of it yet; with a text, attached files lack only.

    `place` orders by time: seconds of `internal_date`, then the message's own number; the index is sorted by it.
    `text` (zstd, UTF-8) is what the message and its files say and, each after a NUL, its fields folded; null until the
    message was read.
    `files` are the names of what is attached.
    On PostgreSQL the table has a tsvector beside these; on SQLite the words stand in `store_search`, and a trigger
    removes them with this row.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="searched")
    place = models.BigIntegerField(unique=True)
    due = models.BooleanField(default=False)
    text = models.BinaryField(null=True)
    files = models.JSONField(default=list)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-place"], name="store_searchtext_text_due", condition=models.Q(due=True, text=None)),
            models.Index(
                fields=["-place"],
                name="store_searchtext_files_due",
                condition=models.Q(due=True, text__isnull=False),
            ),
        ]
