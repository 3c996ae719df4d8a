import base64
import json
import signal
import threading
from collections.abc import Callable

import pytest

from tests.store.databases import Home
from tests.store.making import bind
from tests.store.running import read_line, say, start_worker
from tests.store.test_vault import keys_of, word
from tests.store.threads import at_once
from yizhan.base.secret import Secret
from yizhan.store import accounts, credentials, lane, requests, vault
from yizhan.store.errors import KeyMissing, RotationRefused, SealBroken
from yizhan.store.keys import read_keys
from yizhan.store.models import Credential, Request, Vault
from yizhan.store.rotation import rotate
from yizhan.store.scope import Scope, scope_of_home

STEPS = ["key_added", "key_adopted", "resealed", "old_key_retired"]


def bind_some(scope: Scope, count: int = 5) -> dict[int, Secret[str]]:
    return {bind(scope, f"{n}@example.com", f"secret {n}").pk: Secret(f"secret {n}") for n in range(count)}


def opened(ids: dict[int, Secret[str]]) -> dict[int, Secret[str]]:
    return {account_id: accounts.secret_of(account_id) for account_id in ids}


def sealed_with() -> set[str]:
    ids = set(Credential.objects.values_list("key_id", flat=True)) | set(Vault.objects.values_list("key_id", flat=True))
    return ids | set(Request.objects.exclude(key_id="").values_list("key_id", flat=True))


def test_all_is_sealed_with_a_new_key_and_the_old_one_is_gone(home: Home, scope: Scope) -> None:
    secrets = bind_some(scope)
    request = requests.leave(scope, "bind", None, {}, Secret("typed"))
    [old] = keys_of(home)
    steps: list[tuple[str, int, int]] = []
    done = rotate(lambda *step: steps.append(step), batch=2)
    assert (done.resealed, done.resumed) == (6, False)
    assert keys_of(home) == [done.key_id]
    assert sealed_with() == {done.key_id} != {old}
    assert opened(secrets) == secrets
    assert requests.secret_of(request) == Secret("typed")
    assert steps == [
        ("key_added", 0, 0),
        ("key_adopted", 0, 0),
        *[("resealed", number, 6) for number in (2, 4, 5, 6)],
        ("old_key_retired", 6, 6),
    ]


class Crash(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@pytest.mark.parametrize("step", STEPS)
def test_cut_short_after_any_step_the_vault_opens_and_the_next_run_ends_it(home: Home, scope: Scope, step: str) -> None:
    secrets = bind_some(scope)

    def crash_after(done: str, *_: int) -> None:
        crashes[done == step]()

    crashes: list[Callable[[], None]] = [lambda: None, crash]
    with pytest.raises(Crash):
        rotate(crash_after, batch=2)
    vault.open_vault()
    assert opened(secrets) == secrets
    late = bind(scope, "late@example.com", "late")
    done = rotate(batch=2)
    assert done.resumed is (step != "old_key_retired")
    assert keys_of(home) == [done.key_id]
    assert sealed_with() == {done.key_id}
    assert opened(secrets) == secrets
    assert accounts.secret_of(late.pk) == Secret("late")


def crash() -> None:
    raise Crash


def test_killed_in_the_middle_it_goes_on_from_there(home: Home, scope: Scope) -> None:
    secrets = bind_some(scope)
    worker = start_worker(home, "rotating", "resealed")
    worker.communicate(timeout=30)
    assert worker.returncode == -signal.SIGKILL
    assert len(sealed_with()) == 2
    assert opened(secrets) == secrets
    done = rotate(batch=2)
    assert (done.resumed, sealed_with()) == (True, {done.key_id})
    assert opened(secrets) == secrets


def test_others_go_on_sealing_and_opening_meanwhile(home: Home, scope: Scope) -> None:
    ids = list(bind_some(scope, 4))
    workers = [start_worker(home, "resealing", *map(str, mine)) for mine in (ids[:2], ids[2:])]
    assert [read_line(worker) for worker in workers] == ["ready", "ready"]
    rotated = [rotate(batch=1).key_id for _ in range(4)]
    for worker in workers:
        say(worker, "stop")
    outputs = [worker.communicate(timeout=30) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0], outputs
    last = {int(pk): Secret(value) for out, _ in outputs for pk, value in json.loads(out)["last"].items()}
    assert opened(last) == last
    assert sealed_with() == {rotated[-1]}


def test_a_secret_sealed_while_the_key_changes_is_not_left_behind(home: Home, scope: Scope) -> None:
    account = bind(scope)
    sealed, go = threading.Event(), threading.Event()

    def write(_: int) -> str:
        with lane.transaction():
            credentials.replace_secret(account.pk, Secret("just now"))
            sealed.set()
            go.wait(0.3)
        return ""

    def turn(_: int) -> str:
        sealed.wait(10)
        return rotate().key_id

    works = [write, turn]
    [_, new] = at_once(2, lambda number: works[number](number))
    assert sealed_with() == {new}
    assert accounts.secret_of(account.pk) == Secret("just now")


def test_one_rotation_at_a_time(home: Home, scope: Scope) -> None:
    bind(scope)

    def again(*_: object) -> None:
        with pytest.raises(RotationRefused, match="another rotation"):
            rotate()

    rotate(again)


def test_a_row_that_does_not_open_keeps_the_old_key_and_is_named(home: Home, scope: Scope) -> None:
    secrets = bind_some(scope, 3)
    broken = Credential.objects.order_by("pk")[1]
    Credential.objects.filter(pk=broken.pk).update(sealed=bytes(broken.sealed)[:-1] + b"?")
    with pytest.raises(SealBroken, match="1 sealed values"):
        rotate(batch=2)
    assert len(keys_of(home)) == 2
    del secrets[broken.pk]
    assert opened(secrets) == secrets
    credentials.replace_secret(broken.pk, Secret("typed again"))
    assert keys_of(home)[-1:] == [rotate().key_id] == keys_of(home)


def test_a_key_from_outside_is_changed_outside(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = word(), word()
    monkeypatch.setenv("YIZHAN_KEY", old)
    account = bind(scope_of_home())
    with pytest.raises(RotationRefused, match="YIZHAN_KEY_OLD"):
        rotate()
    monkeypatch.setenv("YIZHAN_KEY", new)
    with pytest.raises(KeyMissing):
        vault.open_vault()
    monkeypatch.setenv("YIZHAN_KEY_OLD", old)
    done = rotate()
    assert (done.resealed, done.resumed) == (1, False)
    monkeypatch.delenv("YIZHAN_KEY_OLD")
    vault.open_vault()
    assert accounts.secret_of(account.pk) == Secret("opensesame")
    accounts.delete(scope_of_home(), account.pk)


def test_what_a_crash_left_of_a_key_file_is_removed(home: Home, scope: Scope) -> None:
    bind(scope)
    draft = home.path / "keys.x.draft"
    draft.write_text(base64.b64encode(b"k" * 32).decode())
    rotate()
    assert not draft.exists()
    assert read_keys(home.path, {}) is not None
