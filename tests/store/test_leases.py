import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.store.making import NOON, VALIDITY, bind, facts, open_inbox, take_lease
from tests.store.threads import at_once
from yizhan.store import leases, mailboxes, messages
from yizhan.store.errors import LeaseLost
from yizhan.store.models import Account, Lease, Message
from yizhan.store.scope import Scope

ACCOUNTS, WORKERS = 40, 8


def expire(account_id: int) -> None:
    Lease.objects.filter(account_id=account_id).update(until=datetime.now(UTC) - timedelta(seconds=1))


def test_an_account_has_one_owner_at_a_time(scope: Scope) -> None:
    account = bind(scope)
    assert leases.holder(account.pk) is None
    take_lease(account, "one")
    assert leases.take(account.pk, "two", 60) is None
    assert leases.take(account.pk, "one", 60) is None
    assert leases.holder(account.pk) == "one"


def test_of_many_who_ask_at_once_one_gets_it(scope: Scope) -> None:
    ids = [bind(scope, f"a{n}@example.com").pk for n in range(ACCOUNTS)]

    def work(number: int) -> list[tuple[int, int]]:
        taken = [leases.take(account_id, f"worker-{number}", 60) for account_id in ids]
        return [(lease.account_id, lease.epoch) for lease in taken if lease]

    taken = [each for got in at_once(WORKERS, work) for each in got]
    assert sorted(taken) == [(account_id, 1) for account_id in ids]


def test_workers_who_take_what_is_free_share_it_without_doubles(scope: Scope) -> None:
    ids = [bind(scope, f"a{n}@example.com").pk for n in range(ACCOUNTS)]

    def work(number: int) -> list[int]:
        got: list[int] = []
        while taken := leases.take_free(f"worker-{number}", 60, limit=3):
            got += [lease.account_id for lease in taken]
        return got

    counted = Counter(account_id for got in at_once(WORKERS, work) for account_id in got)
    assert counted == Counter(ids)


def test_a_lease_that_ran_out_goes_to_the_next_with_a_new_epoch(scope: Scope) -> None:
    account = bind(scope)
    old = leases.take(account.pk, "dead", 0.02)
    time.sleep(0.05)
    assert leases.holder(account.pk) is None
    new = take_lease(account, "heir")
    assert old is not None
    assert (new.epoch, leases.holder(account.pk)) == (old.epoch + 1, "heir")


def test_a_late_writer_meets_the_fence(scope: Scope) -> None:
    account = bind(scope)
    old = take_lease(account, "slow")
    inbox = open_inbox(account, old)
    expire(account.pk)
    take_lease(account, "heir")
    with pytest.raises(LeaseLost):
        messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], old)
    with pytest.raises(LeaseLost):
        mailboxes.store_list(account.pk, [], old)
    with pytest.raises(LeaseLost):
        mailboxes.set_selected(inbox.pk, uid_validity=99, lease=old)
    with pytest.raises(LeaseLost):
        messages.set_flags(inbox.pk, VALIDITY, {1: []}, old)
    with pytest.raises(LeaseLost):
        messages.remove_uids(inbox.pk, VALIDITY, [1], old)
    assert Message.objects.count() == 0


def test_the_same_name_in_a_new_epoch_is_another_owner(scope: Scope) -> None:
    account = bind(scope)
    old = take_lease(account, "engine")
    inbox = open_inbox(account, old)
    leases.release(old)
    take_lease(account, "engine")
    with pytest.raises(LeaseLost):
        messages.upsert_batch(inbox.pk, VALIDITY, [facts(1)], old)


def test_one_renewal_keeps_all_that_is_held_and_tells_what_was_lost(scope: Scope) -> None:
    first, second = bind(scope, "a@example.com"), bind(scope, "b@example.com")
    take_lease(first, "engine", 5)
    take_lease(second, "engine", 5)
    expire(second.pk)
    take_lease(second, "heir")
    kept = leases.renew("engine", 1000)
    assert [lease.account_id for lease in kept] == [first.pk]
    assert kept[0].until > datetime.now(UTC) + timedelta(seconds=900)


def test_a_lease_let_go_is_free_at_once_and_only_its_owner_lets_it_go(scope: Scope) -> None:
    account = bind(scope)
    old = take_lease(account, "one")
    assert leases.release(old)
    take_lease(account, "two")
    assert not leases.release(old)
    assert leases.holder(account.pk) == "two"


def test_nobody_takes_an_account_that_is_being_deleted(scope: Scope) -> None:
    account = bind(scope)
    Account.objects.filter(pk=account.pk).update(status="deleting")
    assert leases.take(account.pk, "engine", 60) is None
    assert leases.take_free("engine", 60, limit=9) == []
    assert leases.take(account.pk + 1, "engine", 60) is None


def test_an_engine_lives_as_long_as_it_says_so(scope: Scope) -> None:
    leases.beat("one", 60)
    leases.beat("two", 0.01)
    leases.beat("one", 60)
    time.sleep(0.03)
    assert leases.living_engines() == ["one"]
    leases.stop_beating("one")
    assert leases.living_engines() == []


def test_what_is_free_longest_is_taken_first(scope: Scope) -> None:
    first, second = bind(scope, "a@example.com"), bind(scope, "b@example.com")
    Lease.objects.filter(account_id=first.pk).update(until=NOON - timedelta(days=1))
    Lease.objects.filter(account_id=second.pk).update(until=NOON - timedelta(days=2))
    assert [lease.account_id for lease in leases.take_free("engine", 60, limit=1)] == [second.pk]
