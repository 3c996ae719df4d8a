"""Delivery reports, tied to what was sent."""

from datetime import timedelta
from typing import Any

import pytest

from tests.mime.test_reports import CORPUS, split
from tests.services.letters import receive_many
from tests.services.test_identities import send
from tests.store.databases import Home
from tests.store.making import NOON, bind
from tests.store.test_blobs import file_of
from yizhan.base.errors import NotFound
from yizhan.base.ids import SubmissionId, WorkspaceId
from yizhan.services.outbox import suppressions
from yizhan.services.outbox.bounces import read_due
from yizhan.services.outbox.listing import find_submission
from yizhan.store import submissions
from yizhan.store.models import Account, Submission
from yizhan.store.scope import Scope

REPORTS = {file.stem: split(file)[1] for file in CORPUS}


def sent(scope: Scope, account: Account, **fields: Any) -> Submission:
    [row] = send(scope, account.pk, **fields)
    submissions.mark_final_dot(row.pk, NOON - timedelta(hours=1))
    submissions.set_recipients(row.pk, {each.address: ("accepted", "") for each in row.recipients.all()})
    return row


def report(name: str, row: Submission, **words: str) -> bytes:
    raw = REPORTS[name].replace(b"<sent-1@example.com>", row.message_id.encode())
    for old, new in words.items():
        raw = raw.replace(old.encode(), new.encode())
    return raw


def states(scope: Scope, row: Submission) -> list[tuple[str, str]]:
    return [(each.address, each.state) for each in submissions.get(scope, row.pk).recipients.order_by("pk")]


def suppressed(scope: Scope) -> list[tuple[str, str]]:
    return [(each["address"], each["reason"]) for each in suppressions.list_suppressions(scope)]


@pytest.mark.parametrize(
    ("name", "state"), [("163", "bounced"), ("qq", "bounced"), ("exim", "bounced"), ("postfix-delayed", "delayed")]
)
def test_a_report_finds_its_message(scope: Scope, name: str, state: str) -> None:
    account = bind(scope)
    row = sent(scope, account, to=["Boris@example.org, other@example.net"])
    receive_many(account, [report(name, row)])
    assert (read_due(), read_due()) == (1, 0)
    assert states(scope, row) == [("Boris@example.org", state), ("other@example.net", "accepted")]


def test_a_bounce_is_shown_where_it_came_from_and_its_address_is_remembered(scope: Scope) -> None:
    account = bind(scope)
    row = sent(scope, account)
    [letter] = receive_many(account, [report("postfix", row)])
    read_due()
    [who] = submissions.get(scope, row.pk).recipients.all()
    assert (who.report_id, who.reported_at) == (letter.pk, letter.internal_date)
    assert who.said.startswith("550 5.1.1 <boris@example.org>")
    [shown] = find_submission(scope, SubmissionId(row.pk), "en")["people"]
    assert (shown["diagnosis"]["cause"], shown["report"]) == ("user_unknown", letter.pk)
    assert suppressed(scope) == [("boris@example.org", "bounced")]
    [known] = suppressions.known(scope, ["BORIS@example.org", "x@example.org"]).items()
    assert (known[0], known[1]["submission"]) == ("BORIS@example.org", row.pk)


@pytest.mark.parametrize(("name", "hard"), [("163", True), ("yandex", False), ("postfix-delayed", False)])
def test_only_an_address_that_is_wrong_for_good_is_remembered(scope: Scope, name: str, hard: bool) -> None:
    account = bind(scope)
    receive_many(account, [report(name, sent(scope, account))])
    read_due()
    assert bool(suppressed(scope)) is hard


def test_a_later_report_counts_and_a_delay_undoes_nothing(scope: Scope) -> None:
    account = bind(scope)
    row = sent(scope, account)
    late = report("postfix-delayed", row)
    receive_many(account, [late, report("postfix", row), late])
    assert read_due() == 3
    assert states(scope, row) == [("boris@example.org", "bounced")]


def test_a_delivery_that_is_reported_is_shown(scope: Scope) -> None:
    account = bind(scope)
    row = sent(scope, account)
    receive_many(account, [report("postfix-delivered", row)])
    read_due()
    assert states(scope, row) == [("boris@example.org", "delivered")]


def test_a_forged_report_touches_nobody_that_was_not_written_to(scope: Scope) -> None:
    account = bind(scope)
    row = sent(scope, account)
    forged = [report("postfix", row, **{"boris@example.org": "chen@example.cn"}), REPORTS["gmail"], REPORTS["postfix"]]
    receive_many(account, forged)
    assert read_due() == 3
    assert states(scope, row) == [("boris@example.org", "accepted")]
    assert suppressed(scope) == []


def test_a_report_of_what_is_still_to_be_handed_over_keeps_nothing_back(scope: Scope) -> None:
    account = bind(scope)
    [row] = send(scope, account.pk)
    receive_many(account, [report("postfix", row)])
    assert read_due() == 1
    assert states(scope, row) == [("boris@example.org", "")]


def test_a_report_without_an_id_counts_for_the_account_it_came_to_and_for_some_days(scope: Scope) -> None:
    account, other = bind(scope), bind(scope, "zoe@example.com")
    row, old = sent(scope, other), sent(scope, account)
    submissions.mark_final_dot(old.pk, NOON - timedelta(days=11))
    receive_many(account, [REPORTS["qq"]])
    assert read_due() == 1
    assert states(scope, row) == states(scope, old) == [("boris@example.org", "accepted")]


def test_a_report_whose_bytes_are_lost_is_passed_over(scope: Scope, home: Home) -> None:
    account = bind(scope)
    row = sent(scope, account)
    [letter] = receive_many(account, [report("postfix", row)])
    file = file_of(home, str(letter.blob_id))
    kept = file.read_bytes()
    file.unlink()
    assert (read_due(), read_due()) == (1, 0)
    assert states(scope, row) == [("boris@example.org", "accepted")]
    file.write_bytes(kept)


def test_the_list_is_the_persons_to_edit(scope: Scope) -> None:
    stranger = Scope(WorkspaceId(scope.workspace_id + 1))
    added = suppressions.add(scope, "Anna <a@x.org>, b@x.org")
    assert suppressed(scope) == [("b@x.org", "person"), ("a@x.org", "person")]
    assert suppressions.known(stranger, ["a@x.org"]) == {}
    with pytest.raises(NotFound):
        suppressions.remove(stranger, added[0]["id"])
    suppressions.remove(scope, added[0]["id"])
    suppressions.remove_address(scope, "B@X.org")
    assert suppressed(scope) == []
    with pytest.raises(NotFound):
        suppressions.remove_address(scope, "b@x.org")
    with pytest.raises(suppressions.SuppressionWrong):
        suppressions.add(scope, "a@x.org, nobody")
    assert suppressed(scope) == []
