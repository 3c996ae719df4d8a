"""The stages of walking the path to an account, in order (house.md "Lives")."""

from enum import StrEnum


class Stage(StrEnum):
    RESOLVE = "resolve"
    ROUTE = "route"
    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    LOGIN = "login"
    ID = "id"
    SELECT = "select"
    FETCH = "fetch"
    SMTP_CONNECT = "smtp_connect"
    SMTP_TLS = "smtp_tls"
    EHLO = "ehlo"
    SMTP_AUTH = "smtp_auth"
    # Later stages of a session; a probe does not walk them.
    MAIL_FROM = "mail-from"
    RCPT_TO = "rcpt-to"
    DATA = "data"
    APPEND = "append"
    CREATE = "create"
    LIST = "list"
    IDLE = "idle"


SMTP_STAGES = frozenset((Stage.SMTP_CONNECT, Stage.SMTP_TLS, Stage.EHLO, Stage.SMTP_AUTH))
PROBE_STAGES: tuple[Stage, ...] = tuple(Stage)[:13]
