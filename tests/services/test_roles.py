"""Which mailbox plays which part: laws and the names that real servers list."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from yizhan.imap import utf7
from yizhan.imap.types import Listed
from yizhan.sandbox.personas import load_persona
from yizhan.services.sync.roles import NAMES, assign_roles

ATTRIBUTES = ("\\sent", "\\trash", "\\junk", "\\drafts", "\\archive", "\\all", "\\noselect", "\\flagged", "\\important")


def line(wire_name: str, *attributes: str, delimiter: str = "/") -> Listed:
    return Listed(utf7.decode(wire_name.encode()), wire_name, delimiter, frozenset(attributes))


def named(name: str, *attributes: str, delimiter: str = "/") -> Listed:
    return Listed(name, utf7.encode(name), delimiter, frozenset(attributes))


# As the providers' servers write them, without any attribute.
@pytest.mark.parametrize(
    ("wire_name", "role"),
    [
        ("&XfJT0ZAB-", "sent"),
        ("&XfJT0ZABkK5O9g-", "sent"),
        ("Sent Messages", "sent"),
        ("&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "sent"),
        ("[Gmail]/&XfJT0ZCuTvY-", "sent"),
        ("&XfJSIJZk-", "trash"),
        ("&XfJSIJZkkK5O9g-", "trash"),
        ("Deleted Messages", "trash"),
        ("&BBoEPgRABDcEOAQ9BDA-", "trash"),
        ("Deleted Items", "trash"),
        ("&g0l6P3ux-", "drafts"),
        ("[Gmail]/&g0l6Pw-", "drafts"),
        ("&BCcENQRABD0EPgQyBDgEOgQ4-", "drafts"),
        ("Entw&APw-rfe", "drafts"),
        ("&V4NXPpCuTvY-", "junk"),
        ("&BCEEPwQwBDw-", "junk"),
        ("INBOX/Junk", "junk"),
        ("[Gmail]/&YkBnCZCuTvY-", "all"),
        ("INBOX", "inbox"),
        ("Inbox", "inbox"),
    ],
)
def test_the_names_of_real_servers_are_known(wire_name: str, role: str) -> None:
    assert assign_roles([line(wire_name)]) == {wire_name: role}


def test_the_name_that_public_tables_give_for_deleted_mail_is_sent_and_never_trash() -> None:
    """Deleting for good in the Trash of `&XfJT0ZABkK5O9g-` would empty Sent."""
    assert utf7.decode(b"&XfJT0ZABkK5O9g-") == "已发送邮件"
    assert [role for role, names in NAMES.items() if "已发送邮件" in names] == ["sent"]
    both = [line("&XfJT0ZABkK5O9g-"), line("&XfJSIJZkkK5O9g-")]
    assert assign_roles(both) == {"&XfJT0ZABkK5O9g-": "sent", "&XfJSIJZkkK5O9g-": "trash"}


@pytest.mark.parametrize("persona_id", ["gmail", "mailru", "netease", "outlook", "plain", "qq", "yandex"])
def test_a_provider_that_declares_nothing_is_read_by_its_names(persona_id: str) -> None:
    persona = load_persona(persona_id)
    found = assign_roles([named(plan.name, delimiter=persona.separator) for plan in persona.mailboxes])
    wanted = {utf7.encode(plan.name): plan.role for plan in persona.mailboxes if plan.role in NAMES}
    assert found == wanted


def test_no_name_stands_for_two_roles() -> None:
    every = [name for names in NAMES.values() for name in set(names)]
    assert len(every) == len(set(every))


def test_every_known_name_is_written_as_it_is_compared() -> None:
    assert [name for names in NAMES.values() for name in names if name != name.casefold().strip()] == []


def test_a_declared_role_beats_a_name() -> None:
    listed = [named("Trash"), named("Bin for cats", "\\trash"), named("Sent")]
    assert assign_roles(listed) == {"Bin for cats": "trash", "Sent": "sent"}


def test_starred_and_important_have_no_role_of_ours() -> None:
    assert assign_roles([named("[Gmail]/Starred", "\\flagged"), named("[Gmail]/Important", "\\important")]) == {}


def test_what_cannot_be_opened_has_no_role_by_its_name() -> None:
    assert assign_roles([named("Archive", "\\noselect")]) == {}


def test_a_person_s_own_mailbox_deep_inside_is_not_taken_for_the_account_s() -> None:
    assert assign_roles([named("Clients/Sent"), named("INBOX.Sent", delimiter=".")]) == {"INBOX.Sent": "sent"}


@given(
    some.lists(
        some.tuples(
            some.sampled_from([name for names in NAMES.values() for name in names[:3]] + ["INBOX", "x", "INBOX/Trash"]),
            some.sets(some.sampled_from(ATTRIBUTES), max_size=2),
        ),
        unique_by=lambda pair: pair[0],
    )
)
def test_a_role_goes_to_one_mailbox_and_a_mailbox_has_one_role(found: list[tuple[str, set[str]]]) -> None:
    roles = assign_roles([named(name, *attributes) for name, attributes in found])
    assert len(set(roles.values())) == len(roles)
    assert roles.keys() <= {utf7.encode(name) for name, _ in found}
