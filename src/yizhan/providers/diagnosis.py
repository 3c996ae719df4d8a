"""From what was seen to its name: the first rule that fits wins; narrow ones stand above wide ones."""

import re
from dataclasses import dataclass
from enum import StrEnum

from yizhan.base.errors import YizhanError
from yizhan.imap.errors import CommandRefused, RemoteProtocolError
from yizhan.net.errors import TlsFailed
from yizhan.net.smtp import SmtpRefused
from yizhan.providers.stages import Stage

MAX_EVIDENCE = 2000  # enough for every refusal ever seen; a server that talks on is cut


class Cause(StrEnum):
    APP_PASSWORD_REQUIRED = "app_password_required"
    AMBIGUOUS_LOGIN_REFUSED = "ambiguous_login_refused"
    WRONG_PASSWORD = "wrong_password"
    OAUTH_REQUIRED = "oauth_required"
    IMAP_DISABLED = "imap_disabled"
    SMTP_DISABLED = "smtp_disabled"
    CLIENT_ID_REQUIRED = "client_id_required"
    ACCOUNT_LOCKED = "account_locked"
    AUTH_METHOD_UNSUPPORTED = "auth_method_unsupported"
    PERMISSION_DENIED = "permission_denied"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    SENDER_NOT_ALLOWED = "sender_not_allowed"
    USER_UNKNOWN = "user_unknown"
    RECIPIENT_REJECTED = "recipient_rejected"
    MESSAGE_TOO_LARGE = "message_too_large"
    GREYLISTED = "greylisted"
    SERVER_UNAVAILABLE = "server_unavailable"
    TIMEOUT = "timeout"
    CONNECTION_RESET = "connection_reset"
    CONNECTION_REFUSED = "connection_refused"
    NETWORK_UNREACHABLE = "network_unreachable"
    ADDRESS_FORBIDDEN = "address_forbidden"
    DNS_FAILURE = "dns_failure"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_INTERCEPTED = "tls_intercepted"
    TLS_HOSTNAME_MISMATCH = "tls_hostname_mismatch"
    TLS_EXPIRED = "tls_expired"
    TLS_VERSION = "tls_version"
    STARTTLS_UNAVAILABLE = "starttls_unavailable"
    WRONG_PORT_OR_TLS_MODE = "wrong_port_or_tls_mode"
    PROTOCOL_ERROR = "protocol_error"
    UNRECOGNISED = "unrecognised"


