"""The life of an intent: what it can be, and what may make it something else.

`TRANSITIONS` is the whole truth; nothing else changes a state.  `CARRYING` means that the server may have done it: a
crash leaves it there, and whoever carries it on looks first.  `DEFERRED` is a server that says: not now, and did
nothing.
"""

from enum import StrEnum


class IntentState(StrEnum):
    WAITING = "waiting"
    CARRYING = "carrying"
    DONE = "done"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"  # the mailbox was renumbered or is gone: what was meant cannot be named any more
    UNDONE = "undone"


class Signal(StrEnum):
    CARRY = "carry"
    CONFIRMED = "confirmed"
    DEFERRED = "deferred"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"
    UNDO = "undo"


S = IntentState

TRANSITIONS: dict[tuple[IntentState, Signal], IntentState] = {
    (S.WAITING, Signal.CARRY): S.CARRYING,
    (S.WAITING, Signal.UNDO): S.UNDONE,
    (S.CARRYING, Signal.CARRY): S.CARRYING,  # after a crash or a lost line
    (S.CARRYING, Signal.CONFIRMED): S.DONE,
    (S.CARRYING, Signal.DEFERRED): S.WAITING,
    (S.CARRYING, Signal.REFUSED): S.REFUSED,
    (S.CARRYING, Signal.OVERTAKEN): S.OVERTAKEN,
}

INITIAL = S.WAITING
FINAL = frozenset({S.DONE, S.REFUSED, S.OVERTAKEN, S.UNDONE})
OPEN = frozenset({S.WAITING, S.CARRYING})


class ImpossibleStep(Exception):
    """Our bug: this signal has no arrow from this state."""


def step(state: IntentState, signal: Signal) -> IntentState:
    """The state after `signal`; raises `ImpossibleStep` where the table has no arrow."""
    try:
        return TRANSITIONS[state, signal]
    except KeyError:
        raise ImpossibleStep(f"an intent that is {state} cannot take {signal}") from None
