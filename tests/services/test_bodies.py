"""A day's bytes are spent evenly, after a head start, and never more than the provider bears."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from yizhan.services.sync.bodies import allowance, budget_of
from yizhan.services.sync.watch_limits import BODY_BYTES_A_DAY, HEAD_START

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)


def test_the_days_bytes_are_allowed_evenly_after_a_head_start() -> None:
    hours = [allowance(1_000_000, MIDNIGHT + timedelta(hours=hour)) for hour in range(24)]
    assert hours[0] == 1_000_000 * HEAD_START
    steps = {after - before for before, after in pairwise(hours)}
    assert max(steps) - min(steps) <= 1
    assert allowance(1_000_000, MIDNIGHT + timedelta(hours=23, minutes=59, seconds=59)) <= 1_000_000


def test_a_provider_that_names_a_bound_keeps_a_part_of_it_for_other_programs() -> None:
    assert budget_of("gmail") == 2_000_000_000
    assert budget_of("") == budget_of("no-such-provider") == BODY_BYTES_A_DAY
