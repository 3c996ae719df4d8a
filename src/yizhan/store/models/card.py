"""People one writes to: those one keeps, and those that one's mail names."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.workspace import Workspace


class Card(models.Model):
    """A card of the address book (RFC 6350).

    `fields`: `first_name last_name company position nickname phone note` and the person's own; `zone` is an IANA time
    zone, or empty.  `folded` is what is typed to find it (`store.search.completing`).
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=300, blank=True, default="")
    address = models.CharField(max_length=320)
    address_key = models.CharField(max_length=640)
    zone = models.CharField(max_length=64, blank=True, default="")
    folded = models.CharField(max_length=600, blank=True, default="")
    fields = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "address_key"], name="store_card_address"),
        ]


class Correspondent(models.Model):
    """An address that mail came from or went to, for completing what is typed.

    Read off the messages by number, up to the workspace's `correspondents_upto`; it can be made anew at any time.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    address_key = models.CharField(max_length=640)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=300, blank=True, default="")
    written_to = models.IntegerField(default=0)
    heard_from = models.IntegerField(default=0)
    last_at = models.DateTimeField()
    folded = models.CharField(max_length=600, blank=True, default="")

    class Meta:
        # In the order in which they are offered, and with what is compared: a query reads nothing else.
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-written_to", "-last_at", "folded"], name="store_correspondent_rank"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "address_key"], name="store_correspondent_address"),
        ]
