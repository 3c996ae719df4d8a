"""A name and an address that an account may send as."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account


class Identity(models.Model):
    """`address_key` as compared.  The account's own address may have one too, for its name and Reply-To.

    `diagnosis`: why the provider refused it as a sender, null while it has not.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identities", db_index=False)
    name = models.CharField(max_length=150, blank=True, default="")
    address = models.CharField(max_length=320)
    address_key = models.CharField(max_length=640)
    reply_to = models.CharField(max_length=320, blank=True, default="")
    is_default = models.BooleanField(default=False)
    diagnosis = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "address_key"], name="store_identity_address"),
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(is_default=True), name="store_identity_default"
            ),
        ]