class Retry(StrEnum):
    NEVER = "never"
    LATER = "later"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen: the stage, the server's words, and the protocol's own codes."""

    stage: Stage
    said: str
    code: str = ""  # RFC 5530's, or the number of an SMTP reply, or the code of a network error
    is_permanent: bool = False


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`retry_after_s` is seconds, or None where the server named no time."""

    stage: Stage
    cause: Cause
    evidence: str
    retry: Retry
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Fits by the words, by the code, or by both; `stages` empty means any."""

    cause: Cause
    words: str = ""
    codes: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()

    def fits(self, seen: Observation) -> bool:
        if self.stages and seen.stage not in self.stages:
            return False
        if self.codes and seen.code not in self.codes:
            return False
        return not self.words or re.search(self.words, seen.said, re.IGNORECASE) is not None


_AUTH = (Stage.LOGIN, Stage.SMTP_AUTH)
_C = Cause
RULES: tuple[Rule, ...] = (
    Rule(_C.APP_PASSWORD_REQUIRED, r"application[- ](specific )?password|app[- ]password|parol prilozheniya|授权码"),
    Rule(_C.CLIENT_ID_REQUIRED, r"unsafe login"),
    Rule(
        _C.AMBIGUOUS_LOGIN_REFUSED,
        r"or IMAP is disabled|access rights to this service|login fail\b.*(frequency|system)",
    ),
    Rule(_C.IMAP_DISABLED, r"IMAP.{0,40}(disabled|not enabled|is off)|enable IMAP", stages=(Stage.LOGIN, Stage.SELECT)),
    Rule(_C.SMTP_DISABLED, r"has no permission|SmtpClientAuthentication is disabled", stages=(Stage.SMTP_AUTH,)),
    Rule(_C.OAUTH_REQUIRED, r"basic authentication is disabled|web ?login.*oauth"),
    Rule(_C.TOO_MANY_CONNECTIONS, r"too many (simultaneous |concurrent )?(connections|sessions)"),
    Rule(_C.RATE_LIMITED, r"rate ?limit|too many (login|attempts|requests)|try again later|throttl", stages=_AUTH),
    Rule(_C.ACCOUNT_LOCKED, r"(account|user).{0,30}(locked|blocked|suspended|disabled)", stages=_AUTH),
    Rule(_C.AUTH_METHOD_UNSUPPORTED, codes=("PRIVACYREQUIRED", "504", "502"), stages=_AUTH),
    Rule(_C.SERVER_UNAVAILABLE, codes=("UNAVAILABLE", "INUSE", "SERVERBUG", "421", "454")),
    Rule(_C.ACCOUNT_LOCKED, codes=("EXPIRED",), stages=_AUTH),
    Rule(_C.PERMISSION_DENIED, codes=("AUTHORIZATIONFAILED", "NOPERM")),
    Rule(_C.RATE_LIMITED, codes=("LIMIT",)),
    Rule(_C.QUOTA_EXCEEDED, codes=("OVERQUOTA", "552")),
    Rule(_C.WRONG_PASSWORD, codes=("AUTHENTICATIONFAILED", "535"), stages=_AUTH),
    Rule(_C.WRONG_PASSWORD, r"invalid (credentials|login|password)|(authentication|login) failed", stages=_AUTH),
    Rule(_C.SENDER_NOT_ALLOWED, codes=("550", "553", "501"), stages=(Stage.MAIL_FROM,)),
    Rule(_C.USER_UNKNOWN, r"user unknown|no such user|5\.1\.1", stages=(Stage.RCPT_TO,)),
    Rule(_C.GREYLISTED, r"greylist|grey-list", stages=(Stage.RCPT_TO,)),
    Rule(_C.RECIPIENT_REJECTED, stages=(Stage.RCPT_TO,)),
    *(Rule(cause, codes=(cause.value,)) for cause in Cause),
)

_STATUS: dict[str, tuple[Cause, ...]] = {
    "needs_credential": (
        _C.APP_PASSWORD_REQUIRED, _C.AMBIGUOUS_LOGIN_REFUSED, _C.WRONG_PASSWORD, _C.OAUTH_REQUIRED,
        _C.AUTH_METHOD_UNSUPPORTED,
    ),
    "needs_action": (
        _C.IMAP_DISABLED, _C.SMTP_DISABLED, _C.CLIENT_ID_REQUIRED, _C.ACCOUNT_LOCKED, _C.PERMISSION_DENIED,
        _C.TLS_UNTRUSTED, _C.TLS_INTERCEPTED, _C.TLS_HOSTNAME_MISMATCH, _C.TLS_EXPIRED, _C.TLS_VERSION,
        _C.STARTTLS_UNAVAILABLE, _C.WRONG_PORT_OR_TLS_MODE, _C.ADDRESS_FORBIDDEN,
    ),
    "throttled": (_C.TOO_MANY_CONNECTIONS, _C.RATE_LIMITED),
    "unreachable": (
        _C.SERVER_UNAVAILABLE, _C.TIMEOUT, _C.CONNECTION_RESET, _C.CONNECTION_REFUSED, _C.NETWORK_UNREACHABLE,
        _C.DNS_FAILURE, _C.PROTOCOL_ERROR,
    ),
}  # fmt: skip
_STATUS_OF = {cause: status for status, causes in _STATUS.items() for cause in causes}
_RETRY_OF = {"throttled": Retry.AFTER, "unreachable": Retry.LATER}
THROTTLED_SECONDS = 900  # where the server names no time


def diagnose(seen: Observation) -> Diagnosis:
    """Name what went wrong.  Pure: the same words always get the same name."""
    cause = next((rule.cause for rule in RULES if rule.fits(seen)), Cause.UNRECOGNISED)
    retry = _RETRY_OF.get(_STATUS_OF.get(cause, ""), Retry.NEVER)
    if cause is Cause.GREYLISTED or (cause is Cause.UNRECOGNISED and not seen.is_permanent):
        retry = Retry.LATER
    after = THROTTLED_SECONDS if retry is Retry.AFTER else None
    return Diagnosis(seen.stage, cause, seen.said[:MAX_EVIDENCE], retry, after)


def status_after(diagnosis: Diagnosis) -> str | None:
    """The account status that a diagnosis leads to; None where the cause is not the account's."""
    if diagnosis.cause is Cause.UNRECOGNISED:
        return "needs_action" if diagnosis.retry is Retry.NEVER else "unreachable"
    return _STATUS_OF.get(diagnosis.cause)


def observe(stage: Stage, error: YizhanError) -> Observation:
    """What an error tells; bytes that are not UTF-8 are read as GB18030."""
    match error:
        case CommandRefused():
            return Observation(stage, read_words(error.text), error.response_code, is_permanent=error.status != "BYE")
        case SmtpRefused():
            words = f"{error.reply_code} {read_words(error.text)}"
            return Observation(stage, words, str(error.reply_code), is_permanent=not error.is_transient)
        case TlsFailed():
            return Observation(stage, error.detail, error.kind.value)
        case RemoteProtocolError():
            return Observation(stage, error.detail, Cause.PROTOCOL_ERROR.value)
        case _:
            return Observation(stage, error.detail, error.code)


def read_words(text: bytes) -> str:
    """The server's words; old Chinese servers write GBK."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("gb18030", "replace")
