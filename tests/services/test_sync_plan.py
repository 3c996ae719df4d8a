"""What `plan` decides: after its steps we hold what the server has, and a cut after any of them is healed."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from yizhan.imap.numset import NumSet
from yizhan.services.sync.plan import Fetch, Flags, Forget, Local, Reflag, Remote, Step, Void, plan

SEEN, FLAGGED = "\\Seen", "\\Flagged"
flags = st.frozensets(st.sampled_from([SEEN, FLAGGED, "work"]), max_size=3)
boxes = st.dictionaries(st.integers(1, 30), flags, max_size=12)
validities = st.integers(1, 2)


def local_of(validity: int | None, held: dict[int, Flags]) -> Local:
    return Local(validity, NumSet.of(held), held)


def ours_of(validity: int | None, held: dict[int, Flags]) -> Local:
    return local_of(validity, held if validity else {})


def remote_of(validity: int, box: dict[int, Flags]) -> Remote:
    return Remote(validity, NumSet.of(box), flags=box)


def after(step: Step, local: Local, server: dict[int, Flags], validity: int) -> Local:
    """What we hold once this step was carried out and committed."""
    held = dict(local.flags)
    match step:
        case Void():
            held = {}
        case Forget(uids):
            held = {uid: kept for uid, kept in held.items() if uid not in uids}
        case Reflag(told):
            held |= told
        case Fetch(uids):
            held |= {uid: server[uid] for uid in uids.numbers()}
    return local_of(validity, held)


def carry_out(steps: Sequence[Step], local: Local, server: dict[int, Flags], validity: int) -> Local:
    return reduce(lambda held, step: after(step, held, server, validity), steps, local)


@given(validities, boxes, st.none() | validities, boxes)
def test_after_the_plan_we_hold_what_the_server_has(
    validity: int, server: dict[int, Flags], ours: int | None, held: dict[int, Flags]
) -> None:
    local = ours_of(ours, held)
    steps = plan(remote_of(validity, server), local)
    assert carry_out(steps, local, server, validity).flags == server


@given(validities, boxes, st.none() | validities, boxes, st.integers(0, 4))
def test_a_cut_after_any_step_is_healed_by_the_next_run(
    validity: int, server: dict[int, Flags], ours: int | None, held: dict[int, Flags], cut: int
) -> None:
    local = ours_of(ours, held)
    remote = remote_of(validity, server)
    local = carry_out(plan(remote, local)[:cut], local, server, validity)
    assert carry_out(plan(remote, local), local, server, validity).flags == server


@given(boxes, boxes)
def test_nothing_is_planned_for_what_is_equal(server: dict[int, Flags], other: dict[int, Flags]) -> None:
    assert plan(remote_of(1, server), local_of(1, server)) == []
    assert (plan(remote_of(1, server), local_of(1, other)) == []) == (server == other)


def test_where_the_server_tells_differences_only_these_are_carried_out() -> None:
    local = local_of(7, {1: frozenset(), 2: frozenset(), 3: frozenset({SEEN})})
    told = {2: frozenset({SEEN}), 3: frozenset({SEEN}), 9: frozenset({FLAGGED})}
    remote = Remote(7, None, vanished=NumSet.of([1, 5]), fresh=NumSet.of([3, 8, 9]), flags=told)
    steps = plan(remote, local)
    assert steps == [Forget(NumSet.of([1])), Reflag({2: frozenset({SEEN})}), Fetch(NumSet.of([8, 9]))]


def test_a_new_uid_validity_voids_before_anything_is_fetched() -> None:
    remote = remote_of(2, {1: frozenset(), 2: frozenset()})
    steps = plan(remote, local_of(1, {1: frozenset({SEEN})}))
    assert steps == [Void(), Fetch(NumSet.of([1, 2]))]
    assert plan(replace(remote, present=NumSet(), flags={}), local_of(1, {1: frozenset()})) == [Void()]
