"""What a server says of messages, asked so that one message that it cannot take apart hides no other."""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from yizhan.imap.errors import CommandRefused
from yizhan.imap.numset import NumSet
from yizhan.imap.types import Fetched
from yizhan.net.imap import ImapSession
from yizhan.services.sync.facts import METADATA, message_facts
from yizhan.store.arrivals import MessageFacts

_PARTS = "BODYSTRUCTURE"
log = logging.getLogger(__name__)


async def fetch_facts(session: ImapSession, wanted: NumSet) -> AsyncGenerator[MessageFacts, None]:
    """These UIDs of the selected mailbox one by one as they come; a UID that comes twice is given twice.

    The parts of a message are what servers are worst at: where one refuses them, or says of them what nobody can read,
    the message is asked for again without.
    """
    came: list[int] = []
    unclear: list[int] = []
    try:
        async with aclosing(_ask(session, wanted, _PARTS)) as coming:
            async for each in coming:
                (unclear if each.defect else came).append(each.uid or 0)
                if not each.defect:
                    yield message_facts(each)
        again = NumSet.of(unclear)
    except CommandRefused as refusal:
        if refusal.status == "BYE":
            raise
        log.info("parts_refused", extra={"said": refusal.detail})
        again = wanted - NumSet.of(came)
    if again:
        async with aclosing(_ask(session, again)) as coming:
            async for each in coming:
                yield message_facts(each)


async def _ask(session: ImapSession, wanted: NumSet, *more: str) -> AsyncGenerator[Fetched, None]:
    async with aclosing(session.fetch_each(wanted, _items(session, *more), uid=True)) as lines:
        async for each in lines:
            if _is_answer(each, wanted):
                yield each


def _items(session: ImapSession, *more: str) -> str:
    """With the server's own name for the bytes, which is the same in every mailbox."""
    has = session.capabilities.has
    named = ["X-GM-MSGID"] if has("X-GM-EXT-1") else ["EMAILID"] if has("OBJECTID") else []
    return f"({' '.join((METADATA, *named, *more))})"


def _is_answer(each: Fetched, wanted: NumSet) -> bool:
    """Flags that somebody changes meanwhile come unasked, in the same form (RFC 9051 §7.5.2)."""
    asked = each.envelope is not None or bool(each.defect)
    return asked and each.uid is not None and each.uid in wanted
