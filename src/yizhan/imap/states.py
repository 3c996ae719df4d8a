"""The life of a connection (RFC 9051 §3): one table, and nothing else changes a state."""

from enum import StrEnum

from yizhan.imap.errors import LocalProtocolError


class State(StrEnum):
    GREETING = "greeting"
    NOT_AUTHENTICATED = "not_authenticated"
    AUTHENTICATED = "authenticated"
    SELECTED = "selected"
    LOGOUT = "logout"


class Signal(StrEnum):
    GREETED = "greeted"  # * OK
    PREAUTH = "preauth"  # * PREAUTH: the way we came proves who we are
    AUTHENTICATE = "authenticate"  # OK to LOGIN or AUTHENTICATE
    SELECT = "select"  # OK to SELECT or EXAMINE
    DESELECT = "deselect"  # OK to CLOSE or UNSELECT, NO to SELECT
    UNAUTHENTICATE = "unauthenticate"  # OK to UNAUTHENTICATE (RFC 8437)
    END = "end"  # * BYE, OK to LOGOUT, or the line is gone


INITIAL = State.GREETING
FINAL = frozenset({State.LOGOUT})
SIGNED_IN = frozenset({State.AUTHENTICATED, State.SELECTED})

TRANSITIONS = {
    (State.GREETING, Signal.GREETED): State.NOT_AUTHENTICATED,
    (State.GREETING, Signal.PREAUTH): State.AUTHENTICATED,
    (State.GREETING, Signal.END): State.LOGOUT,
    (State.NOT_AUTHENTICATED, Signal.AUTHENTICATE): State.AUTHENTICATED,
    (State.NOT_AUTHENTICATED, Signal.END): State.LOGOUT,
    (State.AUTHENTICATED, Signal.SELECT): State.SELECTED,
    (State.AUTHENTICATED, Signal.DESELECT): State.AUTHENTICATED,  # a first SELECT that was refused
    (State.AUTHENTICATED, Signal.UNAUTHENTICATE): State.NOT_AUTHENTICATED,
    (State.AUTHENTICATED, Signal.END): State.LOGOUT,
    (State.SELECTED, Signal.SELECT): State.SELECTED,
    (State.SELECTED, Signal.DESELECT): State.AUTHENTICATED,
    (State.SELECTED, Signal.UNAUTHENTICATE): State.NOT_AUTHENTICATED,
    (State.SELECTED, Signal.END): State.LOGOUT,
}


def step(state: State, signal: Signal) -> State:
    """The state after; raises `LocalProtocolError` where the table has none."""
    after = TRANSITIONS.get((state, signal))
    if after is None:
        raise LocalProtocolError(f"{signal} cannot happen in {state}")
    return after
