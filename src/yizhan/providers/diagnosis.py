"""From what was seen to its name: the first rule that fits wins; narrow ones stand above wide ones."""

from collections.abc import Iterable
from dataclasses import dataclass

from yizhan.base.errors import YizhanError
from yizhan.base.secret import Secret
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.net.errors import SmtpRefused, TlsFailed
from yizhan.providers.causes import AFTER_S, RETRY_OF, STATUS_OF, Cause, Retry
from yizhan.providers.evidence import mend, read_words, strike_out
from yizhan.providers.limits import MAX_EVIDENCE
from yizhan.providers.rules import Rule, families_of, rule_book
from yizhan.providers.signs import is_permanent, read_reply, read_signs, read_wait
from yizhan.providers.stages import Stage

__all__ = ["Cause", "Diagnosis", "Observation", "Retry", "diagnose", "observe", "observe_words", "status_after"]

_OWN_CAUSES = {cause.value: cause for cause in Cause} | {  # our own errors carry their cause as their code, or these
    "eight_bit_refused": Cause.MESSAGE_MALFORMED,
    "international_refused": Cause.SMTPUTF8_REQUIRED,
    "address_unusable": Cause.ADDRESS_SYNTAX,
    "network": Cause.NETWORK_UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen: the stage, the server's words, the protocol's own codes, and who said it.

    `protocol` is one of `imap smtp pop3 tls tcp dns proxy oauth`; `host` and `provider` may be empty.
    """

    stage: Stage
    said: str
    code: str = ""  # RFC 5530's, or the number of an SMTP reply, or the code of a network error
    is_permanent: bool = False
    protocol: str = ""
    host: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`retry_after_s` is seconds, or None; `candidates` are the causes to try in order where the words fit several."""

    stage: Stage
    cause: Cause
    evidence: str
    retry: Retry
    retry_after_s: int | None = None
    candidates: tuple[Cause, ...] = ()


def diagnose(seen: Observation) -> Diagnosis:
    """Name what went wrong.  Pure: the same words always get the same name.  Never raises."""
    said = mend(seen.said[:MAX_EVIDENCE])
    if seen.code in _OWN_CAUSES:
        return _conclude(seen, said, Rule(_OWN_CAUSES[seen.code]))
    signs = read_signs(said, seen.code, is_smtp=seen.protocol in ("smtp", ""))
    families = families_of(seen.provider, seen.host)
    rule = rule_book().first_fit(signs, seen.stage.value, seen.protocol, families)
    return _conclude(seen, said, rule or Rule(Cause.UNRECOGNISED))


def _conclude(seen: Observation, said: str, rule: Rule) -> Diagnosis:
    retry = RETRY_OF[rule.cause]
    if rule.cause is Cause.UNRECOGNISED and not seen.is_permanent:
        retry = Retry.LATER
    after = None if retry is Retry.NEVER else read_wait(said)
    if retry is Retry.AFTER:
        after = after or rule.after_s or AFTER_S[rule.cause]
    return Diagnosis(seen.stage, rule.cause, said[:MAX_EVIDENCE], retry, after, rule.candidates)


def status_after(diagnosis: Diagnosis) -> str | None:
    """The account status that a diagnosis leads to; None where the cause is not the account's."""
    if diagnosis.cause is Cause.UNRECOGNISED:
        return "needs_action" if diagnosis.retry is Retry.NEVER else "unreachable"
    return STATUS_OF.get(diagnosis.cause)


def observe(
    stage: Stage, error: YizhanError, *, host: str = "", provider: str = "", secrets: Iterable[Secret[str]] = ()
) -> Observation:
    """What an error tells, with `secrets` struck out; bytes that are not UTF-8 are read as GB18030."""
    said, code, permanent, protocol = _read(error)
    return Observation(stage, strike_out(said[:MAX_EVIDENCE], secrets), code, permanent, protocol, host, provider)


def _read(error: YizhanError) -> tuple[str, str, bool, str]:
    """The words, the code, whether it is a no for good, and the protocol."""
    match error:
        case CommandRefused():
            words = read_words(error.text) or error.status  # some say no or good-bye without a word more
            return words, error.response_code, error.status != "BYE", "imap"
        case SmtpRefused():
            words = f"{error.reply_code} {read_words(error.text)}"
            return words, str(error.reply_code), not error.is_transient, "smtp"
        case TlsFailed():
            return error.detail, error.kind.value, False, "tls"
        case RemoteProtocolError():
            return error.detail, Cause.PROTOCOL_ERROR.value, False, ""
        case _:
            return error.detail, error.code, False, "tcp"


def observe_words(stage: Stage, raw: str, protocol: str, *, host: str = "", provider: str = "") -> Observation:
    """What words tell that were recorded elsewhere: a server's line, or the text of somebody's exception."""
    said = raw[:MAX_EVIDENCE]
    reply = read_reply(said) if protocol == "smtp" else ""
    return Observation(stage, said, reply, is_permanent(said, reply), protocol, host, provider)
