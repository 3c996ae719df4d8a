"""What commands print is the contract's: the fields of each shape, and JSON wherever the option stands."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from tests.scenarios.asked import answer_of, door
from tests.scenarios.test_truth import ADDRESS, form, servers
from tests.services.letters import make_letter, receive
from tests.support.home import Home
from tests.support.places import given_file
from yizhan.cli.app import GROUPS, PANELS, make_app
from yizhan.services.accounts.asking import ask_bind

ACCOUNT = """address provider status diagnosis route label last_ok_at last_error_at mailboxes messages unseen"""
MESSAGE = """id account mailbox uid uid_validity message_id from to cc subject date internal_date flags size_bytes
    attachments"""
SUBMISSION = "id account state subject recipients message_id created_at sent_at sent_copy diagnosis retries"
DIAGNOSIS = "stage cause title evidence remedy retry retry_after_s"
ERROR = "code title detail remedy diagnosis"


def lacks(shape: dict[str, Any], fields: str) -> set[str]:
    return set(fields.split()) - shape.keys()


def test_accounts_and_submissions_and_errors_have_the_fields_of_the_contract(home: Home) -> None:
    with servers() as (_, *both), door(home) as scope, home.engine():
        assert answer_of(scope, ask_bind(scope, form(*both)))["state"] == "done"
        [listed] = home.cli("--json", "accounts", "list").json
        shown = home.cli("accounts", "--json", "show", ADDRESS).json
        assert (lacks(listed, ACCOUNT), lacks(shown, ACCOUNT), shown["diagnosis"]) == (set(), set(), None)
        text = given_file("Hi\n")
        words = ["send", "--from", ADDRESS, "--to", "bob@example.com", "--subject", "Hi", "--text-file", str(text)]
        sent = home.cli(*words, "--json").json
        assert (lacks(sent, SUBMISSION), sent["recipients"]) == (set(), ["bob@example.com"])
    refused = home.cli("accounts", "check", ADDRESS, "--json").json
    assert (lacks(refused, ACCOUNT), lacks(refused["diagnosis"], DIAGNOSIS)) == (set(), set())


def test_a_refusal_has_the_fields_of_the_contract_and_words_in_the_person_s_language(home: Home) -> None:
    home.env["YIZHAN_LANG"] = "zh-hans"
    places = ["--imap", "127.0.0.1:1/tls", "--smtp", "127.0.0.1:1/tls"]
    secret = str(given_file("made-up"))
    refused = home.cli("accounts", "add", ADDRESS, "--secret-file", secret, *places, "--json").json["error"]
    assert (lacks(refused, ERROR), lacks(refused["diagnosis"], DIAGNOSIS)) == (set(), set())
    unknown = home.cli("accounts", "show", "nobody@example.com", "--json").json["error"]
    assert (lacks(unknown, ERROR), unknown["code"], unknown["diagnosis"]) == (set(), "not_found", None)
    assert unknown["detail"] == "nobody@example.com is not bound here"
    assert unknown["title"].startswith("这里没有")


def test_messages_have_the_fields_of_the_contract(home: Home) -> None:
    with door(home) as scope:
        message = receive(scope, make_letter().as_bytes())
    [listed] = home.cli("messages", "list", "--json").json
    shown = home.cli("messages", "show", str(message.pk), "--json").json
    assert (lacks(listed, MESSAGE), lacks(shown, MESSAGE)) == (set(), set())
    assert "Hello Anna" in home.cli("messages", "show", str(message.pk), "--text", "--json").json["text"]


def leaves(command: Any, spoken: str = "yizhan") -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    for name, child in inner.items():
        yield from leaves(child, f"{spoken} {name}")
    yield from [(spoken, command)][len(inner) :]


def test_every_command_shows_an_example_of_itself() -> None:
    found = dict(leaves(typer.main.get_command(make_app())))
    assert [spoken for spoken, each in found.items() if f"Example: {spoken}" not in (each.epilog or "")] == []


def test_the_help_gathers_the_commands(home: Home) -> None:
    told = home.cli("--help").out
    assert [panel for panel in {*PANELS.values(), *GROUPS.values()} if panel not in told] == []


@pytest.mark.parametrize("words", [["rotate-key"], ["providers", "list"], ["accounts", "list"]])
def test_json_is_one_document_wherever_it_is_asked_for(home: Home, words: list[str]) -> None:
    assert home.cli("--json", *words).json == home.cli(*words, "--json").json
