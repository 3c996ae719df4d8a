"""A message that is being written."""

from typing import ClassVar

from django.db import models

from yizhan.store.models.account import Account
from yizhan.store.models.blob import Blob
from yizhan.store.models.message import Message
from yizhan.store.models.submission import Submission
from yizhan.store.models.workspace import Workspace


class Draft(models.Model):
    """`content` is what the form holds: `from to cc bcc reply_to subject html text plain separately receipt priority`.

    `version` grows by one with each saving; who saves on top of another version than the newest is told so, and what
    they wrote becomes a draft of its own.  `origin` is the message that is answered or forwarded, and `act` how:
    `reply`, `reply_all`, `forward`, `forward_attached`, `redirect`, or empty.  While it is handed in, `submission` is
    what became of it, so that it can be taken back and written on.  `filed_version` is the version that lies in the
    server's Drafts, its Message-ID begun by `message_id`; (`filed_uid_validity`, `filed_uid`) is where, null when it is
    not known.  A discarded one that may lie there is kept, without its words, until it does not.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, db_index=False)
    account = models.ForeignKey(Account, null=True, on_delete=models.SET_NULL, related_name="drafts")
    version = models.IntegerField(default=1)
    content = models.JSONField(default=dict)
    origin = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    act = models.CharField(max_length=20, blank=True, default="")
    in_reply_to = models.TextField(blank=True, default="")
    references = models.JSONField(default=list)
    submission = models.ForeignKey(Submission, null=True, on_delete=models.SET_NULL, related_name="drafts")
    message_id = models.TextField(blank=True, default="")
    filed_version = models.IntegerField(default=0)
    filed_uid_validity = models.BigIntegerField(null=True)
    filed_uid = models.BigIntegerField(null=True)
    discarded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "-updated_at"], name="store_draft_newest")]


class DraftFile(models.Model):
    """A file that goes along; `cid` names a picture that stands in the text, empty for an attachment."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=150)
    cid = models.CharField(max_length=150, blank=True, default="")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
