"""The life of an account: one table, from what was observed to the status that people see.

Only `UNREACHABLE` and `THROTTLED` try again by themselves; `NEEDS_CREDENTIAL` and `NEEDS_ACTION` wait for a person.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from yizhan.providers.stages import SMTP_STAGES, Stage


class AccountStatus(StrEnum):
    VERIFYING = "verifying"
    NORMAL = "normal"
    NEEDS_CREDENTIAL = "needs_credential"
    NEEDS_ACTION = "needs_action"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    PAUSED = "paused"
    DELETING = "deleting"


class Signal(StrEnum):
    CHECK = "check"  # someone, or the clock, asks for the whole path to be walked again
    PROVED = "proved"  # signed in, opened the inbox, read mail, signed in to SMTP
    CREDENTIAL_REFUSED = "credential_refused"
    ACTION_NEEDED = "action_needed"
    LOST = "lost"
    LIMITED = "limited"
    PAUSE = "pause"
    DELETE = "delete"
    UNDO = "undo"  # of deleting, while nothing is erased yet


A = AccountStatus

_OUTCOMES: dict[Signal, AccountStatus] = {
    Signal.PROVED: A.NORMAL,
    Signal.CREDENTIAL_REFUSED: A.NEEDS_CREDENTIAL,
    Signal.ACTION_NEEDED: A.NEEDS_ACTION,
    Signal.LOST: A.UNREACHABLE,
    Signal.LIMITED: A.THROTTLED,
}
_AT_WORK = (A.VERIFYING, A.NORMAL, A.UNREACHABLE, A.THROTTLED)
_WAITING = (A.NEEDS_CREDENTIAL, A.NEEDS_ACTION)

TRANSITIONS: dict[tuple[AccountStatus, Signal], AccountStatus] = {
    **{(status, signal): outcome for status in _AT_WORK for signal, outcome in _OUTCOMES.items()},
    **{(status, Signal.CHECK): A.VERIFYING for status in (*_AT_WORK, *_WAITING, A.PAUSED)},
    **{(status, Signal.PAUSE): A.PAUSED for status in (*_AT_WORK, *_WAITING)},
    **{(status, Signal.DELETE): A.DELETING for status in (*_AT_WORK, *_WAITING, A.PAUSED)},
    (A.DELETING, Signal.UNDO): A.VERIFYING,
}

SENDING_STAGES = frozenset({*SMTP_STAGES, Stage.MAIL_FROM, Stage.RCPT_TO, Stage.DATA})

WAITING_FOR_PERSON = frozenset({*_WAITING, A.PAUSED})
INITIAL = A.VERIFYING
FINAL: frozenset[AccountStatus] = frozenset()  # what is erased has no row and no status
RETRIED_BY_ITSELF = frozenset({A.UNREACHABLE, A.THROTTLED})

SIGNAL_OF_STATUS: dict[AccountStatus, Signal] = {status: signal for signal, status in _OUTCOMES.items()}


def may_receive(status: AccountStatus, diagnosis: Mapping[str, Any] | None) -> bool:
    """Whether mail may be fetched now.  What refused to send says nothing against it."""
    return status is A.NORMAL or (status in RETRIED_BY_ITSELF and _is_of_sending(diagnosis))


def may_send(status: AccountStatus, diagnosis: Mapping[str, Any] | None) -> bool:
    """Whether a message may be tried now: not while a person is waited for, nor while sending is throttled."""
    return status not in WAITING_FOR_PERSON and not (status is A.THROTTLED and _is_of_sending(diagnosis))


def _is_of_sending(diagnosis: Mapping[str, Any] | None) -> bool:
    return diagnosis is not None and diagnosis["stage"] in SENDING_STAGES


class ImpossibleStep(Exception):
    """Our bug: this signal has no arrow from this status."""


def step(status: AccountStatus, signal: Signal) -> AccountStatus:
    """The status after `signal`; raises `ImpossibleStep` where the table has no arrow."""
    try:
        return TRANSITIONS[status, signal]
    except KeyError:
        raise ImpossibleStep(f"an account that is {status} cannot take {signal}") from None
