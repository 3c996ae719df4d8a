"""The life of a submission: what it can be, and what may make it something else.

`TRANSITIONS` is the whole truth; nothing else changes a state.  The rule it guards: a message that the server may have
taken is never handed over again.  `UNCERTAIN` therefore has no arrow back to `QUEUED`; sending again means a new
submission with a new Message-ID.
"""

from enum import StrEnum


class SubmissionState(StrEnum):
    DRAFT = "draft"
    QUEUED = "queued"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    UNCERTAIN = "uncertain"  # the line broke after the final dot: the server may have it
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Signal(StrEnum):
    HANDED_IN = "handed_in"
    HANDED_IN_FOR_LATER = "handed_in_for_later"
    DUE = "due"
    ATTEMPT = "attempt"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    LOST_BEFORE_DOT = "lost_before_dot"
    LOST_AFTER_DOT = "lost_after_dot"
    FOUND_IN_SENT = "found_in_sent"
    SAID_ARRIVED = "said_arrived"
    SAID_LOST = "said_lost"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    LEAVE_AT_THAT = "leave_at_that"


S = SubmissionState

TRANSITIONS: dict[tuple[SubmissionState, Signal], SubmissionState] = {
    (S.DRAFT, Signal.HANDED_IN): S.QUEUED,
    (S.DRAFT, Signal.HANDED_IN_FOR_LATER): S.SCHEDULED,
    (S.DRAFT, Signal.CANCEL): S.CANCELLED,
    (S.SCHEDULED, Signal.DUE): S.QUEUED,
    (S.SCHEDULED, Signal.CANCEL): S.CANCELLED,
    (S.SCHEDULED, Signal.RESCHEDULE): S.SCHEDULED,
    (S.QUEUED, Signal.RESCHEDULE): S.SCHEDULED,
    (S.QUEUED, Signal.ATTEMPT): S.SENDING,
    (S.QUEUED, Signal.REFUSED): S.FAILED,  # before any attempt: the account is gone or the message cannot be sent
    (S.QUEUED, Signal.CANCEL): S.CANCELLED,
    (S.QUEUED, Signal.LEAVE_AT_THAT): S.SENT,  # some have it; the others, whom the server put off, are tried no more
    (S.SENDING, Signal.ACCEPTED): S.SENT,
    (S.SENDING, Signal.DEFERRED): S.QUEUED,
    (S.SENDING, Signal.REFUSED): S.FAILED,
    (S.SENDING, Signal.LOST_BEFORE_DOT): S.QUEUED,  # RFC 5321 §4.1.1.4: nothing was taken
    (S.SENDING, Signal.LOST_AFTER_DOT): S.UNCERTAIN,
    (S.UNCERTAIN, Signal.FOUND_IN_SENT): S.SENT,  # never back to QUEUED: no second copy
    (S.UNCERTAIN, Signal.SAID_ARRIVED): S.SENT,  # by the person
    (S.UNCERTAIN, Signal.SAID_LOST): S.FAILED,  # by the person, who may then send a new one
}

INITIAL = S.DRAFT
FINAL = frozenset({S.SENT, S.FAILED, S.CANCELLED})


class ImpossibleStep(Exception):
    """Our bug: this signal has no arrow from this state."""


def step(state: SubmissionState, signal: Signal) -> SubmissionState:
    """The state after `signal`; raises `ImpossibleStep` where the table has no arrow."""
    try:
        return TRANSITIONS[state, signal]
    except KeyError:
        raise ImpossibleStep(f"a submission that is {state} cannot take {signal}") from None
