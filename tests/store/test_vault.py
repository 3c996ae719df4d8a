import base64
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.databases import Home
from tests.store.making import bind
from tests.store.threads import at_once
from yizhan.base.secret import Secret
from yizhan.store import accounts, requests, vault
from yizhan.store.errors import KeyMissing, KeysExposed, KeysUnreadable, SealBroken
from yizhan.store.keys import read_keys
from yizhan.store.models import Credential, Request
from yizhan.store.scope import Scope, scope_of_home
from yizhan.store.sealing import make_key


def word() -> str:
    return base64.b64encode(make_key().secret).decode()


def keys_of(home: Home) -> list[str]:
    ring = read_keys(home.path, {})
    assert ring is not None
    return [key.id for key in ring.keys]


def test_the_first_start_makes_a_key_for_the_owner_only(home: Home) -> None:
    vault.open_vault()
    file = home.path / "keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(keys_of(home)) == 1
    vault.open_vault()
    assert list(home.path.glob("keys*")) == [file]


def test_of_many_first_starts_one_key_stays(home: Home) -> None:
    def work(number: int) -> str:
        vault.open_vault()
        bind(scope_of_home(), f"{number}@example.com")
        return keys_of(home)[0]

    assert len(set(at_once(6, work))) == 1
    assert accounts.secret_of(accounts.list_all(scope_of_home())[0].pk) == Secret("opensesame")


@pytest.fixture
def without_key(home: Home, scope: Scope) -> Iterator[Path]:
    """A store with a secret, whose key file was moved away; put back at the end."""
    bind(scope)
    file = home.path / "keys"
    aside = file.rename(home.path / "aside")
    yield file
    aside.rename(file)


def test_secrets_without_a_key_refuse_to_start_and_say_what_to_do(without_key: Path) -> None:
    with pytest.raises(KeyMissing) as refused:
        vault.open_vault()
    assert str(without_key) in refused.value.detail
    assert "YIZHAN_KEY" in refused.value.detail
    assert not without_key.exists()


def test_secrets_without_a_key_stay_shut(without_key: Path, scope: Scope) -> None:
    with pytest.raises(KeyMissing):
        accounts.secret_of(accounts.list_all(scope)[0].pk)
    with pytest.raises(KeyMissing):
        bind(scope, "second@example.com")
    assert len(accounts.list_all(scope)) == 1


def test_the_wrong_key_refuses_to_start(without_key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIZHAN_KEY", word())
    with pytest.raises(KeyMissing, match="holds other keys"):
        vault.open_vault()


def test_a_key_that_others_may_read_is_refused(home: Home) -> None:
    vault.open_vault()
    (home.path / "keys").chmod(0o640)
    with pytest.raises(KeysExposed, match="chmod 600"):
        vault.open_vault()
    (home.path / "keys").chmod(0o600)


@pytest.mark.parametrize("text", ["", "# nothing\n", "not base64!\n", base64.b64encode(b"short").decode()])
def test_what_is_no_key_is_refused_and_not_shown(home: Home, text: str) -> None:
    file = home.path / "keys"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(KeysUnreadable) as refused:
        vault.open_vault()
    assert (text.strip() or "#") not in refused.value.detail
    file.unlink()


def test_a_key_file_of_gigabytes_is_not_read(home: Home) -> None:
    file = home.path / "keys"
    with file.open("wb") as sparse:
        sparse.truncate(2**31)
    file.chmod(0o600)
    with pytest.raises(KeysUnreadable, match="too large"):
        vault.open_vault()
    file.unlink()


def test_the_environment_comes_first(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIZHAN_KEY", word())
    vault.open_vault()
    account = bind(scope_of_home())
    assert not (home.path / "keys").exists()
    assert accounts.secret_of(account.pk) == Secret("opensesame")
    accounts.delete(scope_of_home(), account.pk)


def test_a_systemd_credential_is_taken(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "yizhan.key").write_text(word() + "\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    vault.open_vault()
    account = bind(scope_of_home())
    assert not (home.path / "keys").exists()
    assert accounts.secret_of(account.pk) == Secret("opensesame")
    accounts.delete(scope_of_home(), account.pk)


def test_a_secret_moved_to_another_account_does_not_open(scope: Scope) -> None:
    victim, thief = bind(scope, "a@example.com", "hers"), bind(scope, "b@example.com", "his")
    own = Credential.objects.get(pk=thief.pk).sealed
    Credential.objects.filter(pk=thief.pk).update(sealed=Credential.objects.get(pk=victim.pk).sealed)
    with pytest.raises(SealBroken):
        accounts.secret_of(thief.pk)
    Credential.objects.filter(pk=thief.pk).update(sealed=own)


def test_a_secret_of_a_request_opens_in_that_request_only(scope: Scope) -> None:
    first, second = (requests.leave(scope, "bind", None, {}, Secret(text)) for text in ("one", "two"))
    Request.objects.filter(pk=second.pk).update(sealed_secret=first.sealed_secret)
    with pytest.raises(SealBroken):
        requests.secret_of(second)
    requests.settle(second.pk, False, {})


def test_sealing_belongs_into_the_transaction_that_writes(home: Home) -> None:
    with pytest.raises(RuntimeError):
        vault.seal_in(vault.canary_place(), Secret("x"))
