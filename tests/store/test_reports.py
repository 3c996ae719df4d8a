"""Delivery reports in the store."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.store.databases import Home
from tests.store.making import VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.store import messages, receipts, reports
from yizhan.store.models import Message
from yizhan.store.scope import Scope, scope_of_home


def plan_of(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return [str(row[3]) for row in cursor.fetchall()]


def test_to_find_what_is_due_no_other_message_is_looked_at(sqlite: Home) -> None:
    scope_of_home()
    with CaptureQueriesContext(connection) as asked:
        assert reports.list_due(20) == []
    [query] = asked.captured_queries
    plan = plan_of(query["sql"])
    assert any("store_message_report" in step for step in plan)
    assert [step for step in plan if step.startswith("SCAN store_message") and "USING" not in step] == []


def test_a_receipt_is_settled_once_for_every_copy(scope: Scope) -> None:
    account = bind(scope)
    lease = take_lease(account)
    inbox = open_inbox(account, lease)
    told = [facts(uid, message_id="<one@x>") for uid in (1, 2)] + [facts(3, message_id="<two@x>")]
    messages.upsert_batch(inbox.pk, VALIDITY, told, lease)
    first, second, other = Message.objects.order_by("uid")
    assert receipts.settle(scope, first.pk, "sent")
    assert not receipts.settle(scope, second.pk, "declined")
    assert receipts.settle(scope, other.pk, "declined")
    assert list(Message.objects.order_by("uid").values_list("receipt", flat=True)) == ["sent", "sent", "declined"]
