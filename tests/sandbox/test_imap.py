"""The sandbox's IMAP, as clients that are not ours meet it."""

import imaplib
import ssl
from collections.abc import Callable

import pytest
from imapclient import IMAPClient

from tests.support.sandbox import SandboxPerson
from yizhan.sandbox.personas import PERSONAS, load_persona
from yizhan.sandbox.running import Sandbox

NewPerson = Callable[[str], SandboxPerson]
OPEN_PERSONAS = [name for name in PERSONAS if name != "outlook"]
NESTED = (
    b'From: =?utf-8?b?0JDQvdC90LA=?= <anna@demo.test>\r\nTo: li@demo.test, "B, C" <b@demo.test>\r\n'
    b"Subject: two parts\r\nMessage-ID: <nested@demo.test>\r\nDate: Mon, 02 Feb 2026 10:00:00 +0300\r\n"
    b"Content-Type: multipart/mixed; boundary=outer\r\n\r\npreamble\r\n"
    b"--outer\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nfirst\r\n"
    b"--outer\r\nContent-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\ninner body\r\n"
    b"--outer\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--outer--\r\n"
)


@pytest.fixture
def plain_client(new_sandbox_person: NewPerson, sandbox: Sandbox) -> IMAPClient:
    """imapclient, signed in at the plain persona."""
    person = new_sandbox_person("plain")
    context = ssl.create_default_context(cadata=sandbox.ca_pem)
    with IMAPClient("localhost", sandbox.ports["plain"].imap, ssl_context=context, timeout=20) as client:
        client.login(person.address, person.make_secret())
        yield client


@pytest.mark.parametrize("persona_id", OPEN_PERSONAS)
def test_every_persona_gives_back_the_bytes_that_it_took(new_sandbox_person: NewPerson, persona_id: str) -> None:
    person = new_sandbox_person(persona_id)
    with person.imap() as client:
        assert client.append("INBOX", "(\\Seen $Label)", '"02-Feb-2026 10:00:00 +0000"', NESTED)[0] == "OK"
        assert client.select("INBOX") == ("OK", [b"1"])
        [(head, raw), _] = client.uid("FETCH", "1", "(FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")[1]
    assert raw == NESTED
    assert b"UID 1" in head
    assert b"$Label \\Seen" in head
    assert b'INTERNALDATE "02-Feb-2026 10:00:00 +0000"' in head
    assert b"RFC822.SIZE %d" % len(NESTED) in head


@pytest.mark.parametrize("persona_id", OPEN_PERSONAS)
def test_every_persona_lists_its_own_mailboxes(new_sandbox_person: NewPerson, persona_id: str) -> None:
    with new_sandbox_person(persona_id).imap() as client:
        lines = client.list()[1]
    plans = load_persona(persona_id).mailboxes
    assert len(lines) == len(plans) + 1
    assert any(b'"INBOX"' in line for line in lines)


