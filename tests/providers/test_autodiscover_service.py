"""Discovery as form and page get it: one shape, and what has to be asked before a secret goes out."""

from pathlib import Path

import pytest

from tests.providers.conftest import OwnFile
from tests.providers.files import GOOD as OWN
from tests.providers.town import Town, config, page, town
from tests.support.certificates import Authority
from yizhan.services.catalogue.discovering import discover
from yizhan.services.catalogue.matching import match_address

ME = "li@firm.test"
AUTOCONFIG = "https://autoconfig.firm.test/mail/config-v1.1.xml"
IN_THE_OPEN = "http://autoconfig.firm.test/mail/config-v1.1.xml"


async def asked(there: Town, address: str = ME, language: str = "en") -> dict[str, object]:
    return await discover(address, dialer=there.dialer, resolver=there.resolver, language=language, ca_pem=there.ca_pem)


async def test_a_known_domain_is_answered_without_the_network(authority: Authority, own_home: Path) -> None:
    with town(authority) as there:
        found = await asked(there, "li@mail.ru")
    assert found == {**(match_address("li@mail.ru", "en") or {}), "tried": []}
    assert there.names.asked == []


async def test_a_domains_own_servers_need_no_question(authority: Authority, own_home: Path) -> None:
    with town(authority, {AUTOCONFIG: page(config("imap.firm.test", "smtp.firm.test"))}) as there:
        found = await asked(there)
    assert (found["source"], found["imap"], found["name"]) == (
        "autoconfig",
        "imap.firm.test:993/tls",
        "Mail of firm.test",
    )
    assert (found["provider"], found["guide"], found["needs_confirmation"], found["confirm_reason"]) == (
        None,
        None,
        False,
        "",
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "names imap.evil.test / smtp.evil.test"),
        ("zh-hans", "不在 firm.test 名下"),
        ("ru", "называет imap.evil.test"),
    ],
)
async def test_another_domains_servers_are_shown_and_asked(
    authority: Authority, own_home: Path, language: str, words: str
) -> None:
    with town(authority, {AUTOCONFIG: page(config("imap.evil.test", "smtp.evil.test"))}) as there:
        found = await asked(there, language=language)
    assert found["needs_confirmation"] is True
    assert words in str(found["confirm_reason"])


async def test_one_strange_server_of_two_is_enough_to_ask(authority: Authority, own_home: Path) -> None:
    with town(authority, {AUTOCONFIG: page(config("imap.firm.test", "smtp.notfirm.test"))}) as there:
        assert (await asked(there))["needs_confirmation"] is True


async def test_what_came_in_the_open_is_asked_even_for_the_own_servers(authority: Authority, own_home: Path) -> None:
    with town(authority, {IN_THE_OPEN: page(config("imap.firm.test", "smtp.firm.test"))}) as there:
        found = await asked(there)
    assert found["needs_confirmation"] is True
    assert "without encryption" in str(found["confirm_reason"])


@pytest.mark.parametrize(("target", "is_asked"), [("imap.firm.test", False), ("imap.elsewhere.test", True)])
async def test_dns_is_believed_within_the_own_domain_only(
    authority: Authority, own_home: Path, target: str, is_asked: bool
) -> None:
    records = {
        "_imaps._tcp.firm.test": {"SRV": [f"0 0 993 {target}."]},
        "_submissions._tcp.firm.test": {"SRV": ["0 0 465 smtp.firm.test."]},
    }
    with town(authority, records=records) as there:
        found = await asked(there)
    assert (found["source"], found["needs_confirmation"]) == ("srv", is_asked)


async def test_a_company_at_a_known_provider_gets_its_noun_steps_and_guide(
    authority: Authority, own_home: Path
) -> None:
    with town(authority, records={"firm.test": {"MX": ["5 mxbiz1.qq.com."]}}) as there:
        found = await asked(there, language="zh-hans")
    assert (found["provider"], found["source"], found["guide"]) == ("exmail", "mx", "/guides/exmail")
    assert found["secret"]["noun"] == "客户端专用密码"  # type: ignore[index]
    assert (found["needs_confirmation"], "腾讯企业邮箱" in str(found["confirm_reason"])) == (False, True)


async def test_an_answer_that_names_a_known_providers_servers_brings_its_words(
    authority: Authority, own_home: Path
) -> None:
    with town(authority, {AUTOCONFIG: page(config("imap.gmail.com", "smtp.gmail.com"))}) as there:
        found = await asked(there)
    assert (found["provider"], found["needs_confirmation"]) == ("google-workspace", True)


async def test_a_company_at_microsoft_is_told_about_oauth(authority: Authority, own_home: Path) -> None:
    with town(authority, records={"firm.test": {"MX": ["0 firm-test.mail.protection.outlook.com."]}}) as there:
        found = await asked(there)
    assert (found["provider"], found["oauth_only"]) == ("microsoft365", True)


async def test_a_guess_says_that_it_is_one_and_what_was_tried(authority: Authority, own_home: Path) -> None:
    with town(authority) as there:
        found = await asked(there)
    assert (found["source"], found["imap"], found["needs_confirmation"]) == ("guess", "imap.firm.test:993/tls", True)
    assert len(found["tried"]) == 7  # type: ignore[arg-type]


async def test_a_domain_of_another_script_is_asked_for_as_dns_has_it(authority: Authority, own_home: Path) -> None:
    config_page = page(config("imap.xn--80a1acny.xn--p1ai", "smtp.xn--80a1acny.xn--p1ai"))
    with town(
        authority, {"https://xn--80a1acny.xn--p1ai/.well-known/autoconfig/mail/config-v1.1.xml": config_page}
    ) as there:
        found = await asked(there, "иван@почта.рф")
    assert (found["source"], found["imap"], found["needs_confirmation"]) == (
        "autoconfig",
        "imap.xn--80a1acny.xn--p1ai:993/tls",
        False,
    )


async def test_a_file_of_ones_own_takes_the_domains_of_its_servers_for_mail(
    authority: Authority, own_file: OwnFile
) -> None:
    own_file("acme.toml", OWN)
    with town(authority, records={"firm.test": {"MX": ["5 mx1.acme.example."]}}) as there:
        found = await asked(there)
    assert (found["provider"], found["login"], found["imap"]) == ("acme", "li", "imap.acme.example:993/tls")
