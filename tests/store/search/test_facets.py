"""What is counted beside the finds, on both databases."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.store.making import NOON, VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.store import messages
from yizhan.store.models import Mailbox
from yizhan.store.scope import Scope
from yizhan.store.search.facets import count_facets
from yizhan.store.search.finding import walk
from yizhan.store.search.query import parse_query


def receive(scope: Scope, address: str, *made: dict[str, object]) -> Mailbox:
    account = bind(scope, address)
    lease = take_lease(account)
    inbox = open_inbox(account, lease)
    rows = [facts(uid, **fields) for uid, fields in enumerate(made, 1)]
    messages.upsert_batch(inbox.pk, VALIDITY, rows, lease)
    return inbox


def test_the_finds_are_counted_by_account_mailbox_time_and_kind(scope: Scope) -> None:
    new_year = datetime(2025, 12, 31, 20, tzinfo=UTC)
    mine = receive(
        scope,
        "anna@example.org",
        {"subject": "price", "flags": ["\\Seen"], "attachments": 2},
        {"subject": "price", "internal_date": NOON - timedelta(days=30), "flags": ["\\Flagged"]},
        {"subject": "price", "internal_date": new_year, "flags": ["\\Seen", "\\Answered"]},
        {"subject": "other"},
    )
    theirs = receive(scope, "boris@example.org", {"subject": "price"})
    Mailbox.objects.filter(pk=theirs.pk).update(role="", name="项目/报价")
    shanghai = ZoneInfo("Asia/Shanghai")
    since = [(NOON - timedelta(days=days)).astimezone(shanghai) for days in (7, 90)]
    found = count_facets(scope, walk(scope, parse_query("price"), None, 100).found, since)
    assert found.accounts == {mine.account_id: 3, theirs.account_id: 1}
    assert found.mailboxes == {"inbox": 3, "项目/报价": 1}
    assert found.years == {2026: 4}
    assert list(found.since.values()) == [2, 3]
    assert found.kinds == {"attached": 1, "unread": 2, "flagged": 1, "answered": 1}


def test_a_year_begins_where_the_person_is(scope: Scope) -> None:
    receive(scope, "anna@example.org", {"subject": "price", "internal_date": datetime(2025, 12, 31, 20, tzinfo=UTC)})
    hits = walk(scope, parse_query("price"), None, 100).found
    zones = (ZoneInfo("Asia/Shanghai"), UTC)
    assert [count_facets(scope, hits, [NOON.astimezone(zone)]).years for zone in zones] == [{2026: 1}, {2025: 1}]


def test_a_name_that_means_a_role_is_counted_with_it(scope: Scope) -> None:
    one = receive(scope, "anna@example.org", {"subject": "price"})
    receive(scope, "boris@example.org", {"subject": "price"})
    Mailbox.objects.filter(pk=one.pk).update(role="", name="收件箱")
    hits = walk(scope, parse_query("price"), None, 100).found
    assert count_facets(scope, hits, []).mailboxes == {"inbox": 2}
