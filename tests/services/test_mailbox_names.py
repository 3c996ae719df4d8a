"""Names of mailboxes: what is refused, what is put right, and what goes over the wire."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from yizhan.imap import utf7
from yizhan.services.messages.mailboxes import shape_tree
from yizhan.services.sync import names
from yizhan.store.models import Mailbox


def row(name: str, pk: int = 1, delimiter: str = "/", wire_name: str = "", **fields: object) -> Mailbox:
    return Mailbox(
        pk=pk, account_id=1, name=name, wire_name=wire_name or utf7.encode(name), delimiter=delimiter, **fields
    )


def taken(typed: str, separator: str) -> str | None:
    try:
        return names.read_name(typed, separator)
    except names.MailboxNameWrong:
        return None


@pytest.mark.parametrize(
    "typed", ["", "/", "a//b", "/a", "a/", " a", "a ", "a/ b", "a\nb", "a\x00", "a\u2028", "\ud800"]
)
def test_a_name_that_no_server_should_see_is_refused(typed: str) -> None:
    with pytest.raises(names.MailboxNameWrong):
        names.read_name(typed, "/")


def test_a_level_is_as_long_as_a_file_name_may_be_on_the_wire() -> None:
    assert names.read_name("x" * 255, "/") == "x" * 255
    with pytest.raises(names.MailboxNameWrong):
        names.read_name("x" * 256, "/")
    with pytest.raises(names.MailboxNameWrong):
        names.read_name("名" * 100, "/")
    with pytest.raises(names.MailboxNameWrong):
        names.read_name("/".join(["x" * 250] * 5), "/")


def test_names_are_put_into_the_form_that_mail_agrees_on() -> None:
    assert names.read_name("Ме\u0438\u0306л", "/") == "Ме\u0439л"
    assert names.read_name("inbox/Rest", "/") == "INBOX/Rest"
    assert names.read_name("a/b", "") == "a/b"


@given(some.text(max_size=60), some.sampled_from(["", "/", ".", "\\"]))
def test_what_is_taken_comes_back_from_the_wire_as_it_was(typed: str, separator: str) -> None:
    name = taken(typed, separator)
    assume(name is not None)
    assert utf7.decode(names.wire_of(name or "", []).encode()) == name


def test_a_new_mailbox_stands_under_its_parent_as_the_server_writes_it() -> None:
    raw = row("Клиенты", wire_name="Клиенты")  # a server that writes UTF-8 without having been asked
    assert names.wire_of("Клиенты/Анна", [raw]) == "Клиенты/&BBAEPQQ9BDA-"
    assert names.wire_of("Другое", [raw]) == utf7.encode("Другое")
    assert names.wire_of("Другое", [raw], str) == "Другое"  # under UTF8=ACCEPT (RFC 6855 §3)


def test_a_name_is_taken_by_a_mailbox_that_can_be_opened_and_by_inbox() -> None:
    names.refuse_taken("A", [row("A", selectable=False), row("a", 2)])
    with pytest.raises(names.MailboxTaken):
        names.refuse_taken("A", [row("A")])
    with pytest.raises(names.MailboxTaken):
        names.refuse_taken("INBOX", [])


def test_a_last_level_cannot_name_another_place() -> None:
    assert names.beside(row("A/B/C"), "D") == "A/B/D"
    assert names.inside_of("A.B", "x/y", ".") == "A.B.x/y"
    with pytest.raises(names.MailboxNameWrong):
        names.beside(row("A/B"), "C/D")


def test_the_tree_has_each_before_those_inside_and_the_inbox_first() -> None:
    rows = [row("zebra"), row("B/x/y", 2), row("B", 3), row("Trash", 4, role="trash"), row("INBOX", 5, role="inbox")]
    found = [(each["leaf"], each["depth"], each["parent"], each["has_inside"]) for each in shape_tree(rows)]
    assert found == [
        ("INBOX", 0, None, False),
        ("Trash", 0, None, False),
        ("B", 0, None, True),
        ("x/y", 1, 3, False),
        ("zebra", 0, None, False),
    ]


def test_a_name_of_a_thousand_levels_is_a_tree_too() -> None:
    rows = [row("/".join(["a"] * deep), deep) for deep in range(1, 500)]
    assert [each["depth"] for each in shape_tree(rows)] == list(range(499))


def test_what_a_terminal_would_obey_is_shown_as_something_else() -> None:
    assert names.shown("a\x1b[2Jb\r\nc\u202ed\u2066e") == "a�[2Jb��c�d�e"
    assert names.shown('客户 "Б" \\ % *') == '客户 "Б" \\ % *'
