"""The real binding against each persona: bound, or the refusal that the provider gives, in its words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.home import Home
from tests.support.sandbox import SandboxPerson
from yizhan.base.secret import Secret
from yizhan.net.dialers import Dialer
from yizhan.net.endpoints import Endpoint, Security
from yizhan.providers.diagnosis import Cause
from yizhan.providers.probe import ProbeTarget, probe
from yizhan.providers.stages import Stage
from yizhan.sandbox.personas import PERSONAS
from yizhan.services.egress.dialers import make_egress

NewPerson = Callable[[str], SandboxPerson]
OPEN_PERSONAS = [name for name in PERSONAS if name != "outlook"]


def add(home: Home, person: SandboxPerson, secret_file: Path) -> tuple[int, dict[str, Any]]:
    """`yizhan accounts add`, the servers from the catalogue; only demo.test is not in it."""
    servers = ["--imap", "imap.demo.test:993/tls", "--smtp", "smtp.demo.test:465/tls"]
    given = servers * (person.persona.id == "plain")
    done = home.cli("accounts", "add", person.address, "--secret-file", str(secret_file), *given, "--json")
    return done.code, done.json


# What the login password gets; a cause that the server's own words leave open is one of two.
REFUSALS = {
    "mailru": ("NEOBHODIM parol prilozheniya", {"app_password_required"}),
    "yandex": ("invalid credentials or IMAP is disabled", {"ambiguous_login_refused", "imap_disabled"}),
    "gmail": ("Application-specific password required", {"app_password_required"}),
    "netease": ("LOGIN Login error password error", set(Cause)),  # names neither the kind of secret nor the switch
    "qq": ("login frequency limited", {"ambiguous_login_refused"}),
}


def test_the_secret_of_the_security_page_binds_every_account(demo_home: Home, new_sandbox_person: NewPerson) -> None:
    people = [new_sandbox_person(persona_id) for persona_id in OPEN_PERSONAS]
    bound = [add(demo_home, person, person.make_secret_file()) for person in people]
    assert [(code, account.get("status")) for code, account in bound] == [(0, "normal")] * len(people)


def test_the_login_password_is_refused_and_nothing_is_kept(demo_home: Home, new_sandbox_person: NewPerson) -> None:
    people = {persona_id: new_sandbox_person(persona_id) for persona_id in REFUSALS}
    refused = {name: add(demo_home, person, person.login_password_file) for name, person in people.items()}
    assert {code for code, _ in refused.values()} == {1}
    for persona_id, (words, causes) in REFUSALS.items():
        error = refused[persona_id][1]["error"]
        assert words in error["diagnosis"]["evidence"]
        assert error["code"] in causes
    assert demo_home.cli("accounts", "list", "--json").json == []


def test_outlook_is_refused_for_what_it_is(demo_home: Home, new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("outlook")
    code, refusal = add(demo_home, person, person.login_password_file)
    assert (code, refusal["error"]["code"]) == (1, "oauth_required")
    assert demo_home.cli("accounts", "list", "--json").json == []


@pytest.mark.parametrize("persona_id", OPEN_PERSONAS)
async def test_the_probe_walks_every_stage(demo_home: Home, new_sandbox_person: NewPerson, persona_id: str) -> None:
    person = new_sandbox_person(persona_id)
    result = await probe(target(person, person.make_secret()), dialer(demo_home), lambda report: None)
    assert result.diagnosis is None
    assert {report.stage for report in result.stages} >= {Stage.LOGIN, Stage.SELECT, Stage.SMTP_AUTH}
    assert all(report.ok for report in result.stages)


@pytest.mark.parametrize("persona_id", REFUSALS)
async def test_the_probe_stops_at_the_refusal(demo_home: Home, new_sandbox_person: NewPerson, persona_id: str) -> None:
    person = new_sandbox_person(persona_id)
    result = await probe(target(person, person.login_password), dialer(demo_home), lambda report: None)
    words, causes = REFUSALS[persona_id]
    assert result.diagnosis is not None
    assert (result.diagnosis.stage, result.diagnosis.cause.value in causes) == (Stage.LOGIN, True)
    assert words in result.diagnosis.evidence


def target(person: SandboxPerson, secret: str) -> ProbeTarget:
    imap, smtp = person.persona.imap_hosts[0].split(":")[0], person.persona.smtp_hosts[0].split(":")[0]
    tls = Security.TLS
    return ProbeTarget(person.address, Secret(secret), Endpoint(imap, 993, tls), Endpoint(smtp, 465, tls), None)


def dialer(home: Home) -> Dialer:
    return make_egress(None, (), home.folder).dialer_for("demo")


def test_a_revoked_password_is_found_out_by_the_next_check(demo_home: Home, new_sandbox_person: NewPerson) -> None:
    person = new_sandbox_person("mailru")
    assert add(demo_home, person, person.make_secret_file())[0] == 0
    person.sandbox.call(lambda world: world.people[person.address].revoke(1))
    done = demo_home.cli("accounts", "check", person.address, "--json")
    assert done.code == 1
    assert "NEOBHODIM" in done.json["diagnosis"]["evidence"]


def test_two_accounts_write_to_each_other(demo_home: Home, new_sandbox_person: NewPerson) -> None:
    li, anna = new_sandbox_person("mailru"), new_sandbox_person("gmail")
    assert add(demo_home, li, li.make_secret_file())[0] == 0
    assert add(demo_home, anna, anna.make_secret_file())[0] == 0
    assert send(demo_home, li, anna, "from Li") == (0, "sent")
    assert send(demo_home, anna, li, "from Anna") == (0, "sent")
    assert read_subjects(demo_home, anna) == ["from Li"]
    assert read_subjects(demo_home, li) == ["from Anna"]


def send(home: Home, sender: SandboxPerson, recipient: SandboxPerson, subject: str) -> tuple[int, str]:
    words = ["--from", sender.address, "--to", recipient.address, "--subject", subject, "--wait", "--json"]
    done = home.cli("send", *words, input="hello\n")
    return done.code, done.json["state"]


def read_subjects(home: Home, person: SandboxPerson) -> list[str]:
    home.cli("sync", person.address, "--once", "--json")
    found = home.cli("messages", "list", "--account", person.address, "--mailbox", "inbox", "--json").json
    return [message["subject"] for message in found]
