"""A draft goes out once, however often it is asked for, and comes back while it can."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.services.test_drafts import CLOCK, write
from tests.store.making import NOON, bind
from tests.store.threads import at_once
from yizhan.base.errors import NotFound
from yizhan.base.ids import AccountId, DraftId, SubmissionId
from yizhan.mime.structure import parse_message
from yizhan.services.outbox.listing import TooLate
from yizhan.services.outbox.submitting import RecipientWrong
from yizhan.services.writing import drafts, identities
from yizhan.services.writing.drafts import DraftMovedOn
from yizhan.services.writing.handing import NoSender, hand_in, take_back
from yizhan.store import blobs, submissions
from yizhan.store.models import Account, Draft, Submission
from yizhan.store.scope import Scope

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def account(scope: Scope) -> Account:
    return bind(scope)


def words(account: Account, **more: Any) -> dict[str, Any]:
    return {"from": account.pk, "to": "陈工 <chen@example.cn>", "subject": "报价", "html": "<p>Добрый день</p>", **more}


def handed_in(scope: Scope, account: Account, **more: Any) -> tuple[DraftId, list[SubmissionId]]:
    content = words(account, **more)
    draft = DraftId(write(scope, **content)["id"])
    return draft, hand_in(scope, draft, 1, content, CLOCK)


def sent_bytes(submission_id: SubmissionId) -> bytes:
    return blobs.get(str(Submission.objects.get(pk=submission_id).blob_id))


def test_what_is_handed_in_says_what_the_draft_says(scope: Scope, account: Account) -> None:
    draft = DraftId(write(scope)["id"])
    drafts.attach(scope, draft, "价格.pdf", "application/pdf", b"%PDF")
    drafts.attach(scope, draft, "shown.png", "image/png", PNG, "p1")
    drafts.attach(scope, draft, "taken-out.png", "image/png", PNG, "p2")
    [made] = hand_in(scope, draft, 1, words(account, html='<p>A</p><img src="cid:p1">', priority="high"), CLOCK)
    parsed = parse_message(sent_bytes(made))
    names = [leaf.filename for leaf in parsed.leaves if leaf.filename]
    assert (parsed.header("subject"), parsed.header("x-priority")[:1], names) == (
        "报价",
        "1",
        ["shown.png", "价格.pdf"],
    )
    assert drafts.list_drafts(scope) == []
    assert drafts.find(scope, draft)["submission_id"] == made


def test_pressed_twice_it_goes_out_once(scope: Scope, account: Account) -> None:
    draft, made = handed_in(scope, account)
    assert hand_in(scope, draft, 1, words(account), CLOCK) == made
    assert Submission.objects.count() == 1


def test_pressed_in_many_places_at_once_it_goes_out_once(scope: Scope, account: Account) -> None:
    draft = DraftId(write(scope)["id"])
    told = at_once(3, lambda _: hand_in(scope, draft, 1, words(account), CLOCK))
    assert told[0] == told[1] == told[2]
    assert (Submission.objects.count(), Draft.objects.count()) == (1, 1)


def test_other_words_after_it_was_handed_in_are_a_draft_of_their_own(scope: Scope, account: Account) -> None:
    draft, _ = handed_in(scope, account)
    with pytest.raises(DraftMovedOn) as moved:
        hand_in(scope, draft, 1, words(account, subject="another"), CLOCK)
    assert [each["id"] for each in drafts.list_drafts(scope)] == [moved.value.draft_id]
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "error"), [({"to": "nobody"}, RecipientWrong), ({"from": None}, NoSender)], ids=["recipient", "sender"]
)
def test_what_is_refused_is_saved_and_not_sent(
    scope: Scope, account: Account, wrong: dict[str, Any], error: type[Exception]
) -> None:
    draft = DraftId(write(scope)["id"])
    with pytest.raises(error):
        hand_in(scope, draft, 1, words(account, **wrong), CLOCK)
    assert [(each["version"], each["content"]["subject"]) for each in drafts.list_drafts(scope)] == [(2, "报价")]
    assert Submission.objects.count() == 0


def test_taken_back_it_is_a_draft_again_and_may_be_sent_anew(scope: Scope, account: Account) -> None:
    draft, [made] = handed_in(scope, account)
    assert take_back(scope, made, CLOCK) == draft
    assert Submission.objects.get(pk=made).state == "cancelled"
    [opened] = drafts.list_drafts(scope)
    assert opened["content"]["html"] == "<p>Добрый день</p>"
    with pytest.raises(DraftMovedOn):
        hand_in(scope, draft, 1, words(account, subject="a press that came late"), CLOCK)
    [again] = hand_in(scope, draft, opened["version"], words(account, subject="better"), CLOCK)
    assert again != made


def test_cancelled_in_the_outbox_it_is_a_draft_again(scope: Scope, account: Account) -> None:
    draft, [made] = handed_in(scope, account)
    submissions.move(made, "queued", "cancelled")
    [opened] = drafts.list_drafts(scope)
    [again] = hand_in(scope, draft, opened["version"], opened["content"], CLOCK)
    assert again != made


def test_what_was_sent_is_not_taken_back(scope: Scope, account: Account) -> None:
    draft, [made] = handed_in(scope, account)
    submissions.move(made, "queued", "sending")
    submissions.move(made, "sending", "sent")
    with pytest.raises(TooLate):
        take_back(scope, made, CLOCK)
    assert drafts.find(scope, draft)["submission_id"] == made


def test_of_separate_messages_those_that_went_out_are_not_written_to_again(scope: Scope, account: Account) -> None:
    draft, made = handed_in(scope, account, to="a@example.org, b@example.org", cc="c@example.org", separately=True)
    submissions.move(made[0], "queued", "sending")
    assert len(made) == 3
    assert take_back(scope, made[1], CLOCK) == draft
    [opened] = drafts.list_drafts(scope)
    assert (opened["content"]["to"], opened["content"]["cc"]) == ("b@example.org, c@example.org", "")
    assert opened["content"]["separately"] is True


def test_what_had_no_draft_becomes_one(scope: Scope, account: Account) -> None:
    draft, [made] = handed_in(scope, account, bcc="secret@example.org", html='<b>bold</b><img src="cid:p1">')
    Draft.objects.filter(pk=draft).delete()
    opened = drafts.find(scope, take_back(scope, made, CLOCK))
    assert (opened["content"]["to"], opened["content"]["bcc"]) == ("陈工 <chen@example.cn>", "secret@example.org")
    assert re.search(r"bold", opened["content"]["html"])
    assert opened["account_id"] == account.pk


def test_it_waits_for_its_time_or_for_the_person_to_take_it_back(scope: Scope, account: Account) -> None:
    draft = DraftId(write(scope)["id"])
    [made] = hand_in(scope, draft, 1, words(account), CLOCK, delay_s=30)
    other = DraftId(write(scope)["id"])
    at = NOON + timedelta(days=1)
    [later] = hand_in(scope, other, 1, words(account), CLOCK, at=at, zone="Europe/Moscow", delay_s=30)
    waits = Submission.objects.get(pk=made)
    scheduled = Submission.objects.get(pk=later)
    assert (waits.state, waits.not_before) == ("queued", NOON + timedelta(seconds=30))
    assert (scheduled.state, scheduled.scheduled_at, scheduled.zone) == ("scheduled", at, "Europe/Moscow")
    assert take_back(scope, later, CLOCK) == other


def test_nobody_takes_back_what_is_anothers(scope: Scope, account: Account) -> None:
    _, [made] = handed_in(scope, account)
    with pytest.raises(NotFound):
        take_back(Scope(scope.workspace_id + 1), made, CLOCK)  # type: ignore[arg-type]


def test_it_is_from_the_identity_that_was_chosen(scope: Scope, account: Account) -> None:
    number = identities.add(scope, AccountId(account.pk), "sales@example.com", "Отдел продаж")
    _, [made] = handed_in(scope, account, identity=number)
    parsed = parse_message(sent_bytes(made))
    assert parsed.header("from") == "Отдел продаж <sales@example.com>"
    other = bind(scope, "boris@example.com")
    with pytest.raises(NoSender):
        handed_in(scope, other, identity=number)
