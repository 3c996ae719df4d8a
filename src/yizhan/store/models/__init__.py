"""Every table, one file a noun."""

from yizhan.store.models.account import DELETING, Account, Credential
from yizhan.store.models.blob import Blob
from yizhan.store.models.card import Card, Correspondent
from yizhan.store.models.change import Change
from yizhan.store.models.draft import Draft, DraftFile
from yizhan.store.models.identity import Identity
from yizhan.store.models.imageconsent import ImageConsent
from yizhan.store.models.intent import Intent
from yizhan.store.models.lease import EngineBeat, Lease
from yizhan.store.models.libraryfile import LibraryFile
from yizhan.store.models.mailbox import Mailbox
from yizhan.store.models.message import Message
from yizhan.store.models.request import Request
from yizhan.store.models.savedsearch import SavedSearch
from yizhan.store.models.searchtext import SearchText
from yizhan.store.models.setup import SetupLink
from yizhan.store.models.signature import Signature
from yizhan.store.models.span import StatusSpan
from yizhan.store.models.submission import Recipient, Submission
from yizhan.store.models.suppression import Suppression
from yizhan.store.models.template import Template, TemplateGroup
from yizhan.store.models.thread import Thread, ThreadKey
from yizhan.store.models.tried import Try
from yizhan.store.models.user import User
from yizhan.store.models.vault import Vault
from yizhan.store.models.workspace import Workspace

__all__ = [
    "DELETING",
    "Account",
    "Blob",
    "Card",
    "Change",
    "Correspondent",
    "Credential",
    "Draft",
    "DraftFile",
    "EngineBeat",
    "Identity",
    "ImageConsent",
    "Intent",
    "Lease",
    "LibraryFile",
    "Mailbox",
    "Message",
    "Recipient",
    "Request",
    "SavedSearch",
    "SearchText",
    "SetupLink",
    "Signature",
    "StatusSpan",
    "Submission",
    "Suppression",
    "Template",
    "TemplateGroup",
    "Thread",
    "ThreadKey",
    "Try",
    "User",
    "Vault",
    "Workspace",
]
