"""Whose data it is."""

from django.db import models

from yizhan.store.models.user import User


class Workspace(models.Model):
    """`owner` is empty until somebody has set Yizhan up; `change_seq` is the number of the newest change.

    The correspondents of the messages up to the number `correspondents_upto` are known.
    """

    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=150, blank=True, default="")
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="workspaces")
    change_seq = models.BigIntegerField(default=0)
    correspondents_upto = models.BigIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(auto_now_add=True)
