"""Every table of states is whole, `step` obeys it, and its drawing in the docs is fresh."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.architecture.drawings import PAGE, draw, drawn, lives, load, put
from tests.architecture.tree import REPOSITORY


def holes(life: ModuleType) -> Iterator[str]:
    """What is missing or contradicts itself in one table."""
    table = life.TRANSITIONS
    states, signals = type(life.INITIAL), type(next(iter(table))[1])
    reached = {life.INITIAL, *table.values()}
    yield from (f"{state} is never reached" for state in states if state not in reached)
    yield from (f"{signal} leads nowhere" for signal in signals if signal not in {key[1] for key in table})
    leaving = {state for state, _ in table}
    yield from (f"{state} is final and goes on" for state in states if state in life.FINAL & leaving)
    yield from (f"{state} has no way out" for state in states if state not in life.FINAL | leaving)
    for state, signal in product(states, signals):
        if _step(life, state, signal) != table.get((state, signal)):
            yield f"step does not obey the table at {state}, {signal}"


def _step(life: ModuleType, state: Any, signal: Any) -> Any:
    """The state after; none where `step` refuses."""
    try:
        return life.step(state, signal)
    except Exception:
        return None


def test_every_table_of_states_is_whole() -> None:
    found = {module.name: list(holes(load(module.name))) for module in lives(REPOSITORY)}
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_drawings_are_fresh() -> None:
    assert (REPOSITORY / PAGE).read_text(encoding="utf-8") == drawn(REPOSITORY), "type: make docs"


class State(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    LOST = "lost"


class Signal(StrEnum):
    SEND = "send"
    HURRY = "hurry"


def made_up(table: dict[Any, Any], **more: Any) -> Any:
    """A life as a module exposes it."""
    facts = {"INITIAL": State.DRAFT, "FINAL": frozenset({State.SENT, State.LOST}), "step": lambda *key: table[key]}
    return SimpleNamespace(TRANSITIONS=table, **{**facts, **more})


WHOLE = {(State.DRAFT, Signal.SEND): State.SENT, (State.DRAFT, Signal.HURRY): State.LOST}


def test_a_whole_table_has_no_holes() -> None:
    assert list(holes(made_up(WHOLE))) == []


@pytest.mark.parametrize(
    ("life", "hole"),
    [
        (made_up({(State.DRAFT, Signal.SEND): State.SENT, (State.DRAFT, Signal.HURRY): State.SENT}), "lost is never"),
        (made_up({(State.DRAFT, Signal.SEND): State.SENT}), "hurry leads nowhere"),
        (made_up(WHOLE | {(State.SENT, Signal.SEND): State.DRAFT}), "sent is final and goes on"),
        (made_up(WHOLE, FINAL=frozenset({State.SENT})), "lost has no way out"),
        (made_up(WHOLE, step=lambda *key: State.SENT), "step does not obey the table at draft, hurry"),
    ],
)
def test_a_hole_is_named(life: Any, hole: str) -> None:
    assert any(fault.startswith(hole) for fault in holes(life))


def test_a_drawing_joins_the_signals_between_two_states() -> None:
    life = made_up({(State.DRAFT, Signal.SEND): State.SENT, (State.DRAFT, Signal.HURRY): State.SENT})
    assert "    draft --> sent: send, hurry\n" in draw(life)


def test_a_drawing_takes_the_place_of_the_old_one() -> None:
    page = put("# Lives\n", "a.b", "one")
    assert put(page, "a.b", "two") == "# Lives\n\n<!-- drawn from a.b -->\ntwo\n<!-- end -->\n"
