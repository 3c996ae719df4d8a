"""Lists over several accounts: merged by time, narrowed, walked both ways, counted, on both databases."""

from datetime import timedelta

from tests.services.letters import receive_many
from tests.store.making import NOON, bind
from yizhan.base.ids import MessageId
from yizhan.services.messages import listing
from yizhan.services.messages.listing import Wanted
from yizhan.services.messages.progress import read_progress
from yizhan.store.models import Mailbox, Message
from yizhan.store.scope import Scope

INBOXES = Wanted(role="inbox")


def numbers(page: dict[str, object]) -> list[int]:
    return [row["id"] for row in page["messages"]]  # type: ignore[index,attr-defined]


def fill(scope: Scope) -> list[Message]:
    """Three accounts with four messages each, all at the same four minutes; newest first as a list has them."""
    for name in ("anna", "boris", "chen"):
        receive_many(bind(scope, f"{name}@example.com"), [None] * 4)
    return list(Message.objects.order_by("-internal_date", "-pk"))


def test_the_inboxes_of_all_accounts_are_one_list_in_the_order_of_time(scope: Scope) -> None:
    rows = fill(scope)
    first = listing.list_page(scope, INBOXES, size=5)
    second = listing.list_page(scope, INBOXES, first["next"], size=5)
    third = listing.list_page(scope, INBOXES, second["next"], size=5)
    assert numbers(first) + numbers(second) + numbers(third) == [row.pk for row in rows]
    assert third["next"] == ""


def test_what_is_hidden_or_in_another_mailbox_is_in_no_inbox(scope: Scope) -> None:
    rows = fill(scope)
    Message.objects.filter(pk=rows[0].pk).update(hidden=True)
    Mailbox.objects.filter(account=rows[1].account_id).update(role="archive")
    shown = numbers(listing.list_page(scope, INBOXES))
    assert shown == [row.pk for row in rows[1:] if row.account_id != rows[1].account_id]
    assert listing.count_wanted(scope, INBOXES) == len(shown) == 7


def test_a_stretch_is_the_same_when_newer_messages_have_come(scope: Scope) -> None:
    rows = fill(scope)
    page = listing.list_page(scope, INBOXES, size=5)
    again = listing.list_page(scope, INBOXES, size=200, down_to=page["last"])
    assert numbers(again) == numbers(page)
    receive_many(bind(scope, "dora@example.com"), [None] * 9)
    newest = listing.list_page(scope, INBOXES, size=200, down_to=page["last"])
    assert set(numbers(page)) < set(numbers(newest))
    assert rows[5].pk not in numbers(newest)


def test_each_filter_narrows_the_merged_list_and_its_number(scope: Scope) -> None:
    rows = fill(scope)
    Message.objects.filter(pk__in=[rows[1].pk, rows[7].pk]).update(seen=True, flagged=True, attachments=2)
    narrowed = [Wanted(role="inbox", **{name: True}) for name in ("flagged", "attached")]
    pages = [numbers(listing.list_page(scope, wanted)) for wanted in narrowed]
    assert pages == [[rows[1].pk, rows[7].pk]] * 2
    assert [listing.count_wanted(scope, wanted) for wanted in narrowed] == [2, 2]
    assert len(numbers(listing.list_page(scope, Wanted(role="inbox", unseen=True)))) == 10


def test_a_time_begins_with_its_first_moment_and_ends_before_its_last(scope: Scope) -> None:
    fill(scope)
    wanted = Wanted(role="inbox", since=NOON + timedelta(minutes=2), until=NOON + timedelta(minutes=4))
    assert {row["uid"] for row in listing.list_page(scope, wanted)["messages"]} == {2, 3}


def test_neighbours_cross_the_accounts(scope: Scope) -> None:
    rows = fill(scope)
    near = listing.neighbours(scope, INBOXES, MessageId(rows[3].pk))
    assert near == {"newer": rows[2].pk, "older": rows[4].pk}
    assert listing.neighbours(scope, INBOXES, MessageId(rows[0].pk))["newer"] is None


def test_without_a_mailbox_of_the_role_the_list_is_empty(scope: Scope) -> None:
    fill(scope)
    wanted = Wanted(role="junk")
    assert listing.list_page(scope, wanted)["messages"] == []
    assert listing.count_wanted(scope, wanted) == 0


def test_progress_is_of_accounts_whose_history_is_on_its_way(scope: Scope) -> None:
    rows = fill(scope)
    assert read_progress(scope) == []
    Mailbox.objects.filter(account=rows[0].account_id).update(in_range=40)
    [progress] = read_progress(scope)
    assert (progress.account_id, progress.held, progress.in_range, progress.percent) == (rows[0].account_id, 4, 40, 10)
    Mailbox.objects.filter(account=rows[0].account_id).update(covered_since=NOON.date())
    assert read_progress(scope) == []
