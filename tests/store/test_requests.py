from datetime import UTC, datetime, timedelta

import pytest

from tests.store.making import bind, take_lease
from tests.store.threads import at_once
from yizhan.base.errors import NotFound
from yizhan.base.ids import WorkspaceId
from yizhan.base.secret import Secret
from yizhan.store import changes, requests
from yizhan.store.limits import MAX_REQUEST_CLAIMS
from yizhan.store.models import Request
from yizhan.store.scope import Scope

QUESTIONS, WORKERS = 24, 8


def kill_claim(request: Request) -> None:
    Request.objects.filter(pk=request.pk).update(claimed_until=datetime.now(UTC) - timedelta(seconds=1))


def test_a_question_travels_with_its_secret_and_comes_back_answered(scope: Scope) -> None:
    left = requests.leave(scope, "bind", None, {"address": "anna@example.com"}, Secret("opensesame"))
    assert requests.waiting_count(scope) == 1
    claimed = requests.claim_next("engine")
    assert claimed is not None
    assert requests.secret_of(claimed) == Secret("opensesame")
    requests.report(claimed.pk, {"stage": "login"})
    assert requests.get(scope, left.pk).progress == {"stage": "login"}
    assert requests.settle(claimed.pk, True, {"account_id": 5})
    settled = requests.get(scope, left.pk)
    assert (settled.state, settled.answer, settled.sealed_secret) == ("done", {"account_id": 5}, None)
    with pytest.raises(NotFound):
        requests.secret_of(settled)
    kinds = [change.kind for change in changes.since(scope, 0)]
    assert kinds == ["request.left", "request.running", "request.progress", "request.settled"]


def test_each_question_is_claimed_once(scope: Scope) -> None:
    left = [requests.leave(scope, "x", None, {"number": number}).pk for number in range(QUESTIONS)]

    def work(number: int) -> list[int]:
        got = []
        while request := requests.claim_next(f"worker-{number}"):
            got.append(request.pk)
        return got

    assert sorted(pk for got in at_once(WORKERS, work) for pk in got) == left


def test_a_question_about_an_account_goes_to_who_holds_it(scope: Scope) -> None:
    account = bind(scope)
    take_lease(account, "holder")
    left = requests.leave(scope, "check", account.pk, {})
    assert requests.claim_next("stranger") is None
    claimed = requests.claim_next("holder")
    assert claimed is not None
    assert claimed.pk == left.pk


def test_a_question_about_an_account_that_nobody_holds_goes_to_anyone(scope: Scope) -> None:
    account = bind(scope)
    requests.leave(scope, "check", account.pk, {})
    assert requests.claim_next("anyone", kinds=["bind"]) is None
    assert requests.claim_next("anyone", kinds=["bind", "check"]) is not None


def test_what_a_dead_worker_held_goes_to_the_next_and_the_third_death_ends_it(scope: Scope) -> None:
    left = requests.leave(scope, "x", None, {}, Secret("opensesame"))
    assert requests.reclaim() == 0
    for _ in range(MAX_REQUEST_CLAIMS):
        claimed = requests.claim_next("unlucky")
        assert claimed is not None
        kill_claim(claimed)
        assert requests.reclaim() == 1
    ended = requests.get(scope, left.pk)
    assert (ended.state, ended.sealed_secret) == ("failed", None)
    assert ended.answer is not None
    assert ended.answer["error"]["code"] == "worker_died"


def test_the_first_answer_stands(scope: Scope) -> None:
    left = requests.leave(scope, "x", None, {})
    assert requests.settle(left.pk, True, {"n": 1})
    assert not requests.settle(left.pk, False, {"n": 2})
    requests.report(left.pk, {"late": True})
    settled = requests.get(scope, left.pk)
    assert (settled.answer, settled.progress) == ({"n": 1}, {})


def test_nobody_asks_about_an_account_of_another_workspace(scope: Scope) -> None:
    account = bind(scope)
    stranger = Scope(WorkspaceId(scope.workspace_id + 1))
    with pytest.raises(NotFound):
        requests.leave(stranger, "check", account.pk, {})
    left = requests.leave(scope, "check", account.pk, {})
    with pytest.raises(NotFound):
        requests.get(stranger, left.pk)


def test_old_answers_are_forgotten(scope: Scope) -> None:
    old, waiting = requests.leave(scope, "x", None, {}), requests.leave(scope, "x", None, {})
    requests.settle(old.pk, True, {})
    assert requests.prune(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert requests.get(scope, waiting.pk).state == "waiting"
