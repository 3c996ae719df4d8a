from datetime import UTC, datetime, timedelta

import pytest

from tests.store.databases import Home
from tests.store.threads import at_once
from yizhan.base.errors import NotFound
from yizhan.base.ids import UserId
from yizhan.base.secret import Secret
from yizhan.store import setup
from yizhan.store.errors import SetupLinkVoid
from yizhan.store.models import SetupLink, User, Workspace
from yizhan.store.scope import scope_of_home, scope_of_user


def somebody(email: str = "owner@example.com") -> User:
    user = User(email=email, name="李雷")
    user.set_unusable_password()
    return user


def test_the_first_person_gets_the_home(home: Home) -> None:
    token = setup.make_link()
    assert setup.check_link(token) > datetime.now(UTC) + timedelta(hours=23)
    owner = somebody()
    assert setup.redeem(token, owner) == scope_of_home() == scope_of_user(UserId(owner.pk))
    assert setup.has_owner()


def test_a_link_works_once(home: Home) -> None:
    token = setup.make_link()

    def work(number: int) -> bool:
        try:
            setup.redeem(token, somebody(f"{number}@example.com"))
        except SetupLinkVoid:
            return False
        return True

    assert sorted(at_once(4, work)) == [False, False, False, True]
    assert User.objects.count() == 1


def test_every_link_is_void_once_there_is_an_owner(home: Home) -> None:
    first, second = setup.make_link(), setup.make_link()
    setup.redeem(first, somebody())
    for call in (lambda: setup.check_link(second), setup.make_link, lambda: setup.redeem(second, somebody("b@x.org"))):
        with pytest.raises(SetupLinkVoid):
            call()
    assert User.objects.count() == 1


def test_a_link_is_good_for_a_day(home: Home) -> None:
    token = setup.make_link()
    SetupLink.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    with pytest.raises(SetupLinkVoid) as refused:
        setup.redeem(token, somebody())
    assert refused.value.expired_at is not None
    assert not setup.has_owner()
    setup.make_link()
    assert SetupLink.objects.count() == 1


def test_a_guess_opens_nothing_and_the_token_is_not_kept(home: Home) -> None:
    token = setup.make_link()
    with pytest.raises(SetupLinkVoid):
        setup.check_link(Secret("guess"))
    assert token.reveal() not in str(list(SetupLink.objects.values_list()))


def test_there_is_one_home_however_many_ask(home: Home) -> None:
    assert len(set(at_once(6, lambda _: scope_of_home()))) == 1
    assert Workspace.objects.count() == 1


def test_a_user_without_a_workspace_has_no_scope(home: Home) -> None:
    user = User.objects.create_user("Someone@Example.com", "pass phrase 7")
    assert User.objects.get_by_natural_key("SOMEONE@example.com ") == user
    with pytest.raises(NotFound):
        scope_of_user(UserId(user.pk))
