import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.store.databases import Home
from tests.store.making import bind
from tests.store.threads import at_once
from yizhan.store import changes, lane
from yizhan.store.scope import Scope

WRITERS, EACH = 4, 20


def test_a_reader_never_finds_a_change_behind_it(scope: Scope) -> None:
    """On PostgreSQL a sequence would give numbers whose commits come in another order."""

    def write(number: int) -> list[int]:
        dice = random.Random(number)
        for _ in range(EACH):
            with lane.transaction():
                changes.record(scope.workspace_id, "x", payload={"by": number})
                time.sleep(dice.random() / 1000)
        return []

    def read(number: int) -> list[int]:
        seen: list[int] = []
        until = time.monotonic() + 20
        while len(seen) < WRITERS * EACH and time.monotonic() < until:
            seen += [change.seq for change in changes.since(scope, seen[-1] if seen else 0)]
            time.sleep(0.001)
        return seen

    works = [read] + [write] * WRITERS
    assert at_once(WRITERS + 1, lambda number: works[number](number))[0] == list(range(1, WRITERS * EACH + 1))


def test_what_is_taken_back_is_no_news(scope: Scope) -> None:
    @lane.writes
    def fail() -> None:
        changes.record(scope.workspace_id, "x")
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert (changes.latest(scope), changes.since(scope, 0)) == (0, [])


def test_news_is_given_in_order_and_in_portions(scope: Scope) -> None:
    for number in range(5):
        with lane.transaction():
            changes.record(scope.workspace_id, f"kind{number}", "account:1", {"text": "\x00\ud800ok"})
    assert [change.kind for change in changes.since(scope, 1, limit=2)] == ["kind1", "kind2"]
    assert changes.since(scope, 4)[0].payload == {"text": "\ufffd\ufffdok"}
    assert changes.latest(scope) == 5


def test_old_news_is_forgotten_and_numbers_go_on(scope: Scope) -> None:
    bind(scope)
    assert changes.prune(datetime.now(UTC) + timedelta(seconds=1)) == 1
    with lane.transaction():
        assert changes.record(scope.workspace_id, "x") == 2
    assert [change.seq for change in changes.since(scope, 0)] == [2]


def test_every_commit_is_felt_where_the_database_is_a_file(home: Home, scope: Scope) -> None:
    before = changes.pulse()
    with lane.transaction():
        changes.record(scope.workspace_id, "felt", "", {"size": "x" * 5000})
    assert (changes.pulse() != before) is (home.vendor == "sqlite")
