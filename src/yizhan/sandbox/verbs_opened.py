"""What may be said of an open mailbox: its messages."""

import asyncio

from yizhan.sandbox.commands import ClientGone, Command, CommandWrong, Word
from yizhan.sandbox.fetching import Item, answer, read_items
from yizhan.sandbox.limits import IDLE_SECONDS
from yizhan.sandbox.mailboxes import Mailbox, NoRoom, TooManyFlags
from yizhan.sandbox.numsets import is_in, read_ranges, write_set
from yizhan.sandbox.searching import Found, read_search
from yizhan.sandbox.session import Refused, Session, State, Verb, read_name, take, take_text, write_flags
from yizhan.sandbox.verbs_signed_in import read_flags


async def _fetch(session: Session, command: Command) -> str:
    chosen, *words = take(command.words, 2, more=True)
    items = read_items(words)
    by_uid = command.verb.startswith("UID")
    if by_uid and not any(item.name == "UID" for item in items):
        items = [Item("UID", b"UID"), *items]
    marks = any(item.marks_seen for item in items) and not session.view.read_only
    if marks and not any(item.name == "FLAGS" for item in items):
        items = [*items, Item("FLAGS", b"FLAGS")]
    for number, uid in _chosen(session, take_text(chosen), by_uid=by_uid):
        message = session.view.mailbox.messages.get(uid)
        if message is None:
            continue  # taken away by another session, which this one has not been told yet
        if marks and b"\\Seen" not in message.flags:
            _set_flags(session, uid, message.flags | {b"\\Seen"})
        await session.say(b"%d FETCH %b" % (number, answer(items, message, write_flags(message.flags))))
    return f"{command.verb} completed"


async def _search(session: Session, command: Command) -> str:
    view = session.view
    key = read_search(command.words, len(view.uids), view.uids[-1] if view.uids else 0)
    messages = view.mailbox.messages
    seen = [Found(number, messages[uid]) for number, uid in enumerate(view.uids, 1) if uid in messages]
    by_uid = command.verb.startswith("UID")
    found = [each.message.uid if by_uid else each.number for each in seen if key(each)]
    await session.say(b" ".join([b"SEARCH", *(b"%d" % number for number in found)]))
    return f"{command.verb} completed"


async def _store(session: Session, command: Command) -> str:
    chosen, action, *words = take(command.words, 3, more=True)
    if session.view.read_only:
        raise Refused("[READ-ONLY] The mailbox is open for reading only")
    name = take_text(action).decode("ascii", "replace").upper()
    if name.removesuffix(".SILENT") not in ("FLAGS", "+FLAGS", "-FLAGS"):
        raise CommandWrong("STORE takes FLAGS, +FLAGS or -FLAGS")
    given = frozenset[bytes]().union(*(read_flags(word) for word in words))
    by_uid = command.verb.startswith("UID")
    for number, uid in _chosen(session, take_text(chosen), by_uid=by_uid):
        message = session.view.mailbox.messages.get(uid)
        if message is None:
            continue
        flags = {"+": message.flags | given, "-": message.flags - given}.get(name[0], given)
        _set_flags(session, uid, flags)
        if not name.endswith(".SILENT"):
            prefix = b"UID %d " % uid if by_uid else b""
            await session.say(b"%d FETCH (%bFLAGS %b)" % (number, prefix, write_flags(flags)))
    return f"{command.verb} completed"


def _set_flags(session: Session, uid: int, flags: frozenset[bytes]) -> None:
    """The session that sets them has heard of them."""
    try:
        session.view.mailbox.set_flags(uid, flags)
    except TooManyFlags:
        raise Refused("[LIMIT] Too many flags") from None
    session.view.flags[uid] = flags


async def _copy(session: Session, command: Command) -> str:
    chosen, name = take(command.words, 2)
    uids = [uid for _, uid in _chosen(session, take_text(chosen), by_uid=command.verb.startswith("UID"))]
    target = _target(session, name)
    old, new = _copy_to(session, target, uids)
    return f"{_copy_uid(session, target, old, new)}{command.verb} completed"


async def _move(session: Session, command: Command) -> str:
    chosen, name = take(command.words, 2)
    if session.view.read_only:
        raise Refused("[READ-ONLY] The mailbox is open for reading only")
    uids = [uid for _, uid in _chosen(session, take_text(chosen), by_uid=command.verb.startswith("UID"))]
    target = _target(session, name)
    old, new = _copy_to(session, target, uids)
    if code := _copy_uid(session, target, old, new):
        await session.say(f"OK {code}moved".encode())  # before the EXPUNGEs (RFC 6851 §4.3)
    for uid in old:
        session.view.mailbox.remove(uid)
    return f"{command.verb} completed"


