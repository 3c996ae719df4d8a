"""What a person said to a message that asks for a read receipt."""

from yizhan.base.ids import MessageId
from yizhan.store import lane, messages
from yizhan.store.models import Message, Submission
from yizhan.store.scope import Scope


@lane.keeps
def settle(scope: Scope, message_id: MessageId, outcome: str) -> bool:
    """`sent` or `declined`, once, for every copy of the message in the account; False when it was said before.

    Raises `NotFound`.
    """
    row = messages.get(scope, message_id)
    copies = Message.objects.filter(pk=row.pk)
    if row.message_id and row.thread_id is not None:  # by the thread, for it has an index and Message-IDs have none
        copies = Message.objects.filter(thread_id=row.thread_id, account_id=row.account_id, message_id=row.message_id)
    if copies.exclude(receipt="").exists():
        return False
    return bool(copies.update(receipt=outcome))


def answer_given(scope: Scope, message_id: MessageId, acts: tuple[str, ...]) -> str:
    """The act of the last submission of these acts that answers the message; empty when there is none."""
    rows = Submission.objects.filter(workspace_id=scope.workspace_id, origin_id=message_id, act__in=acts)
    found = rows.exclude(state__in=("failed", "cancelled")).order_by("-pk").first()
    return "" if found is None else found.act
