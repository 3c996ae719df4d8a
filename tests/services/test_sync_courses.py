"""Whatever others do to an account, and wherever a sync is cut or killed: the next one makes both sides equal.

`PROVE_RUNS=10000 pytest tests/services/test_sync_courses.py` tries so many courses; a whole test run tries a few.
"""

import os
from contextlib import suppress
from datetime import timedelta
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.copies import (
    NOON,
    Act,
    Copy,
    Trouble,
    at_server,
    deliver,
    follow,
    keep_since,
    made_copy,
    renumber_unlawfully,
)
from tests.support.modelserver import FULL, Manners
from yizhan.base.errors import YizhanError

RUNS = int(os.environ.get("PROVE_RUNS", "25"))
COURSES = settings(
    max_examples=RUNS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
NAMES = st.sampled_from(["INBOX", "INBOX", "Sent", "Work", "Old"])
MARKS = st.frozensets(st.sampled_from(["\\Seen", "\\Flagged", "work"]), max_size=3)
DAYS = st.sampled_from([0, 1, 5, 20, 40, 90])
SMALL = st.integers(0, 2)
DELIVERIES = st.builds(partial, st.just(deliver), NAMES, DAYS, MARKS, SMALL, SMALL)
CHANGES = st.one_of(
    DELIVERIES,
    DELIVERIES,
    st.builds(at_server, st.just("mark"), NAMES, st.integers(0, 50), MARKS),
    st.builds(at_server, st.just("expunge"), NAMES, st.integers(0, 50)),
    st.builds(at_server, st.sampled_from(["create", "remove", "renumber"]), NAMES),
    st.builds(at_server, st.just("rename"), NAMES, NAMES),
    st.builds(partial, st.just(renumber_unlawfully), NAMES),
)
WISHES = st.one_of(
    st.builds(partial, st.just(keep_since), st.sampled_from([None, 3, 30])),
    st.builds(partial, st.just(follow), NAMES, st.sampled_from(["auto", "never"])),
)
TROUBLES = st.one_of(
    st.builds(Trouble, cut_after=st.integers(0, 6000)),
    st.builds(Trouble, dies_at=st.integers(0, 25), dies_after=st.booleans()),
    st.builds(Trouble, meanwhile=st.lists(st.tuples(st.integers(1, 30), CHANGES), max_size=4).map(tuple)),
)
ROUNDS = st.lists(
    st.tuples(st.lists(st.one_of(CHANGES, CHANGES, CHANGES, WISHES), min_size=1, max_size=8), TROUBLES),
    min_size=1,
    max_size=3,
)
MANNERS = st.builds(
    Manners,
    capabilities=st.sampled_from(
        [FULL, FULL, FULL - {"OBJECTID"}, FULL - {"QRESYNC"}, FULL - {"QRESYNC", "CONDSTORE"}, frozenset()]
    ),
    tells_uid_next=st.sampled_from([True, True, True, False]),
    has_mod_seqs=st.sampled_from([True, True, True, False]),
    tells_of_expunges=st.booleans(),
    limit=st.sampled_from([1_000_000, 1_000_000, 3]),
    refuses_parts=st.sampled_from([False, False, True]),
)


def play(copy: Copy, rounds: list[tuple[list[Act], Trouble]]) -> None:
    """After each trouble one sync without: both sides must be equal.  On the next day, after whatever happened."""
    for name in ("INBOX", "Sent", "Work"):
        copy.server.create(name)
        for days in (1, 5, 20, 40):
            deliver(name, days, frozenset(), 0, 0, copy.server, copy)
    copy.sync(Trouble())
    for acts, trouble in rounds:
        for act in acts:
            act(copy.server, copy)
        with suppress(YizhanError):
            copy.sync(trouble)
        copy.sync(Trouble())
        assert not copy.lawful or copy.ours() == copy.theirs()
    copy.sync(Trouble(), NOON + timedelta(days=1))


@COURSES
@given(manners=MANNERS, rounds=ROUNDS)
def test_after_any_course_of_events_we_hold_what_the_server_has(
    sqlite: object, manners: Manners, rounds: list[tuple[list[Act], Trouble]]
) -> None:
    with made_copy(manners) as copy:
        play(copy, rounds)
        assert copy.ours() == copy.theirs()
