"""Every cause that we can name, and what each does to an account: its status, and whether we try again."""

from enum import StrEnum


class Cause(StrEnum):
    # The credential.
    APP_PASSWORD_REQUIRED = "app_password_required"
    AMBIGUOUS_LOGIN_REFUSED = "ambiguous_login_refused"
    WRONG_PASSWORD = "wrong_password"
    WEAK_PASSWORD = "weak_password"
    OAUTH_REQUIRED = "oauth_required"
    OAUTH_TOKEN_INVALID = "oauth_token_invalid"
    OAUTH_SCOPE = "oauth_scope"
    TWO_STEP_REQUIRED = "two_step_required"
    AUTH_METHOD_UNSUPPORTED = "auth_method_unsupported"
    AUTH_REQUIRED = "auth_required"
    USERNAME_FORMAT = "username_format"
    ADDRESS_SYNTAX = "address_syntax"
    # What a person has to do somewhere else.
    WEB_LOGIN_REQUIRED = "web_login_required"
    CAPTCHA_REQUIRED = "captcha_required"
    IMAP_DISABLED = "imap_disabled"
    SMTP_DISABLED = "smtp_disabled"
    ADMIN_POLICY_BLOCKED = "admin_policy_blocked"
    ACCOUNT_LOCKED = "account_locked"
    CLIENT_ID_REQUIRED = "client_id_required"
    IP_NOT_ALLOWED = "ip_not_allowed"
    COUNTRY_BLOCKED = "country_blocked"
    PERMISSION_DENIED = "permission_denied"
    CAPABILITY_MISSING = "capability_missing"
    # The way there: encryption, names, nodes.
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_INTERCEPTED = "tls_intercepted"
    TLS_HOSTNAME_MISMATCH = "tls_hostname_mismatch"
    TLS_EXPIRED = "tls_expired"
    TLS_VERSION = "tls_version"
    TLS_REQUIRED = "tls_required"
    STARTTLS_UNAVAILABLE = "starttls_unavailable"
    WRONG_PORT_OR_TLS_MODE = "wrong_port_or_tls_mode"
    PROXY_AUTH_FAILED = "proxy_auth_failed"
    PROXY_PROTOCOL = "proxy_protocol"
    DNS_POISONED = "dns_poisoned"
    ADDRESS_FORBIDDEN = "address_forbidden"
    # Limits that pass.
    TOO_MANY_CONNECTIONS = "too_many_connections"
    RATE_LIMITED = "rate_limited"
    SENDING_LIMIT = "sending_limit"
    # Out of reach for now.
    SERVER_UNAVAILABLE = "server_unavailable"
    TIMEOUT = "timeout"
    CONNECTION_RESET = "connection_reset"
    CONNECTION_REFUSED = "connection_refused"
    NETWORK_UNREACHABLE = "network_unreachable"
    PORT_BLOCKED = "port_blocked"
    DNS_FAILURE = "dns_failure"
    PROXY_REFUSED = "proxy_refused"
    PROXY_UNREACHABLE = "proxy_unreachable"
    PROTOCOL_ERROR = "protocol_error"
    SERVER_STORAGE_FULL = "server_storage_full"
    # The session, not the account.
    SESSION_EXPIRED = "session_expired"
    IDLE_TIMEOUT = "idle_timeout"
    QUOTA_EXCEEDED = "quota_exceeded"
    # One message or one mailbox.
    RECIPIENT_LIMIT = "recipient_limit"
    RECIPIENT_QUOTA_EXCEEDED = "recipient_quota_exceeded"
    RECIPIENT_REJECTED = "recipient_rejected"
    USER_UNKNOWN = "user_unknown"
    MESSAGE_TOO_LARGE = "message_too_large"
    MESSAGE_MALFORMED = "message_malformed"
    ATTACHMENT_BLOCKED = "attachment_blocked"
    VIRUS_REJECTED = "virus_rejected"
    SPAM_REJECTED = "spam_rejected"
    SENDER_NOT_ALLOWED = "sender_not_allowed"
    SENDER_AUTH_FAILED = "sender_auth_failed"
    RELAY_DENIED = "relay_denied"
    SMTPUTF8_REQUIRED = "smtputf8_required"
    GREYLISTED = "greylisted"
    MAILBOX_MISSING = "mailbox_missing"
    MAILBOX_EXISTS = "mailbox_exists"
    MAILBOX_LOCKED = "mailbox_locked"
    UNRECOGNISED = "unrecognised"


