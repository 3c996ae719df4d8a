"""One IMAP connection to a pretend provider: who has signed in, what is open, and what was told of it.

The verbs stand in `verbs_early`, `verbs_signed_in` and `verbs_opened`, by the state that they need (RFC 9051 §3).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum

from yizhan.imap import utf7
from yizhan.sandbox.commands import Command, CommandWrong, Word
from yizhan.sandbox.limits import MAX_LITERAL_EARLY, MAX_MAILBOX_NAME, MAX_MESSAGE
from yizhan.sandbox.mailboxes import Mailbox
from yizhan.sandbox.people import Person
from yizhan.sandbox.personas import Persona
from yizhan.sandbox.world import World


class State(IntEnum):
    """A verb of a state may be used in every later one but LOGOUT."""

    EARLY = 0
    SIGNED_IN = 1
    OPENED = 2
    LOGOUT = 3


class Refused(Exception):
    """NO, in the persona's words."""


@dataclass(slots=True)
class Opened:
    """A selected mailbox as this session was told of it: UIDs in the order of their numbers, and their flags."""

    mailbox: Mailbox
    read_only: bool
    uids: list[int]
    flags: dict[int, frozenset[bytes]]
    news: asyncio.Event


class Session:
    """Answers commands; `send` takes bytes to the client."""

    def __init__(
        self,
        world: World,
        persona: Persona,
        send: Callable[[bytes], Awaitable[None]],
        read_line: Callable[[], Awaitable[bytes]],
    ) -> None:
        self.world = world
        self.persona = persona
        self.send = send
        self.read_line = read_line
        self.id = f"{secrets.token_hex(6)}"
        self.state = State.EARLY
        self.person: Person | None = None
        self.opened: Opened | None = None
        self.has_named_itself = False

    @property
    def capabilities(self) -> tuple[str, ...]:
        return self.persona.capabilities_before if self.person is None else self.persona.capabilities_after

    @property
    def max_literal(self) -> int:
        return MAX_LITERAL_EARLY if self.person is None else MAX_MESSAGE

    def word(self, name: str, command: str = "") -> str:
        """The persona's words for this refusal."""
        text = self.persona.imap_words[name]
        return text.replace("{session}", self.id).replace("{command}", command)

    async def say(self, line: bytes) -> None:
        """One untagged response."""
        await self.send(b"* " + line + b"\r\n")

    @property
    def owner(self) -> Person:
        if self.person is None:
            raise CommandWrong("sign in first")
        return self.person

    @property
    def view(self) -> Opened:
        if self.opened is None:
            raise CommandWrong("open a mailbox first")
        return self.opened

    def mailbox_named(self, word: Word) -> Mailbox:
        """Raises `Refused` when there is none."""
        mailbox = self.owner.mailboxes.find(read_name(word))
        if mailbox is None:
            raise Refused("[NONEXISTENT] Mailbox does not exist")
        return mailbox

    def open(self, mailbox: Mailbox, *, read_only: bool) -> Opened:
        self.close()
        flags = {uid: message.flags for uid, message in mailbox.messages.items()}
        self.opened = Opened(mailbox, read_only, list(flags), flags, asyncio.Event())
        mailbox.listeners.add(self.opened.news)
        self.state = State.OPENED
        return self.opened

    def close(self) -> None:
        """Let the open mailbox go, if there is one."""
        if self.opened is not None:
            self.opened.mailbox.listeners.discard(self.opened.news)
            self.opened = None
            self.state = State.SIGNED_IN

    def end(self) -> None:
        """The connection is over."""
        self.close()
        if self.person is not None:
            self.person.sessions -= 1
            self.person = None
        self.state = State.LOGOUT

    async def tell_news(self, *, may_expunge: bool) -> None:
        """What has changed in the open mailbox; numbers shift only where the protocol allows (RFC 9051 §7.5.1)."""
        if self.opened is None:
            return
        view = self.opened
        view.news.clear()
        messages = view.mailbox.messages
        if may_expunge:
            for at in range(len(view.uids) - 1, -1, -1):
                if view.uids[at] not in messages:
                    view.flags.pop(view.uids.pop(at), None)
                    await self.say(b"%d EXPUNGE" % (at + 1))
        changed = [at for at, uid in enumerate(view.uids) if uid in messages and messages[uid].flags != view.flags[uid]]
        for at in changed:
            uid = view.uids[at]
            view.flags[uid] = messages[uid].flags
            await self.say(b"%d FETCH (UID %d FLAGS %b)" % (at + 1, uid, write_flags(messages[uid].flags)))
        fresh = [uid for uid in messages if not view.uids or uid > view.uids[-1]]
        if fresh:
            view.uids += fresh
            view.flags |= {uid: messages[uid].flags for uid in fresh}
            await self.say(b"%d EXISTS" % len(view.uids))


@dataclass(frozen=True, slots=True)
class Verb:
    """`run` gives the text of its OK; `needs` is a capability without which the server does not know the verb."""

    run: Callable[[Session, Command], Awaitable[str]]
    state: State
    needs: str = ""
    may_expunge: bool = True


def write_flags(flags: frozenset[bytes]) -> bytes:
    return b"(" + b" ".join(sorted(flags)) + b")"


def read_name(word: Word) -> str:
    """A mailbox's name; raises `CommandWrong`."""
    if isinstance(word, list) or not 1 <= len(word) <= MAX_MAILBOX_NAME:
        raise CommandWrong("this is no name of a mailbox")
    return utf7.decode(word)


def take(words: list[Word], number: int, more: bool = False) -> list[Word]:
    """So many arguments and no others; raises `CommandWrong`."""
    if len(words) < number or (len(words) > number and not more):
        raise CommandWrong(f"this command takes {number} arguments")
    return words


def take_text(word: Word) -> bytes:
    if isinstance(word, list):
        raise CommandWrong("a string is wanted here, not a list")
    return word
