"""One login at one provider, bound to Yizhan, and what proves it."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.workspace import Workspace

DELETING = "deleting"  # the one status that the store itself knows


class Account(models.Model):
    """`address_key` is the address as compared: two that differ in case only are one.  `failures`: in a row.

    `erase_at`: while it is `deleting`, the instant until which that can be undone.  `incident_at`: when it left normal,
    and `alerted`, whether the person was told.  `sync_days` is how far back mail is kept here (null: all of it), unless
    `sync_since` names a day.  `body_bytes` were fetched as bodies on `body_day` (UTC).  `caps` are the person's own
    limits of sending (`a_minute an_hour a_day recipients gap_s size_bytes`); the provider's stand for the rest.
    `files_copy`: whether the server files sent mail by itself, as was seen; null while nobody has looked.
    `vouched_by`: whose servers say who its mail is from, as it was when a person last relied on that.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="accounts", db_index=False)
    address = models.CharField(max_length=320)
    address_key = models.CharField(max_length=640)  # folding may lengthen: ß becomes ss
    login = models.CharField(max_length=320)
    label = models.CharField(max_length=150, blank=True, default="")
    provider = models.CharField(max_length=60, blank=True, default="")
    imap_host = models.CharField(max_length=255)
    imap_port = models.IntegerField()
    imap_security = models.CharField(max_length=8)
    smtp_host = models.CharField(max_length=255)
    smtp_port = models.IntegerField()
    smtp_security = models.CharField(max_length=8)
    ca_pem = models.TextField(blank=True, default="")
    route = models.CharField(max_length=150, default="auto")
    sync_days = models.SmallIntegerField(null=True, default=90, db_default=90)
    sync_since = models.DateField(null=True)
    body_day = models.DateField(null=True)
    body_bytes = models.BigIntegerField(default=0, db_default=0)
    caps = models.JSONField(default=dict, db_default={})
    files_copy = models.BooleanField(null=True)
    vouched_by = models.CharField(max_length=255, blank=True, default="", db_default="")
    signature_new = models.ForeignKey("store.Signature", null=True, on_delete=models.SET_NULL, related_name="+")
    signature_answer = models.ForeignKey("store.Signature", null=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=20, default="verifying")
    diagnosis = models.JSONField(null=True)
    colour = models.SmallIntegerField(default=1)
    capabilities = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    last_ok_at = models.DateTimeField(null=True)
    last_error_at = models.DateTimeField(null=True)
    last_checked_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    erase_at = models.DateTimeField(null=True)
    incident_at = models.DateTimeField(null=True)
    alerted = models.BooleanField(default=False, db_default=False)

    # Sums over the mailboxes, which `accounts.get`, `find` and `list_all` read along.
    mailbox_count: int
    message_count: int
    unseen_count: int

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "address_key"], name="store_account_address"),
            models.CheckConstraint(condition=models.Q(colour__range=(1, 8)), name="store_account_colour"),
        ]
        indexes: ClassVar = [models.Index(fields=["next_try_at"], name="store_account_due")]


class Credential(models.Model):
    """The sealed secret of an account.

    `refused_at`: when a server said no to it, newest last, for an hour.  `reviewed_at`: when a person last said that
    it may stay.
    """

    class Kind(models.TextChoices):
        PASSWORD = "password"
        APP_PASSWORD = "app_password"
        OAUTH_TOKEN = "oauth_token"

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="credential")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=16, db_index=True)
    created_at = models.DateTimeField()
    refused_at = models.JSONField(default=list)
    reviewed_at = models.DateTimeField(null=True)