class Retry(StrEnum):
    NEVER = "never"  # until the person changes something
    LATER = "later"  # by itself, with growing pauses
    AFTER = "after"  # by itself, not before the time that is given


_C = Cause
_STATUS: dict[str, tuple[Cause, ...]] = {
    "needs_credential": (
        _C.APP_PASSWORD_REQUIRED, _C.AMBIGUOUS_LOGIN_REFUSED, _C.WRONG_PASSWORD, _C.WEAK_PASSWORD, _C.OAUTH_REQUIRED,
        _C.OAUTH_TOKEN_INVALID, _C.OAUTH_SCOPE, _C.TWO_STEP_REQUIRED, _C.AUTH_METHOD_UNSUPPORTED, _C.AUTH_REQUIRED,
        _C.USERNAME_FORMAT, _C.ADDRESS_SYNTAX,
    ),
    "needs_action": (
        _C.WEB_LOGIN_REQUIRED, _C.CAPTCHA_REQUIRED, _C.IMAP_DISABLED, _C.SMTP_DISABLED, _C.ADMIN_POLICY_BLOCKED,
        _C.ACCOUNT_LOCKED, _C.CLIENT_ID_REQUIRED, _C.IP_NOT_ALLOWED, _C.COUNTRY_BLOCKED, _C.PERMISSION_DENIED,
        _C.CAPABILITY_MISSING, _C.TLS_UNTRUSTED, _C.TLS_INTERCEPTED, _C.TLS_HOSTNAME_MISMATCH, _C.TLS_EXPIRED,
        _C.TLS_VERSION, _C.TLS_REQUIRED, _C.STARTTLS_UNAVAILABLE, _C.WRONG_PORT_OR_TLS_MODE, _C.PROXY_AUTH_FAILED,
        _C.PROXY_PROTOCOL, _C.DNS_POISONED, _C.ADDRESS_FORBIDDEN,
    ),
    "throttled": (_C.TOO_MANY_CONNECTIONS, _C.RATE_LIMITED, _C.SENDING_LIMIT),
    "unreachable": (
        _C.SERVER_UNAVAILABLE, _C.TIMEOUT, _C.CONNECTION_RESET, _C.CONNECTION_REFUSED, _C.NETWORK_UNREACHABLE,
        _C.PORT_BLOCKED, _C.DNS_FAILURE, _C.PROXY_REFUSED, _C.PROXY_UNREACHABLE, _C.PROTOCOL_ERROR,
        _C.SERVER_STORAGE_FULL,
    ),
}  # fmt: skip
STATUS_OF = {cause: status for status, causes in _STATUS.items() for cause in causes}

_RETRY_OF_STATUS = {"throttled": Retry.AFTER, "unreachable": Retry.LATER}
_RETRIED = {_C.SESSION_EXPIRED, _C.IDLE_TIMEOUT, _C.QUOTA_EXCEEDED, _C.GREYLISTED, _C.MAILBOX_LOCKED}
RETRY_OF = {
    cause: Retry.LATER if cause in _RETRIED else _RETRY_OF_STATUS.get(STATUS_OF.get(cause, ""), Retry.NEVER)
    for cause in Cause
}

# Seconds to wait where neither the server nor a rule names a time.
AFTER_S = {_C.TOO_MANY_CONNECTIONS: 300, _C.RATE_LIMITED: 900, _C.SENDING_LIMIT: 3600}
