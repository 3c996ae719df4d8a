"""A message answered from the command line on a real Dovecot and a real Postfix."""

import pytest

from tests.scenarios.test_thin_slice import LETTER, bind
from tests.support.home import Home
from tests.support.mailhost import MailHost, Person
from tests.support.places import given_file

pytestmark = [pytest.mark.root, pytest.mark.real]


def test_an_answer_arrives_in_its_thread_and_quotes(home: Home, mailhost: MailHost, alice: Person, bob: Person) -> None:
    mailhost.send(bob, alice.address, message=LETTER.format(bob.address, alice.address).encode())
    mailhost.wait_for(alice, "Hello from Bob")
    assert home.cli(*bind(home, mailhost, alice)).code == 0
    [first] = home.cli("messages", "list", "--json").json
    text = str(given_file("The price is 9.80.\n"))
    sent = home.cli("send", "--reply-to-message", str(first["id"]), "--text-file", text, "--wait", "--json")
    assert sent.code == 0, sent.out + sent.err
    assert (sent.json["recipients"], sent.json["subject"]) == ([bob.address], "Re: 询价")
    arrived = mailhost.wait_for(bob, sent.json["message_id"])
    assert (arrived["In-Reply-To"], arrived["References"]) == ("<q1@test>", "<q1@test>")
    words = arrived.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert words.startswith("The price is 9.80.\r\n\r\nOn ")
    assert words.rstrip().endswith("> Hello from Bob")
    assert "localhost" not in arrived.as_string().partition("\n\n")[0].partition("Received:")[0]


def test_send_says_what_it_takes(home: Home) -> None:
    assert home.cli("send", "--subject", "x").code == 2
    assert home.cli("send", "--reply-to-message", "99", "--json").json["error"]["code"] == "not_found"