def _target(session: Session, word: Word) -> Mailbox:
    mailbox = session.owner.mailboxes.find(read_name(word))
    if mailbox is None:
        raise Refused("[TRYCREATE] Mailbox does not exist")
    return mailbox


def _copy_to(session: Session, target: Mailbox, uids: list[int]) -> tuple[list[int], list[int]]:
    """All or none (RFC 9051 §6.4.7); gives the UIDs here and there."""
    source = session.view.mailbox
    old = [uid for uid in uids if uid in source.messages]
    new: list[int] = []
    try:
        for uid in old:
            message = source.messages[uid]
            new.append(target.add(message.raw, message.flags, message.internal_date).uid)
    except NoRoom:
        for uid in new:
            target.remove(uid)
        raise Refused("[OVERQUOTA] No room for these messages") from None
    return old, new


def _copy_uid(session: Session, target: Mailbox, old: list[int], new: list[int]) -> str:
    if not old or "UIDPLUS" not in session.capabilities:
        return ""
    return f"[COPYUID {target.uid_validity} {write_set(old).decode()} {write_set(new).decode()}] "


async def _expunge(session: Session, command: Command) -> str:
    if session.view.read_only:
        raise Refused("[READ-ONLY] The mailbox is open for reading only")
    chosen = None
    if command.verb == "UID EXPUNGE":
        chosen = [uid for _, uid in _chosen(session, take_text(take(command.words, 1)[0]), by_uid=True)]
    _expunge_deleted(session, chosen)
    return f"{command.verb} completed"


def _expunge_deleted(session: Session, chosen: list[int] | None) -> None:
    mailbox = session.view.mailbox
    for uid in chosen if chosen is not None else list(session.view.uids):
        if uid in mailbox.messages and b"\\Deleted" in mailbox.messages[uid].flags:
            mailbox.remove(uid)


async def _close(session: Session, command: Command) -> str:
    """CLOSE takes the deleted away and says nothing of it; UNSELECT leaves them (RFC 3691)."""
    if command.verb == "CLOSE" and not session.view.read_only:
        _expunge_deleted(session, None)
    session.close()
    return f"{command.verb} completed"


async def _idle(session: Session, command: Command) -> str:
    """RFC 2177: news as it comes, until DONE."""
    view = session.view
    await session.send(b"+ idling\r\n")
    reading = asyncio.ensure_future(session.read_line())
    try:
        while not reading.done():
            await session.tell_news(may_expunge=True)
            hearing = asyncio.ensure_future(view.news.wait())
            done, _ = await asyncio.wait({reading, hearing}, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            hearing.cancel()
            if not done:
                raise ClientGone
    finally:
        reading.cancel()
    if reading.result().upper() != b"DONE":
        raise CommandWrong("IDLE ends with DONE", command.tag)
    return "IDLE completed"


def _chosen(session: Session, text: bytes, *, by_uid: bool) -> list[tuple[int, int]]:
    """(number, UID) of each message in the set; a number past the last is wrong, an unknown UID is not."""
    view = session.view
    highest = (view.uids[-1] if view.uids else 0) if by_uid else len(view.uids)
    ranges = read_ranges(text, highest)
    if not by_uid and ranges and (ranges[-1][1] > highest or ranges[0][0] < 1):
        raise CommandWrong("there is no message of that number")
    return [(number, uid) for number, uid in enumerate(view.uids, 1) if is_in(uid if by_uid else number, ranges)]


VERBS = {
    "FETCH": Verb(_fetch, State.OPENED, may_expunge=False),
    "UID FETCH": Verb(_fetch, State.OPENED),
    "SEARCH": Verb(_search, State.OPENED, may_expunge=False),
    "UID SEARCH": Verb(_search, State.OPENED),
    "STORE": Verb(_store, State.OPENED, may_expunge=False),
    "UID STORE": Verb(_store, State.OPENED),
    "COPY": Verb(_copy, State.OPENED),
    "UID COPY": Verb(_copy, State.OPENED),
    "MOVE": Verb(_move, State.OPENED, needs="MOVE"),
    "UID MOVE": Verb(_move, State.OPENED, needs="MOVE"),
    "EXPUNGE": Verb(_expunge, State.OPENED),
    "UID EXPUNGE": Verb(_expunge, State.OPENED, needs="UIDPLUS"),
    "CLOSE": Verb(_close, State.OPENED),
    "UNSELECT": Verb(_close, State.OPENED, needs="UNSELECT"),
    "IDLE": Verb(_idle, State.OPENED, needs="IDLE"),
}
