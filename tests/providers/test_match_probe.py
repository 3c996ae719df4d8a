"""The probe has each provider's manners, on made-up servers."""

import pytest

from tests.net.connecting import dialer
from tests.support.faulty import FaultyServer, Line, Script, imap, serving, smtp
from yizhan.base.secret import Secret
from yizhan.net.endpoints import Endpoint, Security
from yizhan.net.streams import Stream
from yizhan.providers.catalogue import load_catalogue
from yizhan.providers.diagnosis import Cause
from yizhan.providers.probe import ProbeTarget, StageReport, probe
from yizhan.providers.stages import Stage
from yizhan.services.catalogue.matching import make_target

OURS = load_catalogue().providers


class NoWayOut:
    """A dialer that must not be asked."""

    route = "nowhere"

    async def resolve(self, host: str) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    async def dial(self, host: str, port: int) -> Stream:
        raise AssertionError(f"{host} was dialled")


def target_at(provider: str, address: str, secret: str, read: FaultyServer, write: FaultyServer) -> ProbeTarget:
    """An account of the provider whose servers stand on loopback."""
    endpoints = [Endpoint("127.0.0.1", server.port, Security.PLAIN) for server in (read, write)]
    return make_target(OURS[provider], address, "", Secret(secret), *endpoints, "")


def taking_only(login: str) -> Script:
    """IMAP that signs in nobody else."""

    async def script(line: Line) -> None:
        await line.say("* OK ready")
        while True:
            said = await line.hear()
            tag, _, rest = said.partition(" ")
            if rest.startswith("LOGIN") and rest.split(" ")[1].strip('"') != login:
                await line.say(f"{tag} NO [AUTHENTICATIONFAILED] no such user")
            elif rest.startswith("EXAMINE"):
                await line.say("* 0 EXISTS", "* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 1] .", f"{tag} OK done")
            elif rest.startswith("CAPABILITY"):
                await line.say("* CAPABILITY IMAP4rev1 ID", f"{tag} OK done")
            else:
                await line.say(f"{tag} OK done")

    return script


async def test_a_goodbye_without_a_word_is_a_goodbye(planted_secret: str) -> None:
    async def script(line: Line) -> None:
        await line.say("* BYE")

    with serving(script) as read, serving(smtp()) as write:
        result = await probe(target_at("mailru", "li@mail.ru", planted_secret, read, write), dialer(), lambda _: None)
    assert result.diagnosis is not None
    assert (result.diagnosis.cause, result.diagnosis.stage) == (Cause.SERVER_UNAVAILABLE, Stage.GREETING)


async def test_oauth_only_is_refused_before_anything_is_sent(planted_secret: str) -> None:
    outlook = OURS["outlook"]
    imap_at, smtp_at = outlook.endpoints("outlook.com")
    target = make_target(outlook, "li@outlook.com", "", Secret(planted_secret), imap_at, smtp_at, "")
    walked: list[StageReport] = []
    result = await probe(target, NoWayOut(), walked.append)
    assert result.diagnosis is not None
    assert (result.diagnosis.cause, result.diagnosis.stage) == (Cause.OAUTH_REQUIRED, Stage.LOGIN)
    assert "no secret was sent" in result.diagnosis.evidence


async def test_netease_hears_id_after_login_and_before_any_mailbox(planted_secret: str) -> None:
    with serving(imap(capabilities="IMAP4rev1 ID XLIST")) as read, serving(smtp()) as write:
        result = await probe(target_at("netease", "li@163.com", planted_secret, read, write), dialer(), lambda _: None)
    assert result.diagnosis is None
    said = [line.split()[1] for line in read.heard.splitlines()]
    assert said.index(b"LOGIN") < said.index(b"ID") < said.index(b"EXAMINE")
    assert b"AUTHENTICATE" not in said


async def test_a_refused_address_is_followed_by_its_local_part_and_mail_still_goes_out_by_address(
    planted_secret: str,
) -> None:
    with serving(taking_only("li")) as read, serving(smtp(extensions=("AUTH LOGIN",))) as write:
        target = target_at("icloud", "li@icloud.com", planted_secret, read, write)
        result = await probe(target, dialer(), lambda _: None)
    assert (result.diagnosis, result.login) == (None, "li")
    assert [line.split()[2] for line in read.heard.splitlines() if b"LOGIN" in line] == [b"li@icloud.com", b"li"]


async def test_when_both_logins_are_refused_the_first_refusal_is_told(planted_secret: str) -> None:
    with serving(taking_only("somebody")) as read, serving(smtp()) as write:
        target = target_at("icloud", "li@icloud.com", planted_secret, read, write)
        result = await probe(target, dialer(), lambda _: None)
    assert result.diagnosis is not None
    assert result.diagnosis.stage is Stage.LOGIN
    assert "no such user" in result.diagnosis.evidence


@pytest.mark.parametrize("provider", ["mailru", "gmail", "yandex"])
async def test_other_providers_are_tried_with_one_login(provider: str, planted_secret: str) -> None:
    refusing = imap({"LOGIN": "NO [AUTHENTICATIONFAILED] no"})
    with serving(refusing) as read, serving(smtp()) as write:
        result = await probe(target_at(provider, "li@x.test", planted_secret, read, write), dialer(), lambda _: None)
    assert result.diagnosis is not None
    assert read.heard.count(b" LOGIN ") == 1
