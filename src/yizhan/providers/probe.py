"""Walk the path to an account, stage by stage; stop at the first that refuses."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from yizhan.base.errors import YizhanError
from yizhan.base.secret import Secret
from yizhan.imap.errors import CommandRefused
from yizhan.net.deadlines import deadline
from yizhan.net.dialers import Dialer
from yizhan.net.endpoints import Endpoint, Security
from yizhan.net.errors import DeadlineMissed
from yizhan.net.imap import ImapSession, Selected
from yizhan.net.smtp import SmtpSession
from yizhan.net.streams import Stream
from yizhan.net.tls import client_context
from yizhan.providers.diagnosis import Cause, Diagnosis, Observation, diagnose, observe
from yizhan.providers.entries import Quirk, protocol_quirks
from yizhan.providers.stages import SMTP_STAGES, Stage

WHOLE_SECONDS = 28.0  # a server that stalls gets its verdict within 30 s
STAGE_SECONDS = 10.0
CLIENT_ID = {"name": "Yizhan", "version": "0.1"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """The path: `login` and `secret` at two servers, and an authority of one's own if `ca_pem`.

    `other_logins` are tried at IMAP when the first is refused; `smtp_login` is empty where it is the same.
    """

    login: str
    secret: Secret[str]
    imap: Endpoint
    smtp: Endpoint
    ca_pem: str | None
    provider: str = ""
    quirks: frozenset[Quirk] = frozenset()
    other_logins: tuple[str, ...] = ()
    smtp_login: str = ""


@dataclass(frozen=True, slots=True)
class StageReport:
    """One stage: how long it took in milliseconds, and what was seen; `ok` is None while it is under way."""

    stage: Stage
    ok: bool | None
    ms: int
    detail: str


@dataclass(slots=True)
class ProbeResult:
    """The stages in order; `diagnosis` is None when all of them passed.  `login` is the one that IMAP took."""

    stages: list[StageReport] = field(default_factory=list)
    diagnosis: Diagnosis | None = None
    capabilities: frozenset[str] = frozenset()
    login: str = ""


OnStage = Callable[[StageReport], None]


class _Refused(Exception):
    """Ends the walk; the diagnosis is in the result."""


class Walk:
    """One walk under way: times each stage, and turns the first refusal into a diagnosis."""

    def __init__(self, result: ProbeResult, on_stage: OnStage, target: ProbeTarget) -> None:
        self._result = result
        self._target = target
        self._on_stage = on_stage
        self.stage = Stage.RESOLVE

    async def step(self, stage: Stage, act: Awaitable[T], say: Callable[[T], str] = lambda _: "") -> T:
        self.stage = stage
        self._on_stage(StageReport(stage, None, 0, ""))
        begun = time.monotonic()
        try:
            async with deadline(STAGE_SECONDS, stage.value):
                answer = await act
        except YizhanError as error:
            self.refuse(self.observe(stage, error), begun)
            raise _Refused from None
        self._note(StageReport(stage, True, _ms(begun), say(answer)))
        return answer

    def observe(self, stage: Stage, error: YizhanError) -> Observation:
        """What was seen at the server of this stage, without the secret."""
        server = self._target.smtp if stage in SMTP_STAGES else self._target.imap
        return observe(stage, error, host=server.host, provider=self._target.provider, secrets=(self._target.secret,))

    def refuse(self, seen: Observation, begun: float) -> None:
        self._result.diagnosis = diagnose(seen)
        self._note(StageReport(seen.stage, False, _ms(begun), self._result.diagnosis.evidence))

    def _note(self, report: StageReport) -> None:
        self._result.stages.append(report)
        self._on_stage(report)


async def probe(target: ProbeTarget, dialer: Dialer, on_stage: OnStage) -> ProbeResult:
    """Prove that the account can sign in, open its inbox, read, and sign in to SMTP.  Never raises for a refusal."""
    result = ProbeResult()
    walk = Walk(result, on_stage, target)
    begun = time.monotonic()
    try:
        async with deadline(WHOLE_SECONDS, "the whole check"):
            if Quirk.OAUTH_ONLY in target.quirks:
                await walk.step(Stage.LOGIN, _refuse_password(target))
            await _walk_imap(walk, target, dialer, result)
            await _walk_smtp(walk, target, dialer)
    except _Refused:
        return result
    except DeadlineMissed as error:
        walk.refuse(walk.observe(walk.stage, error), begun)
    return result


async def _walk_imap(walk: Walk, target: ProbeTarget, dialer: Dialer, result: ProbeResult) -> None:
    addresses = await walk.step(Stage.RESOLVE, dialer.resolve(target.imap.host), ", ".join)
    await walk.step(Stage.ROUTE, asyncio.sleep(0), lambda _: f"{dialer.route}, {len(addresses)} address(es)")
    stream = await walk.step(Stage.CONNECT, dialer.dial(target.imap.host, target.imap.port))
    try:
        session = ImapSession(stream, quirks=protocol_quirks(target.quirks))
        await _open_imap(walk, session, stream, target)
        result.login = await walk.step(Stage.LOGIN, _login(session, target))
        await walk.step(Stage.ID, _identify(session))
        inbox = await walk.step(Stage.SELECT, session.examine("INBOX"), lambda box: f"{box.exists} messages")
        await walk.step(Stage.FETCH, _fetch_newest(session, inbox))
        result.capabilities = session.capabilities
    finally:
        await stream.close()


async def _open_imap(walk: Walk, session: ImapSession, stream: Stream, target: ProbeTarget) -> None:
    if target.imap.security is Security.STARTTLS:
        await walk.step(Stage.GREETING, session.greeting())
        await walk.step(Stage.TLS, starttls_imap(session, target))
        return
    if target.imap.security is Security.TLS:
        context = client_context(target.ca_pem)
        await walk.step(Stage.TLS, stream.start_tls(context, target.imap.host))
    await walk.step(Stage.GREETING, session.greeting())


async def starttls_imap(session: ImapSession, target: ProbeTarget) -> None:
    """STARTTLS, or a refusal before any secret is sent if the server does not offer it."""
    if not session.capabilities:
        await session.capability()
    if "STARTTLS" not in session.capabilities:
        raise StarttlsUnavailable(f"{target.imap.host} does not offer STARTTLS; no secret was sent")
    await session.starttls(client_context(target.ca_pem), target.imap.host)


class StarttlsUnavailable(YizhanError):
    """Encryption was asked for and the server does not offer it."""

    code = Cause.STARTTLS_UNAVAILABLE.value


class OauthOnly(YizhanError):
    """The provider takes no password of any kind."""

    code = Cause.OAUTH_REQUIRED.value


async def _refuse_password(target: ProbeTarget) -> None:
    raise OauthOnly(f"{target.imap.host} takes OAuth only; no secret was sent")


async def _login(session: ImapSession, target: ProbeTarget) -> str:
    """The login that was taken; raises the first refusal, which speaks of the login that was typed."""
    if not session.capabilities:
        await session.capability()
    if "LOGINDISABLED" in session.capabilities:
        raise CommandRefused("LOGIN", "NO", "PRIVACYREQUIRED", b"the server announces LOGINDISABLED")
    refusals: list[CommandRefused] = []
    for login in (target.login, *target.other_logins):
        try:
            await session.login(login, target.secret)
        except CommandRefused as error:
            refusals.append(error)
            if error.status == "BYE":
                break
            continue
        return login
    raise refusals[0]


async def _identify(session: ImapSession) -> None:
    """NetEase opens no mailbox before ID; others only log it (RFC 2971)."""
    if "ID" in session.capabilities:
        await session.identify(CLIENT_ID)


async def _fetch_newest(session: ImapSession, inbox: Selected) -> None:
    if inbox.exists:
        await session.fetch(str(inbox.exists), "(UID FLAGS RFC822.SIZE)", uid=False)


async def _walk_smtp(walk: Walk, target: ProbeTarget, dialer: Dialer) -> None:
    stream = await walk.step(Stage.SMTP_CONNECT, dialer.dial(target.smtp.host, target.smtp.port))
    try:
        session = SmtpSession(stream)
        if target.smtp.security is Security.TLS:
            await walk.step(Stage.SMTP_TLS, stream.start_tls(client_context(target.ca_pem), target.smtp.host))
        await walk.step(Stage.EHLO, _greet(session))
        if target.smtp.security is Security.STARTTLS:
            await walk.step(Stage.SMTP_TLS, _starttls_smtp(session, target))
        await walk.step(Stage.SMTP_AUTH, session.login(target.smtp_login or target.login, target.secret))
    finally:
        await stream.close()


async def _greet(session: SmtpSession) -> None:
    await session.greeting()
    await session.ehlo()


async def _starttls_smtp(session: SmtpSession, target: ProbeTarget) -> None:
    if "STARTTLS" not in session.extensions:
        raise StarttlsUnavailable(f"{target.smtp.host} does not offer STARTTLS; no secret was sent")
    await session.starttls(client_context(target.ca_pem), target.smtp.host)
    await session.ehlo()


async def open_imap(target: ProbeTarget, dialer: Dialer) -> ImapSession:
    """A session that is signed in; raises what refused it."""
    stream = await dialer.dial(target.imap.host, target.imap.port)
    session = ImapSession(stream, quirks=protocol_quirks(target.quirks))
    try:
        if target.imap.security is Security.TLS:
            async with deadline(STAGE_SECONDS, "TLS handshake"):
                await stream.start_tls(client_context(target.ca_pem), target.imap.host)
        await session.greeting()
        if target.imap.security is Security.STARTTLS:
            await starttls_imap(session, target)
        await _login(session, target)
        await _identify(session)
    except BaseException:
        await stream.close()
        raise
    return session


async def open_smtp(target: ProbeTarget, dialer: Dialer) -> SmtpSession:
    """A session that is signed in; raises what refused it."""
    stream = await dialer.dial(target.smtp.host, target.smtp.port)
    session = SmtpSession(stream)
    try:
        if target.smtp.security is Security.TLS:
            async with deadline(STAGE_SECONDS, "TLS handshake"):
                await stream.start_tls(client_context(target.ca_pem), target.smtp.host)
        await _greet(session)
        if target.smtp.security is Security.STARTTLS:
            await _starttls_smtp(session, target)
        await session.login(target.smtp_login or target.login, target.secret)
    except BaseException:
        await stream.close()
        raise
    return session


def _ms(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
