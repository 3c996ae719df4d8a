"""An account's SMTP connection, signed in and kept while there is work: a sign-in costs more than ten messages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from yizhan.base.errors import YizhanError
from yizhan.net.contents import Pieces
from yizhan.net.errors import LineLost
from yizhan.net.smtp import SendResult, SmtpRefused, SmtpSession
from yizhan.services.outbox.limits import MESSAGES_A_LINE

Open = Callable[[], Awaitable[SmtpSession]]


class Letter(Protocol):
    """What one transaction is about."""

    @property
    def mail_from(self) -> str: ...

    @property
    def recipients(self) -> tuple[str, ...]: ...


@dataclass(slots=True)
class SmtpLine:
    """Opened when it is first needed, and anew when the server has had enough of it."""

    open: Open
    session: SmtpSession | None = None
    _messages: int = 0

    async def send(
        self,
        letter: Letter,
        pieces: Pieces,
        on_final_dot: Callable[[], Awaitable[None]],
        on_progress: Callable[[int], None],
    ) -> SendResult:
        """One transaction, as `SmtpSession.send`.  A kept connection that turns out to be dead before anything was
        said of this message is opened once more."""
        was_kept = self.session is not None
        try:
            return await self._send(letter, pieces, on_final_dot, on_progress)
        except (LineLost, SmtpRefused) as error:
            if not (was_kept and _is_dead(error)):
                raise
        return await self._send(letter, pieces, on_final_dot, on_progress)

    async def close(self) -> None:
        """Say goodbye and let go."""
        session, self.session = self.session, None
        if session is not None:
            await session.quit()

    async def _send(
        self,
        letter: Letter,
        pieces: Pieces,
        on_final_dot: Callable[[], Awaitable[None]],
        on_progress: Callable[[int], None],
    ) -> SendResult:
        if self._messages >= MESSAGES_A_LINE:
            await self.close()
        if self.session is None:
            self.session, self._messages = await self.open(), 0
        session = self.session
        self._messages += 1
        try:
            return await session.send(letter.mail_from, letter.recipients, pieces, on_final_dot, on_progress)
        except SmtpRefused as refusal:
            await self._start_over(session, refusal)
            raise
        except BaseException:
            await self._drop()
            raise

    async def _start_over(self, session: SmtpSession, refusal: SmtpRefused) -> None:
        """The refused transaction is forgotten, or the connection is."""
        if refusal.reply_code == 421:
            await self._drop()
            return
        try:
            await session.reset()
        except YizhanError:
            await self._drop()

    async def _drop(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            await session.close()


def _is_dead(error: LineLost | SmtpRefused) -> bool:
    """Whether it says something of the connection and nothing of the message: nothing was taken (RFC 5321 §3.8)."""
    if isinstance(error, LineLost):
        return not error.after_dot
    return error.reply_code == 421 and error.stage == "mail-from"
