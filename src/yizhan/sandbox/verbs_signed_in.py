"""What may be said once somebody has signed in: mailboxes by name."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from yizhan.imap import utf7
from yizhan.sandbox.commands import Atom, Command, CommandWrong, Word
from yizhan.sandbox.limits import MAX_MAILBOX_NAME
from yizhan.sandbox.mailboxes import NO_SELECT, Mailbox, NoRoom, TooManyFlags
from yizhan.sandbox.session import Refused, Session, State, Verb, read_name, take, take_text, write_flags
from yizhan.sandbox.structure import write_list, write_string

_XLIST_NAMES = {"all": "AllMail", "junk": "Spam", "flagged": "Starred"}
_STATUS_ITEMS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")
_SYSTEM_FLAGS = frozenset({b"\\Answered", b"\\Flagged", b"\\Deleted", b"\\Seen", b"\\Draft"})


async def _namespace(session: Session, command: Command) -> str:
    await session.say(b'NAMESPACE (("" %b)) NIL NIL' % write_string(session.persona.separator))
    return "NAMESPACE completed"


async def _enable(session: Session, command: Command) -> str:
    await session.say(b"ENABLED")  # nothing of it stands here
    return "ENABLE completed"


async def _list(session: Session, command: Command) -> str:
    words = list(command.words)
    selection = _options(words.pop(0)) if words and isinstance(words[0], list) else set()
    reference, patterns, *rest = take(words, 2, more=True)
    status = _asked_status(rest)
    if patterns == b"":
        await session.say(b'LIST (\\Noselect) %b ""' % write_string(session.persona.separator))
        return "LIST completed"
    wanted = [utf7.decode(take_text(word)) for word in (patterns if isinstance(patterns, list) else [patterns])]
    matches = _matcher([utf7.decode(take_text(reference)) + each for each in wanted], session.persona.separator)
    only_subscribed = "SUBSCRIBED" in selection or command.verb == "LSUB"
    for mailbox in list(session.owner.mailboxes.by_name.values()):
        if not matches(mailbox.name) or (only_subscribed and not mailbox.subscribed):
            continue
        if "SPECIAL-USE" in selection and mailbox.role in ("", NO_SELECT):
            continue
        await _say_listed(session, command.verb, mailbox, subscribed=only_subscribed)
        if status and mailbox.role != NO_SELECT:
            await session.say(_status_line(session, mailbox, status))
    return f"{command.verb} completed"


async def _say_listed(session: Session, verb: str, mailbox: Mailbox, *, subscribed: bool) -> None:
    mailboxes = session.owner.mailboxes
    attributes = [b"\\HasChildren" if mailboxes.has_children(mailbox) else b"\\HasNoChildren"]
    if mailbox.role == NO_SELECT:
        attributes.append(b"\\Noselect")
    elif verb == "XLIST" and (mailbox.role or mailbox.name == "INBOX"):
        name = _XLIST_NAMES.get(mailbox.role, mailbox.role.capitalize()) or "Inbox"
        attributes.append(b"\\" + name.encode())
    elif mailbox.role and "SPECIAL-USE" in session.capabilities:
        attributes.append(b"\\" + mailbox.role.capitalize().encode())
    if subscribed and verb == "LIST":
        attributes.append(b"\\Subscribed")
    name_on_wire = write_string(utf7.encode(mailbox.name))
    separator = write_string(session.persona.separator)
    await session.say(b"%b %b %b %b" % (verb.encode(), write_list(attributes), separator, name_on_wire))


def _options(word: Word) -> set[str]:
    return {each.decode("ascii", "replace").upper() for each in word if isinstance(each, Atom)}


def _asked_status(rest: list[Word]) -> list[str]:
    """The items of RETURN (STATUS (...)) (RFC 5819), else none."""
    if not rest:
        return []
    if rest[0] != b"RETURN" or len(rest) != 2 or not isinstance(rest[1], list):
        raise CommandWrong("LIST does not take this")
    options = rest[1]
    for at, option in enumerate(options[:-1]):
        if option == b"STATUS" and isinstance(options[at + 1], list):
            return _read_status_items(options[at + 1])
    return []


def _matcher(patterns: list[str], separator: str) -> Callable[[str], bool]:
    """`*` matches all, `%` stops at the separator; runs of them count as one, so that no pattern takes long."""
    if len(patterns) > 20 or any(len(re.findall(r"[*%]+", each)) > 8 for each in patterns):
        raise CommandWrong("too many wildcards")
    one_level = f"[^{re.escape(separator)}]*"
    compiled = []
    for each in patterns:
        pieces = re.split(r"([*%]+)", each)
        wild = [
            (".*" if "*" in piece else one_level) if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)
        ]
        compiled.append(re.compile("".join(wild), re.DOTALL))
    return lambda name: any(
        pattern.fullmatch(name) or (name == "INBOX" and pattern.pattern.upper() == "INBOX") for pattern in compiled
    )


async def _status(session: Session, command: Command) -> str:
    name, items = take(command.words, 2)
    mailbox = session.mailbox_named(name)
    await session.say(_status_line(session, mailbox, _read_status_items(items)))
    return "STATUS completed"


def _read_status_items(word: Word) -> list[str]:
    items = [each.decode("ascii", "replace").upper() for each in word if isinstance(each, Atom)]
    if not items or any(item not in _STATUS_ITEMS for item in items):
        raise CommandWrong("STATUS knows MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN")
    return items


def _status_line(session: Session, mailbox: Mailbox, items: list[str]) -> bytes:
    values = {
        "MESSAGES": len(mailbox.messages),
        "RECENT": 0,
        "UIDNEXT": mailbox.uid_next,
        "UIDVALIDITY": mailbox.uid_validity,
        "UNSEEN": mailbox.unseen,
    }
    given = [item for item in items if not session.persona.status_items or item in session.persona.status_items]
    pairs = write_list(f"{item} {values[item]}".encode() for item in given)
    return b"STATUS %b %b" % (write_string(utf7.encode(mailbox.name)), pairs)


async def _select(session: Session, command: Command) -> str:
    [name] = take(command.words, 1)
    session.close()
    if session.persona.rules.id_before_select and not session.has_named_itself:
        raise Refused(session.word("select_before_id", command.verb))
    mailbox = session.mailbox_named(name)
    view = session.open(mailbox, read_only=command.verb == "EXAMINE")
    keywords = frozenset[bytes]().union(*view.flags.values()) | _SYSTEM_FLAGS
    await session.say(b"FLAGS " + write_flags(keywords))
    await session.say(b"%d EXISTS" % len(view.uids))
    await session.say(b"0 RECENT")
    unseen = next((at for at, uid in enumerate(view.uids, 1) if b"\\Seen" not in view.flags[uid]), None)
    if unseen is not None:
        await session.say(b"OK [UNSEEN %d] first unseen" % unseen)
    permanent = b"()" if view.read_only else write_flags(_SYSTEM_FLAGS | {b"\\*"})
    await session.say(b"OK [PERMANENTFLAGS %b] flags kept" % permanent)
    await session.say(b"OK [UIDVALIDITY %d] UIDs valid" % mailbox.uid_validity)
    await session.say(b"OK [UIDNEXT %d] next UID" % mailbox.uid_next)
    return f"[{'READ-ONLY' if view.read_only else 'READ-WRITE'}] {command.verb} completed"


async def _create(session: Session, command: Command) -> str:
    name = read_name(take(command.words, 1, more=True)[0]).removesuffix(session.persona.separator)
    _check_new_name(session, name)
    try:
        session.owner.mailboxes.add(name)
    except NoRoom:
        raise Refused("[LIMIT] Too many mailboxes") from None
    return "CREATE completed"


def _check_new_name(session: Session, name: str) -> None:
    if not name or any(ord(char) < 0x20 for char in name) or len(utf7.encode(name)) > MAX_MAILBOX_NAME:
        raise Refused("[CANNOT] Invalid mailbox name")
    if name != name.strip() and "excess_whitespace" in session.persona.imap_words:
        raise Refused(session.word("excess_whitespace"))
    if name.upper() == "INBOX" or name in session.owner.mailboxes.by_name:
        raise Refused("[ALREADYEXISTS] Mailbox already exists")


async def _delete(session: Session, command: Command) -> str:
    mailbox = _changeable(session, take(command.words, 1)[0])
    if session.owner.mailboxes.has_children(mailbox):
        raise Refused("[HASCHILDREN] Mailbox has others below it")
    session.owner.mailboxes.delete(mailbox)
    if session.opened is not None and session.opened.mailbox is mailbox:
        session.close()
    return "DELETE completed"


async def _rename(session: Session, command: Command) -> str:
    old, new = take(command.words, 2)
    mailbox = _changeable(session, old)
    name = read_name(new)
    _check_new_name(session, name)
    if name.startswith(mailbox.name + session.persona.separator):
        raise Refused("[CANNOT] A mailbox cannot stand below itself")
    session.owner.mailboxes.rename(mailbox, name)
    return "RENAME completed"


def _changeable(session: Session, word: Word) -> Mailbox:
    mailbox = session.mailbox_named(word)
    if mailbox.name == "INBOX" or mailbox.role:
        raise Refused("[CANNOT] This mailbox is the system's")
    return mailbox


async def _subscribe(session: Session, command: Command) -> str:
    session.mailbox_named(take(command.words, 1)[0]).subscribed = command.verb == "SUBSCRIBE"
    return f"{command.verb} completed"


async def _append(session: Session, command: Command) -> str:
    name, *rest = take(command.words, 2, more=True)
    mailbox = session.owner.mailboxes.find(read_name(name))
    if mailbox is None:
        raise Refused("[TRYCREATE] Mailbox does not exist")
    raw = rest.pop()
    flags: frozenset[bytes] = frozenset()
    at = session.world.clock.now()
    if rest and isinstance(rest[0], list):
        flags = read_flags(rest.pop(0))
    if rest:
        at = _read_date(take_text(rest.pop(0)))
    if rest or isinstance(raw, list | Atom):
        raise CommandWrong("APPEND takes a mailbox, flags, a date and a message")
    try:
        message = mailbox.add(raw, flags, at)
        session.world.file_in_all(session.owner, mailbox, raw, flags, at)
    except NoRoom:
        raise Refused("[OVERQUOTA] No room for this message") from None
    except TooManyFlags:
        raise Refused("[LIMIT] Too many flags") from None
    return f"{_append_uid(session, mailbox, message.uid)}APPEND completed"


def _append_uid(session: Session, mailbox: Mailbox, uid: int) -> str:
    return f"[APPENDUID {mailbox.uid_validity} {uid}] " if "UIDPLUS" in session.capabilities else ""


def read_flags(word: Word) -> frozenset[bytes]:
    """System flags in their own spelling; \\Recent is the server's alone."""
    known = {flag.lower(): flag for flag in _SYSTEM_FLAGS}
    given = [each for each in word if isinstance(each, Atom)] if isinstance(word, list) else [word]
    if isinstance(word, list) and len(given) != len(word):
        raise CommandWrong("these are no flags")
    return frozenset(known.get(bytes(flag).lower(), bytes(flag)) for flag in given if flag.lower() != b"\\recent")


def _read_date(word: bytes) -> datetime:
    try:
        return datetime.strptime(word.decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandWrong("a date and time looks like 01-Feb-2026 12:00:00 +0000") from None


VERBS = {
    "NAMESPACE": Verb(_namespace, State.SIGNED_IN, needs="NAMESPACE"),
    "ENABLE": Verb(_enable, State.SIGNED_IN, needs="ENABLE"),
    "LIST": Verb(_list, State.SIGNED_IN),
    "LSUB": Verb(_list, State.SIGNED_IN),
    "XLIST": Verb(_list, State.SIGNED_IN, needs="XLIST"),
    "STATUS": Verb(_status, State.SIGNED_IN),
    "SELECT": Verb(_select, State.SIGNED_IN),
    "EXAMINE": Verb(_select, State.SIGNED_IN),
    "CREATE": Verb(_create, State.SIGNED_IN),
    "DELETE": Verb(_delete, State.SIGNED_IN),
    "RENAME": Verb(_rename, State.SIGNED_IN),
    "SUBSCRIBE": Verb(_subscribe, State.SIGNED_IN),
    "UNSUBSCRIBE": Verb(_subscribe, State.SIGNED_IN),
    "APPEND": Verb(_append, State.SIGNED_IN),
}
