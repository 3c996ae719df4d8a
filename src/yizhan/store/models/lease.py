"""Who owns an account now."""

from django.db import models

from yizhan.store.models.account import Account


class Lease(models.Model):
    """`epoch` grows with every new owner, so that a late write of an earlier one is known and refused."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="lease")
    owner = models.CharField(max_length=80, blank=True, default="")
    epoch = models.BigIntegerField(default=0)
    until = models.DateTimeField(db_index=True)


class EngineBeat(models.Model):
    """An engine that lives, as long as it says so."""

    owner = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField()
    until = models.DateTimeField()
