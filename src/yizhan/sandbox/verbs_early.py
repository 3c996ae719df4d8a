"""What may be said before anybody has signed in, and signing in itself."""

import base64
import binascii

from yizhan.sandbox.commands import Command, CommandWrong
from yizhan.sandbox.people import sign_in
from yizhan.sandbox.personas import Verdict
from yizhan.sandbox.session import Refused, Session, State, Verb, take, take_text
from yizhan.sandbox.structure import write_list, write_string

_OAUTH_CHALLENGE = b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}'


async def _capability(session: Session, command: Command) -> str:
    await session.say(b"CAPABILITY " + " ".join(session.capabilities).encode())
    return "CAPABILITY completed"


async def _noop(session: Session, command: Command) -> str:
    return f"{command.verb} completed"


async def _logout(session: Session, command: Command) -> str:
    await session.say(b"BYE Logging out")
    session.end()
    return "LOGOUT completed"


async def _id(session: Session, command: Command) -> str:
    """RFC 2971; some providers open no mailbox to a client without a name."""
    [facts] = take(command.words, 1)
    session.has_named_itself |= isinstance(facts, list) and len(facts) >= 2
    pairs = [write_string(word) for pair in session.persona.server_id.items() for word in pair]
    await session.say(b"ID " + (write_list(pairs) if pairs else b"NIL"))
    return "ID completed"


async def _login(session: Session, command: Command) -> str:
    login, secret = (take_text(word).decode("utf-8", "replace") for word in take(command.words, 2))
    return enter(session, "LOGIN", login, secret)


async def _authenticate(session: Session, command: Command) -> str:
    words = [take_text(word) for word in take(command.words, 1, more=True)]
    mechanism = words[0].decode("ascii", "replace").upper()
    if f"AUTH={mechanism}" not in session.capabilities:
        raise Refused("[CANNOT] Unsupported authentication mechanism")
    if len(words) > 1 and ("SASL-IR" not in session.capabilities or len(words) > 2):
        raise CommandWrong(session.word("unknown_command", "AUTHENTICATE"))
    first = _decode(b"" if words[1:] == [b"="] else words[1]) if len(words) > 1 else None
    if mechanism == "LOGIN":
        login = first if first is not None else await _ask(session, b"Username:")
        secret = await _ask(session, b"Password:")
        return enter(session, "AUTHENTICATE", login.decode("utf-8", "replace"), secret.decode("utf-8", "replace"))
    answer = first if first is not None else await _ask(session, b"")
    if mechanism == "XOAUTH2":
        await _ask(session, _OAUTH_CHALLENGE)  # no token is good here: the sandbox gives none
        return enter(session, "AUTHENTICATE", "", "")
    parts = answer.split(b"\0")
    if len(parts) != 3:
        raise CommandWrong("this is no PLAIN response")
    return enter(session, "AUTHENTICATE", parts[1].decode("utf-8", "replace"), parts[2].decode("utf-8", "replace"))


async def _ask(session: Session, challenge: bytes) -> bytes:
    await session.send(b"+ " + base64.b64encode(challenge) + b"\r\n")
    line = await session.read_line()
    if line == b"*":
        raise CommandWrong("authentication was given up")
    return _decode(line)


def _decode(line: bytes) -> bytes:
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error:
        raise CommandWrong("this is no base64") from None


def enter(session: Session, command: str, login: str, secret: str) -> str:
    """Sign in, or `Refused` in the persona's own words."""
    person = session.world.find(login, session.persona)
    verdict = sign_in(session.persona, person, secret, session.world.clock)
    if verdict is not Verdict.ACCEPTED or person is None:
        raise Refused(session.word(verdict.value, command))
    if person.sessions >= session.persona.rules.connections:
        raise Refused(session.word("too_many_connections", command))
    person.sessions += 1
    session.person = person
    session.state = State.SIGNED_IN
    return f"[CAPABILITY {' '.join(session.capabilities)}] {command} completed"


VERBS = {
    "CAPABILITY": Verb(_capability, State.EARLY),
    "NOOP": Verb(_noop, State.EARLY),
    "LOGOUT": Verb(_logout, State.EARLY),
    "ID": Verb(_id, State.EARLY, needs="ID"),
    "LOGIN": Verb(_login, State.EARLY),
    "AUTHENTICATE": Verb(_authenticate, State.EARLY),
    "CHECK": Verb(_noop, State.OPENED),
}