def test_mailru_knows_no_idle_and_says_so_in_its_words(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("mailru").imap() as client:
        client.select("INBOX")
        with pytest.raises(imaplib.IMAP4.error, match=r"\[CLIENTBUG\] Unrecognised command"):
            client.xatom("IDLE")


def test_mailru_marks_sent_in_xlist_only(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("mailru").imap() as client:
        plain = b"\n".join(client.list()[1])
        client.xatom("XLIST", '""', '"*"')
        marked = client.response("XLIST")[1]
    assert b"\\Sent" not in plain
    assert b'(\\HasNoChildren \\Sent) "/" "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"' in marked


def test_netease_opens_no_mailbox_before_id(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("netease").imap(name_client=False) as client:
        assert client.select("INBOX") == ("NO", [b"SELECT Unsafe Login. Please contact kefu@188.com for help"])
        client.xatom("ID", '("name" "tests" "version" "1")')
        assert client.select("INBOX")[0] == "OK"


def test_netease_leaves_uidnext_out_of_status(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("netease").imap() as client:
        [line] = client.status("INBOX", "(MESSAGES UIDNEXT UNSEEN)")[1]
    assert line == b'"INBOX" (MESSAGES 0 UNSEEN 0)'


def test_a_persona_without_sasl_ir_takes_no_initial_response(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("qq").open_imap() as client, pytest.raises(imaplib.IMAP4.error, match="not supported"):
        client.xatom("AUTHENTICATE", "PLAIN", "AGEAYg==")


@pytest.mark.parametrize("persona_id", ["mailru", "plain", "gmail"])
def test_sasl_plain_signs_in(new_sandbox_person: NewPerson, persona_id: str) -> None:
    person = new_sandbox_person(persona_id)
    with person.open_imap() as client:
        answer = f"\0{person.address}\0{person.make_secret()}".encode()
        assert client.authenticate("PLAIN", lambda challenge: answer)[0] == "OK"


def test_gmail_refuses_a_token_with_its_challenge_first(new_sandbox_person: NewPerson) -> None:
    challenges: list[bytes] = []

    def answer(challenge: bytes) -> bytes:
        challenges.append(challenge)
        return b"user=x\1auth=Bearer y\1\1" if len(challenges) == 1 else b""

    with new_sandbox_person("gmail").open_imap() as client, pytest.raises(imaplib.IMAP4.error, match="Invalid cred"):
        client.authenticate("XOAUTH2", answer)
    assert b'"status":"400"' in challenges[1]


def test_gmail_takes_its_app_password_with_the_spaces_it_shows(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("gmail")
    word = person.make_secret()
    spaced = " ".join(word[at : at + 4] for at in range(0, 16, 4))
    with person.open_imap() as client:
        assert client.login(person.address, spaced)[0] == "OK"


def test_gmail_keeps_in_all_mail_what_a_label_lets_go(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("gmail").imap() as client:
        client.append("INBOX", None, None, NESTED)
        client.select("INBOX")
        client.store("1", "+FLAGS", "\\Deleted")
        client.expunge()
        assert client.status("INBOX", "(MESSAGES)")[1] == [b'"INBOX" (MESSAGES 0)']
        assert client.status('"[Gmail]/All Mail"', "(MESSAGES)")[1] == [b'"[Gmail]/All Mail" (MESSAGES 1)']


def test_gmail_lists_a_name_that_cannot_be_opened(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("gmail").imap() as client:
        assert b'(\\HasChildren \\Noselect) "/" "[Gmail]"' in client.list()[1]
        assert client.select("[Gmail]")[0] == "NO"
        assert client.create("[Gmail]") == ("NO", [b"[ALREADYEXISTS] Mailbox already exists"])


def test_gmail_refuses_names_with_spaces_around(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("gmail").imap() as client:
        assert client.create('" label"') == ("NO", [b"[CANNOT] Folder contains excess whitespace (Failure)"])


def test_structure_and_sections_agree_with_the_bytes(plain_client: IMAPClient) -> None:
    plain_client.append("INBOX", NESTED)
    plain_client.select_folder("INBOX")
    asked = ["ENVELOPE", "BODYSTRUCTURE", "BODY[1]", "BODY[2.HEADER]", "BODY[2.TEXT]", "BODY[3.MIME]", "BODY[9]"]
    [item] = plain_client.fetch(1, [*asked, "BODY[HEADER.FIELDS (SUBJECT DATE)]", "BODY[]<3.7>"]).values()
    envelope = item[b"ENVELOPE"]
    assert envelope.subject == b"two parts"
    assert [str(address) for address in envelope.to] == ["li@demo.test", '"B, C" <b@demo.test>']
    assert [part[0] + b"/" + part[1] for part in item[b"BODYSTRUCTURE"][0]] == [
        b"TEXT/PLAIN", b"MESSAGE/RFC822", b"APPLICATION/PDF",
    ]  # fmt: skip
    assert item[b"BODY[1]"] == b"first"
    assert item[b"BODY[2.HEADER]"] == b"Subject: inside\r\n\r\n"
    assert item[b"BODY[2.TEXT]"] == b"inner body"
    assert item[b"BODY[3.MIME]"].startswith(b"Content-Type: application/pdf")
    assert item[b"BODY[9]"] is None
    fields = b"Subject: two parts\r\nDate: Mon, 02 Feb 2026 10:00:00 +0300\r\n\r\n"
    assert item[b"BODY[HEADER.FIELDS (SUBJECT DATE)]"] == fields
    assert item[b"BODY[]<3>"] == NESTED[3:10]


def test_reading_without_peek_marks_seen(plain_client: IMAPClient) -> None:
    plain_client.append("INBOX", NESTED)
    plain_client.select_folder("INBOX")
    plain_client.fetch("1", ["BODY.PEEK[TEXT]"])
    assert plain_client.get_flags("1") == {1: ()}
    plain_client.fetch("1", ["BODY[TEXT]"])
    assert plain_client.get_flags("1") == {1: (b"\\Seen",)}


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["HEADER", "Message-ID", "<nested@demo.test>"], [1]),
        (["UNSEEN"], [1, 2]),
        (["OR", "SUBJECT", "two", "SUBJECT", "none"], [1]),
        (["NOT", "FROM", "anna"], [2]),
        (["SINCE", "01-Jan-2020", "SMALLER", "100"], [2]),
        (["SENTON", "02-Feb-2026"], [1]),
        (["UID", "2:*"], [2]),
        (["TEXT", "inner body"], [1]),
        (["KEYWORD", "absent"], []),
    ],
)
def test_search_finds_what_stands_there(plain_client: IMAPClient, keys: list[str], found: list[int]) -> None:
    plain_client.append("INBOX", NESTED)
    plain_client.append("INBOX", b"Subject: second\r\n\r\nx\r\n")
    plain_client.select_folder("INBOX")
    assert list(plain_client.search(keys)) == found


def test_copy_move_and_expunge_tell_the_uids(plain_client: IMAPClient) -> None:
    plain_client.append("INBOX", NESTED)
    plain_client.append("INBOX", NESTED)
    plain_client.select_folder("INBOX")
    plain_client.copy([1, 2], "Archive")
    [told] = plain_client._imap.response("COPYUID")[1]
    assert told.split()[1:] == [b"1:2", b"1:2"]
    plain_client.move([1], "Trash")
    assert plain_client.search() == [2]
    plain_client.add_flags([2], [b"\\Deleted"])
    plain_client.uid_expunge([2])
    assert plain_client.search() == []
    assert plain_client.folder_status("Archive", ["MESSAGES"]) == {b"MESSAGES": 2}
    assert plain_client.folder_status("Trash", ["MESSAGES"]) == {b"MESSAGES": 1}


def test_mailboxes_are_made_renamed_and_deleted(plain_client: IMAPClient) -> None:
    plain_client.create_folder("Работа")
    plain_client.create_folder("Работа/2026")
    plain_client.rename_folder("Работа", "Дом")
    assert plain_client.folder_exists("Дом/2026")
    plain_client.unsubscribe_folder("Дом/2026")
    assert "Дом/2026" not in [name for *_, name in plain_client.list_sub_folders()]
    plain_client.delete_folder("Дом/2026")
    plain_client.delete_folder("Дом")
    assert not plain_client.folder_exists("Дом")


def test_what_the_system_needs_is_not_deleted(plain_client: IMAPClient) -> None:
    with pytest.raises(IMAPClient.Error, match="CANNOT"):
        plain_client.delete_folder("Sent")
    with pytest.raises(IMAPClient.Error, match="ALREADYEXISTS"):
        plain_client.create_folder("inbox")


def test_idle_hears_of_new_mail(plain_client: IMAPClient, new_sandbox_person: NewPerson, sandbox: Sandbox) -> None:
    plain_client.select_folder("INBOX")
    plain_client.idle()
    [address] = sandbox.call(lambda world: [each for each, one in world.people.items() if one.sessions])
    sandbox.call(lambda world: world.deliver(address, NESTED))
    assert plain_client.idle_check(timeout=10) == [(1, b"EXISTS")]
    assert plain_client.idle_done()[0] == b"IDLE completed"


def test_two_sessions_see_one_mailbox(new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("plain")
    with person.imap() as one, person.imap() as other:
        one.append("INBOX", None, None, NESTED)
        one.select("INBOX")
        other.select("INBOX")
        one.store("1", "+FLAGS", "\\Deleted")
        other.noop()
        assert other.response("FETCH")[1] == [b"1 (UID 1 FLAGS (\\Deleted))"]
        one.expunge()
        other.noop()
        assert other.response("EXPUNGE")[1] == [b"1"]


def test_a_mailbox_open_for_reading_only_is_not_changed(new_sandbox_person: NewPerson) -> None:
    with new_sandbox_person("plain").imap() as client:
        client.append("INBOX", None, None, NESTED)
        client.select("INBOX", readonly=True)
        assert client.uid("STORE", "1", "+FLAGS", "(\\Seen)")[0] == "NO"
        client.fetch("1", "(BODY[])")
        assert client.fetch("1", "(FLAGS)")[1] == [b"1 (FLAGS ())"]


def test_list_gives_status_and_roles_where_asked(plain_client: IMAPClient) -> None:
    answer = plain_client._imap.xatom("LIST", "(SPECIAL-USE)", '""', '"*"', "RETURN", "(STATUS (MESSAGES UNSEEN))")
    assert answer[0] == "OK"
    listed = plain_client._imap.response("LIST")[1]
    assert len(listed) == 5
    assert len(plain_client._imap.response("STATUS")[1]) == 5


def test_connections_past_the_limit_are_refused_in_the_personas_words(
    new_sandbox_person: NewPerson, sandbox: Sandbox
) -> None:
    person = new_sandbox_person("gmail")
    secret = person.make_secret()

    def fill(sessions: int) -> None:
        sandbox.world.people[person.address].sessions += sessions

    sandbox.call(lambda world: fill(15))
    with person.open_imap() as client, pytest.raises(imaplib.IMAP4.error, match="Too many simultaneous connections"):
        client.login(person.address, secret)
    sandbox.call(lambda world: fill(-15))
    with person.open_imap() as client:
        assert client.login(person.address, secret)[0] == "OK"
