"""As whom one sends, and whom one is warned of, by command."""

import pytest

from tests.browser.mailing import bind
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person

pytestmark = [pytest.mark.root, pytest.mark.real]


def test_an_account_is_given_a_name_and_the_list_is_edited(home: Home, mailhost: MailHost, alice: Person) -> None:
    bind(home, mailhost, alice, "")
    shown = home.cli("identities", "add", alice.address, alice.address, "--name", "李雷", "--default", "--json").json
    assert [(each["name"], each["is_default"], each["is_own"]) for each in shown] == [("李雷", True, True)]
    added = home.cli("suppressions", "add", "Anna <a@x.example>", "b@x.example", "--json").json
    assert [each["address"] for each in added] == ["a@x.example", "b@x.example"]
    assert home.cli("suppressions", "remove", "B@x.example", "--json").json == {"removed": ["B@x.example"]}
    assert [each["address"] for each in home.cli("suppressions", "list", "--json").json] == ["a@x.example"]
    assert home.cli("suppressions", "remove", "b@x.example").code == 1
    wrong = home.cli("identities", "remove", alice.address, "nobody@x.example", "--json")
    assert (wrong.code, wrong.json["error"]["code"]) == (1, "not_found")
    shown = home.cli("identities", "remove", alice.address, alice.address, "--json").json
    assert [(each["id"], each["name"]) for each in shown] == [(None, "")]
