"""Messages in a store, as the engine leaves them."""

from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

from tests.store.making import NOON, VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.mime.summary import summarise
from yizhan.store import blobs, messages
from yizhan.store.models import Account, Message
from yizhan.store.scope import Scope

ANNA = {"name": "Anna", "address": "anna@example.com"}
BORIS = {"name": "Борис", "address": "boris@example.org"}
CHEN = {"name": "陈工", "address": "chen@example.cn"}


def make_letter(**headers: str) -> EmailMessage:
    """From Boris to Anna, with whatever headers a test wants."""
    message = EmailMessage(policy=SMTP)
    told = {"Subject": "Price", "Message-ID": "<q1@example.org>", "References": "<q0@example.org>"}
    for name, value in {**told, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        message[name] = value
    message.set_content("Hello Anna\n> earlier\n")
    return message


def receive(scope: Scope, raw: bytes | None, address: str = "anna@example.com", **fields: object) -> Message:
    """One message in the inbox of a new account; without `raw` its bytes are not here yet."""
    account = bind(scope, address)
    [message] = receive_many(account, [raw], **fields)
    return message


def receive_many(account: Account, raws: list[bytes | None], **fields: object) -> list[Message]:
    """So many messages a minute apart; the last is the newest."""
    lease = take_lease(account)
    inbox = open_inbox(account, lease)
    told = {"from_": [BORIS], "to": [ANNA], "subject": "Price", "message_id": "<q1@example.org>", **fields}
    made = [facts(uid, **told, date=NOON + timedelta(minutes=uid)) for uid in range(1, len(raws) + 1)]
    messages.upsert_batch(inbox.pk, VALIDITY, made, lease)
    rows = list(Message.objects.filter(account=account).order_by("uid"))
    for row, raw in zip(rows, raws, strict=True):
        _attach(row, raw)
    return list(Message.objects.filter(account=account).order_by("uid"))


def _attach(row: Message, raw: bytes | None) -> None:
    if raw is not None:
        told = summarise(raw, 200)._asdict()
        messages.attach_blob(row.pk, blobs.put(raw).pk, **told)
