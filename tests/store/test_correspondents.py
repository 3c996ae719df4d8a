"""People whom mail names: counted once, found by what is typed."""

from datetime import timedelta
from typing import Any

import pytest

from tests.store.making import NOON, VALIDITY, bind, facts
from yizhan.store import correspondents, mailboxes, messages
from yizhan.store.models import Account, Card, Correspondent, Workspace
from yizhan.store.scope import Scope
from yizhan.store.search.completing import folded_person, typed_parts

PEOPLE = {
    "boris": {"name": "Борис Орлов", "address": "b.orlov@velmart.example"},
    "chen": {"name": "陳國強", "address": "chen@corp.example"},
    "anna": {"name": "", "address": "Anna.Petrova@mail.example"},
    "robot": {"name": "News", "address": "no-reply@shop.example"},
    "me": {"name": "Me", "address": "ANNA@example.com"},
}


BOXES = [
    mailboxes.MailboxFacts(wire_name=role, name=role, delimiter="/", role=role) for role in ("inbox", "sent", "junk")
]


def fill(account: Account, role: str, letters: list[dict[str, Any]]) -> None:
    [row] = [each for each in mailboxes.store_list(account.pk, BOXES, None) if each.wire_name == role]
    mailboxes.set_selected(row.pk, uid_validity=VALIDITY, lease=None)
    messages.upsert_batch(row.pk, VALIDITY, [facts(uid + 1, **each) for uid, each in enumerate(letters)], None)


def known() -> dict[str, tuple[str, int, int]]:
    return {row.address: (row.name, row.written_to, row.heard_from) for row in Correspondent.objects.all()}


@pytest.fixture
def account(scope: Scope) -> Account:
    return bind(scope)


def test_people_are_counted_by_who_wrote_and_each_message_once(account: Account) -> None:
    fill(account, "inbox", [{"from_": [PEOPLE["boris"]]}, {"from_": [PEOPLE["robot"]]}, {"from_": [PEOPLE["me"]]}])
    assert [correspondents.learn(2), correspondents.learn(2), correspondents.learn(2)] == [2, 1, 0]
    to = [PEOPLE["boris"], PEOPLE["anna"], PEOPLE["robot"]]
    fill(account, "sent", [{"from_": [PEOPLE["me"]], "to": to, "cc": [PEOPLE["chen"]]}])
    fill(account, "junk", [{"from_": [{"name": "", "address": "spam@example.net"}]}])
    assert [correspondents.learn(), correspondents.learn()] == [2, 0]
    assert known() == {
        "b.orlov@velmart.example": ("Борис Орлов", 1, 1),
        "Anna.Petrova@mail.example": ("", 1, 0),
        "no-reply@shop.example": ("News", 1, 0),
        "chen@corp.example": ("陳國強", 1, 0),
    }


def test_the_newest_name_stays_and_an_older_message_changes_none(account: Account) -> None:
    who = {"address": "b@example.org"}
    letters = [("Борис", 5), ("", 9), ("Boris the elder", 2), ("Борис Орлов", 7)]
    fill(
        account,
        "inbox",
        [{"from_": [{"name": name, **who}], "internal_date": NOON + timedelta(days=day)} for name, day in letters],
    )
    for _ in letters:
        correspondents.learn(1)
    assert known() == {"b@example.org": ("Борис", 0, 4)}
    assert Correspondent.objects.get().last_at == NOON + timedelta(days=9)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("бор", ["b.orlov@velmart.example"]),
        ("ОРЛОВ", ["b.orlov@velmart.example"]),
        ("орл бор", ["b.orlov@velmart.example"]),
        ("velm", ["b.orlov@velmart.example"]),
        ("b.orlov@vel", ["b.orlov@velmart.example"]),
        ("国强", ["chen@corp.example"]),
        ("国", ["chen@corp.example"]),
        ("petrova", []),
        ("anna.p", ["Anna.Petrova@mail.example"]),
        ("%", []),
        ("", []),
        ('" <,', []),
    ],
)
def test_people_are_found_by_the_beginnings_of_words(
    scope: Scope, account: Account, typed: str, found: list[str]
) -> None:
    fill(account, "sent", [{"to": [PEOPLE["boris"], PEOPLE["chen"], PEOPLE["anna"]]}])
    correspondents.learn()
    assert [address for _, address, _ in correspondents.complete(scope, typed)] == found


def test_those_written_to_most_come_first_and_a_card_names_them(scope: Scope, account: Account) -> None:
    a, b, c = ({"name": f"Ivan {letter}", "address": f"ivan.{letter}@example.org"} for letter in "abc")
    fill(account, "sent", [{"to": [b]}, {"to": [b, c]}])
    fill(account, "inbox", [{"from_": [a]}])
    correspondents.learn()
    for name, address in (("Ivan Card", "IVAN.C@example.org"), ("Ivan New", "new@example.org")):
        key = address.lower()
        made = {"name": name, "address": address, "address_key": key, "folded": folded_person(name, address)}
        Card.objects.create(workspace_id=scope.workspace_id, **made)
    assert correspondents.complete(scope, "ivan") == [
        ("Ivan b", "ivan.b@example.org", "mail"),
        ("Ivan Card", "IVAN.C@example.org", "card"),
        ("Ivan a", "ivan.a@example.org", "mail"),
        ("Ivan New", "new@example.org", "card"),
    ]


def test_nobody_is_offered_another_workspaces_people(scope: Scope, account: Account) -> None:
    fill(account, "sent", [{"to": [PEOPLE["boris"]]}])
    correspondents.learn()
    other = Workspace.objects.create(key="other")
    assert correspondents.complete(Scope(other.pk), "бор") == []  # type: ignore[arg-type]


def test_what_is_compared_is_bounded() -> None:
    assert len(folded_person("長" * 1000, "x@y")) == 600
    assert typed_parts("a b c d e f") == [" a", " b", " c", " d", " e"]
